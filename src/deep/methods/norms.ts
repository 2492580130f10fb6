import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import { sizeOf } from '../ir/shape.js';
import type { Group } from './groups.js';

/** Guards divisions by a norm. */
export const EPSILON = 1e-6;

export type Nodes = Readonly<Record<string, Node>>;

const squares = (graph: Graph, a: Node): Node => graph.multiply(a, a);

/** V as a matrix [outputs, units · depth]; depth is 1 for linear layers, s² for kernels, h·w after flattening. */
function wide(graph: Graph, V: Node): Node {
  return graph.reshape(V, [V.shape[0], sizeOf(V.shape) / V.shape[0]]);
}

/** ‖w_k‖² as [units, 1], with the bias of the unit if `bias` is given. */
export function inputSquares(graph: Graph, W: Node, bias?: Node): Node {
  const units = W.shape[0];
  const rows = graph.reshape(W, [units, sizeOf(W.shape) / units]);
  const sums = graph.sum(squares(graph, rows), [1]);
  return bias ? graph.add(sums, graph.reshape(squares(graph, bias), [units, 1])) : sums;
}

/** ‖v_k‖² as [units]: rows are summed first, so that the short sums over depth are few. */
export function outputSquares(graph: Graph, V: Node, units: number): Node {
  const columns = graph.sum(squares(graph, wide(graph, V)), [0]);
  const depth = columns.shape[1] / units;
  const sums = depth === 1 ? columns : graph.sum(graph.reshape(columns, [units, depth]), [1]);
  return graph.reshape(sums, [units]);
}

/** diag(factors) · W for factors [units]. */
export function scaleRows(graph: Graph, W: Node, factors: Node): Node {
  const units = W.shape[0];
  const rest = W.shape.slice(1).map(() => 1);
  return graph.multiply(W, graph.reshape(factors, [units, ...rest]));
}

/** V · diag(factors) for factors [units], on all entries of a unit's slab: factors are repeated, not V walked in steps. */
export function scaleColumns(graph: Graph, V: Node, factors: Node): Node {
  const units = factors.shape[0];
  const matrix = wide(graph, V);
  const repeated = graph.broadcast(graph.reshape(factors, [units, 1]), [units, matrix.shape[1] / units]);
  return graph.reshape(graph.multiply(matrix, graph.reshape(repeated, [1, matrix.shape[1]])), V.shape);
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
