import { checkExamples, type Examples } from '../data/examples.js';
import { Graph } from '../ir/graph.js';
import { sizeOf } from '../ir/shape.js';
import { type Architecture, applyLayers, type Layer, parametersOf } from '../network/layers.js';
import type { Tensors } from '../network/parameters.js';
import { GraphSession, type Numbers, newNumbers, type Precision, type SessionOptions } from '../onnx/index.js';
import { type DeepLoss, weightName } from '../step/step-graph.js';

export interface Scores {
  /** Mean over the examples. */
  readonly loss: number;
  /** Share of examples whose largest output is that of the target; with one output: the right side of ½. */
  readonly accuracy: number;
}

const BATCH = 500;

/** Images of hidden layers take much more room than their inputs. */
const CONVOLUTION_BATCH = 100;

/** Examples at a time, no more than there are: the last batch is filled up. */
function batchFor({ layers }: Architecture, most: number): number {
  const convolves = (list: readonly Layer[]): boolean =>
    list.some((layer) => layer.kind === 'conv2d' || (layer.kind === 'residual' && convolves(layer.layers)));
  return Math.max(1, Math.min(most, convolves(layers) ? CONVOLUTION_BATCH : BATCH));
}

function evaluationGraph(architecture: Architecture, loss: DeepLoss, batch: number) {
  const graph = new Graph();
  const parameters = parametersOf(architecture.layers);
  const weights = Object.fromEntries(parameters.map(({ name, shape }) => [name, graph.input(weightName(name), shape)]));
  const predictions = applyLayers(
    graph,
    architecture.layers,
    graph.input('x', [batch, ...architecture.input]),
    weights,
  );
  const target = graph.input('target', predictions.shape);
  const residual = graph.subtract(predictions, target);
  const losses =
    loss === 'cross-entropy'
      ? graph.crossEntropy(predictions, target)
      : graph.sum(graph.scale(graph.multiply(residual, residual), 0.5), [1]);
  return { predictions, losses };
}

function isRight(predicted: Numbers, target: Numbers, row: number, outputs: number): boolean {
  if (outputs === 1) return predicted[row] >= 0.5 === target[row] >= 0.5;
  const top = (values: Numbers): number => {
    let best = row * outputs;
    for (let k = best + 1; k < (row + 1) * outputs; k++) if (values[k] > values[best]) best = k;
    return best;
  };
  return top(predicted) === top(target);
}

/** Scores a network on whole sets of examples; compiled once, weights are given with each call. */
export class Evaluator {
  private constructor(
    readonly architecture: Architecture,
    readonly precision: Precision,
    private readonly session: GraphSession,
    private readonly batch: number,
  ) {}

  /** `most`: the most examples that will be scored at once, where that is known; smaller batches take less time then. */
  static async create(
    architecture: Architecture,
    loss: DeepLoss,
    precision: Precision = 'float32',
    run: SessionOptions = {},
    most = Number.POSITIVE_INFINITY,
  ): Promise<Evaluator> {
    const batch = batchFor(architecture, most);
    const session = await GraphSession.create(evaluationGraph(architecture, loss, batch), precision, run);
    return new Evaluator(architecture, precision, session, batch);
  }

  /** Throws `data` where sizes do not fit. */
  async scores(weights: Tensors, examples: Examples): Promise<Scores> {
    checkExamples(examples, 'scores');
    let [loss, right] = [0, 0];
    for await (const { predictions, losses, target, rows } of this.#batches(weights, examples)) {
      for (let i = 0; i < rows; i++) {
        loss += losses[i];
        if (isRight(predictions, target, i, examples.outputs)) right++;
      }
    }
    return { loss: loss / examples.count, accuracy: right / examples.count };
  }

  /** The network's outputs [count, outputs]. */
  async predict(weights: Tensors, examples: Examples): Promise<Numbers> {
    checkExamples(examples, 'predict');
    const all = newNumbers(this.precision, examples.count * examples.outputs);
    let at = 0;
    for await (const { predictions, rows } of this.#batches(weights, examples)) {
      all.set(predictions.subarray(0, rows * examples.outputs), at);
      at += rows * examples.outputs;
    }
    return all;
  }

  /** The last batch is filled up with zeros, which count for nothing. */
  async *#batches(weights: Tensors, { count, input, outputs, x, target }: Examples) {
    const width = sizeOf(input);
    const named = Object.fromEntries(Object.entries(weights).map(([name, values]) => [weightName(name), values]));
    const fill = (into: Numbers, source: ArrayLike<number>, from: number, to: number): void => {
      into.fill(0);
      for (let i = from; i < to; i++) into[i - from] = source[i];
    };
    const [xs, targets] = [width, outputs].map((size) => newNumbers(this.precision, this.batch * size));
    for (let first = 0; first < count; first += this.batch) {
      const rows = Math.min(this.batch, count - first);
      fill(xs, x, first * width, (first + rows) * width);
      fill(targets, target, first * outputs, (first + rows) * outputs);
      const { predictions, losses } = await this.session.run({ ...named, x: xs, target: targets });
      yield { predictions, losses, target: targets, rows };
    }
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
