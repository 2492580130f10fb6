import type { Preprocessing } from '../../data/index.js';
import { checkExport, decisionOf, type FeatureSource, featureSources, inputColumns } from '../inputs.js';
import type { NetworkWeights } from '../network.js';
import { commentText, floatLiteral, identifier, literalRows, literals } from './literals.js';
import { type CodeOptions, headline, inputLines, outputLine } from './options.js';

/**
 * The network as one C99 file without dependencies (probabilities need -lm), with
 * `void NAME_predict(const double *row, double *out)`: `row` has NAME_INPUTS numbers, `out` takes NAME_OUTPUTS: the
 * prediction in units of the target, or the scores. For classes also `int NAME_label(const double *row)` and
 * `void NAME_probability(const double *row, double *out)`. Categories are passed as the index of their level; the comment
 * at the top lists columns and levels.
 *
 * Throws `usage` for weights that do not fit the preprocessing and for a network without inputs.
 *
 * @param options `name` is the prefix of all names (default `model`; signs that C does not allow become _)
 */
export function toC(weights: NetworkWeights, options: CodeOptions & { readonly name?: string } = {}): string {
  const { preprocessing, probability = true } = options;
  const network = checkExport(weights, preprocessing, 'toC');
  const name = identifier(options.name ?? 'model');
  const parts = [
    comment(weights, preprocessing),
    includes(weights, preprocessing, probability),
    sizes(name, network, preprocessing),
    tables(name, network),
    preprocessing && encode(name, preprocessing),
    scores(name, network),
    predict(name, preprocessing),
    label(name, weights, preprocessing),
    probability && probabilities(name, weights, preprocessing),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function comment(weights: NetworkWeights, preprocessing: Preprocessing | undefined): string {
  const lines = [headline(weights), ...inputLines(preprocessing, weights.hidden.cols), outputLine(preprocessing)];
  return `/*\n${lines.map((line) => ` * ${line}`).join('\n')}\n */`;
}

function includes(weights: NetworkWeights, preprocessing: Preprocessing | undefined, probability: boolean): string {
  const decision = decisionOf(weights, preprocessing);
  const exponential = probability && (decision === 'sign' || decision === 'largest');
  return preprocessing || exponential ? '#include <math.h>' : '';
}

function sizes(name: string, { hidden, output }: NetworkWeights, preprocessing: Preprocessing | undefined): string {
  const upper = name.toUpperCase();
  const inputs = preprocessing ? inputColumns(preprocessing).length : hidden.cols;
  const lines = { INPUTS: inputs, FEATURES: hidden.cols, NEURONS: hidden.rows, OUTPUTS: output.cols };
  return Object.entries(lines)
    .map(([key, value]) => `#define ${upper}_${key} ${value}`)
    .join('\n');
}

function tables(name: string, weights: NetworkWeights): string {
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  const upper = name.toUpperCase();
  const grid = (key: string, cols: string, m: NetworkWeights['hidden']): string =>
    `static const double ${name}_${key}[${upper}_NEURONS][${upper}_${cols}] = {\n${literalRows(m, '{', '}', floatLiteral)}\n};`;
  const list = (key: string, size: string, values: Float64Array): string =>
    `static const double ${name}_${key}[${upper}_${size}] = {${literals(values, floatLiteral)}};`;
  return [
    grid('hidden', 'FEATURES', hidden),
    list('hidden_bias', 'NEURONS', hiddenBias),
    ...(gates && gateBias ? [grid('gates', 'FEATURES', gates), list('gate_bias', 'NEURONS', gateBias)] : []),
    grid('output', 'OUTPUTS', output),
    list('output_bias', 'OUTPUTS', outputBias),
  ].join('\n');
}

function encode(name: string, preprocessing: Preprocessing): string {
  const lines = featureSources(preprocessing).map(
    (source, k) => `  x[${k}] = ${featureOf(source)}; /* ${commentText(preprocessing.features[k])} */`,
  );
  return `static void ${name}_encode(const double *row, double *x) {\n${lines.join('\n')}\n}`;
}

function featureOf(source: FeatureSource): string {
  const cell = `row[${source.input}]`;
  if (source.kind === 'missing') return `isnan(${cell}) ? 1.0 : 0.0`;
  if (source.kind === 'level') return `${cell} == ${floatLiteral(source.level)} ? 1.0 : 0.0`;
  const { impute, shift, scale } = source.column;
  return `((isnan(${cell}) ? ${floatLiteral(impute)} : ${cell}) - (${floatLiteral(shift)})) / ${floatLiteral(scale)}`;
}

/** Scores of encoded features; the sums run as in `predictScores`. */
function scores(name: string, { gates }: NetworkWeights): string {
  const upper = name.toUpperCase();
  const gate = `    double gate = ${name}_gate_bias[j];
    for (int k = 0; k < ${upper}_FEATURES; k++) gate += ${name}_gates[j][k] * x[k];
    if (!(gate >= 0.0)) continue;
`;
  return `static void ${name}_scores(const double *x, double *out) {
  for (int k = 0; k < ${upper}_OUTPUTS; k++) out[k] = ${name}_output_bias[k];
  for (int j = 0; j < ${upper}_NEURONS; j++) {
${gates ? gate : ''}    double value = ${name}_hidden_bias[j];
    for (int k = 0; k < ${upper}_FEATURES; k++) value += ${name}_hidden[j][k] * x[k];
${gates ? '' : '    if (value < 0.0) value = 0.0;\n'}    for (int k = 0; k < ${upper}_OUTPUTS; k++) out[k] += ${name}_output[j][k] * value;
  }
}`;
}

function predict(name: string, preprocessing: Preprocessing | undefined): string {
  const signature = `void ${name}_predict(const double *row, double *out);\nvoid ${name}_predict(const double *row, double *out)`;
  if (!preprocessing) return `${signature} {\n  ${name}_scores(row, out);\n}`;
  const { target } = preprocessing;
  const units = `  out[0] = out[0] * ${target.kind === 'number' ? `${floatLiteral(target.scale)} + (${floatLiteral(target.shift)})` : ''};\n`;
  return `${signature} {
  double x[${name.toUpperCase()}_FEATURES];
  ${name}_encode(row, x);
  ${name}_scores(x, out);
${target.kind === 'number' ? units : ''}}`;
}

function label(name: string, weights: NetworkWeights, preprocessing: Preprocessing | undefined): string {
  const decision = decisionOf(weights, preprocessing);
  if (decision === 'number' || decision === 'scores') return '';
  const outputs = `${name.toUpperCase()}_OUTPUTS`;
  const largest = `  int best = 0;
  for (int k = 1; k < ${outputs}; k++) if (out[k] > out[best]) best = k;
  return best;`;
  return `int ${name}_label(const double *row);
int ${name}_label(const double *row) {
  double out[${outputs}];
  ${name}_predict(row, out);
${decision === 'sign' ? '  return out[0] > 0.0;' : largest}
}`;
}

function probabilities(name: string, weights: NetworkWeights, preprocessing: Preprocessing | undefined): string {
  const decision = decisionOf(weights, preprocessing);
  if (decision === 'number' || decision === 'scores') return '';
  const outputs = `${name.toUpperCase()}_OUTPUTS`;
  const sigmoid = `  double score;
  ${name}_predict(row, &score);
  out[0] = 1.0 / (1.0 + exp(score));
  out[1] = 1.0 / (1.0 + exp(-score));`;
  const softmax = `  double largest, sum = 0.0;
  ${name}_predict(row, out);
  largest = out[${name}_label(row)];
  for (int k = 0; k < ${outputs}; k++) sum += out[k] = exp(out[k] - largest);
  for (int k = 0; k < ${outputs}; k++) out[k] /= sum;`;
  return `void ${name}_probability(const double *row, double *out);
void ${name}_probability(const double *row, double *out) {
${decision === 'sign' ? sigmoid : softmax}
}`;
}
