import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { Chain, Group, Grouping } from './groups.js';
import { EPSILON, type Nodes, pathNorm, safeInverse, scaleColumns, scaleRows, unitNorms } from './norms.js';

type Norms = { readonly input: Node; readonly output: Node };

const product = (graph: Graph, a: Node | null, b: Node): Node => (a ? graph.multiply(a, b) : b);

/** exp of the mean of log max(path norm, ε): what every group's path norm becomes. */
function commonNorm(graph: Graph, norms: readonly Node[]): Node {
  const logs = norms.map((norm) => graph.log(graph.maximum(norm, graph.constant(EPSILON))));
  const total = logs.reduce((sum, log) => graph.add(sum, log));
  return graph.exp(graph.scale(total, 1 / norms.length));
}

/**
 * s_g for all groups but the last: what group g's output is multiplied by. Scale moves down the chain and the last group
 * gives back what it got, so the function stays as it is whatever the path norms are.
 */
function outputScales(graph: Graph, norms: readonly Node[]): Node[] {
  const common = commonNorm(graph, norms);
  const scales: Node[] = [];
  norms.slice(0, -1).forEach((norm, g) => {
    const current = g === 0 ? norm : graph.divide(norm, scales[g - 1]);
    scales.push(graph.divide(common, graph.maximum(current, graph.constant(EPSILON))));
  });
  return scales;
}

/** Multiplies biases by scalars in place of `weights`. */
function scaleBiases(graph: Graph, weights: Record<string, Node>, paths: readonly string[], scale: Node): void {
  for (const path of paths) {
    const name = `${path}.bias`;
    if (weights[name]) weights[name] = graph.multiply(weights[name], scale);
  }
}

/** Layer balance of one chain: biases are scaled in `weights`, the scales of the second layers are returned. */
function balanceChain(
  graph: Graph,
  { groups, between }: Chain,
  weights: Record<string, Node>,
  norms: readonly Norms[],
): (Node | null)[] {
  if (groups.length < 2) return groups.map(() => null);
  const scales = outputScales(
    graph,
    norms.map((norm) => pathNorm(graph, norm)),
  );
  scales.forEach((scale, g) => {
    scaleBiases(graph, weights, [groups[g].outOf, ...between[g]], scale);
  });
  return groups.map((_, g) => {
    const own = scales[g] ?? graph.constant(1);
    return g === 0 ? own : graph.divide(own, scales[g - 1]);
  });
}

/** max(0, ‖v‖ − t) / max(‖v‖, ε): the prox of t‖·‖ as a factor. */
export function shrinkage(graph: Graph, norms: Node, threshold: Node): Node {
  const left = graph.maximum(graph.subtract(norms, threshold), graph.constant(0));
  return graph.multiply(left, safeInverse(graph, norms));
}

/** w_k ← w_k / ‖w_k‖ and the bias of the unit likewise, both times `kept` (0 for units to be pruned). */
export function normaliseInput(
  graph: Graph,
  { into }: Group,
  weights: Record<string, Node>,
  norms: Node,
  kept: Node | null = null,
): void {
  const inverse = product(graph, kept, safeInverse(graph, norms));
  weights[`${into}.weight`] = scaleRows(graph, weights[`${into}.weight`], inverse);
  const bias = `${into}.bias`;
  if (weights[bias]) weights[bias] = graph.multiply(weights[bias], inverse);
}

export interface ProxOptions {
  readonly balance: boolean;
  readonly regularizeBias: boolean;
  /** A scalar, 1 or 0: whether units whose output weights are 0 lose their input weights, and so never come back. */
  readonly prune?: Node;
}

/** 1 for units that stay: all where `prune` is 0, else those that are not shrunk to nothing. */
function staying(graph: Graph, shrink: Node, prune: Node): Node {
  const dead = graph.subtract(graph.constant(1), graph.positive(shrink));
  return graph.subtract(graph.constant(1), graph.multiply(dead, prune));
}

/**
 * What follows the gradient step (MATH: layer balance, then prox): weights by name → weights by name.
 * `threshold` is λ times the current learning rate. Norms are taken once: the balance multiplies them by scalars.
 */
export function proximalStep(
  graph: Graph,
  grouping: Grouping,
  before: Nodes,
  threshold: Node,
  { balance, regularizeBias, prune }: ProxOptions,
): Nodes {
  const weights: Record<string, Node> = { ...before };
  for (const chain of grouping.chains) {
    const norms = chain.groups.map((group) => unitNorms(graph, group, before, regularizeBias));
    const scales = balance ? balanceChain(graph, chain, weights, norms) : chain.groups.map(() => null);
    chain.groups.forEach((group, g) => {
      const shrink = shrinkage(graph, product(graph, scales[g], norms[g].output), threshold);
      const name = `${group.outOf}.weight`;
      weights[name] = scaleColumns(graph, weights[name], product(graph, scales[g], shrink));
      normaliseInput(graph, group, weights, norms[g].input, prune ? staying(graph, shrink, prune) : null);
    });
  }
  return weights;
}

/** The layer balance alone. */
export function layerBalance(graph: Graph, grouping: Grouping, before: Nodes): Nodes {
  const weights: Record<string, Node> = { ...before };
  for (const chain of grouping.chains) {
    const norms = chain.groups.map((group) => unitNorms(graph, group, before));
    balanceChain(graph, chain, weights, norms).forEach((scale, g) => {
      const name = `${chain.groups[g].outOf}.weight`;
      if (scale) weights[name] = graph.multiply(weights[name], scale);
    });
  }
  return weights;
}
