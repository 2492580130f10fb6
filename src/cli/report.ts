import {
  activeFeatures,
  type CrossValidation,
  certificateInWords,
  describeModel,
  describeTable,
  encodeTarget,
  explainedShare,
  lambdaOf,
  type Model,
  modelOfPoint,
  neuronNorms,
  objectiveInWords,
  type PathModel,
  splitTable,
  type Table,
} from '../index.js';
import {
  type CertificateData,
  type ChoiceData,
  type ColumnSummary,
  type CurveData,
  type DataSummary,
  formatNumber,
  type Measure,
  type PathData,
  plural,
  type ReportData,
  type ScoreData,
  trackNeurons,
} from '../report/index.js';
import { formulaData, importanceData, networkData } from './network-data.js';
import { fitData, neuronData } from './picture.js';
import { mapOf } from './picture-map.js';
import { sentences } from './summary.js';

/** What a report is made from besides the model and its table. */
export interface ReportParts {
  readonly notes?: readonly string[];
  readonly path?: PathModel;
  /** What reproduces it, as one would type it. */
  readonly commands: readonly string[];
}

/** The report of one model, and of the path or cross-validation that it comes from. */
export function reportOf(model: Model, table: Table, { notes = [], path, commands }: ReportParts): ReportData {
  const { preprocessing, version, seed, choice } = model;
  const rows = splitTable(model, table);
  return {
    title: `${preprocessing.target.name} from ${table.source}`,
    madeBy: `relucent ${version}, seed ${seed}`,
    data: dataSummary(model, table, notes),
    choice: choiceData(model, path),
    scores: scoreData(model),
    certificate: certificateData(model),
    ...(choice && { curve: curveData(choice, preprocessing.target.name) }),
    ...(path && path.points.length > 1 && { path: pathData(path, choice) }),
    fit: fitData(model, table, rows),
    map: mapOf(model, table, rows),
    importance: importanceData(model),
    neurons: neuronData(model),
    network: networkData(model),
    formula: formulaData(model, table),
    commands,
  };
}

export function certificateData({ certificate, objective, weights }: Model): CertificateData {
  const words = sentences(certificateInWords(certificate, objective, weights.activation));
  return {
    ...certificate,
    words: words.slice(0, -1).join(' '),
    objective: `(${objectiveInWords(objective).replaceAll('_j', 'ⱼ')})`,
  };
}

function choiceData(model: Model, path?: PathModel): ChoiceData {
  const { choice, objective } = model;
  const { activeNeurons, features } = describeModel(model);
  return {
    lambda: objective.lambda,
    rule: choice === undefined ? (path === undefined ? 'given' : 'last') : choice.rule === 'cv' ? 'min' : '1se',
    ...(path && { lambdaMax: path.lambdaMax }),
    neurons: activeNeurons,
    activeInputs: activeFeatures(model.weights).length,
    inputs: features,
  };
}

/** Name, direction and form of the measures of scores and of cross-validation, in the order they are shown. */
const measureOf: Readonly<Record<string, Omit<Measure, 'unit'> & { readonly inUnits?: 1 | 2 }>> = {
  r2: { name: 'R²', better: 'more' },
  rmse: { name: 'root mean squared error', better: 'less', inUnits: 1 },
  mse: { name: 'mean squared error', better: 'less', inUnits: 2 },
  mae: { name: 'mean absolute error', better: 'less', inUnits: 1 },
  accuracy: { name: 'accuracy', better: 'more', form: 'percent' },
  auc: { name: 'area under ROC', better: 'more' },
  logLoss: { name: 'log loss', better: 'less' },
  deviance: { name: 'deviance (−2 log-likelihood a row)', better: 'less' },
};

function named(key: string, target: string): Measure {
  const { inUnits, ...measure } = measureOf[key] ?? { name: key, better: 'less' as const };
  return inUnits === undefined ? measure : { ...measure, unit: inUnits === 2 ? `${target}²` : target };
}

function scoreData({ scores, preprocessing, choice }: Model): ScoreData[] {
  const chosen = choice?.lambdas.indexOf(lambdaOf(choice));
  const keys = Object.keys(measureOf).filter((key) => key in scores.train || key === choice?.measure);
  return keys.map((key) => ({
    measure: named(key, preprocessing.target.name),
    ...(Number.isFinite(scores.train[key]) && { train: scores.train[key] }),
    ...(choice?.measure === key &&
      chosen !== undefined && { cv: { mean: choice.mean[chosen], standardError: choice.standardError[chosen] } }),
    ...(Number.isFinite(scores.test?.[key]) && { test: scores.test?.[key] }),
  }));
}

