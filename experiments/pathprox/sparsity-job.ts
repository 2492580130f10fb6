import {
  architecture,
  compact,
  type DeepNetwork,
  Evaluator,
  type Examples,
  groupNorms,
  groupsFrom,
  initialise,
  type Method,
  parametersOf,
  trainDeep,
} from '../../src/deep/index.js';
import { dataOf } from './training-job.js';

/** Rounds of training, each followed by taking small units away; then fine-tuning of what is left, unregularised. */
export interface SparsityJob {
  readonly data: string;
  readonly folder?: string;
  readonly perClass: number;
  readonly network: string;
  readonly method: Method;
  readonly lambda: number;
  readonly rate: number;
  readonly rounds: number;
  readonly epochs: number;
  /** A unit goes when its ‖w‖‖v‖ is below this share of the largest of its layer. */
  readonly threshold: number;
  readonly fineTune: { readonly epochs: number; readonly rate: number };
  readonly seed: number;
}

export interface SparsityOutcome {
  readonly status: string;
  /** Units with an activation, at first and at the end; weights and biases likewise. */
  readonly units: readonly [number, number];
  readonly parameters: readonly [number, number];
  /** Test accuracy before and after the fine-tuning. */
  readonly pruned: number;
  readonly test: number;
}

/** Layers with an activation between them, by path: every unit of the network, layers in two pairs included. */
function activePairs({ layers }: DeepNetwork['architecture']): [string, string][] {
  const linear = layers.flatMap(({ kind }, i) => (kind === 'linear' ? [i] : []));
  return linear.slice(1).flatMap((next, k): [string, string][] => {
    const between = layers.slice(linear[k] + 1, next);
    return between.some(({ kind }) => kind === 'relu') ? [[`${linear[k]}`, `${next}`]] : [];
  });
}

/** Without the units of one pair that count for little. */
function prunePair(network: DeepNetwork, pair: [string, string], threshold: number): DeepNetwork {
  const grouping = groupsFrom(network.architecture, [pair]);
  const [{ outOf, input, output }] = groupNorms(network.architecture, grouping, network.weights);
  const sizes = input.map((w, k) => w * output[k]);
  const least = threshold * sizes.reduce((a, b) => Math.max(a, b), 0);
  const V = Float32Array.from(network.weights[`${outOf}.weight`]);
  for (let i = 0; i < V.length; i++) if (!(sizes[i % sizes.length] > least)) V[i] = 0;
  return compact({ ...network, weights: { ...network.weights, [`${outOf}.weight`]: V } }, grouping);
}

const prune = (network: DeepNetwork, threshold: number): DeepNetwork =>
  activePairs(network.architecture).reduce((left, pair) => prunePair(left, pair, threshold), network);

const unitsOf = ({ architecture: { layers } }: DeepNetwork): number =>
  activePairs({ layers } as DeepNetwork['architecture']).reduce((sum, [into]) => {
    const layer = layers[Number(into)];
    return sum + (layer.kind === 'linear' ? layer.outputs : 0);
  }, 0);

const countOf = ({ architecture: { layers } }: DeepNetwork): number =>
  parametersOf(layers).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

async function accuracyOf({ architecture: network, weights }: DeepNetwork, examples: Examples): Promise<number> {
  const evaluator = await Evaluator.create(network, 'cross-entropy');
  const { accuracy } = await evaluator.scores(weights, examples);
  await evaluator.release();
  return accuracy;
}

export async function runJob(job: SparsityJob): Promise<SparsityOutcome> {
  const { method, lambda, rate, rounds, epochs, threshold, fineTune, seed } = job;
  const { train, test } = await dataOf(job);
  const dense = architecture(job.network, train.input, train.outputs);
  const start: DeepNetwork = { architecture: dense, weights: initialise(dense, seed, 'float32') };
  let [network, status] = [start, 'done'];
  const go = async (options: { method: Method; rate: number; epochs: number; lambda: number; seed: number }) => {
    const { architecture: layers, weights } = network;
    const result = await trainDeep(layers, train, { ...options, batch: 200, measured: 200, weights });
    if (result.status !== 'done') status = result.status;
    network = { architecture: layers, weights: result.weights };
  };
  for (let round = 0; round < rounds; round++) {
    await go({ method, rate, epochs, lambda, seed: 100 * seed + round });
    network = prune(network, threshold);
  }
  const pruned = await accuracyOf(network, test);
  await go({ ...fineTune, method: 'none', lambda: 0, seed: 100 * seed + rounds });
  return {
    status,
    units: [unitsOf(start), unitsOf(network)],
    parameters: [countOf(start), countOf(network)],
    ...{ pruned, test: await accuracyOf(network, test) },
  };
}
