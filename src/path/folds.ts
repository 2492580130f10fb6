import { createRandom, requireThat, shuffledIndices } from '../base/index.js';

export interface FoldOptions {
  /** Default 10. */
  readonly folds?: number;
  /** Repetitions with other shuffles. Default 1. */
  readonly repeats?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Class of each row: each fold gets its share of every class. */
  readonly strata?: ArrayLike<number>;
  /** Rows of one group (number or text) are held out together. */
  readonly groups?: ArrayLike<number | string>;
  /** Fold of each row (0, 1, …), instead of all the above. */
  readonly assignment?: ArrayLike<number>;
}

/** One fold: rows to train on and rows held out, both ascending. */
export interface Fold {
  readonly repeat: number;
  readonly fold: number;
  readonly train: Int32Array;
  readonly held: Int32Array;
}

/**
 * Folds of 0 … rows−1 by seed, every row held out once a repetition. Strata are dealt out in turn; whole groups go, the
 * largest first, to the fold with the fewest rows.
 *
 * @throws `usage` for a count that is not whole or does not fit the rows, groups or assignment.
 */
export function makeFolds(rows: number, options: FoldOptions = {}): Fold[] {
  const { folds = 10, repeats = 1, seed = 0, assignment } = options;
  if (assignment) return split(givenFolds(rows, assignment), 0);
  requireThat(
    Number.isInteger(folds) && folds >= 2 && folds <= rows,
    `cross-validation: folds must be a whole number from 2 to the ${rows} rows, got ${folds}.`,
  );
  requireThat(
    Number.isInteger(repeats) && repeats >= 1,
    `cross-validation: repeats must be a whole number of at least 1, got ${repeats}.`,
  );
  checkLengths(rows, options);
  return Array.from({ length: repeats }, (_, repeat) =>
    split(dealt(rows, folds, seed, repeat, options), repeat),
  ).flat();
}

function checkLengths(rows: number, { strata, groups }: FoldOptions): void {
  for (const [name, values] of Object.entries({ strata, groups })) {
    if (!values) continue;
    requireThat(
      values.length === rows,
      `cross-validation: ${name} must have an entry for each of the ${rows} rows, got ${values.length}.`,
    );
  }
}

function dealt(rows: number, folds: number, seed: number, repeat: number, options: FoldOptions): Int32Array {
  const order = shuffledIndices(rows, createRandom(seed, repeat));
  if (options.groups) return byGroups(order, options.groups, folds);
  const { strata } = options;
  const sorted = strata ? Array.from(order).sort((a, b) => strata[a] - strata[b]) : order;
  const foldOf = new Int32Array(rows);
  sorted.forEach((row, position) => {
    foldOf[row] = position % folds;
  });
  return foldOf;
}

function byGroups(order: Int32Array, groups: ArrayLike<number | string>, folds: number): Int32Array {
  const members = new Map<number | string, number[]>();
  for (const row of order) {
    const group = members.get(groups[row]);
    if (group) group.push(row);
    else members.set(groups[row], [row]);
  }
  requireThat(
    members.size >= folds,
    `cross-validation: ${folds} folds need as many groups, got ${members.size}; ask for fewer folds.`,
  );
  const sizes = new Int32Array(folds);
  const foldOf = new Int32Array(order.length);
  for (const rows of [...members.values()].sort((a, b) => b.length - a.length)) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold] += rows.length;
    for (const row of rows) foldOf[row] = fold;
  }
  return foldOf;
}

function givenFolds(rows: number, assignment: ArrayLike<number>): Int32Array {
  requireThat(
    assignment.length === rows,
    `cross-validation: the assignment must name a fold for each of the ${rows} rows, got ${assignment.length}.`,
  );
  const foldOf = Int32Array.from(assignment);
  const count = foldOf.reduce((most, fold) => Math.max(most, fold), -1) + 1;
  const used = new Set(foldOf);
  const whole = Array.from(assignment).every((fold) => Number.isInteger(fold) && fold >= 0);
  requireThat(
    whole && count >= 2 && used.size === count,
    'cross-validation: the assignment must use the folds 0, 1, … without gaps, at least two.',
  );
  return foldOf;
}

function split(foldOf: Int32Array, repeat: number): Fold[] {
  const count = foldOf.reduce((most, fold) => Math.max(most, fold), -1) + 1;
  const rows = Int32Array.from(foldOf, (_, row) => row);
  return Array.from({ length: count }, (_, fold) => ({
    repeat,
    fold,
    train: rows.filter((row) => foldOf[row] !== fold),
    held: rows.filter((row) => foldOf[row] === fold),
  }));
}
