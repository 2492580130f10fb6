/**
 * Everything that happens between a table and the matrix X, as plain data: it is fitted once, stored in the model file
 * and applied at predict time and in every export.
 */
export interface Preprocessing {
  /** One entry per column of the training table, target excluded, in table order. */
  readonly columns: readonly ColumnTransform[];
  /** Names of the columns of X, in order (a categorical column gives several). */
  readonly features: readonly string[];
  readonly target: TargetTransform;
}

export type ColumnTransform =
  /** value ↦ ((missing ? impute : value) − shift) / scale, then a 0/1 indicator of missing when asked (unscaled). */
  | { readonly kind: 'number'; readonly name: string; readonly impute: number; readonly shift: number; readonly scale: number; readonly missingIndicator: boolean }
  /** One 0/1 column per level; a missing cell is its own level when it was seen in training, else all zeros; an unseen level is all zeros. Two levels without missing give one column (the second level). */
  | { readonly kind: 'category'; readonly name: string; readonly levels: readonly string[]; readonly missingLevel: boolean; readonly binary: boolean }
  | { readonly kind: 'dropped'; readonly name: string; readonly reason: string };

export type TargetTransform =
  /** The network predicts (value − shift) / scale. */
  | { readonly kind: 'number'; readonly name: string; readonly shift: number; readonly scale: number }
  /** The network's score is positive for `classes[1]`. */
  | { readonly kind: 'binary'; readonly name: string; readonly classes: readonly [string, string] }
  /** One score per class. */
  | { readonly kind: 'classes'; readonly name: string; readonly classes: readonly string[] };
