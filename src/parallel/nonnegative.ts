import { cholesky, choleskySolve, dot } from './dense.js';

/**
 * ‖P_C(a)‖ for the cone C = {z : G z ≥ 0}, from above: ‖a + Gᵀν‖ for a ν ≥ 0 that is the best up to rounding (Lawson and Hanson's
 * active-set method), with its rounding added. Any ν ≥ 0 gives an upper bound, so no accuracy of the method is relied on.
 *
 * @param g rows of G, length of `a` each
 */
export function projectedNorm(a: Float64Array, g: readonly Float64Array[]): number {
  const d = a.length;
  const nu = new Float64Array(g.length);
  const active: number[] = [];
  const rest = a.slice();
  const size = Math.sqrt(dot(a, 0, 0, d));
  let best = size;
  const refresh = (): void => {
    rest.set(a);
    for (const r of active) for (let k = 0; k < d; k++) rest[k] += nu[r] * g[r][k];
  };
  for (let step = 0; step < 3 * (d + 3) && best > 1e-14 * size; step++) {
    const next = mostViolated(rest, g, active, 1e-13 * size);
    if (next < 0 || active.length >= d) break;
    active.push(next);
    shrink(a, g, active, nu);
    refresh();
    best = Math.min(best, Math.sqrt(dot(rest, 0, 0, d)) + ROUNDING * (size + lengthOf(nu, g, active)));
  }
  return best;
}

/** Of a sum of a few terms, relative to their sizes. */
const ROUNDING = 1e-14;

const lengthOf = (nu: Float64Array, g: readonly Float64Array[], active: readonly number[]): number =>
  active.reduce((sum, r) => sum + nu[r] * Math.sqrt(dot(g[r], 0, 0, g[r].length)), 0);

/** The row with the most negative product with the rest, relative to its norm; −1 when there is none. */
function mostViolated(
  rest: Float64Array,
  g: readonly Float64Array[],
  active: readonly number[],
  least: number,
): number {
  let found = -1;
  let worst = -least;
  g.forEach((row, r) => {
    if (active.includes(r)) return;
    const t = dot(row, 0, 0, row.length, rest) / Math.sqrt(dot(row, 0, 0, row.length));
    if (t < worst) {
      worst = t;
      found = r;
    }
  });
  return found;
}

/** Least squares over the active rows, dropping those whose multiplier would turn negative on the way. */
function shrink(a: Float64Array, g: readonly Float64Array[], active: number[], nu: Float64Array): void {
  while (active.length > 0) {
    const aim = leastSquares(a, g, active);
    let length = 1;
    let leaving = -1;
    active.forEach((r, k) => {
      if (aim[k] <= 0) {
        const t = nu[r] / (nu[r] - aim[k]);
        if (!(t >= length)) {
          length = t;
          leaving = k;
        }
      }
    });
    active.forEach((r, k) => {
      nu[r] = Math.max(0, nu[r] + length * (aim[k] - nu[r]));
    });
    if (leaving < 0) return;
    nu[active[leaving]] = 0;
    active.splice(leaving, 1);
  }
}

/** argmin ‖a + Σ ν_r g_r‖ over the active rows. */
function leastSquares(a: Float64Array, g: readonly Float64Array[], active: readonly number[]): Float64Array {
  const m = active.length;
  const gram = new Float64Array(m * m);
  const right = new Float64Array(m);
  active.forEach((r, k) => {
    for (let l = 0; l <= k; l++) gram[k * m + l] = dot(g[r], 0, 0, a.length, g[active[l]]);
    right[k] = -dot(g[r], 0, 0, a.length, a);
  });
  cholesky(gram, m);
  choleskySolve(gram, m, right);
  return right;
}
