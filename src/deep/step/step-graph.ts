import { differentiate } from '../ir/gradient.js';
import { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { Shape } from '../ir/shape.js';
import type { Grouping } from '../methods/groups.js';
import { type Method, methodRule } from '../methods/method.js';
import { type Architecture, applyLayers, type Parameter, parametersOf } from '../network/layers.js';
import { type Optimiser, type StepScalars, seedOf, slotsOf, update } from './optimiser.js';

/** Mean over the batch: cross entropy of softmax, or half the squared distance. Targets are [n, outputs]. */
export type DeepLoss = 'cross-entropy' | 'squared';

export interface StepOptions {
  readonly architecture: Architecture;
  readonly grouping: Grouping;
  readonly method: Method;
  readonly loss: DeepLoss;
  readonly optimiser: Optimiser;
  /** Examples per step. */
  readonly batch: number;
  readonly regularizeBias?: boolean;
  /** Whether steps can prune (`StepInput.prune`); proximal methods alone. */
  readonly prune?: boolean;
}

/** Names of tensors in a step: weights and state are read under these and written under the same with `next:`. */
export const weightName = (parameter: string): string => `weight:${parameter}`;
export const stateName = (parameter: string, slot: string): string => `${slot}:${parameter}`;
export const nextName = (name: string): string => `next:${name}`;

/** Mean loss of predictions [n, outputs], a scalar. */
export function lossNode(graph: Graph, loss: DeepLoss, predictions: Node, target: Node): Node {
  const batch = predictions.shape[0];
  const residual = (): Node => graph.subtract(predictions, target);
  const square = (a: Node): Node => graph.scale(graph.multiply(a, a), 0.5);
  const losses = loss === 'cross-entropy' ? graph.crossEntropy(predictions, target) : square(residual());
  return graph.reshape(graph.scale(graph.sum(losses), 1 / batch), []);
}

const inputs = (graph: Graph, parameters: readonly Parameter[], nameOf: (name: string) => string) =>
  Object.fromEntries(parameters.map(({ name, shape }) => [name, graph.input(nameOf(name), shape)]));

function scalarsOf(graph: Graph): StepScalars {
  const scalar = (name: string): Node => graph.input(name, []);
  return {
    rate: scalar('rate'),
    lambda: scalar('lambda'),
    correction1: scalar('correction1'),
    correction2: scalar('correction2'),
  };
}

/**
 * One training step as a graph: inputs `x`, `target`, `rate`, `lambda` (and Adam's `correction1`, `correction2`), weights and
 * optimiser state; outputs `loss` (mean data loss of the batch before the step) and all of them anew.
 */
export function stepGraph(options: StepOptions): Record<string, Node> {
  const { architecture, grouping, optimiser, batch } = options;
  const graph = new Graph();
  const parameters = parametersOf(architecture.layers);
  const weights = inputs(graph, parameters, weightName);
  const predictions = applyLayers(
    graph,
    architecture.layers,
    graph.input('x', [batch, ...architecture.input]),
    weights,
  );
  const loss = lossNode(graph, options.loss, predictions, graph.input('target', predictions.shape));
  const scalars = scalarsOf(graph);
  const tensors = parameters.map(({ name }) => weights[name]);
  const gradients = differentiate(graph, loss, tensors, seedOf(graph, optimiser, scalars.rate));
  const rule = methodRule(options.method, options.regularizeBias);
  const penalties = rule.penaltyGradients(graph, grouping, weights);
  const outputs: Record<string, Node> = { loss };
  const moved: Record<string, Node> = {};
  parameters.forEach(({ name, shape }, i) => {
    const state = stateInputs(graph, optimiser, name, shape);
    const parts = { weight: weights[name], gradient: gradients[i], penalty: penalties[name], state };
    const next = update(graph, optimiser, parts, scalars);
    moved[name] = next.weight;
    for (const [slot, node] of Object.entries(next.state)) outputs[nextName(stateName(name, slot))] = node;
  });
  const prune = options.prune ? graph.input('prune', []) : undefined;
  const finished = rule.finish(graph, grouping, moved, graph.multiply(scalars.lambda, scalars.rate), prune);
  for (const { name } of parameters) outputs[nextName(weightName(name))] = finished[name];
  return outputs;
}

const stateInputs = (graph: Graph, optimiser: Optimiser, name: string, shape: Shape): Record<string, Node> =>
  Object.fromEntries(slotsOf(optimiser).map((slot) => [slot, graph.input(stateName(name, slot), shape)]));
