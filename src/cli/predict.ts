import { requireThat } from '../base/index.js';
import {
  isPathFile,
  type Matrix,
  type Model,
  modelOfPoint,
  networkAt,
  type PathModel,
  type Predictions,
  type Predictor,
  predictTable,
  readModel,
  readPath,
} from '../index.js';
import { formatNumber, listed, plural } from '../report/index.js';
import { inputName, Output, readBytes, requireOneStdin } from './files.js';
import { Session } from './session.js';

/** The model in the text of a file, or of a path file at one of its own λ (to three digits): only those have a certificate. */
export function modelOfText(text: string, name: string, lambda?: PathLambda): Model {
  if (isPathFile(text)) return pathPoint(readPath(text, name), name, lambda);
  requireNoLambda(lambda, name);
  return readModel(text, name);
}

/** What predicts: that model, or of a path file at any λ between two of its own the network interpolated there. */
export function predictorOfText(text: string, name: string, lambda?: PathLambda): Predictor {
  return isPathFile(text) ? predictorOfPath(readPath(text, name), name, lambda) : modelOfText(text, name, lambda);
}

/** Only a path file has networks to choose from. */
export const requireNoLambda = (lambda: PathLambda | undefined, name: string): void =>
  requireThat(lambda === undefined, `--lambda: is for path files; ${name} is a model file and has its own.`);

/** Whether a text is a file of a parallel network. */
export const isParallelText = (text: string): boolean =>
  /^\uFEFF?\s*\{\s*"format"\s*:\s*"relucent-parallel"/.test(text);

/** One of the λ of a path, or the rule by which its cross-validation chose: lambda.min, lambda.1se. */
export type PathLambda = number | 'cv' | 'cv-1se';

/** @throws `usage` for a rule where the path was not cross-validated. */
export function lambdaIn({ crossValidation: cv }: PathModel, name: string, asked: PathLambda): number {
  if (typeof asked === 'number') return asked;
  requireThat(
    cv !== undefined,
    `--lambda ${asked}: ${name} has no cross-validation; relucent path … --cv makes one, or give a number.`,
  );
  return cv.lambdas[asked === 'cv' ? cv.min : cv.oneStandardError];
}

/** Digits of λ in tables and lines: what they show names the point. */
const digits = 3;

/** The place among the points of a path of the one nearest to λ whose digits, as tables show them, are those of λ; −1 for none. */
export function pointAt({ points }: PathModel, lambda: number): number {
  const shown = formatNumber(lambda, digits);
  const away = points.map((point) =>
    formatNumber(point.lambda, digits) === shown ? Math.abs(point.lambda - lambda) : Number.POSITIVE_INFINITY,
  );
  const least = Math.min(...away);
  return Number.isFinite(least) ? away.indexOf(least) : -1;
}

function pathPoint(path: PathModel, name: string, asked: PathLambda | undefined): Model {
  const known = path.points.map((point) => formatNumber(point.lambda, digits));
  requireThat(asked !== undefined, `--lambda: say which network of ${name}: one of ${listed(known, 8)}.`);
  const lambda = lambdaIn(path, name, asked);
  const at = pointAt(path, lambda);
  requireThat(at >= 0, `--lambda: ${name} has no certificate at ${formatNumber(lambda)}; it has ${listed(known, 8)}.`);
  return modelOfPoint(path, at);
}

function predictorOfPath(path: PathModel, name: string, asked: PathLambda | undefined): Predictor {
  requireThat(asked !== undefined, `--lambda: say which network of ${name}: any λ ${rangeOf(path)}.`);
  const lambda = lambdaIn(path, name, asked);
  const own = pointAt(path, lambda);
  if (own >= 0) return modelOfPoint(path, own);
  const [first, last] = [path.points[0], path.points.at(-1)];
  const inside = first !== undefined && last !== undefined && lambda < first.lambda && lambda > last.lambda;
  requireThat(inside, `--lambda: ${formatNumber(lambda)} is outside ${name}, which goes ${rangeOf(path)}.`);
  const { preprocessing, objective } = path;
  return { preprocessing, weights: networkAt(path.points, lambda), objective: { ...objective, lambda } };
}

const rangeOf = ({ points }: PathModel): string =>
  `from ${formatNumber(points[0]?.lambda ?? Number.NaN, digits)} to ${formatNumber(points.at(-1)?.lambda ?? Number.NaN, digits)}`;

/** `relucent predict`: a CSV with a row for each row of the table. */
export function predictCommand(
  modelPath: string,
  data: string,
  { output = '-', lambda }: { readonly output?: string; readonly lambda?: PathLambda },
): Promise<number> {
  requireOneStdin(modelPath, data);
  return Session.run({ textOnStderr: output === '-' }, async (session) => {
    const file = await Output.prepare(output, [modelPath, data]);
    const text = new TextDecoder().decode(await readBytes(modelPath, session.signal));
    const name = inputName(modelPath);
    if (isParallelText(text)) {
      requireNoLambda(lambda, name);
      return (await import('./parallel.js')).predictParallel(session, text, name, data, file, output);
    }
    const model = predictorOfText(text, name, lambda);
    const table = await session.readTable(data);
    const predictions = predictTable(model, table);
    for (const warning of predictions.warnings) session.warn(`warning: ${warning}`);
    await file.write(predictionsCsv(predictions, model.preprocessing.target.name));
    if (output !== '-')
      session.text.line(`${plural(table.rowCount, 'prediction')} of ${model.preprocessing.target.name} in ${output}`);
    return 0;
  });
}

/**
 * One line a row, in the order of the table: the number under the target's name, or the class and the probability of each
 * class (`P(name)`), where the loss gives none its scores. Numbers have all their digits.
 */
export function predictionsCsv(predictions: Predictions, target: string): string {
  if (predictions.kind === 'number')
    return csvLines([[target], ...Array.from(predictions.values, (value) => [String(value)])]);
  const { labels, classes, probabilities, scores } = predictions;
  const shown = probabilities ?? scores;
  const name = (k: number): string =>
    probabilities === null ? (scores.cols === 1 ? 'score' : `score(${classes[k]})`) : `P(${classes[k]})`;
  const header = [target, ...Array.from({ length: shown.cols }, (_, k) => name(k))];
  return csvLines([header, ...labels.map((label, i) => [label, ...numbersOf(shown, i)])]);
}

const numbersOf = (m: Matrix, i: number): string[] => Array.from(m.data.subarray(i * m.cols, (i + 1) * m.cols), String);

const csvLines = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');

/** Quoted where a comma, quote, line break or outer space would be read otherwise. */
const csvCell = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
