import type { Run } from '../../base/index.js';
import { type Matrix, matrix } from '../../linalg/index.js';
import { symmetricEigen } from '../eigen.js';
import { above, dotAt, gamma, norm } from '../rounding.js';
import { branchAndBound } from './branch.js';
import { planeMaximum } from './plane.js';
import { type SphereProblem, sphereProblem } from './problem.js';
import { identityReduction, project } from './row-space.js';
import { searchSphere } from './search.js';
import { trustBound } from './trust.js';

/**
 * h(θ) ≤ √(h_k² + t²): u is split into its part in the span of k directions V and the rest, whose lengths are the two sides of a
 * unit right triangle. On the first X acts as its projection X̂Vᵀ, whose h_k branch and bound finds for small k. On the
 * rest θᵀ(a + b)_+ ≤ θᵀ(a)_+ + Σ(θ_i b_i)_+ leaves t = max_u ½θᵀEu + ½Σ|θ_i||e_iᵀu|, E = X − X̂Vᵀ: all rows convex, so the
 * eigenvalue bound does well. Infinity when it is clear early that it will not be below `known`.
 */
export async function lowRankBound(
  x: Matrix,
  theta: Float64Array,
  k: number,
  known: number,
  nodeLimit: number,
  run: Run,
): Promise<number> {
  const v = leadingDirections(x, theta, k);
  const projected = project(x, v);
  const rest = remainder(x, projected.rows, v);
  const tail = sphereProblem(identityReduction(rest), theta, true);
  const outside = ((await trustBound(tail, 1, 30, run))?.bound ?? tail.total) + tail.margin;
  if (outside >= known) return Number.POSITIVE_INFINITY;
  const head = sphereProblem({ ...projected, defect: new Float64Array(x.rows), stretch: 1 }, theta);
  const inside = (await headBound(head, Math.sqrt(known * known - outside * outside), nodeLimit, run)) + head.margin;
  // V orthonormal to a few u: ‖Vᵀu‖² + ‖u − VVᵀu‖² ≤ stretch⁴, and E maps the span of V to rounding
  const sides = norm(Float64Array.of(inside, outside)) + leakage(x, rest, v, theta);
  return above(sides * projected.stretch ** 2);
}

/** Bound of the maximum for the projected X; the crudest where it cannot come below `known`. */
async function headBound(p: SphereProblem, known: number, nodeLimit: number, run: Run): Promise<number> {
  if (p.rank <= 2) return planeMaximum(p).upper;
  const { value, point } = await searchSphere(p, 100, 0, [], run);
  if (value >= known) return p.total;
  return (await branchAndBound(p, { lower: value, point }, { target: 0, nodeLimit, known: p.total }, run)).upper;
}

/** Leading eigenvectors of Xᵀdiag|θ|X: what they leave over makes t small. */
function leadingDirections(x: Matrix, theta: Float64Array, k: number): Matrix {
  const d = x.cols;
  const gram = new Float64Array(d * d);
  for (let i = 0; i < x.rows; i++) {
    for (let a = 0; a < d; a++) {
      const scaled = Math.abs(theta[i]) * x.data[i * d + a];
      for (let b = 0; b < d; b++) gram[a * d + b] += scaled * x.data[i * d + b];
    }
  }
  const { values, vectors } = symmetricEigen(gram, d);
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a]);
  const v = matrix(d, k);
  for (let c = 0; c < k; c++) for (let j = 0; j < d; j++) v.data[j * k + c] = vectors[order[c] * d + j];
  return v;
}

/** E as computed; what rounding takes from it is in `leakage`. */
function remainder(x: Matrix, rows: Matrix, v: Matrix): Matrix {
  const rest = matrix(x.rows, x.cols);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < x.cols; j++) {
      const at = i * x.cols + j;
      rest.data[at] = x.data[at] - dotAt(v.data, j * v.cols, rows.data, i * v.cols, v.cols);
    }
  }
  return rest;
}

/** Σ|θ_i| (‖e_iᵀV‖ + rounding of e_i): what E does to the span of V, and the error of E as computed. */
function leakage(x: Matrix, rest: Matrix, v: Matrix, theta: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.rows; i++) {
    const length = norm(x.data, i * x.cols, x.cols);
    let along = 0;
    for (let c = 0; c < v.cols; c++) {
      let product = 0;
      for (let j = 0; j < x.cols; j++) product += rest.data[i * x.cols + j] * v.data[j * v.cols + c];
      along += Math.abs(product);
    }
    sum += Math.abs(theta[i]) * (along + gamma(2 * x.cols + 4 * v.cols + 16) * (v.cols + 2) * length);
  }
  return above(sum, x.rows + 16);
}
