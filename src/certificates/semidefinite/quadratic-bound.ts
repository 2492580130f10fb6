import { binaryExponent } from '../../base/index.js';
import { symmetricEigen } from '../eigen.js';
import { above, gamma, norm } from '../rounding.js';
import { maximise } from '../sphere/majorant.js';
import { choleskyFactor, choleskySolve } from './cholesky.js';
import type { LineForm } from './lines.js';
import type { Multipliers, SignMultipliers } from './multipliers.js';
import { type QuadraticForm, quadraticForm } from './quadratic-form.js';

/** A proved bound of |F| on the unit ball from its multipliers, for both signs; no more than the trivial one. */
export function multiplierBound(form: LineForm, multipliers: Multipliers): number {
  const bounds = [1, -1].map((sign, side) => quadraticBound(form, sign, multipliers[side]));
  return Math.min(form.total, Math.max(...bounds));
}

/**
 * A proved bound of σF(v) over ‖v‖ ≤ 1, whatever the multipliers are (docs/semidefinite.md has the proof). Every product
 * of the multipliers is ≥ 0 where t = |Zv|, so 2σF(v) ≤ max over all t of −tᵀTt + 2tᵀCy + yᵀEy = yᵀ(E + CᵀT⁻¹C)y with
 * y = (1, v): a quadratic in v alone, whose maximum over the sphere one eigendecomposition of rank×rank gives.
 * Costs a Cholesky factor of count×count. Infinity when T is not positive definite by a margin.
 */
export function quadraticBound(form: LineForm, sign: number, multipliers: SignMultipliers): number {
  if (form.lines.rank === 0) return 0;
  const left = withoutLines(form, sign, multipliers);
  if (left === null) return Number.POSITIVE_INFINITY;
  const { constant, linear, square, noise } = left;
  const peak = maximise({ constant, linear, quadratic: symmetricEigen(square, form.lines.rank), noise });
  const bound = above(0.5 * Math.max(0, peak.bound)) + 1e-290;
  return Number.isNaN(bound) ? Number.POSITIVE_INFINITY : bound;
}

/** 2σF ≤ constant + linearᵀv + vᵀ square v + noise on the unit sphere, once t is maximised away. */
export interface WithoutLines {
  readonly constant: number;
  readonly linear: Float64Array;
  readonly square: Float64Array;
  readonly noise: number;
}

/** Null when T is not positive definite by a margin. */
export function withoutLines(form: LineForm, sign: number, multipliers: SignMultipliers): WithoutLines | null {
  const { rank } = form.lines;
  const quadratic = quadraticForm(form, sign, multipliers);
  const inverse = withoutT(quadratic);
  if (inverse === null) return null;
  const side = 1 + rank;
  const sum = quadratic.e.map((x, at) => x + inverse.s[at]);
  const linear = Float64Array.from({ length: rank }, (_, j) => 2 * sum[1 + j]);
  const square = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) square[i * rank + j] = sum[(1 + i) * side + 1 + j];
  const rounding = 4 * gamma(4) * (norm(quadratic.e) + norm(inverse.s));
  return { constant: sum[0], linear, square, noise: quadratic.noise + inverse.noise + rounding };
}

/** S with max_t (−tᵀTt + 2tᵀCy) ≤ yᵀSy + noise for y = (1, v), ‖v‖ = 1. */
interface Eliminated {
  readonly s: Float64Array;
  readonly noise: number;
}

/**
 * For any J, with t = Jy + e and R = C − TJ: −tᵀTt + 2tᵀCy = yᵀ(CᵀJ + JᵀR)y + 2eᵀRy − eᵀTe, and the last two terms are at
 * most ‖Ry‖²/ρ when T ⪰ ρI. J comes from a Cholesky factor of T − shift·I; that this factor exists proves ρ. Rows and
 * columns are first scaled by powers of two, exactly, so that T has a diagonal between 1 and 4.
 */
function withoutT(form: QuadraticForm): Eliminated | null {
  const { count, rank } = form;
  const side = 1 + rank;
  const scale = diagonalScale(form);
  if (scale === null) return null;
  const t = form.t.map((x, at) => x * scale[Math.floor(at / count)] * scale[at % count]);
  const c = form.c.map((x, at) => x * scale[Math.floor(at / side)]);
  const factor = t.slice();
  let trace = 0;
  for (let k = 0; k < count; k++) trace += t[k * count + k];
  const shift = 8 * gamma(count + 16) * trace;
  for (let k = 0; k < count; k++) factor[k * count + k] -= shift;
  if (!choleskyFactor(factor, count)) return null;
  const j = c.slice();
  choleskySolve(factor, count, j, side);
  // a factor that exists proves T − shift·I ⪰ −γ trace (Rump), so T ⪰ half the shift with much to spare
  return schur(t, c, j, count, side, 0.5 * shift);
}

/** Powers of two that bring the diagonal of T to [1, 4). */
function diagonalScale({ t, count }: QuadraticForm): Float64Array | null {
  const scale = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const pivot = t[k * count + k];
    if (!(pivot > 1e-250 && pivot < 1e250)) return null;
    scale[k] = 2 ** -Math.floor(binaryExponent(pivot) / 2);
  }
  return scale;
}

function schur(
  t: Float64Array,
  c: Float64Array,
  j: Float64Array,
  count: number,
  side: number,
  rho: number,
): Eliminated {
  const s = new Float64Array(side * side);
  const size = new Float64Array(side);
  const row = new Float64Array(side);
  let squares = 0;
  let lost = 0;
  for (let k = 0; k < count; k++) {
    size.fill(0);
    for (let i = 0; i < side; i++) {
      row[i] = c[k * side + i];
      size[i] = Math.abs(row[i]);
    }
    for (let l = 0; l < count; l++) {
      const factor = t[k * count + l];
      if (factor === 0) continue;
      for (let i = 0; i < side; i++) {
        const product = factor * j[l * side + i];
        row[i] -= product;
        size[i] += Math.abs(product);
      }
    }
    for (let a = 0; a < side; a++) {
      const error = gamma(count + 8) * size[a];
      squares += (Math.abs(row[a]) + error) ** 2;
      lost += error * error;
      for (let b = 0; b < side; b++) s[a * side + b] += c[k * side + a] * j[k * side + b] + j[k * side + a] * row[b];
    }
  }
  for (let a = 0; a < side; a++)
    for (let b = 0; b < a; b++) s[a * side + b] = s[b * side + a] = 0.5 * (s[a * side + b] + s[b * side + a]);
  // ‖y‖² = 2; the entries of S have sums of 2·count products
  const sizes = norm(j) * (norm(c) + Math.sqrt(squares));
  const noise = 2 * (gamma(2 * count + 16) * sizes + norm(j) * Math.sqrt(lost) + squares / rho);
  return { s, noise: above(noise, count * side + 64) };
}
