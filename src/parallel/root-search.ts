import { gamma } from '../certificates/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import { squared } from '../losses/index.js';
import type { Block } from './block.js';
import type { ConeRows } from './cone.js';

import type { ConicBlock } from './conic.js';
import { solveConic } from './interior-point.js';
import { type ConeOfRows, projectedNorm } from './nonnegative.js';

/** A first-layer neuron's pattern on the rows, and the sign it enters the root with. */
export interface Leaf {
  readonly bits: Uint8Array;
  readonly sign: 1 | -1;
}

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

  constructor(
    readonly X: Matrix,
    readonly leaves: readonly Leaf[],
    readonly theta: Float64Array,
    readonly width: number,
    readonly path: boolean,
  ) {
    this.#cones = leaves.map(({ bits }) => coneOf(X, bits));
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
      const solved = await this.#solve(chosen, pool, false);
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
    // What rounding in the prices can hide
    const rounding =
      gamma(2 * this.X.rows + this.X.cols + 8) * c.reduce((sum, t, i) => sum + Math.abs(t) * this.#rowNorms[i], 0);
    const kept = Float64Array.from(
      this.leaves,
      (leaf, j) => projectedNorm(this.#price(c, leaf), this.#cones[j]) + rounding,
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
      const solved = await this.#solve(chosen, tuple, this.path);
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

  /** The concave problem over some leaves: its best point, and multipliers c inside their box. */
  async #solve(
    chosen: Set<number>,
    tuple: readonly number[],
    oneGroup: boolean,
  ): Promise<{ value: number; c: Float64Array; q: Float64Array }> {
    const { rows: n, cols: d } = this.X;
    const negative = Array.from(this.theta.keys()).filter((i) => this.theta[i] < 0);
    const own = tuple.length * d;
    const size = own + negative.length;
    const flows = Array.from({ length: n }, (_, i) => this.#flow(i, tuple, size));
    const columns = new Float64Array(size);
    for (const i of chosen) for (let k = 0; k < own; k++) columns[k] += this.theta[i] * flows[i][k];
    negative.forEach((i, k) => {
      columns[own + k] = this.theta[i];
    });
    const { rows, rootRows } = this.#rows(tuple, negative, flows, size);
    const groupEnds = oneGroup ? [own] : tuple.map((_, j) => (j + 1) * d);
    const block: ConicBlock = { output: 0, size, columns, groupEnds, cone: new DenseCone(rows, size) };
    const threshold = 0.5;
    const program = { n: 1, outputs: 1, y: Float64Array.of(1), loss: squared, threshold, bias: false, blocks: [block] };
    const { z, nu, residual } = await solveConic(program, 1e-12);
    const c = this.theta.map((t, i) => (chosen.has(i) ? t : 0));
    for (const { row, sample } of rootRows) c[sample] -= nu[row] / residual[0];
    for (const i of negative) c[i] = Math.min(0, Math.max(this.theta[i], c[i]));
    const q = this.#rootInputs(tuple, z);
    return { value: this.#valueOf(z, q, own, groupEnds), c, q };
  }

  /** q at a point, by its definition: a point that is a little outside its cones gets no value that no network has. */
  #rootInputs(tuple: readonly number[], z: Float64Array): Float64Array {
    const { cols: d, data } = this.X;
    return this.theta.map((_, i) =>
      tuple.reduce((sum, j, at) => sum + this.leaves[j].sign * Math.max(0, dot(data, i * d, z, at * d, d)), 0),
    );
  }

  /** q_i as a linear form in the leaves. */
  #flow(i: number, tuple: readonly number[], size: number): Float64Array {
    const { cols: d, data } = this.X;
    const out = new Float64Array(size);
    tuple.forEach((j, at) => {
      const { bits, sign } = this.leaves[j];
      if (bits[i]) for (let k = 0; k < d; k++) out[at * d + k] = sign * data[i * d + k];
    });
    return out;
  }

  /** Cones of the leaves; p ≥ (q)_+ on the negative rows. */
  #rows(
    tuple: readonly number[],
    negative: readonly number[],
    flows: readonly Float64Array[],
    size: number,
  ): { rows: Float64Array[]; rootRows: { row: number; sample: number }[] } {
    const d = this.X.cols;
    const rows: Float64Array[] = [];
    const rootRows: { row: number; sample: number }[] = [];
    tuple.forEach((j, at) => {
      const cone = this.#cones[j];
      for (let r = 0; r < cone.count; r++) {
        const row = new Float64Array(size);
        row.set(cone.rows.subarray(r * d, (r + 1) * d), at * d);
        rows.push(row);
      }
    });
    negative.forEach((i, k) => {
      const above = flows[i].map((x) => -x);
      above[tuple.length * d + k] = 1;
      const positive = new Float64Array(size);
      positive[tuple.length * d + k] = 1;
      rootRows.push({ row: rows.length, sample: i });
      rows.push(above, positive);
    });
    return { rows, rootRows };
  }

  /** Σ θ_i (q_i)_+ at the point, over its penalty. */
  #valueOf(z: Float64Array, q: Float64Array, own: number, groupEnds: readonly number[]): number {
    let value = 0;
    q.forEach((t, i) => {
      if (t > 0) value += this.theta[i] * t;
    });
    let penalty = 0;
    groupEnds.forEach((end, g) => {
      const from = g === 0 ? 0 : groupEnds[g - 1];
      penalty += Math.sqrt(dot(z, from, z, from, Math.min(end, own) - from));
    });
    return penalty > 0 ? value / penalty : 0;
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

/** Rows (2p − 1) x_i of a first-layer cone, zero rows left out. */
function coneOf({ rows: n, cols: d, data }: Matrix, bits: Uint8Array): ConeOfRows {
  const kept = Array.from({ length: n }, (_, i) => i).filter((i) =>
    data.subarray(i * d, (i + 1) * d).some((t) => t !== 0),
  );
  const rows = new Float64Array(kept.length * d);
  kept.forEach((i, r) => {
    for (let k = 0; k < d; k++) rows[r * d + k] = bits[i] ? data[i * d + k] : -data[i * d + k];
  });
  return { count: kept.length, size: d, rows };
}

/** Rows of a cone as they are. */
class DenseCone implements ConeRows {
  readonly count: number;
  constructor(
    readonly rows: readonly Float64Array[],
    readonly size: number,
  ) {
    this.count = rows.length;
  }

  apply(z: Float64Array, out: Float64Array): void {
    this.rows.forEach((row, r) => {
      out[r] = dot(row, 0, z, 0, this.size);
    });
  }

  addTranspose(nu: Float64Array, g: Float64Array): void {
    this.rows.forEach((row, r) => {
      const t = nu[r];
      for (let k = 0; k < this.size; k++) g[k] += t * row[k];
    });
  }

  addGram(w: Float64Array, h: Float64Array): void {
    this.rows.forEach((row, r) => {
      for (let k = 0; k < this.size; k++) {
        const t = w[r] * row[k];
        if (t !== 0) for (let l = 0, at = k * this.size; l <= k; l++) h[at + l] += t * row[l];
      }
    });
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
