import { rowOf } from '../../src/linalg/index.js';
import { type OptimalSet, optimalSet, selectMember } from '../../src/optimal-set/index.js';
import { looseSizes } from './all-blocks.js';
import { type Block, blockSet, blocksOf, leastNorm, type SolvedBlocks, solveBlocks, spreadEvenly } from './blocks.js';
import { fitOf, Scorer } from './scores.js';
import { chosenRows, type Labelled, loadUci, tuningSplit } from './uci.js';

/** Tables 1 and 2: one data set, one repeat. */
export interface TuningJob {
  readonly name: string;
  readonly repeat: number;
  readonly gates: number;
  readonly lambda: number;
}

/** Test accuracies of the members that the four rules choose. */
export interface Rules {
  readonly min_l2: number;
  readonly max_l1: number;
  readonly valid_mse: number;
  /** An oracle: chosen by the test rows. */
  readonly test_mse: number;
}

export interface TuningResult {
  readonly trainRows: number;
  readonly validationRows: number;
  readonly testRows: number;
  readonly gap: number;
  /** Neurons of the optimal networks, blocks of the optimal solutions. */
  readonly neurons: number;
  readonly blocks: number;
  readonly networkDimension: number;
  readonly blockDimension: number;
  /** Over the set of optimal solutions: chosen and scored behind the gates (the paper's quantity), and as networks. */
  readonly gated: Rules;
  readonly network: Rules;
  /** Over all blocks of the program, whatever they cost, scored behind the gates: with the training fit kept, and without. */
  readonly allBlocks: { readonly kept: Tuned; readonly free: Tuned; readonly penaltyRatio: number };
}

interface Tuned {
  readonly valid_mse: number;
  readonly test_mse: number;
}

interface Split {
  readonly validation: Labelled;
  readonly test: Labelled;
}

export async function runJob({ name, repeat, gates, lambda }: TuningJob): Promise<TuningResult> {
  const all = await loadUci(name);
  const rows = tuningSplit(all.X.rows, repeat);
  const train = chosenRows(all, rows.train);
  const split = { validation: chosenRows(all, rows.validation), test: chosenRows(all, rows.test) };
  const solved = await solveBlocks(train, { gates, lambda, seed: 123 + repeat });
  const blocks = blocksOf(solved, solved.set);
  const least = leastNorm(solved.set, blocks);
  const gated = blockSet(solved, solved.set, blocks, least, 'gated');
  return {
    trainRows: train.X.rows,
    validationRows: split.validation.X.rows,
    testRows: split.test.X.rows,
    gap: solved.gap,
    neurons: solved.set.given.neurons,
    blocks: blocks.length,
    networkDimension: solved.set.dimension,
    blockDimension: gated.dimension,
    gated: rulesOver(gated, least, split),
    network: rulesOver(solved.set, selectMember(solved.set, 'min-norm').member.sizes, split),
    allBlocks: await tunedOverAll(solved, split),
  };
}

/** The rules' members, each scored as the set's members predict. ‖a‖₁ is the same for all of them: max_l1 takes the greatest ‖a‖₂. */
function rulesOver(set: OptimalSet, least: Float64Array, { validation, test }: Split): Rules {
  const onTest = new Scorer(set, test);
  const score = (sizes: Float64Array): number => onTest.accuracy(sizes).strict;
  return {
    min_l2: score(least),
    max_l1: score(selectMember(set, 'max-norm').member.sizes),
    valid_mse: score(selectMember(set, 'validation', { validation }).member.sizes),
    test_mse: score(selectMember(set, 'validation', { validation: test }).member.sizes),
  };
}

/** Prices of at least this share of λ count as blocks: nearly all. */
const ANY_PRICE = 1e-3;
/** Weight of the training fit where it is kept, against the error that is tuned. */
const KEPT = 1000;

/**
 * An interior-point solver leaves no block at exactly zero. The paper's code takes every block that is not as active and puts no
 * price on it, so it chooses among all of them. Here: each block along its projected price, chosen by the neurons' predictions as
 * there, scored behind the gates as there.
 */
async function tunedOverAll(solved: SolvedBlocks, { validation, test }: Split): Promise<TuningResult['allBlocks']> {
  const { rows, lambda, patterns } = solved;
  const tolerance = 1 - ANY_PRICE;
  const options = { outputBias: false, patterns, tolerance };
  const set = await optimalSet(solved.set.given.weights, rows.X, rows.y, lambda, options);
  const blocks = blocksOf(solved, set, tolerance);
  const start = spreadEvenly(blocks, set.polytope.start);
  const onTest = new Scorer(blockSet(solved, set, blocks, start, 'gated'), test);
  const tuned = (on: Labelled, weight: number): Float64Array => chosenSizes(set, blocks, start, on, weight);
  const score = (sizes: Float64Array): number => onTest.accuracy(sizes).strict;
  const kept = tuned(test, KEPT);
  const sum = (sizes: Float64Array): number => sizes.reduce((total, a) => total + a, 0);
  return {
    kept: { valid_mse: score(tuned(validation, KEPT)), test_mse: score(kept) },
    free: { valid_mse: score(tuned(validation, 0)), test_mse: score(tuned(test, 0)) },
    penaltyRatio: sum(kept) / sum(start),
  };
}

function chosenSizes(
  set: OptimalSet,
  blocks: readonly Block[],
  start: Float64Array,
  on: Labelled,
  weight: number,
): Float64Array {
  const { rates } = set.predictionOf(on.X, 0);
  const columns = set.candidates.map((_, k) => Float64Array.from(rates, (row) => row[k]));
  return looseSizes(
    {
      onTrain: blocks.map(({ candidate }) => rowOf(set.set.activations, candidate)),
      fit: fitOf(set, set.polytope.start),
      onRows: blocks.map(({ candidate }) => columns[candidate]),
      target: on.y,
      weight,
    },
    start,
  );
}
