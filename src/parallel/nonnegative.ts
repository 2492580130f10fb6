import { above, boxLeastSquares, gamma, norm } from '../certificates/index.js';

/** Rows g_r of a cone {z : g_r·z ≥ 0}, row-major. */
export interface ConeOfRows {
  readonly count: number;
  readonly size: number;
  readonly rows: Float64Array;
}

/**
 * ‖P_C(a)‖ for the cone C, from above: ‖a + Σ ν_r g_r‖ for the best ν ≥ 0 up to rounding, with the rounding of that norm added. Any ν ≥ 0
 * gives an upper bound, so no accuracy of the method is relied on.
 *
 * @param thin unit z may be outside: g_r·z ≥ −thin ‖g_r‖
 */
export function projectedNorm(a: Float64Array, { count, size, rows }: ConeOfRows, thin = 0): number {
  const free = above(norm(a), size + 8);
  const nu = new Float64Array(count);
  const bounds = { lower: new Float64Array(count), upper: new Float64Array(count).fill(Number.POSITIVE_INFINITY) };
  boxLeastSquares({ dimension: size, count, columns: rows, ...bounds }, a, nu);
  const rest = a.slice();
  let outside = 0;
  for (let r = 0; r < count; r++) {
    if (nu[r] === 0) continue;
    for (let k = 0; k < size; k++) rest[k] += nu[r] * rows[r * size + k];
    outside += nu[r] * norm(rows, r * size, size);
  }
  const rounding = gamma(count + size + 8) * (free + outside);
  return Math.min(free, above(norm(rest), size + 8) + rounding + above(thin * outside, count + 8));
}
