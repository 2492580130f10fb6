import { squared } from '../../src/losses/index.js';
import { type ParallelNetwork, parallelObjective, parallelScores, type Regularizer } from '../../src/parallel/index.js';
import type { Labelled } from '../optimal-sets/uci.js';
import { quickConvex } from './convex.js';
import { trainBySgd } from './sgd.js';
import { tableSplit } from './tables.js';

/** One split of one set, at every λ. */
export interface UciJob {
  readonly set: string;
  readonly seed: number;
  readonly most: number;
  readonly lambdas: readonly number[];
  readonly width: number;
  /** Of SGD, at each rate, and its rates: that of the least objective is kept. */
  readonly sgdSteps: number;
  readonly rates: readonly number[];
  /** Of pricing. */
  readonly rounds: number;
}

/** What is trained. */
export const kinds = ['decay', 'path', 'two'] as const;
export type Kind = (typeof kinds)[number];

/** One network at one λ. */
export interface UciRow {
  readonly lambda: number;
  readonly validation: number;
  readonly test: number;
  /** Mean loss on the training rows with λ times the penalty. */
  readonly objective: number;
  readonly subnetworks: number;
  /** Of the convex program; null for SGD. */
  readonly gap: number | null;
  /** Processor seconds; those of the convex training count SGD, which finds the first patterns. */
  readonly seconds: number;
}

export interface UciOutcome {
  readonly rows: number;
  readonly columns: number;
  readonly sgd: Readonly<Record<Kind, readonly UciRow[]>>;
  readonly convex: Readonly<Record<Kind, readonly UciRow[]>>;
}

const accuracy = (network: ParallelNetwork, { X, y }: Labelled): number => {
  const scores = parallelScores(network, X).data;
  return y.filter((label, i) => (scores[i] >= 0 ? 1 : -1) === label).length / y.length;
};

const processorSeconds = (): number => process.cpuUsage().user / 1e6;

interface Problem {
  readonly layers: 2 | 3;
  readonly regularizer: Regularizer;
  readonly hiddenBias: true;
}

const problems: Readonly<Record<Kind, Problem>> = {
  decay: { layers: 3, regularizer: 'weight-decay', hiddenBias: true },
  path: { layers: 3, regularizer: 'path', hiddenBias: true },
  two: { layers: 2, regularizer: 'weight-decay', hiddenBias: true },
};

/** Sub-networks of SGD. */
const count = 40;

/** Squared loss on −1/+1, a bias in each first-layer neuron. */
export async function runJob(job: UciJob): Promise<UciOutcome> {
  const { set, seed, most, lambdas, rounds } = job;
  const { train, validation, test } = await tableSplit(set, seed, most);
  const judged = (network: ParallelNetwork, objective: number, lambda: number): Omit<UciRow, 'gap' | 'seconds'> => ({
    ...{ lambda, validation: accuracy(network, validation), test: accuracy(network, test) },
    ...{ objective, subnetworks: network.subnetworks.length },
  });
  const sgd: Record<Kind, UciRow[]> = { decay: [], path: [], two: [] };
  const convex: Record<Kind, UciRow[]> = { decay: [], path: [], two: [] };
  for (const lambda of lambdas) {
    for (const kind of kinds) {
      const problem = problems[kind];
      const width = problem.layers === 3 ? { width: job.width } : {};
      const from = processorSeconds();
      const { network, objective } = bestSgd(train, problem, lambda, job);
      const seconds = processorSeconds() - from;
      sgd[kind].push({ ...judged(network, objective, lambda), gap: null, seconds });
      const quick = { start: network, rounds, seed };
      const solved = await quickConvex(train.X, train.y, { ...problem, ...width, lambda }, quick);
      const own = judged(solved.network, solved.objective, lambda);
      convex[kind].push({ ...own, gap: solved.gap, seconds: processorSeconds() - from });
    }
  }
  return { rows: train.X.rows, columns: train.X.cols, sgd, convex };
}

function bestSgd(data: Labelled, problem: Problem, lambda: number, { width, rates, sgdSteps, seed }: UciJob) {
  const runs = rates.map((rate) => {
    const common = { count, width: problem.layers === 3 ? width : 1, lambda, batch: 20, momentum: 0.9, seed };
    const network = trainBySgd(data, { ...problem, ...common, steps: sgdSteps, rate });
    const { regularizer } = problem;
    return { network, objective: parallelObjective(network, data.X, data.y, { loss: squared, lambda, regularizer }) };
  });
  // A diverged run (NaN) never wins
  return runs.reduce((a, b) => (b.objective < a.objective || Number.isNaN(a.objective) ? b : a));
}
