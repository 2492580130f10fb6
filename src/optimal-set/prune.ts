import {
  choiceRule,
  createRandom,
  type OptionRules,
  requireOptions,
  requireThat,
  seedRule,
  shuffledIndices,
} from '../base/index.js';
import { activeFeatures, dropZero, type NetworkWeights } from '../networks/index.js';
import { leastSquaresSteps } from './least-squares-pruning.js';
import { withoutUnusedInputs } from './networks.js';
import type { OptimalSet } from './optimal-set.js';
import { combination, dot } from './vectors.js';

/** `optimal`: exact steps, then least squares with fitted sizes. The others: the baselines, without fitting. */
export type PruningMethod = 'optimal' | 'norm' | 'gradient' | 'random';

export const pruningMethods: readonly PruningMethod[] = ['optimal', 'norm', 'gradient', 'random'];

export interface PruningOptions {
  /** Default `optimal`. */
  readonly method?: PruningMethod;
  /** Of `random`. Default 0. */
  readonly seed?: number;
}

/** A network on the way from the given one to none. */
export interface PruningStep {
  readonly neurons: number;
  /** Candidates that left with this step; none for the first. */
  readonly removed: readonly number[];
  /** Size of each candidate; past minimal it may be negative. */
  readonly sizes: Float64Array;
  readonly outputBias: Float64Array;
  /** An optimal network still: fit and objective are those of the given one. */
  readonly exact: boolean;
}

const rules: OptionRules<PruningOptions> = { method: choiceRule(pruningMethods), seed: seedRule };

/**
 * Networks of fewer and fewer neurons, from the given one (first) to none (last).
 *
 * `optimal`: null vectors of the activations scale neurons away without any change of fit or objective, down to a vertex; then
 * the neuron goes without which the others, fitted again, come nearest to the optimal fit. Baselines: the smallest neuron
 * (`norm`), the smallest |gradient · weight| (`gradient`), any (`random`); the others stay as they are.
 */
export function pruningSteps(set: OptimalSet, options: PruningOptions = {}): PruningStep[] {
  requireOptions(options, rules, 'pruningSteps');
  const { method = 'optimal', seed = 0 } = options;
  return method === 'optimal' ? optimalSteps(set) : baselineSteps(set, method, seed);
}

function optimalSteps(set: OptimalSet): PruningStep[] {
  const { polytope } = set;
  const { steps, vertex } = polytope.descend();
  const exact = [polytope.start, ...steps.slice(0, -1), ...(steps.length > 0 ? [vertex] : [])];
  const f = combination(polytope.columns, polytope.start);
  const past = leastSquaresSteps(polytope.columns, exact[exact.length - 1], f, polytope.tolerance);
  return [...exact, ...past].map((sizes, k, all) =>
    stepOf(all[k - 1] ?? null, sizes, set.biasOf(sizes), k < exact.length),
  );
}

function stepOf(
  before: Float64Array | null,
  sizes: Float64Array,
  outputBias: Float64Array,
  exact: boolean,
): PruningStep {
  const removed = Array.from(sizes.keys()).filter((i) => sizes[i] === 0 && (before?.[i] ?? 0) !== 0);
  const neurons = sizes.reduce((count, a) => count + (a === 0 ? 0 : 1), 0);
  return { neurons, removed, sizes, outputBias, exact };
}

function baselineSteps(set: OptimalSet, method: PruningMethod, seed: number): PruningStep[] {
  const { start } = set.polytope;
  const order = method === 'random' ? shuffledIndices(start.length, createRandom(seed)) : null;
  const bias = set.outputBias.slice();
  const steps = [stepOf(null, start, bias, true)];
  const fit = new Fit(set);
  let sizes = start;
  for (let left = steps[0].neurons; left > 0; left--) {
    const scores = method === 'gradient' ? fit.gradients(sizes) : method === 'norm' ? sizes : rankOf(order ?? []);
    const gone = smallest(scores, sizes);
    const next = sizes.slice();
    next[gone] = 0;
    fit.remove(gone, sizes[gone]);
    steps.push(stepOf(sizes, next, bias, false));
    sizes = next;
  }
  return steps;
}

const rankOf = (order: ArrayLike<number>): Float64Array => {
  const ranks = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) ranks[order[k]] = k;
  return ranks;
};

function smallest(scores: Float64Array, sizes: Float64Array): number {
  let best = -1;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] !== 0 && (best < 0 || scores[i] < scores[best])) best = i;
  }
  return best;
}

/** The outputs of what is left of the network. */
class Fit {
  readonly #f: Float64Array;
  readonly #residual: Float64Array;

  constructor(readonly set: OptimalSet) {
    const { activations } = set.set;
    const f = combination(activations, set.polytope.start);
    this.#f = f.map((value, k) => value + set.outputBias[k % set.problem.outputs]);
    this.#residual = new Float64Array(f.length);
  }

  remove(i: number, size: number): void {
    const { cols, data } = this.set.set.activations;
    for (let k = 0; k < cols; k++) this.#f[k] -= size * data[i * cols + k];
  }

  /** |∂L/∂α · α| of each neuron, times n. */
  gradients(sizes: Float64Array): Float64Array {
    const { loss, y, outputs } = this.set.problem;
    const { cols, data } = this.set.set.activations;
    loss.residual(this.#f, y, outputs, this.#residual);
    return sizes.map((a, i) => (a === 0 ? 0 : Math.abs(a * dot(data, i * cols, this.#residual, 0, cols))));
  }
}

/** The network of a step. */
export const prunedNetwork = (set: OptimalSet, step: PruningStep): NetworkWeights =>
  set.network(step.sizes, step.outputBias);

/** What a pruned network should be: as small as exact steps make it, of a width, or as small as the training loss allows. */
export type PruningGoal = { readonly minimal: true } | { readonly to: number } | { readonly maxLossIncrease: number };

/**
 * The step of `pruningSteps` (method `optimal`) that meets the goal with the fewest neurons: `minimal` the last exact one, `to` the
 * widest of at most that many neurons, `maxLossIncrease` the last whose training loss is at most (1 + share) times the first's.
 */
export function stepFor(set: OptimalSet, steps: readonly PruningStep[], goal: PruningGoal): PruningStep {
  if ('minimal' in goal) return steps.findLast((step) => step.exact) ?? steps[0];
  if ('to' in goal) {
    requireThat(Number.isInteger(goal.to) && goal.to >= 0, `stepFor: to must be a whole number ≥ 0, got ${goal.to}.`);
    return steps.find((step) => step.neurons <= goal.to) ?? steps[steps.length - 1];
  }
  const { maxLossIncrease } = goal;
  requireThat(maxLossIncrease >= 0, `stepFor: maxLossIncrease must be a number ≥ 0, got ${maxLossIncrease}.`);
  const { loss, y, outputs } = set.problem;
  const value = ({ sizes, outputBias }: PruningStep): number =>
    loss.value(
      combination(set.set.activations, sizes).map((v, k) => v + outputBias[k % outputs]),
      y,
      outputs,
    );
  const most = value(steps[0]) * (1 + maxLossIncrease);
  return steps.findLast((step) => step.exact || value(step) <= most) ?? steps[0];
}

/** A network without its zero neurons and the inputs that none reads; `inputs` are the columns of X that are left (ascending). */
export function compactNetwork(weights: NetworkWeights): { weights: NetworkWeights; inputs: number[] } {
  const kept = dropZero(weights);
  const inputs = activeFeatures(kept);
  return { weights: withoutUnusedInputs(kept, inputs), inputs };
}
