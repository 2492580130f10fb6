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
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly impute: number;
      readonly shift: number;
      readonly scale: number;
      readonly missingIndicator: boolean;
    }
  /**
   * One 0/1 column per level, and a last one for missing cells when training had any (`missingLevel`); an unseen level is
   * all zeros, and so is a missing cell without `missingLevel`. Two levels without missing cells give one column, that of
   * the second level (`binary`). A level is the text of the cell, trimmed; of a number its shortest decimal spelling, as
   * JavaScript writes it; of a boolean `true` or `false`. Levels stand in order: numbers by value, then text.
   */
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly levels: readonly string[];
      readonly missingLevel: boolean;
      readonly binary: boolean;
    }
  | { readonly kind: 'dropped'; readonly name: string; readonly reason: string };

export type TargetTransform =
  /** The network predicts (value − shift) / scale. */
  | { readonly kind: 'number'; readonly name: string; readonly shift: number; readonly scale: number }
  /** The network's score is positive for `classes[1]`. */
  | { readonly kind: 'binary'; readonly name: string; readonly classes: readonly [string, string] }
  /** One score per class. */
  | { readonly kind: 'classes'; readonly name: string; readonly classes: readonly string[] };
