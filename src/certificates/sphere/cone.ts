import { boxLeastSquares, choleskySolved } from '../box-least-squares.js';
import { dotAt, gamma, norm } from '../rounding.js';
import { type SphereProblem, valueAt } from './problem.js';

/** A simplicial cone {Σ β_j v_j, β ≥ 0} inside one orthant, and σF on it. */
export interface Cone {
  /** σ: +1 or −1. */
  readonly sign: number;
  readonly depth: number;
  /** rank×rank, row j is the unit vector v_j. */
  readonly vertices: Float64Array;
  /** On the cone σF(v) = linearᵀv + Σ_{k ∈ rows} σ w_k |z_kᵀv|. */
  readonly linear: Float64Array;
  /** Rows that take both signs on the cone. */
  readonly rows: Int32Array;
}

/** A cone with its bound. */
export interface BoundedCone extends Cone {
  /** Proved: σF(v) ≤ bound on the cone within the ball, up to `coneMargin`. */
  readonly bound: number;
  /** Unit vector where the relaxation is largest. */
  readonly peak: Float64Array;
  /** The pair of vertices between which to cut. */
  readonly edge: readonly [number, number];
}

/** A product of unit vectors below this is taken for zero, which has either sign. */
const VANISHING = 1e-15;

/**
 * What all roundings of this file can amount to, anywhere in the ball. In an orthant v_iᵀv_j ≥ 0, so ‖Σβ_jv_j‖ ≤ 1
 * gives ‖β‖ ≤ 1 (v_j unit) and Σβ_j ≤ √rank: an error ε at each vertex is at most √rank·ε on the cone.
 */
export const coneMargin = (p: SphereProblem): number =>
  Math.sqrt(p.rank) * (4 * VANISHING + gamma(2 * p.count + 6 * p.rank + 32)) * p.total;

/** Signs of the rows over a cone: the undecided ones with their products at the vertices. */
interface Split {
  readonly linear: Float64Array;
  readonly rows: Int32Array;
  /** rows.length×rank: z_kᵀv_j. */
  readonly products: Float64Array;
}

/** Bounds σF on a cone whose `rows` may still hold decided ones; ends early below `enough`. */
export function boundCone(p: SphereProblem, cone: Cone, enough: number): BoundedCone {
  const split = splitRows(p, cone);
  const { rank } = p;
  const values = vertexValues(p, cone, split);
  const dual = dualBasis(cone.vertices, rank);
  const { w, shortfall } = leastMajorant(p, cone, split, values, dual, enough);
  const length = norm(w);
  const peak = length > 0 ? w.map((x) => x / length) : cone.vertices.slice(0, rank);
  const bisection = cone.depth % 2 === 1 ? slackEdge(p, cone.sign, split, coordinates(dual, peak)) : null;
  const bound = length + Math.sqrt(rank) * shortfall;
  return {
    ...cone,
    linear: split.linear,
    rows: split.rows,
    bound: dual === cone.vertices ? Math.min(bound, narrowBound(p, cone)) : bound,
    peak,
    edge: bisection ?? longestEdge(cone.vertices, rank),
  };
}

/**
 * For cones so narrow that rounding makes their vertices dependent, where the interpolation says nothing: F at a vertex c plus
 * its Lipschitz constant times the distance. A unit v = Σβ_jv_j has Σβ_j ≥ 1, so cᵀv ≥ min_j cᵀv_j (≥ 0 in an orthant):
 * no v is further from c than the furthest vertex.
 */
function narrowBound(p: SphereProblem, { sign, vertices }: Cone): number {
  const c = vertices.subarray(0, p.rank);
  let furthest = 0;
  for (let j = 1; j < p.rank; j++) {
    furthest = Math.max(furthest, norm(c.map((x, k) => vertices[j * p.rank + k] - x)));
  }
  return Math.max(0, sign * valueAt(p, c)) + p.total * furthest * (1 + gamma(p.rank + 8));
}

/** Rows of one sign become linear. */
function splitRows(p: SphereProblem, cone: Cone): Split {
  const r = p.rank;
  const linear = cone.linear.slice();
  const rows = new Int32Array(cone.rows.length);
  const products = new Float64Array(cone.rows.length * r);
  let kept = 0;
  for (const k of cone.rows) {
    let lowest = 0;
    let highest = 0;
    for (let j = 0; j < r; j++) {
      const product = dotAt(p.rows, k * r, cone.vertices, j * r, r);
      products[kept * r + j] = product;
      lowest = Math.min(lowest, product);
      highest = Math.max(highest, product);
    }
    if (lowest < -VANISHING && highest > VANISHING) {
      rows[kept++] = k;
      continue;
    }
    const factor = cone.sign * p.weights[k] * (lowest < -VANISHING ? -1 : 1);
    for (let j = 0; j < r; j++) linear[j] += factor * p.rows[k * r + j];
  }
  return { linear, rows: rows.slice(0, kept), products: products.slice(0, kept * r) };
}

