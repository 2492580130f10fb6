import { patternsOf, searchViolations, type Violation } from '../arrangements/index.js';
import type { Run, Status } from '../base/index.js';
import { type Matrix, matrix, type PatternSet, uniquePatterns } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { bestDualScale, LiftedProgram, type TwoLayerProblem } from '../programs/index.js';
import { type LiftedNetwork, liftedNetwork, mergedNetwork, networkPatterns, startPoint } from './lifted-network.js';
import { solveSsnal } from './ssnal.js';

export interface ColumnGenerationOptions {
  /** Relative gap, counting what the oracle finds over all directions. */
  readonly gap: number;
  readonly seed: number;
  /** Fresh random starts of the oracle a round. */
  readonly starts: number;
  readonly maxRounds?: number;
  readonly onRound?: (round: Round) => void;
}

export interface Round {
  readonly round: number;
  readonly primal: number;
  /** Largest |r'(Xu)_+| found over the unit ball, divided by nλ: 1 when nothing violates. */
  readonly violation: number;
  /** (primal − dual scaled by that violation) / primal. */
  readonly relativeGap: number;
  readonly patterns: number;
  readonly neurons: number;
}

export interface SolvedProgram {
  readonly status: Status;
  readonly network: LiftedNetwork;
  /** Gated programs: pattern of each neuron of the network. */
  readonly blockPatterns: Int32Array;
  readonly patterns: PatternSet;
  readonly primal: number;
  /** Over the program's patterns. */
  readonly dual: number;
  readonly relativeGap: number;
  readonly residual: Float64Array;
  readonly newtonSteps: number;
  readonly sigma: number;
}

/** Solves the program over the given patterns, warm from a network; the network comes back merged. */
export async function solveOverPatterns(
  kernels: Kernels,
  problem: TwoLayerProblem,
  patterns: PatternSet,
  gap: number,
  run: Run,
  warm?: LiftedNetwork,
  sigma?: number,
): Promise<SolvedProgram> {
  const mark = kernels.mark();
  try {
    const program = new LiftedProgram(kernels, problem, patterns);
    const start = warm ? { z: startPoint(program, warm), bias: warm.bias, sigma } : {};
    const onStep = (step: { primal: number; relativeGap: number; neurons: number }): void =>
      run.progress({
        phase: 'convex solve',
        primal: step.primal,
        relativeGap: step.relativeGap,
        neurons: step.neurons,
      });
    const outcome = await solveSsnal(program, { gap, onStep }, run, start);
    const neurons = program.neurons(outcome.z);
    const lifted = liftedNetwork(neurons, program.d, outcome.bias);
    return {
      status: outcome.status,
      network: program.cones ? mergedNetwork(lifted) : lifted,
      blockPatterns: Int32Array.from(neurons, (neuron) => neuron.pattern),
      patterns,
      primal: outcome.primal,
      dual: outcome.dual,
      relativeGap: outcome.relativeGap,
      residual: Float64Array.from(outcome.residual),
      newtonSteps: outcome.newtonSteps,
      sigma: outcome.sigma,
    };
  } finally {
    kernels.release(mark);
  }
}

export interface PricedProgram extends SolvedProgram {
  /** As in Round. */
  readonly violation: number;
  readonly pricedGap: number;
  readonly rounds: number;
}

/**
 * Column generation over all patterns: solve the program over the patterns at hand, search all directions for violated
 * dual constraints |r'(Xu)_+| > nλ, add their patterns, repeat until none is found.
 */
export async function generateColumns(
  kernels: Kernels,
  problem: TwoLayerProblem,
  start: LiftedNetwork,
  options: ColumnGenerationOptions,
  run: Run,
): Promise<PricedProgram> {
  let patterns = uniquePatterns([networkPatterns(problem, start)]).patterns;
  let network = start;
  let pricedGap = 1;
  const maxRounds = options.maxRounds ?? 300;
  for (let round = 0; ; round++) {
    const gap = Math.max(options.gap / 2, Math.min(1e-4, 0.05 * pricedGap));
    const solved = await solveOverPatterns(kernels, problem, patterns, gap, run, network);
    network = solved.network;
    const found = await searchOutputs(kernels, problem, solved.residual, network, options, round, run);
    const limit = problem.lambda * problem.X.rows;
    const violation = Math.max(1, (found[0]?.value ?? 0) / limit);
    pricedGap = relativeGapAt(problem, solved, violation);
    options.onRound?.({
      round,
      primal: solved.primal,
      violation,
      relativeGap: pricedGap,
      patterns: patterns.count,
      neurons: network.count,
    });
    const end = (status: Status): PricedProgram => ({ ...solved, status, violation, pricedGap, rounds: round + 1 });
    if (pricedGap <= options.gap) return end('solved');
    if (run.stop) return end(run.stop);
    if (round + 1 >= maxRounds) return end('iteration-limit');
    const violating = found.filter((v) => v.value > limit * (1 + 1e-10)).slice(0, maxAdded);
    const next = nextPatterns(problem, network, patterns, violating);
    if (next.count === patterns.count && gap <= options.gap / 2) return end('stalled');
    patterns = next;
  }
}

const maxAdded = 100;
/** Patterns without a neuron are kept while the program stays small: they often come back. */
const maxIdle = 2000;

function nextPatterns(
  problem: TwoLayerProblem,
  network: LiftedNetwork,
  patterns: PatternSet,
  violating: readonly OutputViolation[],
): PatternSet {
  const sets = [networkPatterns(problem, network), patternsOf(problem.X, directions(problem, violating))];
  if (patterns.count <= maxIdle) sets.push(patterns);
  return uniquePatterns(sets).patterns;
}

function directions(problem: TwoLayerProblem, violating: readonly OutputViolation[]): Matrix {
  const gates = matrix(violating.length, problem.X.cols);
  violating.forEach((v, k) => {
    gates.data.set(v.direction, k * problem.X.cols);
  });
  return gates;
}

interface OutputViolation extends Violation {
  readonly outputIndex: number;
}

/** The oracle for every output, strongest first. */
async function searchOutputs(
  kernels: Kernels,
  problem: TwoLayerProblem,
  residual: Float64Array,
  network: LiftedNetwork,
  options: ColumnGenerationOptions,
  round: number,
  run: Run,
): Promise<OutputViolation[]> {
  const n = problem.X.rows;
  const all: OutputViolation[] = [];
  for (let k = 0; k < problem.outputs; k++) {
    const r = residual.subarray(k * n, (k + 1) * n);
    const found = await searchViolations(problem.X, r, {
      starts: options.starts,
      seed: options.seed + 7919 * round + k,
      kernels,
      incumbents: network.z,
      signal: run.options.signal,
    });
    for (const violation of found) all.push({ ...violation, outputIndex: k });
  }
  return all.sort((a, b) => b.value - a.value);
}

/** The gap when the dual point must also respect the violation found. */
export function relativeGapAt(
  problem: TwoLayerProblem,
  solved: { primal: number; residual: Float64Array },
  violation: number,
): number {
  const { loss, y, outputs, X } = problem;
  const { value } = bestDualScale(loss, sampleMajor(solved.residual, outputs), y, outputs, 1 / violation);
  return (solved.primal - value / X.rows) / Math.max(Math.abs(solved.primal), Number.MIN_VALUE);
}

function sampleMajor(v: Float64Array, outputs: number): Float64Array {
  if (outputs === 1) return v;
  const n = v.length / outputs;
  return Float64Array.from(v, (_, at) => v[(at % outputs) * n + Math.floor(at / outputs)]);
}
