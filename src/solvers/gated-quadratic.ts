import type { GrowingArray } from './gated-lift.js';

const pivotLimit = 200;
/** Rounds of whole exchanges without progress before single ones, which always end. */
const patience = 3;

export interface KeptFree {
  readonly free: Int32Array;
  readonly factor: Float64Array;
}

/**
 * gᵀs + ½ sᵀHs over s ≥ lower for one positive definite H (m×m) and any g and lower, by block principal pivoting: solve for
 * the free entries, exchange all that have the wrong sign, single ones (the last) where that makes no progress. It begins with the
 * free entries that served last, whose factor is there.
 * Source: Júdice & Pires, *A block principal pivoting algorithm for large-scale strictly monotone linear complementarity
 * problems*, 1994.
 */
export class BoundedQuadratic {
  #free: Int32Array | null = null;
  #factor: Float64Array;

  /** `store`: kernel memory for the factor, of nobody else while this is in use. `kept`: from where another one ended, over the same H. */
  constructor(
    readonly h: Float64Array,
    readonly store: GrowingArray,
    kept?: KeptFree,
  ) {
    this.#factor = store.take(kept ? kept.free.length ** 2 : 0);
    if (kept) this.#factor.set(kept.factor);
    this.#free = kept?.free ?? null;
  }

  /** The free entries that served last with their factor, outside kernel memory. */
  kept(): KeptFree | null {
    return this.#free && { free: this.#free, factor: this.#factor.slice() };
  }

  /** null when H is not positive definite numerically. Call it where no mark is open. */
  minimiser(g: Float64Array, lower: Float64Array): Float64Array | null {
    const m = g.length;
    const free = this.#begin(lower);
    const slack = 1e-10 * g.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    let s: Float64Array = new Float64Array(m);
    for (let pivot = 0, fewest = m + 1, left = patience; pivot < pivotLimit; pivot++) {
      const solved = this.#solve(g, lower, free);
      if (solved === null) return null;
      s = solved;
      const wrong = this.#wrongSigns(g, lower, free, s, slack);
      if (wrong.length === 0) break;
      left = wrong.length < fewest ? patience : left - 1;
      fewest = Math.min(fewest, wrong.length);
      for (const j of left > 0 ? wrong : wrong.slice(-1)) free[j] = 1 - free[j];
    }
    for (let j = 0; j < m; j++) if (s[j] < lower[j]) s[j] = lower[j];
    return s;
  }

  #begin(lower: Float64Array): Uint8Array {
    const free = new Uint8Array(lower.length);
    if (this.#free) for (const j of this.#free) free[j] = 1;
    else for (let j = 0; j < free.length; j++) free[j] = lower[j] < 0 ? 1 : 0;
    return free;
  }

  /** The minimiser with the other entries at their bounds. */
  #solve(g: Float64Array, lower: Float64Array, free: Uint8Array): Float64Array | null {
    const { kernels } = this.store;
    const m = g.length;
    const at = this.#factorise(free);
    if (!at) return null;
    const count = at.length;
    const s = new Float64Array(m);
    const mark = kernels.mark();
    const right = kernels.unset(count);
    for (let i = 0; i < count; i++) right[i] = -g[at[i]];
    for (let j = 0; j < m; j++) {
      if (free[j] === 1 || lower[j] === 0) continue;
      s[j] = lower[j];
      for (let i = 0; i < count; i++) right[i] -= this.h[at[i] * m + j] * lower[j];
    }
    if (count > 0) kernels.choleskySolve(count, this.#factor, right);
    for (let i = 0; i < count; i++) s[at[i]] = right[i];
    kernels.release(mark);
    return s;
  }

  /** The numbers of the free entries, with the factor of their part of H; null when that failed. */
  #factorise(free: Uint8Array): Int32Array | null {
    const m = free.length;
    const known = this.#free;
    let count = 0;
    let same = known !== null;
    for (let j = 0; j < m; j++) {
      if (free[j] === 0) continue;
      same &&= known?.[count] === j;
      count++;
    }
    if (known && same && known.length === count) return known;
    const at = new Int32Array(count);
    for (let j = 0, k = 0; j < m; j++) if (free[j] === 1) at[k++] = j;
    this.#factor = this.store.take(count * count);
    for (let i = 0; i < count; i++) {
      const row = at[i] * m;
      for (let j = 0; j <= i; j++) this.#factor[i * count + j] = this.h[row + at[j]];
    }
    this.#free = null;
    if (count > 0 && this.store.kernels.cholesky(count, this.#factor) >= 0) return null;
    this.#free = at;
    return at;
  }

  /** Free entries below their bound and others whose multiplier is negative. */
  #wrongSigns(g: Float64Array, lower: Float64Array, free: Uint8Array, s: Float64Array, slack: number): number[] {
    const m = g.length;
    const wrong: number[] = [];
    for (let j = 0; j < m; j++) {
      if (free[j] === 1) {
        if (s[j] < lower[j]) wrong.push(j);
        continue;
      }
      let slope = g[j];
      for (let i = 0, row = j * m; i < m; i++) slope += this.h[row + i] * s[i];
      if (slope < -slack) wrong.push(j);
    }
    return wrong;
  }
}
