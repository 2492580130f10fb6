import { squared } from '../../src/losses/index.js';
import { type ParallelNetwork, parallelObjective, parallelScores } from '../../src/parallel/index.js';
import type { Labelled } from '../optimal-sets/uci.js';
import { quickConvex } from './convex.js';
import { tableSplit } from './tables.js';

/** One split of one set, at every λ. */
export interface UciJob {
  readonly set: string;
  readonly seed: number;
  readonly most: number;
  readonly lambdas: readonly number[];
  readonly width: number;
  readonly steps: number;
  readonly rounds: number;
}

/** One network at one λ. */
export interface UciRow {
  readonly lambda: number;
  readonly validation: number;
  readonly test: number;
  /** Mean loss on the training rows with λ times the penalty. */
  readonly objective: number;
  readonly subnetworks: number;
  /** Of the convex program; null for the network that was trained locally. */
  readonly gap: number | null;
  /** Processor seconds. */
  readonly seconds: number;
}

export interface UciOutcome {
  readonly rows: number;
  readonly columns: number;
  readonly local: readonly UciRow[];
  readonly convex: readonly UciRow[];
  readonly twoLayers: readonly UciRow[];
}

const accuracy = (network: ParallelNetwork, { X, y }: Labelled): number => {
  const scores = parallelScores(network, X).data;
  return y.filter((label, i) => (scores[i] >= 0 ? 1 : -1) === label).length / y.length;
};

/** Squared loss on −1/+1, a bias in each first-layer neuron, path norm (for two layers that is weight decay). */
export async function runJob({ set, seed, most, lambdas, width, steps, rounds }: UciJob): Promise<UciOutcome> {
  const { train, validation, test } = await tableSplit(set, seed, most);
  const rowOf = (network: ParallelNetwork, lambda: number, gap: number | null, seconds: number): UciRow => ({
    ...{ lambda, validation: accuracy(network, validation), test: accuracy(network, test) },
    objective: parallelObjective(network, train.X, train.y, { loss: squared, lambda, regularizer: 'path' }),
    ...{ subnetworks: network.subnetworks.length, gap, seconds },
  });
  const [local, convex, twoLayers]: UciRow[][] = [[], [], []];
  for (const lambda of lambdas) {
    const problem = { lambda, regularizer: 'path', hiddenBias: true } as const;
    const quick = { count: 40, steps, batch: 32, rounds, seed };
    const three = await quickConvex(train.X, train.y, { ...problem, layers: 3, width }, quick);
    const [first, rest] = three.seconds;
    local.push(rowOf(three.trained, lambda, null, first));
    convex.push(rowOf(three.network, lambda, three.gap, first + rest));
    const two = await quickConvex(train.X, train.y, { ...problem, layers: 2 }, quick);
    twoLayers.push(rowOf(two.network, lambda, two.gap, two.seconds[0] + two.seconds[1]));
  }
  return { rows: train.X.rows, columns: train.X.cols, local, convex, twoLayers };
}
