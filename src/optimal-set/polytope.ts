import type { Random } from '../base/index.js';
import { type Matrix, matrix, rowOf } from '../linalg/index.js';
import { crossToVertex } from './crossover.js';
import { type Direction, hitAndRun } from './hit-and-run.js';
import { leastNorm } from './least-norm.js';
import { nearestPoint } from './nearest.js';
import { pivotedQr } from './pivoted-qr.js';
import { minimise } from './simplex.js';
import { Tableau } from './tableau.js';
import { combination } from './vectors.js';
import { type VertexList, vertexList } from './vertices.js';

/** A best point of a linear function and its value there. */
export interface Extreme {
  readonly value: number;
  readonly point: Float64Array;
}

/** Shares of the largest entry below this are zero. */
const ZERO = 1e-12;

/**
 * {a ≥ 0 : Σ a_i z_i = f} for independent work on points: numbers alone, no networks. It must be bounded (optimal sets are).
 * Every call starts from the same vertex, so answers do not depend on what was asked before.
 */
export class Polytope {
  #reached: Tableau | null = null;
  readonly #f: Float64Array;
  #inner: Float64Array | null = null;

  /**
   * @param columns m×R, row i is z_i. @param start m numbers ≥ 0: a point; it defines f.
   * @param tolerance a column this near (of its length) to the span of others depends on them.
   */
  constructor(
    readonly columns: Matrix,
    readonly start: Float64Array,
    readonly tolerance: number,
  ) {
    this.#f = combination(columns, start);
  }

  /** Where every program starts; found with the first. */
  get #vertex(): Tableau {
    if (this.#reached) return this.#reached;
    const tableau = Tableau.at(this.columns, this.start, this.tolerance);
    crossToVertex(tableau);
    tableau.refine(this.#f);
    this.#reached = tableau;
    return tableau;
  }

  get count(): number {
    return this.start.length;
  }

  /** Rank of all z_i. */
  get rank(): number {
    return this.#vertex.rank;
  }

  /** A vertex (a copy). */
  get vertex(): Float64Array {
    return this.#finished(this.#vertex);
  }

  /** Exact steps from a point of the polytope (default: the start) down to a vertex, within what is positive there. */
  descend(from: Float64Array = this.start): { steps: Float64Array[]; vertex: Float64Array } {
    const used = indicesOf(from, (a) => a > 0);
    const tableau = Tableau.at(selectRows(this.columns, used), pick(from, used), this.tolerance);
    const steps: Float64Array[] = [];
    let alive = used.length;
    crossToVertex(tableau, () => {
      const point = this.#finished(tableau);
      const left = indicesOf(point, (a) => a > 0).length;
      // where several died at once a later exchange may find its neuron dead already
      if (left < alive) steps.push(spread(point, used, this.count));
      alive = left;
    });
    tableau.refine(this.#f);
    // from the start, with all columns in use, these are the steps to the vertex that programs start from
    if (from === this.start && used.length === this.count) this.#reached ??= tableau;
    return { steps, vertex: spread(this.#finished(tableau), used, this.count) };
  }

  /** The least Σ cost_i a_i over the polytope, at a vertex. */
  least(cost: Float64Array): Extreme {
    const tableau = this.#vertex.clone();
    minimise(tableau, cost);
    tableau.refine(this.#f);
    const point = this.#finished(tableau);
    return { point, value: cost.reduce((sum, c, i) => sum + c * point[i], 0) };
  }

  greatest(cost: Float64Array): Extreme {
    const { value, point } = this.least(cost.map((c) => -c));
    return { value: -value, point };
  }

  /** A point in the relative interior: positive wherever any point of the polytope is. */
  get inner(): Float64Array {
    this.#inner ??= this.#findInner();
    return this.#inner.slice();
  }

  #findInner(): Float64Array {
    const points = [this.start, this.vertex];
    for (let round = 0; round < this.count; round++) {
      const cost = new Float64Array(this.count);
      for (let i = 0; i < this.count; i++) if (points.every((a) => a[i] === 0)) cost[i] = 1;
      if (cost.every((c) => c === 0)) break;
      const { value, point } = this.greatest(cost);
      if (value <= ZERO * largest(point)) break;
      points.push(point);
    }
    return meanOf(points);
  }

  /** Indices that are positive somewhere on the polytope. */
  get support(): number[] {
    return indicesOf(this.inner, (a) => a > 0);
  }

  /** Dimension of the polytope: nullity of the columns of its support. */
  get dimension(): number {
    const support = this.support;
    return support.length - pivotedQr(selectRows(this.columns, support), this.tolerance).rank;
  }

  /** All vertices, or the first `most` that pivoting finds. */
  vertices(most: number): VertexList {
    return vertexList(this.#vertex, most, (tableau) => this.#finished(tableau));
  }

  /** Points drawn uniformly (in the limit) by hit and run, `thinning` moves apart. */
  sample(count: number, random: Random, thinning: number): Float64Array[] {
    const support = this.support;
    const directions = this.#directions(support);
    const inner = pick(this.inner, support);
    return hitAndRun(inner, directions, count, random, thinning).map((a) => spread(a, support, this.count));
  }

  /** Null vectors of the support's columns, one for each column outside a basis of them. */
  #directions(support: readonly number[]): Direction[] {
    const { rank, order, coordinates } = pivotedQr(selectRows(this.columns, support), this.tolerance);
    return Array.from({ length: support.length - rank }, (_, q) => {
      const null1 = new Float64Array(support.length);
      null1[order[rank + q]] = 1;
      for (let k = 0; k < rank; k++) null1[order[k]] = -coordinates.data[k * coordinates.cols + q];
      return null1;
    });
  }

  /** The point of the polytope that minimises ‖A a − t‖, A with one row for each i: row i is A's column i. */
  nearest(rows: Matrix, target: Float64Array): Float64Array {
    return nearestPoint(this, rows, target);
  }

  /** The point of least ‖a‖. */
  get smallest(): Float64Array {
    const found = leastNorm(this.start, pivotedQr(this.columns, this.tolerance));
    if (found) return cleared(found);
    const identity = matrix(this.count, this.count);
    for (let i = 0; i < this.count; i++) identity.data[i * this.count + i] = 1;
    return this.nearest(identity, new Float64Array(this.count));
  }

  #finished(tableau: Tableau): Float64Array {
    return cleared(tableau.point);
  }
}

/** Without what is zero but for rounding. */
function cleared(point: Float64Array): Float64Array {
  const least = ZERO * largest(point);
  return point.map((a) => (a > least ? a : 0));
}

const largest = (a: Float64Array): number => a.reduce((most, value) => Math.max(most, value), 0);

const indicesOf = (a: Float64Array, holds: (value: number) => boolean): number[] =>
  Array.from(a.keys()).filter((i) => holds(a[i]));

const pick = (a: Float64Array, indices: readonly number[]): Float64Array => Float64Array.from(indices, (i) => a[i]);

function spread(a: Float64Array, indices: readonly number[], count: number): Float64Array {
  const out = new Float64Array(count);
  indices.forEach((i, k) => {
    out[i] = a[k];
  });
  return out;
}

function meanOf(points: readonly Float64Array[]): Float64Array {
  return points[0].map((_, i) => points.reduce((sum, a) => sum + a[i], 0) / points.length);
}

/** The chosen rows of a matrix, copied. */
export function selectRows(m: Matrix, indices: readonly number[]): Matrix {
  const out = matrix(indices.length, m.cols);
  indices.forEach((i, k) => {
    out.data.set(rowOf(m, i), k * m.cols);
  });
  return out;
}