/** At each vertex: the linear part plus the convex rows. On the cone they lie below the interpolation of these values. */
function vertexValues(p: SphereProblem, cone: Cone, split: Split): Float64Array {
  const r = p.rank;
  const values = new Float64Array(r);
  for (let j = 0; j < r; j++) values[j] = dotAt(split.linear, 0, cone.vertices, j * r, r);
  for (let a = 0; a < split.rows.length; a++) {
    const weight = cone.sign * p.weights[split.rows[a]];
    if (weight > 0) for (let j = 0; j < r; j++) values[j] += weight * Math.abs(split.products[a * r + j]);
  }
  return values;
}

/**
 * The shortest w with wᵀv ≥ σF(v) on the cone, among those of the form interpolation − Σ|w_k|τ_k z_k + faces, τ ∈ [−1, 1]:
 * a concave row −|w_k||z_kᵀv| lies below −|w_k|τ z_kᵀv. Any τ gives a bound; the best is a small box-constrained
 * least-squares problem. `shortfall` is measured afterwards at the vertices, so nothing rests on how well it was solved.
 */
function leastMajorant(
  p: SphereProblem,
  cone: Cone,
  split: Split,
  values: Float64Array,
  dual: Float64Array,
  enough: number,
): { w: Float64Array; shortfall: number } {
  const r = p.rank;
  const concave: number[] = [];
  for (let a = 0; a < split.rows.length; a++) if (cone.sign * p.weights[split.rows[a]] < 0) concave.push(a);
  const m = concave.length;
  const columns = new Float64Array((m + r) * r);
  const lower = new Float64Array(m + r);
  const upper = new Float64Array(m + r).fill(Number.POSITIVE_INFINITY);
  const t = new Float64Array(m + r);
  concave.forEach((a, c) => {
    const k = split.rows[a];
    let middle = 0;
    for (let j = 0; j < r; j++) {
      columns[c * r + j] = -p.rows[k * r + j];
      middle += split.products[a * r + j];
    }
    upper[c] = Math.abs(p.weights[k]);
    lower[c] = -upper[c];
    t[c] = middle < 0 ? lower[c] : upper[c];
  });
  const start = new Float64Array(r);
  for (let j = 0; j < r; j++) {
    const length = norm(dual, j * r, r);
    for (let i = 0; i < r; i++) {
      start[i] += values[j] * dual[j * r + i];
      columns[(m + j) * r + i] = dual[j * r + i] / length;
    }
  }
  const w = boxLeastSquares({ dimension: r, count: m + r, columns, lower, upper }, start, t, enough);
  let shortfall = 0;
  for (let j = 0; j < r; j++) {
    let needed = values[j];
    for (let c = 0; c < m; c++) needed -= t[c] * split.products[concave[c] * r + j];
    shortfall = Math.max(shortfall, needed - dotAt(w, 0, cone.vertices, j * r, r));
  }
  return { w, shortfall };
}

/** The q_j with q_jᵀv_i = 1 for i = j, else 0; the vertices themselves when they are dependent (then only weak). */
function dualBasis(vertices: Float64Array, r: number): Float64Array {
  const gram = new Float64Array(r * r);
  for (let a = 0; a < r; a++) {
    for (let b = 0; b <= a; b++) gram[a * r + b] = dotAt(vertices, a * r, vertices, b * r, r);
  }
  const out = new Float64Array(r * r);
  const x = new Float64Array(r);
  for (let j = 0; j < r; j++) {
    x.fill(0);
    x[j] = 1;
    if (!choleskySolved(gram.slice(), r, x)) return vertices;
    for (let k = 0; k < r; k++) for (let i = 0; i < r; i++) out[j * r + i] += x[k] * vertices[k * r + i];
  }
  return out;
}

/** β ≥ 0 with peak ≈ Σβ_jv_j. */
function coordinates(dual: Float64Array, peak: Float64Array): Float64Array {
  const r = peak.length;
  return Float64Array.from({ length: r }, (_, j) => Math.max(0, dotAt(dual, j * r, peak, 0, r)));
}

function longestEdge(vertices: Float64Array, r: number): [number, number] {
  let best: [number, number] = [0, 1];
  let smallest = 2;
  for (let i = 0; i < r; i++) {
    for (let j = i + 1; j < r; j++) {
      const cosine = dotAt(vertices, i * r, vertices, j * r, r);
      if (cosine < smallest) {
        smallest = cosine;
        best = [i, j];
      }
    }
  }
  return best;
}

/** The edge across the convex row whose interpolation is furthest above it at the peak. */
function slackEdge(p: SphereProblem, sign: number, split: Split, beta: Float64Array): [number, number] | null {
  const r = p.rank;
  let worst = -1;
  let largest = 0;
  for (let a = 0; a < split.rows.length; a++) {
    let plus = 0;
    let minus = 0;
    for (let j = 0; j < r; j++) {
      const x = beta[j] * split.products[a * r + j];
      if (x > 0) plus += x;
      else minus -= x;
    }
    const slack = sign * p.weights[split.rows[a]] * Math.min(plus, minus);
    if (slack > largest) {
      largest = slack;
      worst = a;
    }
  }
  if (worst < 0) return null;
  const parts = beta.map((b, j) => b * split.products[worst * r + j]);
  return [parts.indexOf(Math.max(...parts)), parts.indexOf(Math.min(...parts))];
}
