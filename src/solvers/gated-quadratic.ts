import type { Kernels } from '../linalg/kernels/index.js';

const pivotLimit = 200;
/** Rounds of whole exchanges without progress before single ones, which always end. */
const patience = 3;

/**
 * The s ≥ lower that minimises gᵀs + ½ sᵀHs, H (m×m) positive definite in kernel memory, by block principal pivoting:
 * solve for the free entries, exchange all that have the wrong sign, single ones (the last) where that makes no progress.
 * Source: Júdice & Pires, *A block principal pivoting algorithm for large-scale strictly monotone linear complementarity
 * problems*, 1994. Returns null when H is not positive definite numerically.
 */
export function boundedMinimiser(
  kernels: Kernels,
  h: Float64Array,
  g: Float64Array,
  lower: Float64Array,
): Float64Array | null {
  const m = g.length;
  const constant = Float64Array.from(g);
  for (let j = 0; j < m; j++) if (lower[j] !== 0) addColumn(h, m, j, lower[j], constant);
  const free = Array.from(lower, (v) => v < 0);
  const slack = 1e-10 * g.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  let x: Float64Array = new Float64Array(m);
  for (let pivot = 0, fewest = m + 1, left = patience; pivot < pivotLimit; pivot++) {
    const solved = solveFree(kernels, h, constant, free);
    if (solved === null) return null;
    x = solved;
    const wrong = wrongSigns(h, constant, free, x, slack);
    if (wrong.length === 0) break;
    left = wrong.length < fewest ? patience : left - 1;
    fewest = Math.min(fewest, wrong.length);
    for (const j of left > 0 ? wrong : wrong.slice(-1)) free[j] = !free[j];
  }
  return x.map((v, j) => Math.max(v, 0) + lower[j]);
}

function addColumn(h: Float64Array, m: number, j: number, factor: number, into: Float64Array): void {
  for (let i = 0; i < m; i++) into[i] += factor * h[j * m + i];
}

/** x with H_FF x_F = −constant_F, zero elsewhere. */
function solveFree(
  kernels: Kernels,
  h: Float64Array,
  constant: Float64Array,
  free: readonly boolean[],
): Float64Array | null {
  const m = constant.length;
  const at = Int32Array.from(free.flatMap((f, j) => (f ? [j] : [])));
  const x = new Float64Array(m);
  const mark = kernels.mark();
  const system = kernels.unset(at.length * at.length);
  const right = kernels.unset(at.length);
  for (let i = 0; i < at.length; i++) {
    right[i] = -constant[at[i]];
    for (let j = 0; j <= i; j++) system[i * at.length + j] = h[at[i] * m + at[j]];
  }
  const failed = at.length > 0 && kernels.cholesky(at.length, system) >= 0;
  if (!failed && at.length > 0) kernels.choleskySolve(at.length, system, right);
  for (let i = 0; i < at.length; i++) x[at[i]] = right[i];
  kernels.release(mark);
  return failed ? null : x;
}

/** Free entries below zero and bound ones whose multiplier is. */
function wrongSigns(
  h: Float64Array,
  constant: Float64Array,
  free: readonly boolean[],
  x: Float64Array,
  slack: number,
): number[] {
  const m = x.length;
  const gradient = Float64Array.from(constant);
  for (let j = 0; j < m; j++) if (x[j] !== 0) addColumn(h, m, j, x[j], gradient);
  const wrong: number[] = [];
  for (let j = 0; j < m; j++) if (free[j] ? x[j] < 0 : gradient[j] < -slack) wrong.push(j);
  return wrong;
}