export function curveData(cv: CrossValidation, target: string): CurveData {
  const { measure, folds, repeats, manner, min, oneStandardError, lambdas } = cv;
  return {
    measure: named(measure, target),
    points: lambdas.map((lambda, k) => ({
      lambda,
      mean: cv.mean[k],
      standardError: cv.standardError[k],
      ...(Number.isFinite(cv.train?.[k]) && { train: cv.train?.[k] }),
      neurons: Math.round(cv.neurons[k]),
    })),
    min,
    oneStandardError,
    folds,
    repeats,
    manner,
  };
}

export function pathData(path: PathModel, choice?: CrossValidation): PathData {
  const { points, lambdaMax, nullLoss, objective } = path;
  const neurons = points.map((_, k) => pathNeurons(modelOfPoint(path, k)));
  const keys = trackNeurons(neurons);
  const words = objectiveInWords({ ...objective, lambda: 1 })
    .replace('1 ·', 'λ ·')
    .replaceAll('_j', 'ⱼ');
  return {
    points: points.map((point, i) => ({
      lambda: point.lambda,
      neurons: neurons[i].map(({ norm, group }, j) => ({ key: keys[i][j], norm, group })),
      relativeGap: Math.max(0, point.certificate.relativeGap),
      scope: point.certificate.scope,
      objective: point.certificate.primal,
      activeInputs: activeFeatures(point.weights).length,
      devianceExplained: Math.max(0, Math.min(1, explainedShare(point, nullLoss))),
    })),
    lambdaMax,
    tolerance: points[0].certificate.tolerance,
    objective: words,
    ...(choice && { marks: marksOf(choice) }),
    ...(path.end !== 'complete' && { ended: endWords[path.end] }),
  };
}

const marksOf = ({ lambdas, min, oneStandardError }: CrossValidation) => [
  { lambda: lambdas[min], name: 'lambda.min' },
  { lambda: lambdas[oneStandardError], name: 'lambda.1se' },
];

/** Why a path is shorter than it was meant to be. */
export const endWords: Readonly<Record<PathModel['end'], string>> = {
  complete: '',
  aborted: 'interrupted',
  'time-limit': 'stopped at the time limit',
  'max-neurons': 'ended at the number of neurons asked for',
  'max-deviance': 'ended at the explained deviance asked for',
};

function pathNeurons({ weights, preprocessing: { target } }: Model) {
  const { hidden, hiddenBias, output, gates } = weights;
  const directions = gates ?? hidden;
  const norms = neuronNorms(weights);
  return Array.from(norms, (norm, j) => {
    const alphas = Array.from(output.data.subarray(j * output.cols, (j + 1) * output.cols));
    const k = alphas.reduce((best, alpha, at) => (Math.abs(alpha) > Math.abs(alphas[best]) ? at : best), 0);
    const direction = [...directions.data.subarray(j * hidden.cols, (j + 1) * hidden.cols), hiddenBias[j]];
    return { norm, direction, group: groupOf(alphas[k] > 0, k, output.cols, target) };
  }).filter(({ norm }) => norm > 0);
}

function groupOf(raises: boolean, k: number, outputs: number, target: Model['preprocessing']['target']): string {
  if (target.kind === 'number') return `${raises ? 'raises' : 'lowers'} ${target.name}`;
  if (outputs > 1) return `${raises ? 'for' : 'against'} ${target.classes[k]}`;
  return `for ${target.classes[raises ? 1 : 0]}`;
}

export function dataSummary(model: Model, table: Table, notes: readonly string[]): DataSummary {
  const { target, columns } = model.preprocessing;
  const missing = new Map(describeTable(table).columns.map((column) => [column.name, column.missing]));
  return {
    source: table.source,
    target: target.name,
    task: target.kind === 'number' ? 'regression' : 'classification',
    ...(target.kind !== 'number' && { classes: classCounts(model, table, target.classes) }),
    rows: { train: model.rows.train, test: model.rows.test, withoutTarget: model.rows.withoutTarget },
    columns: columns.map((column) => columnSummary(column, missing.get(column.name) ?? 0)),
    notes,
  };
}

function columnSummary(column: Model['preprocessing']['columns'][number], missing: number): ColumnSummary {
  const { name, kind } = column;
  if (kind === 'dropped') return { name, kind: 'left out', detail: column.reason, missing };
  if (kind === 'category') return { name, kind, detail: plural(column.levels.length, 'value'), missing };
  const scaled = `mean ${formatNumber(column.shift)}, deviation ${formatNumber(column.scale)}`;
  return { name, kind, detail: column.scale === 1 && column.shift === 0 ? 'as it is' : scaled, missing };
}

function classCounts(model: Model, table: Table, classes: readonly string[]) {
  const { train, test } = splitTable(model, table);
  const rows = Int32Array.from([...train, ...test]);
  const { y, outputs } = encodeTarget(table, model.preprocessing, 'one-hot', rows);
  return classes.map((name, k) => ({
    name,
    rows: rows.reduce((sum, _, i) => sum + y[i * outputs + k], 0),
  }));
}
