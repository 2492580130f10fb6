import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import { sizeOf } from '../ir/shape.js';
import type { Group } from './groups.js';

/** Guards divisions by a norm. */
export const EPSILON = 1e-6;

export type Nodes = Readonly<Record<string, Node>>;

const squares = (graph: Graph, a: Node): Node => graph.multiply(a, a);

/** Columns of V as [outputs, units, entries per output]: one for linear layers, s² for kernels, h·w after flattening. */
function slabs(graph: Graph, V: Node, units: number): Node {
  const outputs = V.shape[0];
  const depth = sizeOf(V.shape) / (outputs * units);
  return graph.reshape(V, depth === 1 ? [outputs, units] : [outputs, units, depth]);
}

/** ‖w_k‖² as [units, 1], with the bias of the unit if `bias` is given. */
export function inputSquares(graph: Graph, W: Node, bias?: Node): Node {
  const units = W.shape[0];
  const rows = graph.reshape(W, [units, sizeOf(W.shape) / units]);
  const sums = graph.sum(squares(graph, rows), [1]);
  return bias ? graph.add(sums, graph.reshape(squares(graph, bias), [units, 1])) : sums;
}

/** ‖v_k‖² as [units]. */
export function outputSquares(graph: Graph, V: Node, units: number): Node {
  const slab = slabs(graph, V, units);
  const axes = slab.shape.length === 2 ? [0] : [0, 2];
  return graph.reshape(graph.sum(squares(graph, slab), axes), [units]);
}

/** diag(factors) · W for factors [units]. */
export function scaleRows(graph: Graph, W: Node, factors: Node): Node {
  const units = W.shape[0];
  const rest = W.shape.slice(1).map(() => 1);
  return graph.multiply(W, graph.reshape(factors, [units, ...rest]));
}

/** V · diag(factors) for factors [units], on all entries of a unit's slab. */
export function scaleColumns(graph: Graph, V: Node, factors: Node): Node {
  const units = factors.shape[0];
  const slab = slabs(graph, V, units);
  const shape = slab.shape.length === 2 ? [1, units] : [1, units, 1];
  return graph.reshape(graph.multiply(slab, graph.reshape(factors, shape)), V.shape);
}

/** ‖w_k‖ and ‖v_k‖, each [units]. */
export function unitNorms(graph: Graph, { into, outOf, units }: Group, weights: Nodes, withBias = false) {
  const bias = withBias ? weights[`${into}.bias`] : undefined;
  const input = graph.sqrt(graph.reshape(inputSquares(graph, weights[`${into}.weight`], bias), [units]));
  return { input, output: graph.sqrt(outputSquares(graph, weights[`${outOf}.weight`], units)) };
}

/** 1 / max(norm, ε). */
export const safeInverse = (graph: Graph, norms: Node): Node =>
  graph.divide(graph.constant(1), graph.maximum(norms, graph.constant(EPSILON)));

/** Σ_k ‖w_k‖‖v_k‖, a scalar. */
export const pathNorm = (graph: Graph, norms: { input: Node; output: Node }): Node =>
  graph.reshape(graph.sum(graph.multiply(norms.input, norms.output)), []);
