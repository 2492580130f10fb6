import { existsSync } from 'node:fs';
import { RelucentError, requireThat } from '../base/index.js';
import {
  explainedShare,
  fitTablePath,
  type MeasureName,
  modelOfPoint,
  objectiveInWords,
  type PathModel,
  readPath,
  type Table,
  type TablePath,
  writePath,
} from '../index.js';
import {
  formatGap,
  formatNumber,
  formatPercent,
  formatSeconds,
  htmlReport,
  plural,
  type ReportData,
  textTable,
} from '../report/index.js';
import { requireOptionColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { figureWords, requireFigures, writeFigures } from './figures.js';
import { inputName, Output, readBytes, requireDistinct } from './files.js';
import { requireFolds } from './held-out.js';
import { compared, foldOptions, stoppedShort } from './path-folds.js';
import { endWords, reportOf } from './report.js';
import { Session } from './session.js';
import { choiceLines, dataLines, markNames, scoreOf, showNotes, targetLines } from './summary.js';
import type { Terminal } from './terminal.js';
import type { TrainingCommand } from './training-options.js';
import { typed } from './typed.js';

/** The options of `relucent path` as the argument reader gives them. */
export interface PathCommand extends TrainingCommand {
  readonly lambdas: number | readonly number[];
  readonly minRatio: number;
  readonly maxNeurons?: number;
  readonly maxDeviance?: number;
  readonly testFraction: number;
  readonly cv?: boolean;
  readonly folds?: number;
  readonly measure: 'auto' | MeasureName;
  readonly resume?: boolean;
  readonly report?: string;
  readonly figures?: string;
  readonly output: string;
}

/**
 * `relucent path`: networks from λ_max down, each with its certificate, in one file; on Ctrl-C those that are done. --cv compares
 * them by held-out error.
 */
export function pathCommand(data: string, options: PathCommand): Promise<number> {
  const toStdout = options.output === '-';
  requireThat(!(toStdout && options.resume), '--resume: goes on with the file of -o; name a file there.');
  requireThat(
    options.cv || (options.folds === undefined && options.measure === 'auto'),
    '--folds, --measure: are for --cv; add it, or leave them out.',
  );
  return Session.run({ quiet: options.quiet, textOnStderr: toStdout }, async (session) => {
    const begun = options.resume ? await begunPath(options.output) : undefined;
    const outputs = await prepareOutputs(data, options);
    const table = await session.readTable(data);
    requireOptionColumns(table, options);
    session.text.section('Data', dataLines(table));
    if (options.cv) await requireFolds(table, foldOptions(options));
    const found = await follow(session, table, options, begun);
    requireThat(
      found.path.points.length > 0,
      'path: stopped before its first network was done; nothing was written.',
      'resource',
    );
    // before the folds: they may take longer, and may be stopped
    if (options.cv) await outputs.path.write(writePath(found.path));
    const path = options.cv ? await compared(session, table, found, options) : found.path;
    showPath(session.text, { ...found, path });
    await outputs.path.write(writePath(path));
    const names = await drawn(outputs, path, found.notes, table, data, options);
    showFiles(session, path, options, names);
    return 0;
  });
}

interface Outputs {
  readonly path: Output;
  readonly report: Output | null;
}

/** Checks all files before any work is done. */
async function prepareOutputs(data: string, { output, report, figures }: PathCommand): Promise<Outputs> {
  const outputs = {
    path: await Output.prepare(output, [data]),
    report: report === undefined ? null : await Output.prepare(report, [data]),
  };
  requireDistinct([outputs.path, outputs.report].filter((file) => file !== null));
  await requireFigures(figures);
  return outputs;
}

/** What an earlier call left in the file, to go on from. */
async function begunPath(output: string): Promise<PathModel> {
  if (!existsSync(output)) {
    throw new RelucentError('io', `${output}: there is no path to go on with; leave out --resume to begin one.`);
  }
  return readPath(new TextDecoder().decode(await readBytes(output)), inputName(output));
}

async function follow(
  { signal, progress }: Session,
  table: Table,
  options: PathCommand,
  resume: PathModel | undefined,
): Promise<TablePath> {
  const { output, report, figures, quiet, cv, folds, measure, target = '', resume: _, ...settings } = options;
  if (signal.aborted) throw new Interrupted('nothing was trained or written');
  progress.gap = options.gap;
  const begun = resume === undefined ? {} : { resume };
  try {
    return await fitTablePath(table, { ...settings, ...begun, target, signal, onProgress: progress.update });
  } finally {
    progress.clear();
  }
}

/** Lines of the table on the terminal at most: first, last, and evenly between. */
const shownPoints = 15;

function showPath(text: Terminal, { path, notes, seconds }: TablePath): void {
  const { points, lambdas, lambdaMax, objective } = path;
  const last = modelOfPoint(path, points.length - 1);
  text.section('', targetLines(last));
  showNotes(text, notes, last);
  text.line();
  text.section('Problem', [
    `minimise ${objectiveInWords({ ...objective, lambda: 1 }).replace('1 ·', 'λ ·')}`,
    `λ from ${formatNumber(lambdaMax, 4)}, where the network is a constant, to ${formatNumber(lambdas[lambdas.length - 1], 4)}`,
  ]);
  text.line();
  text.section('Path', [pathTable(path)]);
  const open = points.filter(({ certificate }) => !(certificate.relativeGap <= certificate.tolerance));
  text.section('', [
    `${points.length} of ${plural(lambdas.length, 'λ', 'λ')} in ${formatSeconds(seconds)}; ${
      open.length === 0 ? 'the gap is reached at every one' : `the gap is open at ${open.length}`
    }`,
    ...(path.end === 'complete' ? [] : [text.paint('warn', `! ${endWords[path.end]}`)]),
  ]);
  text.line();
  if (path.crossValidation)
    text.section('Chosen', [
      ...choiceLines({ rule: 'cv', ...path.crossValidation }, last.preprocessing.target.name),
      ...choiceLines({ rule: 'cv-1se', ...path.crossValidation }, last.preprocessing.target.name).slice(0, 1),
    ]);
}

function pathTable(path: PathModel): string {
  const { points, nullLoss } = path;
  const step = Math.max(1, Math.ceil((points.length - 1) / (shownPoints - 1)));
  const shown = points.filter(
    ({ lambda }, k) => k % step === 0 || k === points.length - 1 || marksAt(path, lambda) !== '',
  );
  const [name] = scoreOf(points[0].scores);
  const rows = shown.map((point) => [
    formatNumber(point.lambda, 3),
    String(point.weights.hidden.rows),
    formatPercent(Math.max(0, explainedShare(point, nullLoss))),
    ...scoreOf(point.scores).slice(1),
    formatGap(Math.max(0, point.certificate.relativeGap)),
    point.certificate.scope,
    marksAt(path, point.lambda),
  ]);
  const test = points[0].scores.test === null ? [] : [`test ${name}`];
  const head = ['λ', 'neurons', 'explained', `train ${name}`, ...test, 'gap', 'scope', ''];
  return textTable([head, ...rows], `rrrr${test.length ? 'r' : ''}rll`);
}

/** Which of the two a λ is. */
const marksAt = ({ crossValidation: cv }: PathModel, lambda: number): string =>
  cv === undefined ? '' : markNames(cv, cv.lambdas.indexOf(lambda));

/** Page and figures; the names of the figures. */
async function drawn(
  { report }: Outputs,
  path: PathModel,
  notes: readonly string[],
  table: Table,
  data: string,
  options: PathCommand,
): Promise<readonly string[]> {
  const { figures } = options;
  if (report === null && figures === undefined) return [];
  const drawing = pathReport(path, notes, table, typed('path', data, options));
  if (report !== null) await report.write(htmlReport(drawing));
  return figures === undefined ? [] : writeFigures(figures, drawing);
}

/** The report of the network at lambda.min, or of the last one where nothing was chosen. */
function pathReport(path: PathModel, notes: readonly string[], table: Table, command: string): ReportData {
  const { points, crossValidation: cv } = path;
  const chosen = cv === undefined ? -1 : points.findIndex(({ lambda }) => lambda === cv.lambdas[cv.min]);
  const model = modelOfPoint(path, chosen < 0 ? points.length - 1 : chosen);
  return reportOf(model, table, { notes, path, commands: [command] });
}

function showFiles(
  session: Session,
  path: PathModel,
  { output, report, figures, target, cv, resume: _ }: PathCommand,
  names: readonly string[],
): void {
  const { text, signal } = session;
  const files = [output === '-' ? 'stdout' : output, ...(report === undefined ? [] : [report])];
  text.section('Files', [[...files, ...(figures === undefined ? [] : [figureWords(figures, names)])].join(', ')]);
  const uncompared = cv === true && path.crossValidation === undefined;
  if (stoppedShort(path) || uncompared) {
    const flag = cv ? ' --cv' : '';
    if (output !== '-')
      text.section('Next', [
        `relucent path … --target ${target}${flag} --resume -o ${output} goes on where it stopped`,
      ]);
  } else if (output !== '-') {
    const at = cv ? 'cv' : formatNumber(path.points[Math.floor(path.points.length / 2)].lambda, 3);
    text.section('Next', [`relucent predict ${output} new.csv --lambda ${at} -o predictions.csv`]);
  }
  const held = uncompared && !stoppedShort(path) ? ', without their cross-validation' : '';
  const count = path.points.length;
  const are = count === 1 ? 'is' : 'are';
  if (signal.aborted) session.warn(`interrupted: ${plural(count, 'network')} of the path ${are} in ${output}${held}.`);
}
