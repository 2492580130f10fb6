import { requireThat } from '../base/index.js';
import type { Preprocessing } from '../data/index.js';
import type { Matrix } from '../linalg/index.js';
import { GraphBuilder, inputColumns, type Precision } from '../networks/index.js';
import {
  addPreprocessing,
  addTarget,
  checkSizes,
  encoding,
  literal,
  outputLine,
  plainEncoding,
  prediction,
  textsOf,
} from '../networks/parts/index.js';
import { checkNetwork, type ParallelNetwork, type ParallelSubnetwork } from './network.js';

export interface ParallelExportOptions {
  /** Made part of the file, which then takes raw columns. Default: it takes the encoded features. */
  readonly preprocessing?: Preprocessing;
  /** Whether a classifier also gives probabilities: right for the logistic and the softmax loss. Default true. */
  readonly probability?: boolean;
}

export interface ParallelOnnxOptions extends ParallelExportOptions {
  /** Number type of input, weights and outputs. Default `float32`. */
  readonly precision?: Precision;
}

const wordsOf = ({ layers, subnetworks }: ParallelNetwork): string =>
  `A parallel ReLU network of ${layers} layers and ${subnetworks.length} sub-networks, written by relucent.`;

/** Throws `usage` for a network that does not fit itself or the preprocessing. */
function checkExport(network: ParallelNetwork, preprocessing: Preprocessing | undefined, where: string): void {
  checkNetwork(network, where);
  if (preprocessing) checkSizes(network, preprocessing, where);
  requireThat(network.inputs > 0, `${where}: expected a network with inputs, got one without.`);
}

/**
 * The network as an ONNX file (opset 15), inputs and outputs as in `toOnnx`: raw columns with preprocessing, else encoded features; `score` [N, outputs],
 * with preprocessing `prediction` or `label` and `probability` as well. The first layers of all sub-networks are one product, the layers above
 * block-diagonal ones. Agrees with `parallelScores` to rounding.
 */
export function parallelToOnnx(network: ParallelNetwork, options: ParallelOnnxOptions = {}): Uint8Array {
  const { preprocessing, precision = 'float32', probability = true } = options;
  checkExport(network, preprocessing, 'parallelToOnnx');
  const graph = new GraphBuilder(precision);
  const features = preprocessing ? addPreprocessing(graph, preprocessing) : 'input';
  addScore(graph, network, features);
  const score = { name: 'score', type: 'number', width: network.outputs } as const;
  const target = preprocessing ? addTarget(graph, network, preprocessing, probability) : [];
  const inputs = preprocessing ? inputColumns(preprocessing).length : network.inputs;
  return graph.finish(inputs, [score, ...target], textsOf(wordsOf(network), preprocessing));
}

/** `features` → `score`. */
function addScore(graph: GraphBuilder, network: ParallelNetwork, features: string): void {
  const { subnetworks, inputs, outputs, outputBias, skip } = network;
  const branch = skip !== null || subnetworks.length === 0;
  const bias = graph.numbers('output.bias', [outputs], outputBias);
  const sum =
    subnetworks.length === 0
      ? bias
      : graph.node('Add', [addSubnetworks(graph, network, features), bias], branch ? 'with_bias' : 'score');
  if (!branch) return;
  const linear = new Float64Array(inputs * outputs);
  if (skip)
    for (let k = 0; k < outputs; k++)
      for (let j = 0; j < inputs; j++) linear[j * outputs + k] = skip.data[k * inputs + j];
  const product = graph.node('MatMul', [features, graph.numbers('skip.weight', [inputs, outputs], linear)], 'skip');
  graph.node('Add', [product, sum], 'score');
}

