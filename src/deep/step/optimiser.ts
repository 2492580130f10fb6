import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { PenaltyGradient } from '../methods/method.js';

/** How gradients become steps. */
export type Optimiser =
  | { readonly kind: 'sgd' }
  /** v ← momentum · v + g; w ← w − rate · v. */
  | { readonly kind: 'momentum'; readonly momentum: number }
  /** Kingma and Ba, with bias correction; defaults 0.9, 0.999, 1e-8. */
  | { readonly kind: 'adam'; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number };

/** Scalars that a step reads. */
export interface StepScalars {
  readonly rate: Node;
  readonly lambda: Node;
  /** 1 / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ) of Adam. */
  readonly correction1: Node;
  readonly correction2: Node;
}

/** One parameter's update: new weights, and new state by slot. */
export interface Update {
  readonly weight: Node;
  readonly state: Readonly<Record<string, Node>>;
}

/** What is known of one parameter: its weights, its gradient (see `seedOf`), λ-free penalty gradient, state by slot. */
export interface Ingredients {
  readonly weight: Node;
  readonly gradient: Node;
  readonly penalty: PenaltyGradient | undefined;
  readonly state: Readonly<Record<string, Node>>;
}

/** Tensors that the optimiser keeps for each parameter. */
export const slotsOf = ({ kind }: Optimiser): readonly string[] =>
  kind === 'sgd' ? [] : kind === 'momentum' ? ['velocity'] : ['first', 'second'];

export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * What the loss is seeded with. Plain SGD takes the learning rate: gradients are then the step itself, and the weights'
 * update is part of the product that makes the gradient.
 */
export const seedOf = (graph: Graph, { kind }: Optimiser, rate: Node): Node =>
  kind === 'sgd' ? rate : graph.constant(1);

/** gradient + λ · penalty gradient. */
function total(graph: Graph, { weight, gradient, penalty }: Ingredients, lambda: Node): Node {
  if (!penalty) return gradient;
  return graph.add(graph.multiply('decay' in penalty ? weight : penalty.value, lambda), gradient);
}

function sgd(graph: Graph, { weight, gradient, penalty }: Ingredients, { rate, lambda }: StepScalars): Update {
  const threshold = graph.multiply(rate, lambda);
  const shrunk = !penalty
    ? weight
    : 'decay' in penalty
      ? graph.multiply(weight, graph.subtract(graph.constant(1), threshold))
      : graph.subtract(weight, graph.multiply(penalty.value, threshold));
  return { weight: graph.subtract(shrunk, gradient), state: {} };
}

function momentum(graph: Graph, parts: Ingredients, { rate, lambda }: StepScalars, factor: number): Update {
  const velocity = graph.add(graph.scale(parts.state.velocity, factor), total(graph, parts, lambda));
  return { weight: graph.subtract(parts.weight, graph.multiply(velocity, rate)), state: { velocity } };
}

function adam(graph: Graph, parts: Ingredients, scalars: StepScalars, options: Optimiser & { kind: 'adam' }): Update {
  const { beta1, beta2, epsilon } = { ...adamDefaults, ...options };
  const gradient = total(graph, parts, scalars.lambda);
  const mix = (old: Node, fresh: Node, beta: number): Node =>
    graph.add(graph.scale(old, beta), graph.scale(fresh, 1 - beta));
  const first = mix(parts.state.first, gradient, beta1);
  const second = mix(parts.state.second, graph.multiply(gradient, gradient), beta2);
  const scale = graph.add(graph.sqrt(graph.multiply(second, scalars.correction2)), graph.constant(epsilon));
  const step = graph.divide(graph.multiply(first, graph.multiply(scalars.rate, scalars.correction1)), scale);
  return { weight: graph.subtract(parts.weight, step), state: { first, second } };
}

export function update(graph: Graph, optimiser: Optimiser, parts: Ingredients, scalars: StepScalars): Update {
  if (optimiser.kind === 'sgd') return sgd(graph, parts, scalars);
  if (optimiser.kind === 'momentum') return momentum(graph, parts, scalars, optimiser.momentum);
  return adam(graph, parts, scalars, optimiser);
}
