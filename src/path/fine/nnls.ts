import { norm2 } from '../../solvers/index.js';
import { addTo, dot, without } from './span.js';

/** min ‖Σ_k x_k c_k − b‖ over x ≥ 0. */
export interface NonNegativeFit {
  readonly x: Float64Array;
  /** b − Σ x_k c_k. */
  readonly rest: Float64Array;
  /** The k with x_k > 0: their columns are independent. */
  readonly support: readonly number[];
}

/** Slopes below this share of ‖c_k‖‖b‖ are rounding. */
const slopeTolerance = 1e-13;

/**
 * Non-negative least squares by the active set method of Lawson and Hanson (Solving Least Squares Problems, 1974,
 * chapter 23); each subproblem by orthogonalisation, so that the answer is as exact as the columns allow.
 */
export function nonNegativeFit(columns: readonly Float64Array[], b: Float64Array): NonNegativeFit {
  const x = new Float64Array(columns.length);
  const sizes = columns.map((c) => norm2(c));
  const scale = norm2(b);
  let rest = Float64Array.from(b);
  let support: number[] = [];
  const barred = new Set<number>();
  for (let step = 0; step < 10 * columns.length + 30; step++) {
    const entering = steepest(columns, sizes, rest, scale, (k) => x[k] > 0 || barred.has(k));
    if (entering < 0) break;
    const settled = settle(columns, b, x, [...support, entering]);
    // dependent on the others, or back at zero at once: rounding, until something else has moved
    if (!settled.includes(entering)) barred.add(entering);
    else barred.clear();
    support = settled;
    rest = Float64Array.from(b);
    for (const k of support) addTo(rest, -x[k], columns[k]);
  }
  return { x, rest, support };
}

function steepest(
  columns: readonly Float64Array[],
  sizes: readonly number[],
  rest: Float64Array,
  scale: number,
  skip: (k: number) => boolean,
): number {
  let best = -1;
  let largest = slopeTolerance * scale;
  columns.forEach((column, k) => {
    if (skip(k) || sizes[k] === 0) return;
    const slope = dot(column, rest) / sizes[k];
    if (slope > largest) [best, largest] = [k, slope];
  });
  return best;
}

/** Moves x to the least-squares point of the free columns, fixing at zero what hits it on the way; returns what is free. */
function settle(columns: readonly Float64Array[], b: Float64Array, x: Float64Array, wanted: number[]): number[] {
  let free = wanted;
  for (;;) {
    const own = free.map((k) => columns[k]);
    const target = leastSquares(own, b);
    if (target === null) {
      free = free.slice(0, -1);
      continue;
    }
    let share = 1;
    free.forEach((k, a) => {
      if (target[a] <= 0) share = Math.min(share, x[k] / (x[k] - target[a]));
    });
    free.forEach((k, a) => {
      x[k] = share === 1 ? target[a] : x[k] + share * (target[a] - x[k]);
      if (target[a] <= 0 && x[k] <= 1e-15 * Math.abs(target[a]) + Number.MIN_VALUE) x[k] = 0;
    });
    if (share === 1 && free.every((k) => x[k] > 0)) return free;
    const stuck = free.filter((k, a) => target[a] <= 0 && x[k] > 0).length;
    const kept = free.filter((k) => x[k] > 0);
    // rounding left what should be zero just above it
    if (kept.length === free.length && stuck > 0) dropLeast(free, kept, target, x);
    free = kept;
  }
}

function dropLeast(free: readonly number[], kept: number[], target: Float64Array, x: Float64Array): void {
  const shares = free.map((k, a) => (target[a] <= 0 ? x[k] / (x[k] - target[a]) : Number.POSITIVE_INFINITY));
  const least = shares.reduce((best, share, a) => (share < shares[best] ? a : best), 0);
  x[free[least]] = 0;
  kept.splice(least, 1);
}

/** The x of least ‖Σ x_k c_k − b‖, or null when the columns are dependent. */
export function leastSquares(columns: readonly Float64Array[], b: Float64Array): Float64Array | null {
  const basis: Float64Array[] = [];
  const upper: Float64Array[] = [];
  for (const column of columns) {
    const left = without(column, basis);
    const length = norm2(left);
    if (!(length > 1e-12 * norm2(column))) return null;
    basis.push(left.map((t) => t / length));
    upper.push(Float64Array.from(basis, (q) => dot(q, column)));
  }
  const x = new Float64Array(columns.length);
  for (let k = columns.length - 1; k >= 0; k--) {
    let sum = dot(basis[k], b);
    for (let j = k + 1; j < columns.length; j++) sum -= upper[j][k] * x[j];
    x[k] = sum / upper[k][k];
  }
  return x;
}