/** The sum over the sub-networks, N×outputs. */
function addSubnetworks(graph: GraphBuilder, network: ParallelNetwork, features: string): string {
  const { subnetworks, outputs, layers } = network;
  let below = features;
  for (let l = 0; l < layers - 1; l++) {
    const { rows, cols, data } = stacked(subnetworks, l);
    const weight = graph.numbers(`layer${l + 1}.weight`, [cols, rows], data);
    let sum = graph.node('MatMul', [below, weight], `layer${l + 1}`);
    if (l === 0) {
      const shift = Float64Array.from(subnetworks.flatMap((s) => [...s.bias]));
      sum = graph.node('Add', [sum, graph.numbers('layer1.bias', [rows], shift)], 'layer1_biased');
    }
    below = graph.node('Relu', [sum], `units${l + 1}`);
  }
  const last = new Float64Array(subnetworks.length * outputs);
  subnetworks.forEach(({ output, alpha }, k) => {
    last[k * outputs + output] = alpha;
  });
  const weight = graph.numbers('output.weight', [subnetworks.length, outputs], last);
  return graph.node('MatMul', [below, weight], 'parallel');
}

/** Layer l of all sub-networks, transposed (below × units): side by side for the first, block-diagonal above. */
function stacked(subnetworks: readonly ParallelSubnetwork[], l: number): Matrix {
  const own = subnetworks.map(({ weights }) => weights[l]);
  const rows = own.reduce((sum, layer) => sum + layer.rows, 0);
  const cols = l === 0 ? own[0].cols : own.reduce((sum, layer) => sum + layer.cols, 0);
  const data = new Float64Array(rows * cols);
  let unit = 0;
  let from = 0;
  for (const layer of own) {
    for (let j = 0; j < layer.rows; j++)
      for (let k = 0; k < layer.cols; k++) data[(from + k) * rows + unit + j] = layer.data[j * layer.cols + k];
    unit += layer.rows;
    if (l > 0) from += layer.cols;
  }
  return { rows, cols, data };
}

/**
 * The network as one ES module without dependencies, with `predict(row)` and `scores(row)` as in `toJavaScript`: rows of raw cells with
 * preprocessing, else of encoded features. `scores` gives the bits of `parallelScores`.
 */
export function parallelToJavaScript(network: ParallelNetwork, options: ParallelExportOptions = {}): string {
  const { preprocessing, probability = true } = options;
  checkExport(network, preprocessing, 'parallelToJavaScript');
  const parts = [
    `// ${wordsOf(network)}\n// ${outputLine(preprocessing)}`,
    weightsCode(network),
    preprocessing ? encoding(preprocessing) : plainEncoding(network.inputs),
    scoresCode,
    prediction(network, preprocessing, probability),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Numbers as JSON that keeps the sign of −0. */
const rowCode = (values: ArrayLike<number>): string => `[${Array.from(values, literal).join(', ')}]`;

function weightsCode({ subnetworks, outputBias, skip }: ParallelNetwork): string {
  const grid = ({ rows, cols, data }: Matrix): string =>
    `[${Array.from({ length: rows }, (_, i) => rowCode(data.subarray(i * cols, (i + 1) * cols))).join(', ')}]`;
  const lines = subnetworks.map(
    ({ output, alpha, bias, weights }) =>
      `  { output: ${output}, alpha: ${literal(alpha)}, bias: ${rowCode(bias)}, weights: [${weights.map(grid).join(', ')}] },`,
  );
  return `const subnetworks = [
${lines.join('\n')}
];
const outputBias = ${rowCode(outputBias)};
const skip = ${skip ? grid(skip) : 'null'};`;
}

/** The loops of `parallelScores`, in the same order. */
const scoresCode = `function affine(row, x, start) {
  let sum = start;
  for (let k = 0; k < row.length; k++) sum += row[k] * x[k];
  return sum;
}

export function scores(row) {
  const x = encode(row);
  const sums = outputBias.slice();
  for (const { output, alpha, bias, weights } of subnetworks) {
    let below = x;
    weights.forEach((layer, l) => {
      below = layer.map((unit, j) => Math.max(0, affine(unit, below, l === 0 ? bias[j] : 0)));
    });
    sums[output] += alpha * below[0];
  }
  if (skip) skip.forEach((unit, k) => {
    sums[k] += affine(unit, x, 0);
  });
  return sums;
}`;
