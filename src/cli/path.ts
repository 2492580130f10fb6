import { existsSync } from 'node:fs';
import { RelucentError, requireThat } from '../base/index.js';
import {
  explainedShare,
  fitTablePath,
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
  textTable,
} from '../report/index.js';
import { requireOptionColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { inputName, Output, readBytes, requireDistinct } from './files.js';
import { endWords, reportOf } from './report.js';
import { Session } from './session.js';
import { dataLines, scoreOf, showNotes, targetLines } from './summary.js';
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
  readonly resume?: boolean;
  readonly report?: string;
  readonly output: string;
}

/** `relucent path`: networks from λ_max down, each with its certificate, in one file; on Ctrl-C those that are done. */
export function pathCommand(data: string, options: PathCommand): Promise<number> {
  const toStdout = options.output === '-';
  requireThat(!(toStdout && options.resume), '--resume: goes on with the file of -o; name a file there.');
  return Session.run({ quiet: options.quiet, textOnStderr: toStdout }, async (session) => {
    const begun = options.resume ? await begunPath(options.output) : undefined;
    const file = await Output.prepare(options.output, [data]);
    const report = options.report === undefined ? null : await Output.prepare(options.report, [data]);
    if (report !== null) requireDistinct([file, report]);
    const table = await session.readTable(data);
    requireOptionColumns(table, options);
    session.text.section('Data', dataLines(table));
    const found = await follow(session, table, options, begun);
    requireThat(
      found.path.points.length > 0,
      'path: stopped before its first network was done; nothing was written.',
      'resource',
    );
    showPath(session.text, found);
    await file.write(writePath(found.path));
    if (report !== null) await report.write(pathReport(found, table, data, options));
    showFiles(session, found.path, options);
    return 0;
  });
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
  const { output, report, quiet, target = '', resume: _, ...settings } = options;
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
}

function pathTable(path: PathModel): string {
  const { points, nullLoss } = path;
  const step = Math.max(1, Math.ceil((points.length - 1) / (shownPoints - 1)));
  const shown = points.filter((_, k) => k % step === 0 || k === points.length - 1);
  const [name] = scoreOf(points[0].scores);
  const rows = shown.map((point) => [
    formatNumber(point.lambda, 3),
    String(point.weights.hidden.rows),
    formatPercent(Math.max(0, explainedShare(point, nullLoss))),
    ...scoreOf(point.scores).slice(1),
    formatGap(Math.max(0, point.certificate.relativeGap)),
    point.certificate.scope,
  ]);
  const test = points[0].scores.test === null ? [] : [`test ${name}`];
  const head = ['λ', 'neurons', 'explained', `train ${name}`, ...test, 'gap', 'scope'];
  return textTable([head, ...rows], `rrrr${test.length ? 'r' : ''}rl`);
}

function pathReport({ path, notes }: TablePath, table: Table, data: string, options: PathCommand): string {
  const model = modelOfPoint(path, path.points.length - 1);
  return htmlReport(reportOf(model, table, { notes, path, commands: [typed('path', data, options)] }));
}

function showFiles(session: Session, path: PathModel, { output, report, target }: PathCommand): void {
  const { text, signal } = session;
  const files = [output === '-' ? 'stdout' : output, ...(report === undefined ? [] : [report])];
  text.section('Files', [files.join(', ')]);
  if (path.end === 'complete' || output === '-') {
    const at = formatNumber(path.points[Math.floor(path.points.length / 2)].lambda, 3);
    if (output !== '-') text.section('Next', [`relucent predict ${output} new.csv --lambda ${at} -o predictions.csv`]);
  } else if (path.end === 'aborted' || path.end === 'time-limit') {
    text.section('Next', [`relucent path … --target ${target} --resume -o ${output} goes on where it stopped`]);
  }
  if (signal.aborted)
    session.warn(`interrupted: ${plural(path.points.length, 'network')} of the path are in ${output}.`);
}
