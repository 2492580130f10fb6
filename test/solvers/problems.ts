import { patternsOf, samplePatterns } from '../../src/arrangements/index.js';
import { createRandom, Run } from '../../src/base/index.js';
import { isActive, type Matrix, matrix, type PatternSet } from '../../src/linalg/index.js';
import type { Kernels } from '../../src/linalg/kernels/index.js';
import { lossByName } from '../../src/losses/index.js';
import { LiftedProgram, type TwoLayerProblem } from '../../src/programs/index.js';
import { type SsnalOptions, type SsnalOutcome, type SsnalStart, solveSsnal } from '../../src/solvers/index.js';
import {
  coneViolation,
  type DenseBlock,
  type DenseProblem,
  denseForward,
  denseLambdaMax,
  denseLowerBound,
  denseObjective,
  denseResidual,
  type LossKind,
  length,
} from './dense.js';

/** A problem in the form of the library and in the form of the oracle. */
export interface Case {
  readonly problem: TwoLayerProblem;
  readonly dense: DenseProblem;
  readonly patterns: PatternSet;
  readonly flags: boolean[][];
}

export interface CaseSpec {
  readonly n: number;
  readonly d: number;
  readonly loss?: LossKind;
  readonly outputs?: number;
  readonly outputBias?: boolean;
  readonly gated?: boolean;
  readonly patternCount?: number;
  readonly seed?: number;
  /** λ as a share of λ_max over the patterns; or itself. */
  readonly ratio?: number;
  readonly lambda?: number;
  /** Changes the random X before anything else happens. */
  readonly shape?: (X: Matrix) => void;
}

export const allLosses: readonly LossKind[] = ['squared', 'huber', 'logistic', 'squared-hinge', 'softmax'];

/** A random problem: a teacher of three ramps and noise, as numbers, labels or classes. */
export function randomCase(spec: CaseSpec): Case {
  const { n, d, loss = 'squared', seed = 1, patternCount = 30, outputBias = true, gated = false } = spec;
  const outputs = spec.outputs ?? (loss === 'softmax' ? 3 : 1);
  const random = createRandom(seed);
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
  spec.shape?.(X);
  const y = targetsFor(loss, n, outputs, random.normal);
  const { patterns } = samplePatterns(X, patternCount, { seed: seed + 100 });
  return caseOf(X, y, outputs, patterns, { loss, outputBias, gated, lambda: spec.lambda, ratio: spec.ratio });
}

function targetsFor(loss: LossKind, n: number, outputs: number, normal: () => number): Float64Array {
  const raw = Float64Array.from({ length: n * outputs }, () => 1.5 * normal());
  if (loss === 'squared' || loss === 'huber') return raw;
  if (loss !== 'softmax') return raw.map((v, at) => (at === 0 ? 1 : at === 1 ? -1 : v > 0 ? 1 : -1));
  const y = new Float64Array(n * outputs);
  for (let i = 0; i < n; i++) {
    const row = raw.subarray(i * outputs, (i + 1) * outputs);
    y[i * outputs + (i < outputs ? i : row.indexOf(Math.max(...row)))] = 1;
  }
  return y;
}

export function caseOf(
  X: Matrix,
  y: Float64Array,
  outputs: number,
  patterns: PatternSet,
  o: { loss: LossKind; outputBias: boolean; gated: boolean; lambda?: number; ratio?: number },
): Case {
  const flags = Array.from({ length: patterns.count }, (_, p) =>
    Array.from({ length: X.rows }, (_, i) => isActive(patterns, p, i)),
  );
  const { loss, outputBias, gated } = o;
  const shell = { X: rowsOf(X), Y: rowsOf(matrix(X.rows, outputs, y)), loss, outputBias, gated };
  const lambda = o.lambda ?? (o.ratio ?? 0.1) * denseLambdaMax({ ...shell, lambda: 1 }, flags);
  const activation = gated ? 'gated' : 'relu';
  const problem: TwoLayerProblem = { X, y, outputs, loss: lossByName(loss), lambda, outputBias, activation };
  return { problem, dense: { ...shell, lambda }, patterns, flags };
}

export const rowsOf = (m: Matrix): number[][] =>
  Array.from({ length: m.rows }, (_, i) => Array.from(m.data.subarray(i * m.cols, (i + 1) * m.cols)));

/** Patterns of the given directions. */
export const patternsAt = (X: Matrix, gates: number[][]): PatternSet =>
  patternsOf(X, matrix(gates.length, X.cols, Float64Array.from(gates.flat())));

/** A solve, its network as dense blocks, and what the oracle says of it. */
export interface Judged {
  readonly outcome: SsnalOutcome;
  readonly blocks: readonly DenseBlock[];
  readonly primal: number;
  readonly lower: number;
  readonly relativeGap: number;
  readonly violation: number;
}

export async function solveCase(
  kernels: Kernels,
  { problem, patterns }: Case,
  options: SsnalOptions = { gap: 1e-8 },
  start: SsnalStart = {},
): Promise<{ outcome: SsnalOutcome; program: LiftedProgram }> {
  const program = new LiftedProgram(kernels, problem, patterns);
  const outcome = await solveSsnal(program, options, new Run(), start);
  return { outcome, program };
}

export async function judgedSolve(
  kernels: Kernels,
  c: Case,
  options: SsnalOptions = { gap: 1e-8 },
  start: SsnalStart = {},
): Promise<Judged> {
  const mark = kernels.mark();
  const { outcome, program } = await solveCase(kernels, c, options, start);
  const blocks: DenseBlock[] = program
    .neurons(outcome.z)
    .map(({ pattern, sign, output, z }) => ({ pattern: c.flags[pattern], sign, output, z: Array.from(z) }));
  const copied = { ...outcome, z: outcome.z.slice(), residual: outcome.residual.slice() };
  kernels.release(mark);
  return { outcome: copied, blocks, ...judge(c, blocks, Array.from(outcome.bias)) };
}

/** Primal and dual values of blocks from dense loops alone. */
export function judge(c: Case, blocks: readonly DenseBlock[], bias: readonly number[]) {
  const F = denseForward(c.dense, blocks, bias);
  const norms = blocks.reduce((s, { z }) => s + length(z), 0);
  const primal = denseObjective(c.dense, F, norms);
  const lower = denseLowerBound(c.dense, c.flags, denseResidual(c.dense, F));
  const violation = c.dense.gated ? 0 : coneViolation(c.dense, blocks);
  return { primal, lower, relativeGap: (primal - lower) / Math.abs(primal), violation };
}
