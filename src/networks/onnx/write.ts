import type { Preprocessing } from '../../data/index.js';
import { checkExport, decisionOf, featureSources, inputColumns } from '../inputs.js';
import type { NetworkWeights } from '../network.js';
import { GraphBuilder, type ModelTexts, type Output, type Precision } from './builder.js';

export interface OnnxWriteOptions {
  /** Put in front of the network, so that the file takes raw columns. Default: the input is the encoded features. */
  readonly preprocessing?: Preprocessing;
  /** Number type of input, weights and outputs. Default `float32`, which every runtime has. */
  readonly precision?: Precision;
  /**
   * Whether a classifier also gives probabilities (sigmoid or softmax of the scores): right for a network trained with
   * the logistic or softmax loss. Default true.
   */
  readonly probability?: boolean;
}

/**
 * The network as an ONNX file (opset 15).
 *
 * Input `input` [N, k]. Without preprocessing: the d encoded features. With it: the columns of the table in table order,
 * dropped ones left out: numbers as they are, NaN for a missing cell; categories as the index of their level from 0, −1 for
 * an unseen level, NaN for a missing cell. The file says so itself: doc_string, and metadata `relucent.columns`.
 *
 * Outputs: `score` [N, c]; with preprocessing also `prediction` [N, 1] in units of the target, or `label` [N] (int64, index of
 * the class) and `probability` [N, classes].
 *
 * Agrees with `predictScores` to rounding. A gate within rounding of 0 may fall on the other side.
 *
 * Throws `usage` for weights that do not fit the preprocessing or float32, and for a network without inputs.
 */
export function toOnnx(weights: NetworkWeights, options: OnnxWriteOptions = {}): Uint8Array {
  const { preprocessing, precision = 'float32', probability = true } = options;
  const network = checkExport(weights, preprocessing, 'toOnnx');
  const graph = new GraphBuilder(precision);
  const features = preprocessing ? addPreprocessing(graph, preprocessing) : 'input';
  const outputs = [addNetwork(graph, network, features)];
  if (preprocessing) outputs.push(...addTarget(graph, weights, preprocessing, probability));
  const inputs = preprocessing ? inputColumns(preprocessing).length : weights.hidden.cols;
  const words = `A two-layer ${weights.activation} network of ${weights.hidden.rows} neurons, written by relucent.`;
  return graph.finish(inputs, outputs, textsOf(words, preprocessing));
}

/** Raw columns (`input`) → `features`; only operators that ONNX Runtime has in float64 as well. */
export function addPreprocessing(graph: GraphBuilder, preprocessing: Preprocessing): string {
  const sources = featureSources(preprocessing).map((source, feature) => ({ ...source, feature }));
  const ofKind = <K extends string>(kind: K) =>
    sources.filter((source): source is Extract<(typeof sources)[number], { kind: K }> => source.kind === kind);
  const pick = (name: string, from: readonly { input: number }[]): string =>
    graph.node(
      'Gather',
      [
        'input',
        graph.indices(
          `${name}_columns`,
          from.map(({ input }) => input),
        ),
      ],
      name,
      { axis: 1 },
    );
  const toNumber = (name: string, from: string): string => graph.node('Cast', [from], name, { to: graph.floatType });

  const numbers = ofKind('number');
  const missing = ofKind('missing');
  const levels = ofKind('level');
  const parts: string[] = [];
  if (numbers.length > 0) {
    const row = (name: string, value: (column: (typeof numbers)[number]['column']) => number): string =>
      graph.numbers(
        name,
        [1, numbers.length],
        numbers.map(({ column }) => value(column)),
      );
    const raw = pick('numbers', numbers);
    const isMissing = graph.node('IsNaN', [raw], 'numbers_missing');
    const filled = graph.node('Where', [isMissing, row('impute', (column) => column.impute), raw], 'filled');
    const centred = graph.node('Sub', [filled, row('shift', (column) => column.shift)], 'centred');
    parts.push(graph.node('Div', [centred, row('scale', (column) => column.scale)], 'standardised'));
  }
  if (missing.length > 0)
    parts.push(toNumber('missing', graph.node('IsNaN', [pick('checked', missing)], 'is_missing')));
  if (levels.length > 0) {
    const indices = graph.numbers(
      'level_indices',
      [1, levels.length],
      levels.map(({ level }) => level),
    );
    parts.push(toNumber('levels', graph.node('Equal', [pick('categories', levels), indices], 'is_level')));
  }
  const joined = graph.node('Concat', parts, 'joined', { axis: 1 });
  const order = new Array<number>(sources.length);
  [...numbers, ...missing, ...levels].forEach(({ feature }, position) => {
    order[feature] = position;
  });
  return graph.node('Gather', [joined, graph.indices('feature_order', order)], 'features', { axis: 1 });
}

