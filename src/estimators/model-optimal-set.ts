import {
  enumeratePatterns,
  samplePatterns,
  searchViolations,
  type Violation,
  violationPatterns,
} from '../arrangements/index.js';
import {
  numberRule,
  type OptionRules,
  Run,
  type RunOptions,
  requireOptions,
  requireThat,
  runRules,
  seedRule,
  switchRule,
} from '../base/index.js';
import { augment, residualOf, trainingProblem } from '../certificates/index.js';
import type { Table } from '../data/index.js';
import { type Matrix, matrix, type PatternSet, rowOf, uniquePatterns } from '../linalg/index.js';
import type { Model } from '../model/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { type OptimalSet, optimalSet } from '../optimal-set/index.js';
import type { FurtherPatterns } from '../solvers/index.js';
import { encodedParts } from './fit-table.js';
import { type Polished, polish } from './polish.js';
import type { Encoded } from './prepared-rows.js';

export interface ModelOptimalSetOptions extends RunOptions {
  /** See `OptimalSetOptions`: larger values give nearly optimal networks. Default 1e-6. */
  readonly tolerance?: number;
  /** Of the search for further neurons. Default that of the model. */
  readonly seed?: number;
  /**
   * Where the search finds neurons that would lower the objective: take their patterns into the program, so that the set is that of all
   * networks. Default false: a network from elsewhere stays what it is, stationary for its own patterns.
   */
  readonly complete?: boolean;
}

/** Over which networks the set's members are optimal. */
export type OptimalSetScope =
  /** Networks of the sampled or enumerated patterns that the model was trained over. */
  | { readonly kind: 'patterns'; readonly patterns: number }
  /** All networks, as far as a search from so many starts saw: none of its prices was above λ's. */
  | { readonly kind: 'searched'; readonly starts: number }
  /** Networks of its own neurons' patterns alone; `price`: the largest the search found elsewhere, over λ's (null: no search). */
  | { readonly kind: 'own'; readonly price: number | null };

export interface ModelOptimalSet {
  readonly set: OptimalSet;
  /** How the network was brought to the optimum of its program first. */
  readonly polished: Polished;
  readonly scope: OptimalSetScope;
  readonly train: Encoded;
  /** The rows that were kept for testing; null for none. */
  readonly test: Encoded | null;
}

const rules: OptionRules<ModelOptimalSetOptions> = {
  ...runRules,
  tolerance: numberRule('a number > 0 and < 1', (value) => value > 0 && value < 1),
  seed: seedRule,
  complete: switchRule,
};

/** Starts of the search for further neurons, in each output; as many near those at hand. */
const STARTS = 300;
/** A price above λ's by more than this share is a neuron that would lower the objective. */
const VIOLATED = 1e-6;

/**
 * The optimal set of a model's network on its training rows. The network is polished first; to its own patterns come those it was
 * trained over, or, where patterns were found, those that a search over all directions finds at λ's price.
 * Throws `data` when the table lacks rows or columns of the model, `usage` for λ = 0 and options.
 */
export async function modelOptimalSet(
  model: Model,
  table: Table,
  options: ModelOptimalSetOptions = {},
): Promise<ModelOptimalSet> {
  requireOptions(options, rules, 'modelOptimalSet');
  const { tolerance = 1e-6, seed = model.seed, complete = false, ...running } = options;
  const { loss, outputBias, hiddenBias, lambda } = model.objective;
  requireThat(
    lambda > 0,
    'the optimal networks at λ = 0 are a set without end; train with a positive --lambda to have one.',
  );
  const { train, test } = encodedParts(model, table);
  const { X, y } = train;
  const objective = { loss, outputBias, hiddenBias };
  const given = await trainedOver(model, hiddenBias ? augment(X) : X);
  const search = { train, model, seed, tolerance, running };
  const found =
    given || model.weights.activation === 'gated'
      ? { polished: await polishOver(model, train, given, running), searched: null }
      : await polishAndSearch(search, complete);
  const { polished, searched } = found;
  const patterns = searched?.near ? uniquePatterns([polished.patterns, searched.near]).patterns : polished.patterns;
  const set = await optimalSet(polished.weights, X, y, lambda, {
    ...objective,
    tolerance,
    ...(polished.gates ? { gates: polished.gates } : { patterns }),
  });
  const scope: OptimalSetScope = given
    ? { kind: 'patterns', patterns: polished.patterns.count }
    : searched !== null && searched.price <= 1 + VIOLATED
      ? { kind: 'searched', starts: STARTS }
      : { kind: 'own', price: searched?.price ?? null };
  return { set, polished, scope, train, test };
}

