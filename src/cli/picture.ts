import {
  certificateInWords,
  describeModel,
  encodeTarget,
  type Model,
  neuronNorms,
  objectiveInWords,
  type Predictions,
  predictTable,
  splitTable,
  type Table,
  type TableSplit,
} from '../index.js';
import { type FitData, formatNumber, modelPicture, type NeuronData, plural } from '../report/index.js';
import { mapOf } from './picture-map.js';
import { scoresInShort, sentences } from './summary.js';

/** The picture of a model with the table it was trained on, as SVG. */
export function pictureOf(model: Model, table: Table): string {
  const { objective, certificate, preprocessing } = model;
  const { activeNeurons, features } = describeModel(model);
  const words = sentences(certificateInWords(certificate, objective, model.weights.activation));
  const rows = splitTable(model, table);
  return modelPicture({
    title: `${preprocessing.target.name} from ${table.source}`,
    subtitle: `${plural(model.rows.train, 'training row')}, ${plural(model.rows.test, 'test row')} · ${plural(features, 'input')} · ${plural(activeNeurons, 'neuron')} · λ = ${formatNumber(objective.lambda)} · relucent ${model.version}, seed ${model.seed}`,
    caption: captionOf(model),
    fit: fitData(model, table, rows),
    neurons: neuronData(model),
    // The last sentence says the gap, which the picture draws.
    certificate: {
      ...certificate,
      words: words.slice(0, -1).join(' '),
      objective: `(${objectiveInWords(objective).replaceAll('_j', 'ⱼ')})`,
    },
    map: mapOf(model, table, rows),
  });
}

function captionOf({ preprocessing }: Model): string {
  const standardised = preprocessing.columns.some(
    (column) => column.kind === 'number' && (column.scale !== 1 || column.shift !== 0),
  );
  const scale = standardised ? 'standardised (mean 0, deviation 1 on the training rows)' : 'taken as they are';
  return `Weights, slopes and objective are those of the encoded inputs, numbers ${scale}. λ is on the 1/n scale. A neuron is on where x·u ≥ 0.`;
}

export function fitData(model: Model, table: Table, { train, test }: TableSplit): FitData {
  const { target } = model.preprocessing;
  const scores = scoresInShort(model.scores);
  if (target.kind === 'number') {
    const points = [train, test].flatMap((rows, part) => regressionPoints(model, table, rows, part === 1));
    return { kind: 'regression', target: target.name, scores, points };
  }
  const [rows, name] = test.length > 0 ? ([test, 'test'] as const) : ([train, 'training'] as const);
  const truth = truthOf(model, table, rows);
  const common = { target: target.name, scores, rows: name };
  const predicted = predictTable(model, table, rows);
  if (target.kind === 'binary' && predicted.scores.cols === 1) {
    return {
      ...common,
      kind: 'binary',
      classes: target.classes,
      points: truth.map((k, i) => ({
        score: predicted.scores.data[i],
        positive: k === 1,
        ...probabilityOf(predicted, i),
      })),
    };
  }
  const said = predicted.kind === 'class' ? predicted.labels.map((label) => target.classes.indexOf(label)) : [];
  const counts = target.classes.map((_, i) =>
    target.classes.map((_, j) => truth.filter((k, row) => k === i && said[row] === j).length),
  );
  return { ...common, kind: 'classes', classes: target.classes, counts };
}

/** Of the second class, where the loss gives probabilities. */
function probabilityOf(predicted: Predictions, row: number): { probability?: number } {
  const probabilities = predicted.kind === 'class' ? predicted.probabilities : null;
  return probabilities === null ? {} : { probability: probabilities.data[row * probabilities.cols + 1] };
}

function regressionPoints(model: Model, table: Table, rows: Int32Array, test: boolean) {
  const column = table.columns.find(({ name }) => name === model.preprocessing.target.name);
  const predicted = predictTable(model, table, rows);
  if (column === undefined || predicted.kind !== 'number') return [];
  return Array.from(rows, (row, i) => ({ truth: column.numbers[row], predicted: predicted.values[i], test }));
}

/** Class of each row as an index; nothing for numbers. */
export function truthOf({ preprocessing }: Model, table: Table, rows: Int32Array): number[] {
  if (preprocessing.target.kind === 'number') return [];
  const { y, outputs } = encodeTarget(table, preprocessing, 'one-hot', rows);
  return Array.from(rows, (_, i) => y.subarray(i * outputs, (i + 1) * outputs).indexOf(1));
}

export function neuronData({ weights, preprocessing }: Model): NeuronData {
  const { hidden, output } = weights;
  const norms = neuronNorms(weights);
  const neurons = Array.from(norms, (norm, j) => {
    const k = strongest(output.data.subarray(j * output.cols, (j + 1) * output.cols));
    const alpha = output.data[j * output.cols + k];
    const slopes = hidden.data.slice(j * hidden.cols, (j + 1) * hidden.cols).map((u) => alpha * u);
    return {
      norm,
      slopes,
      output: output.cols > 1 && preprocessing.target.kind !== 'number' ? preprocessing.target.classes[k] : undefined,
    };
  });
  return { features: preprocessing.features, neurons: neurons.filter(({ norm }) => norm > 0) };
}

/** The output that a neuron feeds (in one-output-per-neuron form all others are 0). */
const strongest = (alphas: Float64Array): number =>
  alphas.reduce((best, alpha, k) => (Math.abs(alpha) > Math.abs(alphas[best]) ? k : best), 0);
