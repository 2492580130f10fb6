import type { Preprocessing } from '../../data/index.js';
import { checkExport, decisionOf, type FeatureSource, featureSources, inputColumns } from '../inputs.js';
import type { NetworkWeights } from '../network.js';
import { commentText, literal, literalRows, literals } from './literals.js';
import { type CodeOptions, headline, inputLines, outputLine } from './options.js';

/**
 * The network as a Python module that needs NumPy alone: `predict(rows)` for an array of shape (N, inputs) gives predictions
 * in units of the target (N,), class labels (N,), or without preprocessing the scores (N, outputs); `scores(rows)` gives
 * (N, outputs), `probability(rows)` (N, classes). Categories are passed as the index of their level: `COLUMNS` lists
 * columns and levels, `table(records)` makes the array from dicts.
 *
 * Throws `usage` for weights that do not fit the preprocessing and for a network without inputs.
 */
export function toNumpy(weights: NetworkWeights, options: CodeOptions = {}): string {
  const { preprocessing, probability = true } = options;
  const network = checkExport(weights, preprocessing, 'toNumpy');
  const parts = [
    [headline(weights), ...inputLines(preprocessing, weights.hidden.cols), outputLine(preprocessing)]
      .map((line) => `# ${line}`)
      .join('\n'),
    `import numpy as np`,
    arrays(network),
    preprocessing ? columns(preprocessing) : `def encode(rows):\n    return np.asarray(rows, dtype=np.float64)`,
    scores(network),
    answers(weights, preprocessing, probability),
  ];
  return `${parts.join('\n\n\n')}\n`;
}

function arrays(weights: NetworkWeights): string {
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  const grid = (name: string, m: NetworkWeights['hidden']): string =>
    `${name} = np.array([\n${literalRows(m, '[', ']')}\n], dtype=np.float64)`;
  const list = (name: string, values: Float64Array): string =>
    `${name} = np.array([${literals(values)}], dtype=np.float64)`;
  return [
    grid('HIDDEN', hidden),
    list('HIDDEN_BIAS', hiddenBias),
    ...(gates && gateBias ? [grid('GATES', gates), list('GATE_BIAS', gateBias)] : []),
    grid('OUTPUT', output),
    list('OUTPUT_BIAS', outputBias),
  ].join('\n');
}

function columns(preprocessing: Preprocessing): string {
  const entries = inputColumns(preprocessing).map((column) => {
    const levels = column.kind === 'number' ? 'None' : JSON.stringify(column.levels);
    return `    (${JSON.stringify(column.name)}, ${levels}),`;
  });
  const lines = featureSources(preprocessing).map(
    (source, k) => `    x[:, ${k}] = ${featureOf(source)}  # ${commentText(preprocessing.features[k])}`,
  );
  return `# Name and levels (None: a number) of each input column.
COLUMNS = [
${entries.join('\n')}
]


def table(records):
    """The input array of dicts by column name; None and NaN are missing."""
    cells = [[_cell(record[name], levels) for name, levels in COLUMNS] for record in records]
    return np.array(cells, dtype=np.float64).reshape(-1, len(COLUMNS))


def _cell(value, levels):
    if value is None or value != value:
        return np.nan
    if levels is None:
        return value
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return levels.index(str(value)) if str(value) in levels else -1


def encode(rows):
    """Raw columns (N, ${inputColumns(preprocessing).length}) to features (N, ${lines.length})."""
    rows = np.asarray(rows, dtype=np.float64)
    missing = np.isnan(rows)
    x = np.empty((rows.shape[0], ${lines.length}))
${lines.join('\n')}
    return x`;
}

function featureOf(source: FeatureSource): string {
  const [cell, gone] = [`rows[:, ${source.input}]`, `missing[:, ${source.input}]`];
  if (source.kind === 'missing') return gone;
  if (source.kind === 'level') return `${cell} == ${source.level}`;
  const { impute, shift, scale } = source.column;
  return `(np.where(${gone}, ${literal(impute)}, ${cell}) - ${literal(shift)}) / ${literal(scale)}`;
}

function scores({ gates }: NetworkWeights): string {
  const active = gates
    ? `    return np.where(x @ GATES.T + GATE_BIAS >= 0, values, 0.0) @ OUTPUT + OUTPUT_BIAS`
    : `    return np.maximum(values, 0.0) @ OUTPUT + OUTPUT_BIAS`;
  return `def scores(rows):
    x = encode(rows)
    values = x @ HIDDEN.T + HIDDEN_BIAS
${active}`;
}

function answers(weights: NetworkWeights, preprocessing: Preprocessing | undefined, probability: boolean): string {
  const target = preprocessing?.target;
  const decision = decisionOf(weights, preprocessing);
  const define = (name: string, ...body: string[]): string =>
    `def ${name}(rows):\n${body.map((line) => `    ${line}`).join('\n')}`;
  if (!target) return define('predict', 'return scores(rows)');
  if (target.kind === 'number')
    return define('predict', `return scores(rows)[:, 0] * ${literal(target.scale)} + ${literal(target.shift)}`);
  const index = decision === 'sign' ? '(scores(rows)[:, 0] > 0).astype(int)' : 'np.argmax(scores(rows), axis=1)';
  const predict = define('predict', `return np.array(CLASSES)[${index}]`);
  const sigmoid = [
    's = scores(rows)',
    'with np.errstate(over="ignore"):',
    '    return 1.0 / (1.0 + np.exp(np.hstack([s, -s])))',
  ];
  const softmax = [
    's = scores(rows)',
    'e = np.exp(s - s.max(axis=1, keepdims=True))',
    'return e / e.sum(axis=1, keepdims=True)',
  ];
  const chances = probability ? [define('probability', ...(decision === 'sign' ? sigmoid : softmax))] : [];
  return [`CLASSES = ${JSON.stringify(target.classes)}`, predict, ...chances].join('\n\n\n');
}
