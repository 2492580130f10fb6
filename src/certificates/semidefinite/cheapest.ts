import { choleskyFactor, choleskySolve } from './cholesky.js';
import type { Combination } from './combinations.js';
import type { Lines } from './lines.js';

/** Pivots allowed for one line, in multiples of the rank. Where it ends early, the combination is one that costs more. */
const PIVOTS = 20;
/** A basis is built of lines that are at least this far from the span of those before, relative. */
const INDEPENDENT = 1e-6;

/**
 * Combinations z_j = Σ c_i z_i over i ≠ j of least Σ cost_i |c_i|, cost ≥ 0, by the simplex method: rank lines at a time, which
 * are a basis of the space, so that every basis is feasible for every j and one answer starts the next. Nothing is proved
 * with optimality: any combination gives a valid slack.
 */
export class Cheapest {
  readonly #basis: number[];
  /** rank×count: z_i = Σ_k table_ki z_basis(k). */
  readonly #table: Float64Array;
  readonly #place: Int32Array;

  constructor(readonly lines: Lines) {
    this.#basis = independentLines(lines);
    this.#table = tableOf(lines, this.#basis);
    this.#place = new Int32Array(lines.count).fill(-1);
    this.#basis.forEach((i, k) => void (this.#place[i] = k));
  }

  /** Fewer independent lines than dimensions: no combinations are looked for. */
  get complete(): boolean {
    return this.#basis.length === this.lines.rank;
  }

  /** The cheapest combination found and its cost; null where line j cannot leave the basis. */
  of(j: number, cost: Float64Array): { combination: Combination; cost: number } | null {
    if (this.#place[j] >= 0 && !this.#pushOut(j)) return null;
    const { count } = this.lines;
    const prices = this.#prices(j, cost);
    for (let pivot = 0; pivot < PIVOTS * this.lines.rank; pivot++) if (!this.#improve(j, cost, prices)) break;
    const others: number[] = [];
    const shares: number[] = [];
    let total = 0;
    for (const [k, i] of this.#basis.entries()) {
      const share = this.#table[k * count + j];
      if (Math.abs(share) < 1e-9) continue;
      others.push(i);
      shares.push(share);
      total += cost[i] * Math.abs(share);
    }
    return { combination: { line: j, others, shares }, cost: total };
  }

  /** The line that replaces j in the basis is the one with the largest coefficient. */
  #pushOut(j: number): boolean {
    const { count } = this.lines;
    const k = this.#place[j];
    let best = -1;
    for (let i = 0; i < count; i++) {
      if (this.#place[i] >= 0) continue;
      if (best < 0 || Math.abs(this.#table[k * count + i]) > Math.abs(this.#table[k * count + best])) best = i;
    }
    if (best < 0 || Math.abs(this.#table[k * count + best]) < INDEPENDENT) return false;
    this.#pivot(k, best);
    return true;
  }

  /** What every line would cost as the same combination of the basis, priced with the signs of the shares of j. */
  #prices(j: number, cost: Float64Array): Float64Array {
    const { count, rank } = this.lines;
    const prices = new Float64Array(count);
    for (let k = 0; k < rank; k++) {
      const share = this.#table[k * count + j];
      const price = share < 0 ? -cost[this.#basis[k]] : cost[this.#basis[k]];
      if (price !== 0) for (let i = 0; i < count; i++) prices[i] += price * this.#table[k * count + i];
    }
    return prices;
  }

  /** One pivot that lowers the cost of j: the line with the best reduced cost enters; false where there is none. */
  #improve(j: number, cost: Float64Array, prices: Float64Array): boolean {
    const { count } = this.lines;
    let entering = -1;
    let least = 0.999;
    for (let i = 0; i < count; i++) {
      if (i === j || this.#place[i] >= 0 || cost[i] >= least * Math.abs(prices[i])) continue;
      entering = i;
      least = cost[i] / Math.abs(prices[i]);
    }
    if (entering < 0) return false;
    const sign = prices[entering] > 0 ? 1 : -1;
    const leaving = this.#leaving(j, entering, sign);
    if (leaving < 0) return false;
    this.#pivot(leaving, entering);
    const change = sign * cost[entering] - prices[entering];
    for (let i = 0; i < count; i++) prices[i] += change * this.#table[leaving * count + i];
    return true;
  }

  /** The first basic line whose share meets zero as the share of the entering one grows. */
  #leaving(j: number, entering: number, sign: number): number {
    const { count, rank } = this.lines;
    let leaving = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < rank; k++) {
      const share = this.#table[k * count + j];
      const rate = sign * this.#table[k * count + entering];
      if (Math.abs(rate) < INDEPENDENT || share * rate < 0) continue;
      const step = share / rate;
      if (step < least) [leaving, least] = [k, step];
    }
    return leaving;
  }

  #pivot(k: number, entering: number): void {
    const { count, rank } = this.lines;
    const table = this.#table;
    const row = table.subarray(k * count, (k + 1) * count);
    const pivot = row[entering];
    for (let i = 0; i < count; i++) row[i] /= pivot;
    for (let other = 0; other < rank; other++) {
      const at = other * count;
      const factor = other === k ? 0 : table[at + entering];
      if (factor !== 0) for (let i = 0; i < count; i++) table[at + i] -= factor * row[i];
    }
    this.#place[this.#basis[k]] = -1;
    this.#basis[k] = entering;
    this.#place[entering] = k;
  }
}

/** Lines that span the space, each the farthest from the span of those before, relative to its length. */
function independentLines({ z, count, rank }: Lines): number[] {
  const rest = z.slice();
  const own = Float64Array.from({ length: count }, (_, k) => squareOf(z, k, rank));
  const chosen: number[] = [];
  while (chosen.length < rank) {
    let best = 0;
    for (let k = 1; k < count; k++)
      if (squareOf(rest, k, rank) / own[k] > squareOf(rest, best, rank) / own[best]) best = k;
    const square = squareOf(rest, best, rank);
    if (!(square > INDEPENDENT * own[best])) return chosen;
    chosen.push(best);
    const axis = rest.slice(best * rank, (best + 1) * rank);
    for (let k = 0; k < count; k++) {
      let along = 0;
      for (let j = 0; j < rank; j++) along += rest[k * rank + j] * axis[j];
      for (let j = 0; j < rank; j++) rest[k * rank + j] -= (along / square) * axis[j];
    }
  }
  return chosen;
}

function squareOf(z: Float64Array, k: number, rank: number): number {
  let sum = 0;
  for (let j = 0; j < rank; j++) sum += z[k * rank + j] ** 2;
  return sum;
}

/** B(BᵀB)⁻¹ of the basis rows B, times all lines. */
function tableOf({ z, count, rank }: Lines, basis: readonly number[]): Float64Array {
  const size = basis.length;
  const table = new Float64Array(size * count);
  const gram = new Float64Array(size * size);
  const product = (i: number, k: number): number => {
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += z[i * rank + j] * z[k * rank + j];
    return sum;
  };
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) gram[a * size + b] = product(basis[a], basis[b]);
    for (let i = 0; i < count; i++) table[a * count + i] = product(basis[a], i);
  }
  if (choleskyFactor(gram, size)) choleskySolve(gram, size, table, count);
  return table;
}