function addNetwork(graph: GraphBuilder, weights: NetworkWeights, features: string): Output {
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  const [m, d, c] = [hidden.rows, hidden.cols, output.cols];
  const layer = (name: string, W: NetworkWeights['hidden'], bias: Float64Array): string => {
    const constants = [graph.numbers(`${name}.weight`, [m, d], W.data), graph.numbers(`${name}.bias`, [m], bias)];
    return graph.node('Gemm', [features, ...constants], name, { transB: 1 });
  };
  const linear = layer('hidden', hidden, hiddenBias);
  let neurons: string;
  if (gates && gateBias) {
    const zero = graph.numbers('zero', [], [0]);
    const open = graph.node('GreaterOrEqual', [layer('gate', gates, gateBias), zero], 'gate_open');
    neurons = graph.node('Where', [open, linear, zero], 'neurons');
  } else neurons = graph.node('Relu', [linear], 'neurons');
  const constants = [
    graph.numbers('output.weight', [m, c], output.data),
    graph.numbers('output.bias', [c], outputBias),
  ];
  return { name: graph.node('Gemm', [neurons, ...constants], 'score'), type: 'number', width: c };
}

/** What the target makes of `score`. */
export function addTarget(
  graph: GraphBuilder,
  weights: Pick<NetworkWeights, 'outputBias'>,
  preprocessing: Preprocessing,
  probability: boolean,
): Output[] {
  const { target } = preprocessing;
  if (target.kind === 'number') {
    const scaled = graph.node('Mul', ['score', graph.numbers('target_scale', [], [target.scale])], 'scaled_score');
    graph.node('Add', [scaled, graph.numbers('target_shift', [], [target.shift])], 'prediction');
    return [{ name: 'prediction', type: 'number', width: 1 }];
  }
  if (decisionOf(weights, preprocessing) === 'sign') addSign(graph, probability);
  else {
    graph.node('ArgMax', ['score'], 'label', { axis: 1, keepdims: 0 });
    if (probability) graph.node('Softmax', ['score'], 'probability', { axis: 1 });
  }
  const label: Output = { name: 'label', type: 'index' };
  return probability ? [label, { name: 'probability', type: 'number', width: target.classes.length }] : [label];
}

function addSign(graph: GraphBuilder, probability: boolean): void {
  const INT64 = 7;
  const positive = graph.node('Greater', ['score', graph.numbers('threshold', [], [0])], 'positive');
  const column = graph.node('Cast', [positive], 'label_column', { to: INT64 });
  graph.node('Squeeze', [column, graph.indices('label_axis', [1])], 'label');
  if (!probability) return;
  // 1 − sigmoid(s) loses digits for large s; sigmoid(−s) does not.
  const first = graph.node('Sigmoid', [graph.node('Neg', ['score'], 'negated')], 'probability_0');
  const second = graph.node('Sigmoid', ['score'], 'probability_1');
  graph.node('Concat', [first, second], 'probability', { axis: 1 });
}

/** Description and metadata of a file. @param network what it is, in a sentence */
export function textsOf(network: string, preprocessing: Preprocessing | undefined): ModelTexts {
  if (!preprocessing) return { description: `${network} The input is the encoded features.`, metadata: {} };
  const { target } = preprocessing;
  const columns = inputColumns(preprocessing).map((column) =>
    column.kind === 'number'
      ? { name: column.name, kind: 'number' }
      : { name: column.name, kind: 'category', levels: column.levels },
  );
  const coding =
    'Input: one column per entry of the metadata relucent.columns, in that order; numbers as they are, NaN for missing; ' +
    'categories as the index of their level from 0, -1 for an unseen level, NaN for missing.';
  const metadata = {
    'relucent.columns': JSON.stringify(columns),
    'relucent.features': JSON.stringify(preprocessing.features),
    'relucent.target': target.name,
    ...(target.kind !== 'number' && { 'relucent.classes': JSON.stringify(target.classes) }),
  };
  return { description: `${network} ${coding}`, metadata };
}
