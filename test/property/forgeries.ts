import {
  type Certificate,
  type CertificateVerdict,
  certify,
  enumeratePatterns,
  type FitResult,
  fit,
  type Matrix,
  matrixFromRows,
  type NetworkWeights,
  verifyCertificate,
} from '../../src/index.js';
import type { SmallProblem } from './small-problems.js';

/** A certified answer to a small problem. */
export interface Answer {
  readonly problem: SmallProblem;
  readonly weights: NetworkWeights;
  readonly certificate: Certificate;
}

/** What is handed to the verifier in place of the truth. */
interface Statement extends Answer {
  readonly patterns?: Awaited<ReturnType<typeof enumeratePatterns>>['patterns'];
}

export const forgeryNames = [
  'scaled weight',
  'wrong lambda',
  'dropped patterns',
  'swapped targets',
  'infeasible point',
  'called optimal',
] as const;
export type ForgeryName = (typeof forgeryNames)[number];

export const fitOptions = ({ lambda, loss, outputBias, hiddenBias }: SmallProblem) => ({
  lambda,
  loss,
  outputBias,
  hiddenBias,
  threads: 1,
});

export const fitSmall = (problem: SmallProblem, more: Parameters<typeof fit>[2] = {}): Promise<FitResult> =>
  fit(problem.X, problem.y, { ...fitOptions(problem), ...more });

/** The verifier's opinion of a statement. */
export function verdictOn({ problem, weights, certificate, patterns }: Statement): Promise<CertificateVerdict> {
  const { X, y, lambda, loss, outputBias, hiddenBias } = problem;
  const options = { loss, outputBias, hiddenBias, patterns };
  return verifyCertificate(certificate, weights, matrixFromRows(X), Float64Array.from(y), lambda, options);
}

/** The objective in plain loops, apart from the library. */
export function objective(problem: SmallProblem, { hidden, hiddenBias, output, outputBias }: NetworkWeights): number {
  const { X, y, lambda, loss } = problem;
  const units = Array.from({ length: hidden.rows }, (_, j) => ({
    u: [...hidden.data.subarray(j * hidden.cols, (j + 1) * hidden.cols), hiddenBias[j]],
    a: output.data[j],
  }));
  const fits = X.map((x) => units.reduce((f, { u, a }) => f + a * Math.max(0, dot([...x, 1], u)), outputBias[0]));
  const losses = fits.map((f, i) => (loss === 'squared' ? (f - y[i]) ** 2 / 2 : softplus(-y[i] * f)));
  const penalty = units.reduce((s, { u, a }) => s + Math.sqrt(dot(u, u)) * Math.abs(a), 0);
  return losses.reduce((s, v) => s + v, 0) / y.length + lambda * penalty;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, k) => s + v * b[k], 0);
const softplus = (t: number): number => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

/** The objective of these weights is visibly not the claimed one. */
const differs = (statement: Statement): boolean =>
  Math.abs(objective(statement.problem, statement.weights) - statement.certificate.primal) >
  1e-7 * statement.certificate.primal;

/**
 * A false statement of each kind, or null where the change leaves the claim true (a constant network does not notice
 * the order of its targets, say). Each is checked to be false apart from the verifier.
 */
export const forgeries: Record<ForgeryName, (answer: Answer) => Promise<Statement | null>> = {
  'scaled weight': async (answer) => {
    const statement = { ...answer, weights: scaled(answer.weights, 1.1) };
    return differs(statement) ? statement : null;
  },

  /** With neurons the objective changes; without, the claim is false once a better network than the constant exists. */
  'wrong lambda': async (answer) => {
    const { problem, weights, certificate } = answer;
    if (weights.hidden.rows > 0) return { ...answer, problem: { ...problem, lambda: 1.01 * problem.lambda } };
    const other = { ...problem, lambda: 1e-3 * problem.lambda };
    const { certificate: best } = await fitSmall(other);
    return best.primal < certificate.dual * (1 - 1e-5) ? { ...answer, problem: other } : null;
  },

  /** The optimum over two patterns, presented as the one over all; where two are enough, one pattern less than there are. */
  'dropped patterns': async ({ problem, weights, certificate }) => {
    const few = await fitSmall(problem, { patterns: 2 });
    if (!(few.certificate.dual > certificate.primal * (1 + 1e-5))) {
      const patterns = { ...certificate.patterns, count: certificate.patterns.count - 1 };
      return patterns.count < 0 ? null : { problem, weights, certificate: { ...certificate, patterns } };
    }
    const X = matrixFromRows(problem.X);
    const { patterns } = await enumeratePatterns(problem.hiddenBias ? withOnes(X) : X);
    const { loss, outputBias, hiddenBias, lambda } = problem;
    const honest = await certify(few.weights, X, Float64Array.from(problem.y), lambda, {
      loss,
      outputBias,
      hiddenBias,
      patterns,
    });
    return {
      problem,
      weights: few.weights,
      certificate: { ...few.certificate, patterns: honest.patterns, feasibility: honest.feasibility },
      patterns,
    };
  },

  'swapped targets': async (answer) => {
    const { problem, certificate } = answer;
    const away = (p: SmallProblem): number => Math.abs(objective(p, answer.weights) - certificate.primal);
    const swaps = problem.y.flatMap((_, i) => problem.y.slice(0, i).map((_, k) => swapped(problem, i, k)));
    const worst = swaps.reduce((a, b) => (away(b) > away(a) ? b : a), problem);
    const statement = { ...answer, problem: worst };
    return differs(statement) ? statement : null;
  },

  /** The optimum without the cones, its value claimed for the ReLU network of the same vectors. */
  'infeasible point': async ({ problem, certificate }) => {
    const { weights, certificate: relaxed } = await fitSmall(problem, { activation: 'gated', patterns: 'exact' });
    const { hidden, hiddenBias, output, outputBias } = weights;
    const relu: NetworkWeights = { activation: 'relu', hidden, hiddenBias, output, outputBias };
    const { primal } = relaxed;
    const forged = { ...certificate, primal, dual: primal, gap: 0, relativeGap: 0, bound: primal };
    const statement = { problem, weights: relu, certificate: forged };
    return differs(statement) ? statement : null;
  },

  /** A worse network with its true objective, called optimal. */
  'called optimal': async ({ problem, weights, certificate }) => {
    const worse = scaled(weights, 0.8);
    const primal = objective(problem, worse);
    const forged = { ...certificate, primal, dual: primal, gap: 0, relativeGap: 0, bound: primal };
    return primal > certificate.primal * (1 + 1e-5) ? { problem, weights: worse, certificate: forged } : null;
  },
};

/** The largest neuron's output weight times a factor; the output bias where there are no neurons. */
function scaled(weights: NetworkWeights, factor: number): NetworkWeights {
  const { output, outputBias } = weights;
  if (output.rows === 0) return { ...weights, outputBias: outputBias.map((b) => factor * b) };
  const largest = output.data.reduce((best, a, j) => (Math.abs(a) > Math.abs(output.data[best]) ? j : best), 0);
  const data = output.data.map((a, j) => (j === largest ? factor * a : a));
  return { ...weights, output: { ...output, data } };
}

function swapped(problem: SmallProblem, i: number, k: number): SmallProblem {
  const y = [...problem.y];
  [y[i], y[k]] = [y[k], y[i]];
  return { ...problem, y };
}

const withOnes = (X: Matrix): Matrix =>
  matrixFromRows(Array.from({ length: X.rows }, (_, i) => [...X.data.subarray(i * X.cols, (i + 1) * X.cols), 1]));
