import { createRandom } from '../../base/index.js';
import { Cheapest } from './cheapest.js';
import type { Combination, Combinations } from './combinations.js';
import type { Lines } from './lines.js';
import type { FactorRows } from './slack-block.js';

/** Rows of ŝ whose products are looked at beside those of α, drawn anew each time. */
const ROWS = 3;
/** Combinations of one line that one search adds, for either sign of α. */
const PER_LINE = 2;
/** A violation counts from this share of the product itself, and this share of the largest product of its row. */
const LEAST = 1e-2;
const LEAST_OF_LARGEST = 1e-4;

interface Found {
  readonly combination: Combination;
  readonly excess: number;
}

/**
 * Combinations whose slack has a negative product with α or with some ŝ in the moments of a factor: for either, φ(z_i) = ⟨·|z_iᵀu|⟩
 * of neurons is convex, so φ(z_j) ≤ Σ|c_i|φ(z_i); the least right side is a linear program. The worst ones first, at most
 * `most`, none that is known.
 */
export function violated(
  lines: Lines,
  sides: readonly FactorRows[],
  known: Combinations,
  most: number,
  seed: number,
): Combination[] {
  const cheapest = new Cheapest(lines);
  if (!cheapest.complete || lines.count <= lines.rank || most <= 0) return [];
  const names = knownNames(known);
  const out: Combination[] = [];
  for (const [side, factor] of sides.entries()) {
    const taken = new Int32Array(lines.count);
    for (const { combination } of worstFirst(lines, factor, cheapest, seed + side)) {
      const name = nameOf(combination.line, combination.others);
      if (taken[combination.line] >= PER_LINE || names.has(name)) continue;
      taken[combination.line]++;
      names.add(name);
      out.push(combination);
      if (out.length >= most) return out;
    }
  }
  return out;
}

function worstFirst(lines: Lines, factor: FactorRows, cheapest: Cheapest, seed: number): Found[] {
  const { count } = lines;
  const columns = factor.alpha.length;
  const random = createRandom(seed, count);
  const found: Found[] = [];
  for (let draw = 0; draw <= ROWS; draw++) {
    const at = random.integer(2 * count);
    const from = at < count ? factor.sPlus : factor.sMinus;
    const row = draw === 0 ? factor.alpha : from.subarray((at % count) * columns, ((at % count) + 1) * columns);
    found.push(...violatedWith(lines, productsWith(row, factor, count), cheapest));
  }
  return found.sort((a, b) => b.excess - a.excess);
}

/** φ of every line, up to a factor; rounding of an iterate can make one negative. */
function productsWith(row: Float64Array, { sPlus, sMinus }: FactorRows, count: number): Float64Array {
  const columns = row.length;
  const out = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += row[j] * (sPlus[k * columns + j] + sMinus[k * columns + j]);
    out[k] = Math.max(0, sum);
  }
  return out;
}

function violatedWith({ count }: Lines, products: Float64Array, cheapest: Cheapest): Found[] {
  const largest = products.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0) return [];
  const cost = products.map((x) => x + 1e-7 * largest);
  const found: Found[] = [];
  for (let j = 0; j < count; j++) {
    if (products[j] <= LEAST_OF_LARGEST * largest) continue;
    const least = cheapest.of(j, cost);
    if (least === null || !(least.cost < (1 - LEAST) * products[j] - LEAST_OF_LARGEST * largest)) continue;
    found.push({ combination: least.combination, excess: (products[j] - least.cost) / largest });
  }
  return found;
}

function knownNames({ count, start, line }: Combinations): Set<string> {
  const names = new Set<string>();
  for (let c = 0; c < count; c++) names.add(nameOf(line[start[c]], Array.from(line.slice(start[c] + 1, start[c + 1]))));
  return names;
}

const nameOf = (line: number, others: readonly number[]): string => [line, ...[...others].sort((a, b) => a - b)].join();
