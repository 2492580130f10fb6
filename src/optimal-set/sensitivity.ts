import { CholeskyDecomposition, Matrix as Dense } from 'ml-matrix';
import { type Matrix, matrix, rowOf } from '../linalg/index.js';
import { curvatures, fitOf } from './curvature.js';
import { activityOf } from './networks.js';
import type { OptimalSet } from './optimal-set.js';
import { type Freedom, freedomOf } from './tight-rows.js';
import { combination, product } from './vectors.js';

/** First-order behaviour of the optimum. n·c numbers are in the order of y. */
export interface Sensitivity {
  readonly differentiable: true;
  /**
   * (n·c)×(n·c), symmetric: column j is how the fit moves when the residual of entry j is raised by one. For the squared loss that is
   * ∂f̂/∂y.
   */
  readonly response: Matrix;
  /** ∂f̂/∂λ (n·c). */
  readonly fitByLambda: Float64Array;
  /** ∂w_i/∂λ for each candidate, w_i = a_i (u_i, h_i): m×(columns of u and h). */
  readonly weightsByLambda: Matrix;
  /** ∂b/∂λ (c); zeros without an output bias. */
  readonly biasByLambda: Float64Array;
  /** The prediction for each row had it not been there (nλ kept), by one Newton step (n·c). */
  readonly leaveOneOut: Float64Array;
}

export interface NotDifferentiable {
  readonly differentiable: false;
  /** One sentence each. */
  readonly reasons: readonly string[];
}

/** Prices this near to λ's (relative) are not strictly below them, multipliers not strictly positive. */
const STRICT = 1e-7;
/** Networks farther from optimal have no derivative worth the name. */
const OPTIMAL = 1e-4;

/**
 * Derivatives of fit and weights at an optimum that is unique and strictly complementary, from the linearised optimality
 * conditions  s_i XᵀD_i r = nλ w_i/‖w_i‖  on the free directions of each neuron. Elsewhere: why not.
 */
export function sensitivity(set: OptimalSet): Sensitivity | NotDifferentiable {
  const { residual } = set.set;
  const freedoms = set.candidates.map((candidate) => freedomOf(candidate, set.problem, residual, STRICT));
  const reasons = obstacles(set, freedoms);
  if (reasons.length > 0) return { differentiable: false, reasons };
  const columns = linearised(set, freedoms);
  const factor = new CholeskyDecomposition(curvature(set, freedoms, columns));
  if (!factor.isPositiveDefinite()) {
    return { differentiable: false, reasons: ['The optimality conditions are singular: the optimum is not isolated.'] };
  }
  return derivatives(set, freedoms, columns, factor);
}

function obstacles(set: OptimalSet, freedoms: readonly Freedom[]): string[] {
  const { loss } = set.problem;
  const reasons: string[] = [];
  if (loss.name !== 'squared' && loss.name !== 'logistic') {
    reasons.push(`The ${loss.name} loss has no derivative here that this function knows; squared and logistic have.`);
  }
  const distance = Math.max(set.deviation, set.excess);
  if (distance > OPTIMAL)
    reasons.push(`The network is not optimal: its prices miss λ by a share of ${distance.toPrecision(2)}.`);
  if (set.dimension > 0) {
    reasons.push(
      `The optimal networks are a set of dimension ${set.dimension}: the weights are not functions of the data.`,
    );
  }
  const idle = set.candidates.filter((c) => c.size === 0).length;
  if (idle > 0)
    reasons.push(
      `${idle === 1 ? '1 neuron of size zero is' : `${idle} neurons of size zero are`} on the verge of joining: the price is as large as λ allows.`,
    );
  return [...reasons, ...kinks(freedoms)];
}

/** Each reason once, with the number of neurons it holds for. */
function kinks(freedoms: readonly Freedom[]): string[] {
  const counts = new Map<string, number>();
  for (const { reason } of freedoms) if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `A kink${count === 1 ? '' : ` at ${count} neurons`}: ${reason}.`);
}

