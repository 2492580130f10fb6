import { norm } from '../rounding.js';
import type { Combination } from './combinations.js';
import { type Lines, withAuxiliary } from './lines.js';
import type { FactorRows } from './slack-block.js';

/** Sweeps over the coordinates of a combination. */
const SWEEPS = 30;
/** A combination counts from this share of the product itself. */
const LEAST = 0.03;
/** Shares below this are left out. */
const SMALL = 1e-3;

interface Found {
  readonly line: number;
  readonly shares: Float64Array;
  readonly excess: number;
}

/**
 * Lines to add with the combinations they complete: z_j = Σ c_i z_i + (the new line). Neurons obey
 * ⟨α|z_jᵀu|⟩ ≤ Σ|c_i|⟨α|z_iᵀu|⟩ + ⟨α|δᵀu|⟩, and the last product is at most √(⟨α²⟩⟨(δᵀu)²⟩) once δ is a line: where the moments of a
 * factor violate even that, δ is worth adding. The c of least right side is a square-root lasso. At most `most` of
 * either sign of α, those that are violated most.
 */
export function auxiliaryLines(
  lines: Lines,
  sides: readonly FactorRows[],
  most: number,
): { lines: Lines; combinations: Combination[] } {
  const z: number[] = [];
  const combinations: Combination[] = [];
  const length = norm(lines.z, 0, lines.ofRows * lines.rank) / Math.sqrt(lines.ofRows);
  for (const factor of sides) {
    for (const { line, shares } of worst(lines, factor).slice(0, most)) {
      const rest = restOf(lines, line, shares);
      const size = norm(rest);
      if (!(size > 1e-6 * length)) continue;
      const others = Array.from(shares.keys()).filter((i) => shares[i] !== 0);
      const added = lines.count + z.length / lines.rank;
      combinations.push({ line, others: [...others, added], shares: [...others.map((i) => shares[i]), size / length] });
      for (const x of rest) z.push((x / size) * length);
    }
  }
  return { lines: withAuxiliary(lines, Float64Array.from(z)), combinations };
}

function restOf({ z, rank }: Lines, line: number, shares: Float64Array): Float64Array {
  const rest = z.slice(line * rank, (line + 1) * rank);
  shares.forEach((share, i) => {
    if (share !== 0) for (let j = 0; j < rank; j++) rest[j] -= share * z[i * rank + j];
  });
  return rest;
}

/** Rows of the factor: a = Zu, √2 heights of it, and ⟨α|a|⟩ in the same unit. */
function worst(lines: Lines, { sPlus, sMinus, alpha }: FactorRows): Found[] {
  const columns = alpha.length;
  const a = sPlus.map((x, at) => x - sMinus[at]);
  const products = new Float64Array(lines.count);
  for (let k = 0; k < lines.count; k++) {
    for (let j = 0; j < columns; j++) products[k] += alpha[j] * (sPlus[k * columns + j] + sMinus[k * columns + j]);
    products[k] = Math.max(0, products[k]);
  }
  const largest = products.reduce((x, y) => Math.max(x, y), 0);
  const cost = products.map((x) => x + 1e-7 * largest);
  const found: Found[] = [];
  for (let line = 0; line < lines.ofRows; line++) {
    const { shares, value } = rootLasso(a, columns, cost, norm(alpha), line);
    if (value < (1 - LEAST) * products[line]) found.push({ line, shares, excess: (products[line] - value) / largest });
  }
  return found.sort((x, y) => y.excess - x.excess);
}

/**
 * min_c Σ cost_i|c_i| + weight·‖a_j − Σ_{i≠j} c_i a_i‖ by coordinate descent: with the norm ν of the rest fixed for a sweep it is a
 * lasso, as weight·‖r‖ = min_ν weight(‖r‖²/ν + ν)/2.
 */
function rootLasso(
  a: Float64Array,
  columns: number,
  cost: Float64Array,
  weight: number,
  j: number,
): { shares: Float64Array; value: number } {
  const count = cost.length;
  const shares = new Float64Array(count);
  const rest = a.slice(j * columns, (j + 1) * columns);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const size = norm(rest);
    if (size === 0) break;
    for (let i = 0; i < count; i++) if (i !== j) updateShare(a, columns, i, (cost[i] * size) / weight, shares, rest);
  }
  for (let i = 0; i < count; i++) {
    if (Math.abs(shares[i]) >= SMALL) continue;
    for (let c = 0; c < columns; c++) rest[c] += shares[i] * a[i * columns + c];
    shares[i] = 0;
  }
  return { shares, value: shares.reduce((sum, c, i) => sum + cost[i] * Math.abs(c), weight * norm(rest)) };
}

function updateShare(
  a: Float64Array,
  columns: number,
  i: number,
  threshold: number,
  shares: Float64Array,
  rest: Float64Array,
): void {
  let [along, square] = [0, 0];
  for (let c = 0; c < columns; c++) {
    const x = a[i * columns + c];
    along += x * rest[c];
    square += x * x;
  }
  if (square === 0) return;
  along += shares[i] * square;
  const next = Math.abs(along) <= threshold ? 0 : (along - Math.sign(along) * threshold) / square;
  const change = next - shares[i];
  if (change === 0) return;
  for (let c = 0; c < columns; c++) rest[c] -= change * a[i * columns + c];
  shares[i] = next;
}
