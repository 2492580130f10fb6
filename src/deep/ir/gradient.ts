import { RelucentError } from '../../base/index.js';
import type { Graph } from './graph.js';
import { type Node, type OpKind, type OpOf, reachable } from './node.js';
import { type Shape, stretchedAxes } from './shape.js';

/** Gradients in the inputs of one node, given that in its result; null where none flows. */
type Rule<K extends OpKind> = (graph: Graph, node: Node, dy: Node, op: OpOf<K>) => readonly (Node | null)[];

/** Sums out what was stretched, so that the gradient has the shape of the input. */
function reduceTo(graph: Graph, dy: Node, shape: Shape): Node {
  return graph.reshape(graph.sum(dy, stretchedAxes(shape, dy.shape)), shape);
}

const matmulRule: Rule<'matmul'> = (graph, { inputs: [a, b] }, dy, { transA, transB }) => [
  transA ? graph.matmul(b, dy, transB, true) : graph.matmul(dy, b, false, !transB),
  transB ? graph.matmul(dy, a, true, transA) : graph.matmul(a, dy, !transA, false),
];

const convRule: Rule<'conv2d'> = (graph, { inputs: [image, kernel] }, dy, op) => [
  graph.conv2dImageGradient(dy, kernel, image.shape, op),
  graph.conv2dKernelGradient(image, dy, kernel.shape, op),
];

const divideRule: Rule<'divide'> = (graph, node, dy) => {
  const [a, b] = node.inputs;
  const share = graph.divide(dy, b);
  const inB = graph.negate(graph.multiply(share, node));
  return [reduceTo(graph, share, a.shape), reduceTo(graph, inB, b.shape)];
};

const maximumRule: Rule<'maximum'> = (graph, { inputs: [a, b] }, dy) => {
  const second = graph.positive(graph.subtract(b, a));
  const first = graph.subtract(graph.constant(1), second);
  return [reduceTo(graph, graph.multiply(dy, first), a.shape), reduceTo(graph, graph.multiply(dy, second), b.shape)];
};

const crossEntropyRule: Rule<'crossEntropy'> = (graph, { inputs: [logits, target] }, dy) => [
  graph.multiply(graph.crossEntropyGradient(logits, target), dy),
  null,
];

/** Operations without a rule appear only in what differentiation makes; second derivatives are not offered. */
const rules: { readonly [K in OpKind]?: Rule<K> } = {
  input: () => [],
  constant: () => [],
  add: (graph, { inputs: [a, b] }, dy) => [reduceTo(graph, dy, a.shape), reduceTo(graph, dy, b.shape)],
  subtract: (graph, { inputs: [a, b] }, dy) => [
    reduceTo(graph, dy, a.shape),
    reduceTo(graph, graph.negate(dy), b.shape),
  ],
  multiply: (graph, { inputs: [a, b] }, dy) => [
    reduceTo(graph, graph.multiply(dy, b), a.shape),
    reduceTo(graph, graph.multiply(dy, a), b.shape),
  ],
  divide: divideRule,
  maximum: maximumRule,
  negate: (graph, _, dy) => [graph.negate(dy)],
  exp: (graph, node, dy) => [graph.multiply(dy, node)],
  log: (graph, { inputs: [a] }, dy) => [graph.divide(dy, a)],
  sqrt: (graph, node, dy) => [graph.divide(dy, graph.scale(node, 2))],
  positive: () => [null],
  rectify: (graph, { inputs: [a] }, dy, { slope }) => [graph.rectifyGradient(a, dy, slope)],
  matmul: matmulRule,
  sum: (graph, { inputs: [a] }, dy) => [graph.broadcast(dy, a.shape)],
  broadcast: (graph, { inputs: [a] }, dy) => [reduceTo(graph, dy, a.shape)],
  reshape: (graph, { inputs: [a] }, dy) => [graph.reshape(dy, a.shape)],
  transpose: (graph, _, dy, { order }) => [
    graph.transpose(
      dy,
      order.map((_axis, i) => order.indexOf(i)),
    ),
  ],
  crossEntropy: crossEntropyRule,
  conv2d: convRule,
  maxPool: (graph, node, dy, { size, stride }) => [graph.maxPoolGradient(node.inputs[0], node, dy, size, stride)],
  averagePool: (graph, { inputs: [a] }, dy, { size, stride }) => [graph.averagePoolGradient(dy, a.shape, size, stride)],
};

function inputGradients(graph: Graph, node: Node, dy: Node): readonly (Node | null)[] {
  const rule = rules[node.op.kind] as Rule<OpKind> | undefined;
  if (!rule) throw new RelucentError('internal', `differentiate: no gradient of '${node.op.kind}'.`);
  return rule(graph, node, dy, node.op);
}

/** The nodes through which `output` depends on one of `wrt`. */
function dependents(output: Node, wrt: readonly Node[]): Node[] {
  const depends = new Set<Node>(wrt);
  const nodes = reachable([output]);
  for (const node of nodes) if (node.inputs.some((input) => depends.has(input))) depends.add(node);
  return nodes.filter((node) => depends.has(node));
}

/**
 * Reverse-mode differentiation: nodes for seed · ∂output/∂w, one for each of `wrt`, added to the same graph. A node that
 * the output does not depend on gets zeros.
 *
 * `seed` has the shape of the output. Gradients are linear in it: with the learning rate as seed they come out as the step
 * to take, and no pass over the weights is spent on scaling them. Default: ones.
 */
export function differentiate(graph: Graph, output: Node, wrt: readonly Node[], seed?: Node): Node[] {
  const gradients = new Map<Node, Node>([[output, seed ?? graph.broadcast(graph.constant(1), output.shape)]]);
  const relevant = dependents(output, wrt);
  const isRelevant = new Set(relevant);
  for (const node of relevant.reverse()) {
    const dy = gradients.get(node);
    if (!dy || wrt.includes(node)) continue;
    inputGradients(graph, node, dy).forEach((part, i) => {
      const input = node.inputs[i];
      if (!part || !isRelevant.has(input)) return;
      const before = gradients.get(input);
      gradients.set(input, before ? graph.add(before, part) : part);
    });
  }
  return wrt.map((node) => gradients.get(node) ?? graph.broadcast(graph.constant(0), node.shape));
}

/** For tests: the operations that can be differentiated. */
export const differentiable = Object.keys(rules) as OpKind[];
