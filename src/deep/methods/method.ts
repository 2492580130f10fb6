import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { Grouping } from './groups.js';
import { type Nodes, safeInverse, scaleColumns, scaleRows, unitNorms } from './norms.js';
import { normaliseInput, proximalStep } from './pathprox.js';

/**
 * How grouped weights are regularised; all other weight layers get weight decay (λ/2)‖W‖².
 *
 * - `pathprox`: layer balance, then prox of λ Σ‖w_k‖‖v_k‖; `pathprox-unbalanced` leaves the balance out.
 * - `weight-decay`: (λ/2) Σ (‖w_k‖² + ‖v_k‖²) by its gradient.
 * - `path-norm`: λ Σ ‖w_k‖‖v_k‖ by its gradient.
 * - `lasso`: λ Σ |entry| by a subgradient (0 at 0).
 * - `group-lasso`: λ Σ (‖w_k‖ + ‖v_k‖) by a subgradient (0 at 0).
 * - `weight-normalization`: weight decay, and w_k is put back on the sphere after every step.
 * - `none`: no regularisation at all, of other layers neither.
 */
export const METHODS = [
  'pathprox',
  'pathprox-unbalanced',
  'weight-decay',
  'path-norm',
  'lasso',
  'group-lasso',
  'weight-normalization',
  'none',
] as const;

export type Method = (typeof METHODS)[number];

/** Gradient of the regulariser per weight, divided by λ: `factor` · weight, or a tensor of its own. */
export type PenaltyGradient = { readonly decay: true } | { readonly value: Node };

/** What a method adds to a gradient step. */
export interface MethodRule {
  /** Gradients / λ by parameter name; parameters without one are not regularised by gradient. */
  penaltyGradients(graph: Graph, grouping: Grouping, weights: Nodes): Readonly<Record<string, PenaltyGradient>>;
  /** After the step; `threshold` is λ · learning rate, `prune` see `ProxOptions` (proximal methods alone). */
  finish(graph: Graph, grouping: Grouping, weights: Nodes, threshold: Node, prune?: Node): Nodes;
}

type Gradients = Record<string, PenaltyGradient>;

const groupsOf = (grouping: Grouping) => grouping.chains.flatMap(({ groups }) => groups);

function decayOthers({ others }: Grouping): Gradients {
  return Object.fromEntries(others.map((path) => [`${path}.weight`, { decay: true }]));
}

function decayAll(_: Graph, grouping: Grouping): Gradients {
  const gradients = decayOthers(grouping);
  for (const { into, outOf } of groupsOf(grouping))
    for (const path of [into, outOf]) gradients[`${path}.weight`] = { decay: true };
  return gradients;
}

function pathNormGradients(graph: Graph, grouping: Grouping, weights: Nodes): Gradients {
  const gradients = decayOthers(grouping);
  for (const group of groupsOf(grouping)) {
    const { input, output } = unitNorms(graph, group, weights);
    const [W, V] = [`${group.into}.weight`, `${group.outOf}.weight`];
    const [rows, columns] = [
      graph.multiply(output, safeInverse(graph, input)),
      graph.multiply(input, safeInverse(graph, output)),
    ];
    gradients[W] = { value: scaleRows(graph, weights[W], rows) };
    gradients[V] = { value: scaleColumns(graph, weights[V], columns) };
  }
  return gradients;
}

function lassoGradients(graph: Graph, grouping: Grouping, weights: Nodes): Gradients {
  const gradients = decayOthers(grouping);
  for (const { into, outOf } of groupsOf(grouping)) {
    for (const name of [`${into}.weight`, `${outOf}.weight`]) {
      const weight = weights[name];
      const sign = graph.subtract(graph.positive(weight), graph.positive(graph.negate(weight)));
      gradients[name] = { value: sign };
    }
  }
  return gradients;
}

function groupLassoGradients(graph: Graph, grouping: Grouping, weights: Nodes): Gradients {
  const gradients = decayOthers(grouping);
  for (const group of groupsOf(grouping)) {
    const { input, output } = unitNorms(graph, group, weights);
    const [W, V] = [`${group.into}.weight`, `${group.outOf}.weight`];
    gradients[W] = { value: scaleRows(graph, weights[W], safeInverse(graph, input)) };
    gradients[V] = { value: scaleColumns(graph, weights[V], safeInverse(graph, output)) };
  }
  return gradients;
}

const keep: MethodRule['finish'] = (_, __, weights) => weights;

const onSphere: MethodRule['finish'] = (graph, grouping, before) => {
  const weights: Record<string, Node> = { ...before };
  for (const group of groupsOf(grouping)) {
    normaliseInput(graph, group, weights, unitNorms(graph, group, before).input);
  }
  return weights;
};

/** The rule of a method. `regularizeBias`: norms of w_k include the bias of the unit; there is no layer balance then. */
export function methodRule(method: Method, regularizeBias = false): MethodRule {
  const proximal = (balance: boolean): MethodRule => ({
    penaltyGradients: (_, grouping) => decayOthers(grouping),
    finish: (graph, grouping, weights, threshold, prune) =>
      proximalStep(graph, grouping, weights, threshold, {
        ...{ balance: balance && !regularizeBias, regularizeBias, prune },
      }),
  });
  const rules: { readonly [K in Method]: () => MethodRule } = {
    pathprox: () => proximal(true),
    'pathprox-unbalanced': () => proximal(false),
    'weight-decay': () => ({ penaltyGradients: decayAll, finish: keep }),
    'path-norm': () => ({ penaltyGradients: pathNormGradients, finish: keep }),
    lasso: () => ({ penaltyGradients: lassoGradients, finish: keep }),
    'group-lasso': () => ({ penaltyGradients: groupLassoGradients, finish: keep }),
    'weight-normalization': () => ({ penaltyGradients: decayAll, finish: onSphere }),
    none: () => ({ penaltyGradients: () => ({}), finish: keep }),
  };
  return rules[method]();
}
