import { dot } from './gated-columns.js';
import type { GatedTarget, Support } from './gated-lift.js';

/** Patterns whose norms come this near are priced near the answer, where they are few enough. */
const [watchedFrom, watchedShare] = [0.95, 0.6];

interface Priced {
  readonly support: Support;
  readonly r: Float64Array;
  readonly prices: Float64Array;
  readonly norms: Float64Array;
}

/** The prices of residuals: those of all patterns, or of those that may come to violate. */
export class GatedPricing {
  #watched: { readonly patterns: readonly number[]; readonly transposed: Uint8Array } | null = null;

  constructor(readonly target: GatedTarget) {}

  /** Whether some patterns are left out. */
  get narrowed(): boolean {
    return this.#watched !== null;
  }

  /** From here on all patterns are priced. */
  widen(): void {
    this.#watched = null;
  }

  /**
   * From here on only these are priced, those of the point and those whose norms came near; the others keep what they had
   * at the point, where all of them were priced. Call it where no mark is open.
   */
  narrow(patterns: readonly number[], point: Priced, other: Priced): void {
    const { norms, support } = point;
    const near = new Set([...patterns, ...support.patterns]);
    for (let p = 0; p < norms.length; p++) if (norms[p] > watchedFrom) near.add(p);
    if (near.size > watchedShare * norms.length) return;
    const watched = [...near];
    this.#watched = { patterns: watched, transposed: this.target.lift.transposed(watched) };
    other.norms.set(norms);
    other.prices.set(point.prices);
  }

  price(r: Float64Array, prices: Float64Array): void {
    const { lift } = this.target;
    if (!this.#watched) {
      lift.price(r, prices);
      return;
    }
    const { patterns, transposed } = this.#watched;
    const { d, kernels } = lift;
    const mark = kernels.mark();
    const own = kernels.unset(patterns.length * d);
    lift.priceOf(patterns.length, transposed, r, own);
    for (let k = 0, at = 0; k < patterns.length; k++) {
      for (let j = patterns[k] * d, end = j + d; j < end; j++) prices[j] = own[at++];
    }
    kernels.release(mark);
  }

  /** The norms that the prices of r say, and the best dual value on the ray through r. */
  dual({ r, norms, prices }: Priced): number {
    const { threshold, lift, y } = this.target;
    const watched = this.#watched?.patterns;
    const count = watched?.length ?? norms.length;
    let largest = 1;
    for (let k = 0; k < count; k++) {
      const p = watched ? watched[k] : k;
      norms[p] = Math.sqrt(squaresOf(prices, p * lift.d, lift.d)) / threshold;
      if (norms[p] > largest) largest = norms[p];
    }
    const [along, size] = [dot(r, y), dot(r, r)];
    const scale = size > 0 ? Math.max(0, Math.min(1 / largest, along / size)) : 0;
    return scale * along - (scale * scale * size) / 2;
  }

  /** z_p = η_p XᵀD_pα, one row of d for each pattern of the support. */
  blocks({ patterns, eta }: Support, prices: Float64Array): Float64Array {
    const { lift, threshold } = this.target;
    const { d } = lift;
    const z = new Float64Array(patterns.length * d);
    for (let k = 0, at = 0; k < patterns.length; k++) {
      const scale = eta[k] / threshold;
      for (let j = patterns[k] * d, end = j + d; j < end; j++) z[at++] = scale * prices[j];
    }
    return z;
  }
}

export function squaresOf(v: Float64Array, from: number, length: number): number {
  let total = 0;
  for (let j = from; j < from + length; j++) total += v[j] * v[j];
  return total;
}
