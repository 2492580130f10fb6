import { missingTokens, type Preprocessing } from '../../data/index.js';
import { checkExport, decisionOf, featureSources, inputColumns } from '../inputs.js';
import type { NetworkWeights } from '../network.js';
import { commentText, literal, literalRows, literals } from './literals.js';
import { type CodeOptions, headline, outputLine } from './options.js';

/**
 * The network as one ES module without dependencies, with `predict(row)` and `scores(row)`. A row is an object by column
 * name or an array in the order of the columns (dropped ones left out); cells are read as `parseTable` reads them. `predict`
 * gives the number in units of the target, or { label, score, probability }; `scores` gives an array, the bits of
 * `predictScores`. Without preprocessing a row is an array of encoded features and `predict` gives the scores.
 *
 * Throws `usage` for weights that do not fit the preprocessing and for a network without inputs.
 */
export function toJavaScript(weights: NetworkWeights, options: CodeOptions = {}): string {
  const { preprocessing, probability = true } = options;
  const network = checkExport(weights, preprocessing, 'toJavaScript');
  const parts = [
    [headline(weights), outputLine(preprocessing)].map((line) => `// ${line}`).join('\n'),
    arrays(network),
    preprocessing ? encoding(preprocessing) : plainEncoding(weights.hidden.cols),
    scores(network),
    prediction(weights, preprocessing, probability),
  ];
  return `${parts.join('\n\n')}\n`;
}

function arrays(weights: NetworkWeights): string {
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  const grid = (name: string, m: NetworkWeights['hidden']): string =>
    `const ${name} = [\n${literalRows(m, '[', ']')}\n];`;
  const list = (name: string, values: Float64Array): string => `const ${name} = [${literals(values)}];`;
  return [
    grid('hidden', hidden),
    list('hiddenBias', hiddenBias),
    ...(gates && gateBias ? [grid('gates', gates), list('gateBias', gateBias)] : []),
    grid('output', output),
    list('outputBias', outputBias),
  ].join('\n');
}

/** `encode(row)`: the features of a row of raw cells. */
export function encoding(preprocessing: Preprocessing): string {
  const columns = inputColumns(preprocessing).map(({ name, kind }) => `  [${JSON.stringify(name)}, '${kind}'],`);
  const names = inputColumns(preprocessing);
  const features = featureSources(preprocessing).map((source, k) => {
    const cell = `cells[${source.input}]`;
    const note = `// ${commentText(preprocessing.features[k])}`;
    if (source.kind === 'missing') return `    ${cell} === null ? 1 : 0, ${note}`;
    if (source.kind === 'number') {
      const { impute, shift, scale } = source.column;
      return `    ((${cell} ?? ${literal(impute)}) - ${signed(shift)}) / ${literal(scale)}, ${note}`;
    }
    const column = names[source.input];
    const level = column.kind === 'category' ? column.levels[source.level] : '';
    return `    ${cell} === ${JSON.stringify(level)} ? 1 : 0, ${note}`;
  });
  return `const columns = [
${columns.join('\n')}
];
const missing = new Set(${JSON.stringify(missingTokens.map((token) => token.toLowerCase()))});
const decimal = /^[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?$/;

// A cell is null (missing), a finite number, or text.
function cellOf(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return Number(value);
  if (value instanceof Date) return value.toISOString().replace('T00:00:00.000Z', '');
  const text = String(value).trim();
  if (typeof value === 'string' && missing.has(text.toLowerCase())) return null;
  const number = decimal.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : text;
}

function read(row, k) {
  const [name, kind] = columns[k];
  if (!Array.isArray(row) && !Object.hasOwn(row, name)) throw new TypeError(\`row: no column '\${name}'\`);
  const cell = cellOf(Array.isArray(row) ? row[k] : row[name]);
  if (cell === null) return null;
  if (kind === 'category') return String(cell);
  if (typeof cell === 'string') throw new TypeError(\`row, column '\${name}': expected a finite number, got '\${cell}'\`);
  return cell;
}

function encode(row) {
  if (Array.isArray(row) && row.length !== columns.length) {
    throw new TypeError(\`row: expected \${columns.length} cells, got \${row.length}\`);
  }
  const cells = columns.map((_, k) => read(row, k));
  return [
${features.join('\n')}
  ];
}`;
}

const signed = (value: number): string => (value < 0 || Object.is(value, -0) ? `(${literal(value)})` : literal(value));

/** `encode(row)` of a row that is encoded already. */
export const plainEncoding = (features: number): string => `function encode(row) {
  if (row.length !== ${features}) throw new TypeError(\`row: expected ${features} features, got \${row.length}\`);
  return row;
}`;

/** The loops of `predictScores`, in the same order. */
function scores({ gates }: NetworkWeights): string {
  const gate = `    if (!(affine(gates[j], gateBias[j], x) >= 0)) continue;\n    const value = affine(hidden[j], hiddenBias[j], x);`;
  const relu = `    const linear = affine(hidden[j], hiddenBias[j], x);\n    const value = linear < 0 ? 0 : linear;`;
  return `function affine(row, bias, x) {
  let sum = bias;
  for (let k = 0; k < row.length; k++) sum += row[k] * x[k];
  return sum;
}

export function scores(row) {
  const x = encode(row);
  const sums = outputBias.slice();
  for (let j = 0; j < hidden.length; j++) {
${gates ? gate : relu}
    for (let k = 0; k < sums.length; k++) sums[k] += output[j][k] * value;
  }
  return sums;
}`;
}

/** `predict(row)` from `scores(row)`. */
export function prediction(
  weights: Pick<NetworkWeights, 'outputBias'>,
  preprocessing: Preprocessing | undefined,
  probability: boolean,
): string {
  const target = preprocessing?.target;
  const define = (body: string): string => `export function predict(row) {\n${body}\n}`;
  if (!target) return define('  return scores(row);');
  if (target.kind === 'number')
    return define(`  return scores(row)[0] * ${literal(target.scale)} + ${signed(target.shift)};`);
  const sign = decisionOf(weights, preprocessing) === 'sign';
  const index = sign ? 'Number(score[0] > 0)' : 'score.reduce((best, value, k) => (value > score[best] ? k : best), 0)';
  const sigmoid = '[1 / (1 + Math.exp(score[0])), 1 / (1 + Math.exp(-score[0]))]';
  const softmax = [
    'const largest = Math.max(...score);',
    'const powers = score.map((value) => Math.exp(value - largest));',
    'const sum = powers.reduce((total, value) => total + value, 0);',
  ];
  const list = sign ? sigmoid : 'powers.map((value) => value / sum)';
  const lines = [
    'const score = scores(row);',
    ...(probability && !sign ? softmax : []),
    `return { label: classes[${index}], score${probability ? `, probability: ${list}` : ''} };`,
  ];
  return `const classes = ${JSON.stringify(target.classes)};\n\n${define(lines.map((line) => `  ${line}`).join('\n'))}`;
}