/** N×(n·c): how the outputs move with each free direction of each neuron, then with each output bias. */
function linearised(set: OptimalSet, freedoms: readonly Freedom[]): Matrix {
  const { X, augmented, outputs, outputBias } = set.problem;
  const count = freedoms.reduce((sum, { basis }) => sum + basis.rows, outputBias ? outputs : 0);
  const out = matrix(count, X.rows * outputs);
  let at = 0;
  set.candidates.forEach((candidate, i) => {
    const active = activityOf(candidate, X);
    const { basis } = freedoms[i];
    for (let k = 0; k < basis.rows; k++, at++) {
      const direction = rowOf(basis, k);
      for (let t = 0; t < X.rows; t++) {
        if (active[t] === 0) continue;
        out.data[at * out.cols + t * outputs + candidate.output] =
          candidate.sign * product(rowOf(augmented, t), direction);
      }
    }
  });
  for (let k = 0; outputBias && k < outputs; k++, at++) {
    for (let t = 0; t < X.rows; t++) out.data[at * out.cols + t * outputs + k] = 1;
  }
  return out;
}

/** AᵀCA + nλ blkdiag(Bᵀ(I − uuᵀ)B/a): the Hessian of the objective along the free directions, times n. */
function curvature(set: OptimalSet, freedoms: readonly Freedom[], columns: Matrix): Dense {
  const { X, lambda } = set.problem;
  const bends = curvatures(set);
  const weighted = matrix(
    columns.rows,
    columns.cols,
    columns.data.map((v, k) => v * bends[k % columns.cols]),
  );
  const out = dense(weighted).mmul(dense(columns).transpose());
  let at = 0;
  set.candidates.forEach(({ direction, size }, i) => {
    const { basis } = freedoms[i];
    const along = Array.from({ length: basis.rows }, (_, k) => product(rowOf(basis, k), direction));
    for (let k = 0; k < basis.rows; k++) {
      for (let l = 0; l < basis.rows; l++) {
        const bend = ((k === l ? 1 : 0) - along[k] * along[l]) / size;
        out.set(at + k, at + l, out.get(at + k, at + l) + X.rows * lambda * bend);
      }
    }
    at += basis.rows;
  });
  // equal to the last bit on both sides of the diagonal, as the factorisation asks
  return Dense.add(out, out.transpose()).mul(0.5);
}

const dense = (m: Matrix): Dense => Dense.from1DArray(m.rows, m.cols, Array.from(m.data));

function derivatives(
  set: OptimalSet,
  freedoms: readonly Freedom[],
  columns: Matrix,
  factor: CholeskyDecomposition,
): Sensitivity {
  const { X, outputs, outputBias, augmented } = set.problem;
  const size = columns.cols;
  const A = dense(columns);
  const response = matrix(size, size, Float64Array.from(A.transpose().mmul(factor.solve(A)).to1DArray()));
  // the penalty's slope along the free directions; biases have none
  const slope = set.candidates.flatMap(({ direction }, i) =>
    Array.from({ length: freedoms[i].basis.rows }, (_, k) => -X.rows * product(rowOf(freedoms[i].basis, k), direction)),
  );
  const padded = [...slope, ...new Array<number>(columns.rows - slope.length).fill(0)];
  const moved = Float64Array.from(factor.solve(Dense.columnVector(padded)).to1DArray());
  const weightsByLambda = matrix(set.candidates.length, augmented.cols);
  let at = 0;
  freedoms.forEach(({ basis }, i) => {
    weightsByLambda.data.set(combination(basis, moved.subarray(at, at + basis.rows)), i * augmented.cols);
    at += basis.rows;
  });
  return {
    differentiable: true,
    response,
    fitByLambda: combination(columns, moved),
    weightsByLambda,
    biasByLambda: outputBias ? moved.slice(at) : new Float64Array(outputs),
    leaveOneOut: leaveOneOut(set, response),
  };
}

/** f_t − J_tt r_t/(1 − c_t J_tt). */
function leaveOneOut(set: OptimalSet, response: Matrix): Float64Array {
  const bends = curvatures(set);
  return fitOf(set).map((f, t) => {
    const own = response.data[t * response.cols + t];
    return f - (own * set.set.residual[t]) / (1 - bends[t] * own);
  });
}
