import type { Matrix } from '../linalg/index.js';
import { GraphBuilder, type Precision } from '../networks/index.js';
import { checkNetwork, type ParallelNetwork, type ParallelSubnetwork } from './network.js';

/**
 * The network as an ONNX file (opset 15): input `input` [N, inputs] of encoded features, output `score` [N, outputs]. The first layers of all
 * sub-networks are one product, the layers above block-diagonal ones.
 */
export function parallelToOnnx(network: ParallelNetwork, precision: Precision = 'float32'): Uint8Array {
  checkNetwork(network, 'parallelToOnnx');
  const { subnetworks, inputs, outputs, outputBias, skip, layers } = network;
  const graph = new GraphBuilder(precision);
  const bias = graph.numbers('output.bias', [outputs], outputBias);
  let score = bias;
  if (subnetworks.length > 0) {
    let below = 'input';
    for (let l = 0; l < layers - 1; l++) {
      const { rows, cols, data } = stacked(subnetworks, l);
      const weight = graph.numbers(`layer${l + 1}.weight`, [cols, rows], data);
      const product = graph.node('MatMul', [below, weight], `layer${l + 1}`);
      const shift = Float64Array.from(subnetworks.flatMap((s) => [...s.bias]));
      const sum =
        l === 0 ? graph.node('Add', [product, graph.numbers('layer1.bias', [rows], shift)], 'layer1_biased') : product;
      below = graph.node('Relu', [sum], `units${l + 1}`);
    }
    const last = new Float64Array(subnetworks.length * outputs);
    subnetworks.forEach(({ output, alpha }, k) => {
      last[k * outputs + output] = alpha;
    });
    const product = graph.node(
      'MatMul',
      [below, graph.numbers('output.weight', [subnetworks.length, outputs], last)],
      'parallel',
    );
    score = graph.node('Add', [product, bias], skip ? 'with_bias' : 'score');
  }
  if (skip || subnetworks.length === 0) {
    const linear = new Float64Array(inputs * outputs);
    if (skip)
      for (let k = 0; k < outputs; k++)
        for (let j = 0; j < inputs; j++) linear[j * outputs + k] = skip.data[k * inputs + j];
    const branch = graph.node('MatMul', ['input', graph.numbers('skip.weight', [inputs, outputs], linear)], 'skip');
    graph.node('Add', [branch, score], 'score');
  }
  const description = `A parallel ReLU network of ${layers} layers and ${subnetworks.length} sub-networks, written by relucent. The input is the encoded features.`;
  return graph.finish(inputs, [{ name: 'score', type: 'number', width: outputs }], { description, metadata: {} });
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

/** The network as one ES module without dependencies: `predict(row)` of encoded features gives the scores, the bits of `parallelScores`. */
export function parallelToJavaScript(network: ParallelNetwork): string {
  checkNetwork(network, 'parallelToJavaScript');
  const { subnetworks, inputs, outputBias, skip, layers } = network;
  const rowsOf = ({ rows, cols, data }: Matrix): number[][] =>
    Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
  const lines = subnetworks.map(({ output, alpha, bias, weights }) =>
    JSON.stringify({ output, alpha, bias: Array.from(bias), weights: weights.map(rowsOf) }),
  );
  return `// A parallel ReLU network of ${layers} layers and ${subnetworks.length} sub-networks, written by relucent.
const subnetworks = [
${lines.map((line) => `  ${line},`).join('\n')}
];
const outputBias = ${JSON.stringify(Array.from(outputBias))};
const skip = ${JSON.stringify(skip && rowsOf(skip))};

function affine(row, x, start) {
  let sum = start;
  for (let k = 0; k < row.length; k++) sum += row[k] * x[k];
  return sum;
}

export function predict(x) {
  if (x.length !== ${inputs}) throw new TypeError(\`row: expected ${inputs} features, got \${x.length}\`);
  const scores = outputBias.slice();
  for (const { output, alpha, bias, weights } of subnetworks) {
    let below = x;
    weights.forEach((layer, l) => {
      below = layer.map((row, j) => Math.max(0, affine(row, below, l === 0 ? bias[j] : 0)));
    });
    scores[output] += alpha * below[0];
  }
  if (skip) skip.forEach((row, k) => {
    scores[k] += affine(row, x, 0);
  });
  return scores;
}
`;
}
