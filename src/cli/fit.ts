import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { RelucentError, requireThat } from '../base/index.js';
import {
  certificateInWords,
  describeModel,
  fitTable,
  type MeasureName,
  objectiveInWords,
  type Table,
  type TableFit,
  type TableFitOptions,
  writeModel,
} from '../index.js';
import { formatNumber, formatSeconds, htmlReport } from '../report/index.js';
import { requireOptionColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { figureWords, requireFigures, writeFigures } from './figures.js';
import { Output, requireDistinct } from './files.js';
import { begunFolds } from './held-out.js';
import { heldOutText } from './held-out-file.js';
import { foldsFile } from './path-folds.js';
import { pictureOf } from './picture.js';
import { toPng } from './png.js';
import { type ProofSummary, type ProveFlags, proveStep, requireProvable } from './prove.js';
import { reportOf } from './report.js';
import { Session } from './session.js';
import {
  certificateTable,
  choiceLines,
  dataLines,
  endOf,
  networkLines,
  scoreTable,
  sentences,
  showNotes,
  targetLines,
  verdict,
} from './summary.js';
import type { Terminal } from './terminal.js';
import type { TrainingCommand } from './training-options.js';
import { typed } from './typed.js';

/** The options of `relucent fit` as the argument reader gives them. */
export interface FitCommand extends TrainingCommand, ProveFlags {
  readonly lambda: number | 'cv' | 'cv-1se';
  readonly folds?: number;
  readonly measure?: 'auto' | MeasureName;
  readonly testFraction: number;
  readonly picture?: string;
  readonly report?: string;
  readonly figures?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly output: string;
}

/** `relucent fit`: from a table to a model file, with all that is known about it on the terminal. */
export function fitCommand(data: string, options: FitCommand): Promise<number> {
  const toStdout = options.output === '-';
  requireThat(!(toStdout && options.json), '--json and -o - both write to stdout; choose one.');
  requireProvable(options);
  requireResumable(options);
  requireFoldsUsed(options);
  return Session.run({ quiet: options.quiet || options.json, textOnStderr: toStdout }, async (session) => {
    const begun = options.resume ? { resume: await begunFolds(foldsFile(options.output)) } : {};
    const outputs = await prepareOutputs(data, options);
    const table = await session.readTable(data);
    requireOptionColumns(table, options);
    session.text.section('Data', dataLines(table));
    const result = await train(session, table, options, begun);
    showResult(session.text, result);
    const written = await writeFiles(outputs, result, table, typed('fit', data, options));
    await keepFolds(result, options);
    const wanted = options.prove && !session.signal.aborted;
    const left = options.timeLimit && Math.max(1, options.timeLimit - result.fit.seconds);
    const step = { ...options, network: options.output, data, timeLimit: left };
    const proof = wanted ? await proveStep(session, result.model, table, step) : null;
    if (options.json) process.stdout.write(`${jsonSummary(result, written.files, proof)}\n`);
    else showFiles(session, result, written, options);
    return 0;
  });
}

/** Throws `usage` where there is no cross-validation, or no file beside which it would wait. */
function requireResumable({ resume, lambda, output }: FitCommand): void {
  if (!resume) return;
  requireThat(output !== '-', '--resume: goes on with the cross-validation beside the file of -o; name a file there.');
  requireThat(
    typeof lambda === 'string',
    '--resume: goes on with the cross-validation of --lambda cv; leave out one of them.',
  );
}

/** Throws `usage` where options of the cross-validation come with a λ that needs none. */
function requireFoldsUsed({ lambda, folds, measure }: FitCommand): void {
  requireThat(
    typeof lambda === 'string' || (folds === undefined && (measure ?? 'auto') === 'auto'),
    '--folds, --measure: are for --lambda cv; leave them out, or the number for λ.',
  );
}

/** The folds of a cross-validation that was stopped wait beside the model; those of one that is done are gone. */
async function keepFolds({ folds, model }: TableFit, { output, resume }: FitCommand): Promise<void> {
  const file = foldsFile(output);
  if (folds && output !== '-') await (await Output.prepare(file)).write(heldOutText(model.choice ?? null, folds));
  else if (resume) await rm(file, { force: true });
}

interface Outputs {
  readonly model: Output;
  readonly picture: Output | null;
  readonly report: Output | null;
  readonly figures?: string;
}

/** Checks all files before any work is done. */
async function prepareOutputs(data: string, { output, picture, report, figures }: FitCommand): Promise<Outputs> {
  if (picture !== undefined && !['.svg', '.png'].includes(extname(picture).toLowerCase())) {
    throw new RelucentError('usage', `--picture: expected a file that ends in .svg or .png, got '${picture}'.`);
  }
  const outputs = {
    model: await Output.prepare(output, [data]),
    picture: picture === undefined ? null : await Output.prepare(picture, [data]),
    report: report === undefined ? null : await Output.prepare(report, [data]),
    figures,
  };
  await requireFigures(figures);
  requireDistinct([outputs.model, outputs.picture, outputs.report].filter((file) => file !== null));
  return outputs;
}

/** Trains with the progress line on; Ctrl-C gives the best network so far. */
export async function train(
  session: Session,
  table: Table,
  options: Omit<FitCommand, 'output'> & Partial<FitCommand>,
  begun: Pick<TableFitOptions, 'resume'> = {},
): Promise<TableFit> {
  const { signal, progress } = session;
  const {
    output,
    picture,
    report,
    figures,
    quiet,
    json,
    prove,
    proveGap: _,
    resume: __,
    target = '',
    ...given
  } = options;
  const settings = { ...given, ...begun };
  // a proof needs time as well
  const timeLimit = prove && settings.timeLimit !== undefined ? settings.timeLimit / 2 : settings.timeLimit;
  if (signal.aborted) throw new Interrupted('nothing was trained or written');
  progress.gap = options.gap;
  try {
    const result = await fitTable(table, { ...settings, timeLimit, target, signal, onProgress: progress.update });
    return signal.aborted ? { ...result, fit: { ...result.fit, status: 'aborted' } } : result;
  } finally {
    progress.clear();
  }
}

/** Everything about a trained model, for a person. */
export function showResult(text: Terminal, { model, fit, notes }: TableFit): void {
  const { objective, certificate } = model;
  text.section('', targetLines(model));
  showNotes(text, notes, model);
  text.line();
  text.section('Problem', [`minimise ${objectiveInWords(objective)}`]);
  if (model.choice) text.section('Chosen', choiceLines(model.choice, model.preprocessing.target.name));
  text.section('Network', [
    ...networkLines(model),
    `${fit.status === 'solved' ? 'solved' : 'stopped'} in ${formatSeconds(fit.seconds)}`,
  ]);
  if (endOf(fit.status) !== '') text.section('', [text.paint('warn', `! ${endOf(fit.status)}`)]);
  text.line();
  text.section('Scores', [scoreTable(model.scores, model.preprocessing.target.name)]);
  text.line();
  text.section('Certificate', [
    verdict(text, model),
    ...sentences(certificateInWords(certificate, objective, model.weights.activation)),
    `\n${certificateTable(certificate)}`,
  ]);
  text.line();
}

interface Written {
  readonly kind: 'model' | 'picture' | 'report';
  readonly name: string;
  readonly bytes: number;
}

interface WrittenFiles {
  readonly files: readonly Written[];
  /** Names of figures. */
  readonly figures: readonly string[];
}

/** Model first: it is what the time went into. */
async function writeFiles(
  { model: modelFile, picture, report, figures }: Outputs,
  { model, notes }: TableFit,
  table: Table,
  command: string,
): Promise<WrittenFiles> {
  const files: Written[] = [];
  const add = async (kind: Written['kind'], file: Output, content: string | Uint8Array): Promise<void> => {
    await file.write(content);
    files.push({ kind, name: file.path, bytes: Buffer.byteLength(content) });
  };
  await add('model', modelFile, writeModel(model));
  if (picture !== null) {
    const svg = pictureOf(model, table);
    await add('picture', picture, extname(picture.path).toLowerCase() === '.png' ? toPng(svg) : svg);
  }
  if (report === null && figures === undefined) return { files, figures: [] };
  const drawing = reportOf(model, table, { notes, commands: [command] });
  if (report !== null) await add('report', report, htmlReport(drawing));
  return { files, figures: figures === undefined ? [] : await writeFigures(figures, drawing) };
}

function showFiles(
  session: Session,
  { fit, folds }: TableFit,
  { files, figures: names }: WrittenFiles,
  { output, figures }: FitCommand,
): void {
  const { text } = session;
  const shown = files.map(({ name, bytes }) => `${name} (${fileSize(bytes)})`);
  text.section('Files', [[...shown, ...(figures === undefined ? [] : [figureWords(figures, names)])].join(', ')]);
  const next = folds && output !== '-' ? `; relucent fit … --resume -o ${output} goes on` : '';
  if (fit.status === 'aborted') session.warn(`interrupted: the best network so far is in ${files[0].name}${next}.`);
  else if (next !== '') text.section('Next', [next.slice(2)]);
  else if (output !== '-') text.section('Next', [`relucent predict ${files[0].name} new.csv -o predictions.csv`]);
}

const fileSize = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${formatNumber(bytes / 1000, 3)} kB`
      : `${formatNumber(bytes / 1e6, 3)} MB`;

function jsonSummary({ model, fit, notes }: TableFit, files: readonly Written[], proof: ProofSummary | null): string {
  const named = (kind: Written['kind']): string | null => files.find((file) => file.kind === kind)?.name ?? null;
  const { certificate, ...description } = describeModel(model);
  return JSON.stringify(
    {
      model: named('model'),
      picture: named('picture'),
      report: named('report'),
      status: fit.status,
      seconds: fit.seconds,
      ...description,
      certificate: model.certificate,
      certificateInWords: certificate,
      lambda: model.objective.lambda,
      choice: model.choice ?? null,
      ...(proof && { proof }),
      loss: model.objective.loss,
      notes,
    },
    null,
    2,
  );
}
