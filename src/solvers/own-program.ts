import { patternsOf } from '../arrangements/index.js';
import type { Run, Status } from '../base/index.js';
import { augment } from '../certificates/index.js';
import { type Matrix, matrix, type PatternSet, rowOf, selectPatterns, uniquePatterns } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { dropZero, type NetworkWeights, splitOutputs } from '../networks/index.js';
import { solveOverPatterns } from './column-generation.js';
import { type LiftedNetwork, liftedNetwork } from './lifted-network.js';
import { joinOutputs, liftWeights, recoverWeights } from './recover.js';
import type { TrainingData } from './training.js';

/** Patterns that a program is solved over besides the network's own. */
export interface FurtherPatterns {
  readonly patterns: PatternSet;
  /** Gated: row p is (g, k) of pattern p, as wide as X without a column of ones and one more. */
  readonly gates: Matrix | null;
}

export interface OwnProgramOutcome {
  readonly status: Status;
  readonly weights: NetworkWeights;
  /** All patterns of the program: the network's own first. */
  readonly patterns: PatternSet;
  /** Gated: a gate (g, k) for each. */
  readonly gates: Matrix | null;
}

/** Gates and patterns of the network's neurons; for ReLU those of their directions. */
interface Own {
  readonly lifted: LiftedNetwork;
  readonly patterns: PatternSet;
  readonly points: Matrix;
}

/**
 * The optimum of the program over a network's own patterns (and further ones), from that network: one program when the outputs hang
 * together, else one for each. A neuron with several outputs counts as one for each.
 */
export async function solveOwnProgram(
  kernels: Kernels,
  data: TrainingData,
  lambda: number,
  weights: NetworkWeights,
  options: { readonly gap: number; readonly further?: FurtherPatterns },
  run: Run,
): Promise<OwnProgramOutcome> {
  const gated = data.activation === 'gated';
  const own = ownOf(data, dropZero(splitOutputs(weights)));
  const { further } = options;
  const { patterns, source } = uniquePatterns(further ? [own.patterns, further.patterns] : [own.patterns]);
  const points = gated ? stacked(own.points, further?.gates ?? null) : null;
  const gates = points && chosen(points, source);
  const parts = data.loss.separable ? data.outputs : 1;
  const networks: LiftedNetwork[] = [];
  const blocks: number[] = [];
  let status: Status = 'solved';
  for (let k = 0; k < parts; k++) {
    const problem = { ...data, lambda, ...(parts > 1 && { outputs: 1, y: column(data.y, k, data.outputs) }) };
    const warm = partOf(own, parts > 1 ? k : null);
    const solved = await solveOverPatterns(kernels, problem, patterns, options.gap, run, warm);
    if (solved.status !== 'solved') status = solved.status;
    networks.push(solved.network);
    blocks.push(...solved.blockPatterns);
  }
  const joined = networks.length === 1 ? networks[0] : joinOutputs(networks, data.X.cols);
  const relu = recoverWeights(joined, data.outputs, data.hiddenBias, null);
  return { status, patterns, gates, weights: gates ? gatedBy(relu, chosen(gates, blocks)) : relu };
}

function ownOf({ X, hiddenBias, activation }: TrainingData, weights: NetworkWeights): Own {
  const { network } = liftWeights(weights, hiddenBias);
  if (activation === 'relu') return { lifted: network, patterns: patternsOf(X, network.z), points: network.z };
  const { gates, gateBias } = weights;
  const d = weights.hidden.cols;
  const points = matrix(network.count, d + 1);
  for (let j = 0; j < network.count; j++) {
    if (gates && gateBias) points.data.set([...rowOf(gates, j), gateBias[j]], j * (d + 1));
  }
  // behind a gate the sign is the direction's
  const z = matrix(network.count, network.z.cols, network.z.data.slice());
  for (let i = 0; i < z.data.length; i++) z.data[i] *= network.sign[Math.floor(i / z.cols)];
  const lifted = { ...network, z, sign: new Int8Array(network.count).fill(1) };
  return { lifted, patterns: patternsOf(hiddenBias ? X : augment(X), points), points };
}

/** The neurons of one output, with their patterns; all of them for null. */
function partOf({ lifted, patterns }: Own, output: number | null) {
  const kept = Array.from(lifted.output.keys()).filter((j) => output === null || lifted.output[j] === output);
  const network = liftedNetwork(
    kept.map((j) => ({
      z: rowOf(lifted.z, j).slice(),
      sign: lifted.sign[j],
      output: output === null ? lifted.output[j] : 0,
    })),
    lifted.z.cols,
    output === null ? lifted.bias : lifted.bias.slice(output, output + 1),
  );
  if (kept.length === 0) return undefined;
  return { network, own: selectPatterns(patterns, kept) };
}

const column = (y: Float64Array, k: number, outputs: number): Float64Array =>
  Float64Array.from({ length: y.length / outputs }, (_, i) => y[i * outputs + k]);

function stacked(a: Matrix, b: Matrix | null): Matrix {
  if (b === null) return a;
  const out = matrix(a.rows + b.rows, a.cols);
  out.data.set(a.data);
  out.data.set(b.data, a.data.length);
  return out;
}

function chosen(m: Matrix, rows: ArrayLike<number>): Matrix {
  const out = matrix(rows.length, m.cols);
  for (let k = 0; k < rows.length; k++) out.data.set(rowOf(m, rows[k]), k * m.cols);
  return out;
}

function gatedBy(weights: NetworkWeights, points: Matrix): NetworkWeights {
  const d = weights.hidden.cols;
  const gates = matrix(points.rows, d);
  for (let j = 0; j < points.rows; j++) gates.data.set(rowOf(points, j).subarray(0, d), j * d);
  const gateBias = Float64Array.from({ length: points.rows }, (_, j) => points.data[j * points.cols + d]);
  return { ...weights, activation: 'gated', gates, gateBias };
}
