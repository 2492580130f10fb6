import { Matrix as Dense, SingularValueDecomposition } from 'ml-matrix';
import { type Run, requireThat } from '../base/index.js';
import { above, gamma, norm } from '../certificates/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import { dualOf, provedNorms } from './certify.js';
import type { ParallelProblem } from './options.js';
import type { LiftedParallel } from './subnet.js';

/** What training on a rank-κ truncation of X costs at most. */
export interface LowRankInterval {
  readonly rank: number;
  /** σ_{κ+1} of X (with the column of ones where there is a hidden bias), what rounding can hide added. */
  readonly tail: number;
  /** A priori: optimum on X ≤ optimum on the truncation ≤ factor · optimum on X. */
  readonly factor: number;
  /** Proved lower bound of the optimum on X. */
  readonly lower: number;
  /** Objective of the returned network on X: an upper bound of it. */
  readonly upper: number;
  /** Whether `lower` rests on a proof over all patterns of the truncation; else on the general bound. */
  readonly exact: boolean;
}

export interface Truncation {
  readonly rank: number;
  readonly tail: number;
  /** The problem on X V_κ (n×κ), whose neurons are V_κᵀ times ours. */
  readonly problem: ParallelProblem;
  /** Neurons in the coordinates of X: they lie in the span of V_κ, so that X gives what the truncation gives. */
  back(lifted: LiftedParallel): LiftedParallel;
}

/** Singular values below this share of the largest are rounding. */
const RANK_TOLERANCE = 1e-11;

/** Throws `usage` for a rank above that of the data. */
export function truncated(problem: ParallelProblem, rank: number, where: string): Truncation {
  const { X } = problem.training;
  requireThat(!problem.skip, `${where}: rank cannot be combined with a skip branch; leave one of them out.`);
  const { values, vectors } = singularVectors(X);
  const full = values.filter((t) => t > RANK_TOLERANCE * values[0]).length;
  requireThat(
    rank <= full,
    `${where}: rank must be at most ${full}, the rank of the data${problem.hiddenBias ? ' with its column of ones' : ''}, got ${rank}.`,
  );
  const basis = matrix(rank, X.cols, vectors.slice(0, rank * X.cols));
  const reduced = timesTranspose(X, basis);
  const { base, training } = problem;
  return {
    rank,
    tail: above((values[rank] ?? 0) + gamma(8 * (X.rows + X.cols)) * norm(X.data)),
    problem: {
      ...problem,
      training: { ...training, X: reduced },
      base: { ...base, X: reduced, augmented: reduced, hiddenBias: false },
      inputs: rank,
      hiddenBias: false,
    },
    back: (lifted) => ({ ...lifted, subnets: lifted.subnets.map((s) => ({ ...s, z: expanded(s.z, basis) })) }),
  };
}

/** Singular values, largest first, and the right singular vectors as rows. */
function singularVectors(X: Matrix): { values: readonly number[]; vectors: Float64Array } {
  const dense = Dense.from1DArray(X.rows, X.cols, X.data);
  const { diagonal, rightSingularVectors } = new SingularValueDecomposition(dense, { autoTranspose: true });
  return { values: diagonal, vectors: Float64Array.from(rightSingularVectors.transpose().to1DArray()) };
}

/** X Bᵀ. */
function timesTranspose(X: Matrix, B: Matrix): Matrix {
  const out = matrix(X.rows, B.rows);
  for (let i = 0; i < X.rows; i++)
    for (let j = 0; j < B.rows; j++) {
      let sum = 0;
      for (let k = 0; k < X.cols; k++) sum += X.data[i * X.cols + k] * B.data[j * B.cols + k];
      out.data[i * B.rows + j] = sum;
    }
  return out;
}

/** Rows of coordinates times the basis. */
function expanded(z: Float64Array, basis: Matrix): Float64Array {
  const count = z.length / basis.rows;
  const out = new Float64Array(count * basis.cols);
  for (let j = 0; j < count; j++)
    for (let l = 0; l < basis.rows; l++)
      for (let k = 0; k < basis.cols; k++)
        out[j * basis.cols + k] += z[j * basis.rows + l] * basis.data[l * basis.cols + k];
  return out;
}

/**
 * Lower: for sub-networks of penalty 1, rᵀg(X; Z) ≤ rᵀg(X̂; Z) + ‖r‖ σ Σ_j ‖z_j'‖ with z_j' the part outside the span of V_κ, so the dual
 * norm on X is at most √(h² + m (‖r‖σ)²), h that on X̂, m = 1 (weight decay) or the number of leaves (path norm).
 *
 * @param residual of the truncated optimum, n×outputs
 */
export async function lowRankInterval(
  problem: ParallelProblem,
  { rank, tail, problem: reduced }: Truncation,
  residual: Float64Array,
  upper: number,
  run: Run,
): Promise<LowRankInterval> {
  const { outputs } = problem.training;
  const { norms, exact } = await provedNorms(reduced, residual, true, run);
  const m = spread(problem);
  const wider = norms.map((h, k) => {
    let squares = 0;
    for (let i = k; i < residual.length; i += outputs) squares += residual[i] * residual[i];
    return Math.sqrt(h * h + m * squares * tail * tail) * (1 + 1e-12);
  });
  const direct = await provedNorms(problem, residual, false, run);
  const lower = Math.max(dualOf(problem, residual, wider), dualOf(problem, residual, direct.norms));
  return { rank, tail, factor: aPrioriFactor(problem, tail), lower, upper, exact };
}

const spread = ({ shape, training }: ParallelProblem): number => (training.regularizer === 'path' ? shape.leaves : 1);

/**
 * The optimum's own neurons on the truncation move its outputs by at most σ√m S, S its penalty, at most optimum/λ. A loss that is
 * R-Lipschitz in ‖f‖ on the 1/n scale: 1 + √m R σ/λ. The squared loss, whose root is 1/√(2n)-Lipschitz: with a = σ√m/√(2n) and c the
 * objective of the constant, at least the optimum, 1 + (2a√c + a²c/λ)/λ.
 */
function aPrioriFactor(problem: ParallelProblem, tail: number): number {
  const { X, y, loss, outputs, lambda, outputBias } = problem.training;
  const n = X.rows;
  const move = tail * Math.sqrt(spread(problem));
  if (loss.name === 'logistic' || loss.name === 'huber') return 1 + (move * Math.sqrt(1 / n)) / lambda;
  if (loss.name === 'softmax') return 1 + (move * Math.sqrt(2 / n)) / lambda;
  const bias = new Float64Array(outputs);
  if (outputBias) loss.bestBias(new Float64Array(y.length), y, outputs, bias);
  const constant =
    loss.value(
      Float64Array.from(y, (_, i) => bias[i % outputs]),
      y,
      outputs,
    ) / n;
  // ℓ = ½t² (squared) or a half-sided one: √ℓ is 1/√2-Lipschitz
  const a = move / Math.sqrt(2 * n);
  return 1 + (2 * a * Math.sqrt(constant) + (a * a * constant) / lambda) / lambda;
}