function polishOver(model: Model, { X, y }: Encoded, further: FurtherPatterns | null, running: RunOptions) {
  const { loss, outputBias, hiddenBias, lambda } = model.objective;
  running.onProgress?.({ phase: 'polishing' });
  return polish(model.weights, X, y, lambda, { ...running, loss, outputBias, hiddenBias, ...(further && { further }) });
}

/** Rounds of `complete`, and patterns that join in one. */
const ROUNDS = 12;
const JOINING = 100;

/** Polishes and searches; with `complete` until nothing is found that would lower the objective. */
async function polishAndSearch(search: Search, complete: boolean) {
  const { train, model, running } = search;
  const joined: PatternSet[] = [];
  for (let round = 1; ; round++) {
    const patterns = joined.length > 0 ? uniquePatterns(joined).patterns : null;
    const polished = await polishOver(model, train, patterns && { patterns, gates: null }, running);
    const searched = await searchPrices(search, polished.weights);
    const done = !complete || searched.price <= 1 + VIOLATED || round === ROUNDS;
    if (done || running.signal?.aborted) return { polished, searched };
    if (searched.violated) joined.push(searched.violated);
  }
}

/** Fixed patterns of the training: sampled ones, or all of a gated network; null where they were found. */
async function trainedOver({ patternSource: source, weights }: Model, X: Matrix): Promise<FurtherPatterns | null> {
  const gated = weights.activation === 'gated';
  if (source.kind === 'found' || (source.kind === 'all' && !gated)) return null;
  const { patterns, gates } =
    source.kind === 'gaussian'
      ? samplePatterns(X, source.count, { seed: source.seed, kind: 'gaussian' })
      : await enumeratePatterns(X, {});
  return { patterns, gates: gated ? widened(gates, weights.hidden.cols + 1) : null };
}

/** Gates with their offset: 0 where they have none. */
function widened(gates: Matrix, cols: number): Matrix {
  if (gates.cols === cols) return gates;
  const out = matrix(gates.rows, cols);
  for (let p = 0; p < gates.rows; p++) out.data.set(rowOf(gates, p), p * cols);
  return out;
}

interface Search {
  readonly train: Encoded;
  readonly model: Model;
  readonly seed: number;
  readonly tolerance: number;
  readonly running: RunOptions;
}

interface Searched {
  /** The largest price found over λ's. */
  readonly price: number;
  /** Patterns whose price is within the tolerance of λ's; null for none. */
  readonly near: PatternSet | null;
  /** Those above λ's, the largest first. */
  readonly violated: PatternSet | null;
}

/** Prices over all directions at a network, as far as a search sees. */
async function searchPrices(
  { train: { X, y }, model: { objective }, seed, tolerance, running }: Search,
  weights: NetworkWeights,
): Promise<Searched> {
  const problem = trainingProblem(X, y, objective.lambda, objective);
  const residual = residualOf(weights, problem);
  const { augmented, outputs } = problem;
  const capacity = X.rows * objective.lambda;
  const incumbents = directionsOf(weights, augmented.cols);
  const run = new Run(running);
  const all: Violation[] = [];
  for (let k = 0; k < outputs; k++) {
    running.onProgress?.({ phase: 'search', message: 'neurons that optimal networks may have besides' });
    const r = residual.filter((_, i) => i % outputs === k);
    const options = { starts: STARTS, around: STARTS, seed: seed + k, incumbents, run };
    all.push(...(await searchViolations(augmented, r, options)));
  }
  all.sort((a, b) => b.value - a.value);
  const patterns = (chosen: readonly Violation[]): PatternSet | null =>
    chosen.length > 0 ? uniquePatterns([violationPatterns(X.rows, chosen)]).patterns : null;
  return {
    price: (all[0]?.value ?? 0) / capacity,
    near: patterns(all.filter(({ value }) => Math.abs(value / capacity - 1) <= tolerance)),
    violated: patterns(all.filter(({ value }) => value > capacity * (1 + 1e-10)).slice(0, JOINING)),
  };
}

/** Rows (u, h), as wide as the data with its column of ones. */
function directionsOf({ hidden, hiddenBias }: NetworkWeights, cols: number): Matrix {
  const out = matrix(hidden.rows, cols);
  for (let j = 0; j < hidden.rows; j++) {
    out.data.set(rowOf(hidden, j), j * cols);
    if (cols > hidden.cols) out.data[j * cols + hidden.cols] = hiddenBias[j];
  }
  return out;
}
