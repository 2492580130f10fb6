import { enumeratePatterns, samplePatterns, searchViolations, violationPatterns } from '../arrangements/index.js';
import {
  numberRule,
  type OptionRules,
  Run,
  type RunOptions,
  requireOptions,
  requireThat,
  runRules,
  seedRule,
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
  const { tolerance = 1e-6, seed = model.seed, ...running } = options;
  const { loss, outputBias, hiddenBias, lambda } = model.objective;
  requireThat(
    lambda > 0,
    'the optimal networks at λ = 0 are a set without end; train with a positive --lambda to have one.',
  );
  const { train, test } = encodedParts(model, table);
  const { X, y } = train;
  const objective = { loss, outputBias, hiddenBias };
  const further = await trainedOver(model, hiddenBias ? augment(X) : X);
  running.onProgress?.({ phase: 'polishing' });
  const polished = await polish(model.weights, X, y, lambda, { ...running, ...objective, ...(further && { further }) });
  const { weights, gates } = polished;
  const gated = weights.activation === 'gated';
  const searched = gated || further ? null : await search(weights, train, model, seed, tolerance, running);
  const patterns = searched?.patterns
    ? uniquePatterns([polished.patterns, searched.patterns]).patterns
    : polished.patterns;
  const set = await optimalSet(weights, X, y, lambda, {
    ...objective,
    tolerance,
    ...(gates ? { gates } : { patterns }),
  });
  const scope: OptimalSetScope = further
    ? { kind: 'patterns', patterns: polished.patterns.count }
    : searched !== null && searched.price <= 1 + VIOLATED
      ? { kind: 'searched', starts: STARTS }
      : { kind: 'own', price: searched?.price ?? null };
  return { set, polished, scope, train, test };
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

/** Patterns with a price within the tolerance of λ's, and the largest price over λ's. */
async function search(
  weights: NetworkWeights,
  { X, y }: Encoded,
  { objective }: Model,
  seed: number,
  tolerance: number,
  running: RunOptions,
): Promise<{ patterns: PatternSet | null; price: number }> {
  const problem = trainingProblem(X, y, objective.lambda, objective);
  const residual = residualOf(weights, problem);
  const { augmented, outputs } = problem;
  const capacity = X.rows * objective.lambda;
  const run = new Run(running);
  const found: PatternSet[] = [];
  let price = 0;
  for (let k = 0; k < outputs; k++) {
    running.onProgress?.({ phase: 'search', message: 'neurons that optimal networks may have besides' });
    const r = residual.filter((_, i) => i % outputs === k);
    const all = await searchViolations(augmented, r, { starts: STARTS, around: STARTS, seed: seed + k, run });
    price = Math.max(price, (all[0]?.value ?? 0) / capacity);
    const near = all.filter(({ value }) => Math.abs(value / capacity - 1) <= tolerance);
    if (near.length > 0) found.push(violationPatterns(X.rows, near));
  }
  return { price, patterns: found.length > 0 ? uniquePatterns(found).patterns : null };
}
