import type { FreeSpace } from './newton-blocks.js';

/** Sizes that decide how the Newton system is solved: never a clock, so that the choice is the same everywhere. */
export interface NewtonSizes {
  readonly n: number;
  readonly d: number;
  readonly outputs: number;
  /** Active blocks, and columns of M. */
  readonly active: number;
  readonly columns: number;
  /** Columns that the n×n form takes. */
  readonly rowsColumns: number;
  /** Whether residuals of different outputs meet in one matrix. */
  readonly coupled: boolean;
}

export type NewtonMethod = 'columns' | 'rows' | 'gradients';

/** Bytes that a dense system may take: beyond, conjugate gradients whatever they cost. */
const denseBytes = 2 ** 29;

/**
 * Estimated nanoseconds on one core, from the measured speed of the kernels: 0.13 for an entry of a symmetric product or
 * factor (a multiplication and an addition), 0.35 for one of a panel of M; in the masked products, for eight rows and one
 * column, 15 to make tables and 0.5 a pattern.
 */
export function columnsCost({ n, d, outputs, columns, coupled }: NewtonSizes): number {
  const share = coupled || outputs === 1 ? 1 : 1 / outputs;
  return 0.35 * n * d * columns * 0.5 + 0.13 * (0.5 * n * share * columns ** 2 + (columns * columns * columns) / 6);
}

export function rowsCost({ n, d, rowsColumns }: NewtonSizes): number {
  return 0.35 * n * d * rowsColumns * 0.5 + 0.13 * (0.5 * n ** 2 * rowsColumns + (n * n * n) / 6);
}

/** Whether the n×n form takes a block by the complement of its free space: one column for the pattern, one for the iterate, and the complement's. */
export const isWide = ({ dimension, complement }: FreeSpace, d: number): boolean =>
  complement && d - dimension + 2 < dimension;

/** Columns of a block in the n×n form. */
export const rowsColumnsOf = (free: FreeSpace, d: number): number =>
  isWide(free, d) ? d - free.dimension + 2 : free.dimension;

export function gradientsCost(sizes: NewtonSizes, iterations: number): number {
  const { n, d, outputs, active, columns } = sizes;
  const product = (n / 8) * d * 2 * (15 * outputs + 0.5 * active);
  const blocks = 4 * Math.min(columns * d, active * d * d);
  const preconditioner = 2 * n * active;
  const deflation = { ...sizes, columns: active };
  return columnsCost(deflation) + iterations * (product + blocks + preconditioner);
}

/** The cheapest way of those that fit; `iterations` is what conjugate gradients are expected to take. */
export function chooseMethod(sizes: NewtonSizes, iterations: number): NewtonMethod {
  const { n, d, outputs, columns } = sizes;
  const room = (system: number): boolean => 8 * (system ** 2 + columns * d) <= denseBytes;
  const costs: [NewtonMethod, number][] = [['gradients', gradientsCost(sizes, iterations)]];
  if (room(columns)) costs.push(['columns', columnsCost(sizes)]);
  if (outputs === 1 && n < columns && room(2 * n)) costs.push(['rows', rowsCost(sizes)]);
  return costs.reduce((best, next) => (next[1] <= best[1] ? next : best))[0];
}

/** The dense form that fits, for when conjugate gradients did not end; null when none does. */
export function denseMethod(sizes: NewtonSizes): NewtonMethod | null {
  const chosen = chooseMethod(sizes, Number.POSITIVE_INFINITY);
  return chosen === 'gradients' ? null : chosen;
}
