import { gamma } from '../certificates/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import type { Block } from './block.js';
import { type ConeOfRows, projectedNorm } from './nonnegative.js';
import { coneOf, type Leaf, RootProgram } from './root-program.js';

export interface RootBound {
  /** Proved upper bound of the value over the set (at most 1 may be left as 1); null when there is too much to look at. */
  readonly bound: number | null;
  /** The best sub-network that was met: its value, and its block without output sign. */
  readonly best: { readonly value: number; readonly block: Omit<Block, 'output' | 'sign'> } | null;
}

/** Most tuples of first-layer patterns that one set of rows may need. */
const mostTuples = 300_000;
/** Values up to 1 + this count as 1. */
const slack = 1e-9;

/**
 * max over Z of penalty 1 of Σ_i θ_i (q_i)_+ with q = Σ_j s_j (X z_j)_+ (docs/parallel.md). On rows with θ_i > 0 the value is the largest, over
 * sets S of such rows, of Σ_S θ_i q_i; that on the other rows is concave. For one S and one tuple of first-layer cones the problem is
 * concave, with interior points; every c with c = θ on S, 0 on the other positive rows and θ_i ≤ c_i ≤ 0 on the negative ones bounds it by
 * max_j v_j (weight decay) or (Σ_j v_j²)^{1/2} (path norm), v_j(c) = max over unit z in the leaf's cone of s_j cᵀD_jXz.
 */
export class RootSearch {
  readonly #cones: readonly ConeOfRows[];
  readonly #rowNorms: Float64Array;
  readonly #program: RootProgram;

  constructor(
    readonly X: Matrix,
    readonly leaves: readonly Leaf[],
    readonly theta: Float64Array,
    readonly width: number,
    readonly path: boolean,
    /** How far a neuron may be outside the cones of all leaves; see `leafCells`. */
    readonly thin = 0,
  ) {
    this.#cones = leaves.map(({ bits }) => coneOf(X, bits));
    this.#program = new RootProgram(X, leaves, this.#cones, theta);
    this.#rowNorms = Float64Array.from({ length: X.rows }, (_, i) =>
      Math.sqrt(dot(X.data, i * X.cols, X.data, i * X.cols, X.cols)),
    );
  }

  async bound(set: readonly number[]): Promise<RootBound> {
    const chosen = new Set(set);
    const multipliers: Float64Array[] = [];
    const start = this.theta.map((t, i) => (chosen.has(i) ? t : 0));
    const factor = this.path ? Math.sqrt(this.width) : 1;
    let values = this.#pool(start, multipliers);
    let bound = factor * largest(values);
    if (bound <= 1) return { bound: 1, best: null };
    let pool = top(values, 6);
    for (let round = 0; round < 40; round++) {
      const solved = await this.#program.solve(chosen, pool, false);
      values = this.#pool(solved.c, multipliers);
      const now = factor * largest(values);
      bound = Math.min(bound, now);
      if (bound <= 1 + slack) return { bound, best: null };
      const missing = top(values, 8).filter((j) => !pool.includes(j) && values[j] > (1 + slack) * solved.value);
      if (missing.length === 0) break;
      pool = [...pool, ...missing];
    }
    return this.#byTuples(chosen, multipliers);
  }

  /** v_j(c) of every leaf, kept beside those of other c. */
  #pool(c: Float64Array, multipliers: Float64Array[]): Float64Array {
    // What rounding in the prices, and a neuron outside the cone, can hide
    const rounding =
      (gamma(2 * this.X.rows + this.X.cols + 8) + this.thin) *
      c.reduce((sum, t, i) => sum + Math.abs(t) * this.#rowNorms[i], 0);
    const kept = Float64Array.from(
      this.leaves,
      (leaf, j) => projectedNorm(this.#price(c, leaf), this.#cones[j], this.thin) + rounding,
    );
    multipliers.push(kept);
    return kept;
  }

  /** s XᵀDc. */
  #price(c: Float64Array, { bits, sign }: Leaf): Float64Array {
    const { rows: n, cols: d, data } = this.X;
    const out = new Float64Array(d);
    for (let i = 0; i < n; i++) if (bits[i]) for (let k = 0; k < d; k++) out[k] += sign * c[i] * data[i * d + k];
    return out;
  }

  /** Every tuple of leaves that no multiplier so far bounds by 1, on its own. */
  async #byTuples(chosen: Set<number>, multipliers: Float64Array[]): Promise<RootBound> {
    let bound = 1;
    let best: RootBound['best'] = null;
    let count = 0;
    for (const tuple of this.#tuples(multipliers)) {
      if (this.#bounded(tuple, multipliers) <= bound) continue;
      if (++count > mostTuples) return { bound: null, best };
      const solved = await this.#program.solve(chosen, tuple, this.path);
      this.#pool(solved.c, multipliers);
      bound = Math.max(bound, this.#bounded(tuple, multipliers));
      if (!best || solved.value > best.value) best = { value: solved.value, block: this.#blockOf(tuple, solved.q) };
    }
    return { bound, best };
  }

  /** The least bound that the multipliers give a tuple. */
  #bounded(tuple: readonly number[], multipliers: readonly Float64Array[]): number {
    let least = Number.POSITIVE_INFINITY;
    for (let k = multipliers.length - 1; k >= 0 && least > 1; k--) {
      const v = multipliers[k];
      let value = 0;
      if (this.path) {
        for (const j of tuple) value += v[j] * v[j];
        value = Math.sqrt(value);
      } else for (const j of tuple) value = Math.max(value, v[j]);
      least = Math.min(least, value);
    }
    return least;
  }

  /** Sets of leaves in order: the path norm allows repetitions, for weight decay they are of no use. */
  *#tuples(multipliers: readonly Float64Array[]): Generator<number[]> {
    const { leaves, width, path } = this;
    const tuple: number[] = [];
    const best = leaves.map((_, j) =>
      multipliers.reduce((least, v) => Math.min(least, v[j]), Number.POSITIVE_INFINITY),
    );
    const useful = Array.from(leaves.keys()).filter((j) => path || best[j] >= 0);
    function* extend(from: number): Generator<number[]> {
      if (tuple.length === width) {
        if (tuple.some((j) => leaves[j].sign > 0)) yield tuple.slice();
        return;
      }
      for (let k = from; k < useful.length; k++) {
        tuple.push(useful[k]);
        yield* extend(path ? k : k + 1);
        tuple.pop();
      }
    }
    if (!path && width > useful.length) yield useful;
    else yield* extend(0);
  }

  #blockOf(tuple: readonly number[], q: Float64Array): Omit<Block, 'output' | 'sign'> {
    const n = this.X.rows;
    const patterns = new Uint8Array((this.width + 1) * n);
    const signs = new Int8Array(this.width + 1).fill(1);
    // A tuple of fewer leaves repeats its first one
    for (let at = 0; at < this.width; at++) {
      const { bits, sign } = this.leaves[tuple[at] ?? tuple[0]];
      patterns.set(bits, at * n);
      signs[at] = sign;
    }
    const size = largest(q.map(Math.abs));
    for (let i = 0; i < n; i++) {
      patterns[this.width * n + i] = q[i] > 1e-9 * size ? 1 : 0;
    }
    return { signs, patterns };
  }
}

const largest = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let k = 0; k < values.length; k++) most = Math.max(most, values[k]);
  return most;
};

/** Indices of the largest values. */
const top = (values: Float64Array, count: number): number[] =>
  Array.from(values.keys())
    .sort((a, b) => values[b] - values[a] || a - b)
    .slice(0, count);
