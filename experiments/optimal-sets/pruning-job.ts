import type { OptimalSet, PruningMethod, PruningStep } from '../../src/optimal-set/index.js';
import { pruningMethods, pruningSteps } from '../../src/optimal-set/index.js';
import { blockSet, blocksOf, leastNorm, solveBlocks } from './blocks.js';
import { loadPair, type Pair, type PairRows } from './pairs.js';
import { fitOf, Scorer } from './scores.js';
import { chosenRows, halves, loadUci } from './uci.js';

/** One data set, one repeat: split (UCI) and gates. */
export interface PruningJob {
  readonly data: { readonly uci: string } | { readonly pair: Pair };
  readonly repeat: number;
  readonly gates: number;
  readonly lambda: number;
  /** Relative gap of the solve. */
  readonly gap: number;
}

/** Right rows at each step, from the whole network to one neuron (and none). */
export interface MethodCurve {
  readonly neurons: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** The same with a score of 0 as +1, not as an error. */
  readonly trainTied: readonly number[];
  readonly testTied: readonly number[];
}

export interface PruningResult {
  readonly trainRows: number;
  readonly testRows: number;
  readonly features: number;
  /** Of the images. */
  readonly files: readonly string[];
  readonly gap: number;
  /** Neurons at the start: one for each block that optimal solutions use. */
  readonly blocks: number;
  /** Different neurons among them. */
  readonly directions: number;
  /** Degrees of freedom of the optimal solutions, by blocks and as networks. */
  readonly dimension: number;
  readonly networkDimension: number;
  /** Width after the exact steps. */
  readonly minimal: number;
  readonly exactSteps: number;
  /** Largest change of a training prediction over the exact steps, as a share of the largest prediction. */
  readonly exactChange: number;
  /** Training rows whose label changed in an exact step. */
  readonly exactFlips: number;
  readonly curves: Readonly<Record<PruningMethod, MethodCurve>>;
}

/** Solves, takes the optimal solution of least norm, prunes it by all methods. */
export async function runJob(job: PruningJob): Promise<PruningResult> {
  const { train, test, files } = await rowsOf(job);
  const { gates, lambda, gap, repeat } = job;
  const solved = await solveBlocks(train, { gates, lambda, seed: 123 + repeat, gap });
  const blocks = blocksOf(solved, solved.set);
  const set = blockSet(solved, solved.set, blocks, leastNorm(solved.set, blocks), 'network');
  const [onTrain, onTest] = [new Scorer(set, train), new Scorer(set, test)];
  const steps = Object.fromEntries(
    pruningMethods.map((method) => [method, pruningSteps(set, { method, seed: repeat })]),
  ) as Record<PruningMethod, PruningStep[]>;
  const curves = Object.fromEntries(
    pruningMethods.map((method) => [method, curveOf(steps[method], onTrain, onTest)]),
  ) as Record<PruningMethod, MethodCurve>;
  return {
    trainRows: train.X.rows,
    testRows: test.X.rows,
    features: train.X.cols,
    files,
    gap: solved.gap,
    blocks: steps.optimal[0].neurons,
    directions: solved.set.given.neurons,
    dimension: set.dimension,
    networkDimension: solved.set.dimension,
    ...exactness(set, steps.optimal),
    curves,
  };
}

async function rowsOf({ data, repeat }: PruningJob): Promise<PairRows> {
  if ('pair' in data) return loadPair(data.pair);
  const all = await loadUci(data.uci);
  const { train, test } = halves(all.X.rows, repeat);
  return { train: chosenRows(all, train), test: chosenRows(all, test), files: [] };
}

function curveOf(steps: readonly PruningStep[], onTrain: Scorer, onTest: Scorer): MethodCurve {
  const count = (scorer: Scorer, kind: 'strict' | 'tied'): number[] =>
    steps.map(({ sizes }) => Math.round(scorer.accuracy(sizes)[kind] * scorer.rows.y.length));
  return {
    neurons: steps.map(({ neurons }) => neurons),
    train: count(onTrain, 'strict'),
    test: count(onTest, 'strict'),
    trainTied: count(onTrain, 'tied'),
    testTied: count(onTest, 'tied'),
  };
}

function exactness(set: OptimalSet, steps: readonly PruningStep[]) {
  const exact = steps.filter((step) => step.exact);
  const first = fitOf(set, exact[0].sizes);
  const largest = first.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let [exactChange, exactFlips] = [0, 0];
  for (const { sizes } of exact) {
    fitOf(set, sizes).forEach((value, i) => {
      exactChange = Math.max(exactChange, Math.abs(value - first[i]) / largest);
      if (value >= 0 !== first[i] >= 0) exactFlips++;
    });
  }
  return { minimal: exact[exact.length - 1].neurons, exactSteps: exact.length - 1, exactChange, exactFlips };
}
