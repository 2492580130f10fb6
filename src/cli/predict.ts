import { type Matrix, type Model, type Predictions, predictTable, readModel } from '../index.js';
import { plural } from '../report/index.js';
import { inputName, Output, readBytes, requireOneStdin } from './files.js';
import { Session } from './session.js';

/** Reads a model file (`-`: stdin). */
export async function loadModel(path: string, signal: AbortSignal): Promise<Model> {
  return readModel(new TextDecoder().decode(await readBytes(path, signal)), inputName(path));
}

/** `relucent predict`: a CSV with a row for each row of the table. */
export function predictCommand(
  modelPath: string,
  data: string,
  { output = '-' }: { readonly output?: string },
): Promise<number> {
  requireOneStdin(modelPath, data);
  return Session.run({ textOnStderr: output === '-' }, async (session) => {
    const file = await Output.prepare(output, [modelPath, data]);
    const model = await loadModel(modelPath, session.signal);
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
