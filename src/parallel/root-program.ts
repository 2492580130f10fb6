import { dot, type Matrix } from '../linalg/index.js';
import { squared } from '../losses/index.js';
import type { ConeRows } from './cone.js';
import type { ConicBlock } from './conic.js';
import { solveConic } from './interior-point.js';
import type { ConeOfRows } from './nonnegative.js';

/** A first-layer neuron's pattern on the rows, and the sign it enters the root with. */
export interface Leaf {
  readonly bits: Uint8Array;
  readonly sign: 1 | -1;
}

/** The concave problem of a root over some leaves, with the rows that it counts for sure. */
export class RootProgram {
  constructor(
    readonly X: Matrix,
    readonly leaves: readonly Leaf[],
    readonly cones: readonly ConeOfRows[],
    readonly theta: Float64Array,
  ) {}

  /** Its best point, and multipliers c inside their box. */
  async solve(
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
      const cone = this.cones[j];
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
}

/** Rows (2p − 1) x_i of a first-layer cone, zero rows left out. */
export function coneOf({ rows: n, cols: d, data }: Matrix, bits: Uint8Array): ConeOfRows {
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
