import { extname } from 'node:path';
import { RelucentError, requireThat } from '../base/index.js';
import {
  certificateInWords,
  describeModel,
  fitTable,
  type LossName,
  objectiveInWords,
  type Table,
  type TableFit,
  writeModel,
} from '../index.js';
import { formatNumber, formatSeconds, listed } from '../report/index.js';
import { requireColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { Output, requireDistinct } from './files.js';
import { pictureOf } from './picture.js';
import { toPng } from './png.js';
import { Session } from './session.js';
import {
  certificateTable,
  dataLines,
  endOf,
  networkLines,
  noteLines,
  scoreTable,
  sentences,
  targetLines,
  verdict,
} from './summary.js';
import type { Terminal } from './terminal.js';

/** The options of `relucent fit` as the argument reader gives them. */
export interface FitCommand {
  readonly target?: string;
  readonly task: 'auto' | 'regression' | 'classification';
  readonly lambda: number;
  readonly activation: 'relu' | 'gated';
  readonly loss: 'auto' | LossName;
  readonly patterns: 'auto' | 'exact' | number;
  readonly gap: number;
  readonly timeLimit?: number;
  readonly seed: number;
  readonly threads: 'auto' | number;
  readonly hiddenBias?: boolean;
  readonly outputBias: boolean;
  readonly standardize: boolean;
  readonly testFraction: number;
  readonly drop?: readonly string[];
  readonly categorical?: readonly string[];
  readonly picture?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly output: string;
}

/** `relucent fit`: from a table to a model file, with all that is known about it on the terminal. */
export function fitCommand(data: string, options: FitCommand): Promise<number> {
  const toStdout = options.output === '-';
  requireThat(!(toStdout && options.json), '--json and -o - both write to stdout; choose one.');
  return Session.run({ quiet: options.quiet || options.json, textOnStderr: toStdout }, async (session) => {
    const outputs = await prepareOutputs(data, options);
    const table = await session.readTable(data);
    requireOptionColumns(table, options);
    session.text.section('Data', dataLines(table));
    const result = await train(session, table, options);
    showResult(session.text, result);
    const files = await writeFiles(outputs, result, table);
    if (options.json) process.stdout.write(`${jsonSummary(result, files)}\n`);
    else showFiles(session, result, files, toStdout);
    return 0;
  });
}

interface Outputs {
  readonly model: Output;
  readonly picture: Output | null;
}

/** Checks both files before any work is done. */
async function prepareOutputs(data: string, { output, picture }: FitCommand): Promise<Outputs> {
  if (picture !== undefined && !['.svg', '.png'].includes(extname(picture).toLowerCase())) {
    throw new RelucentError('usage', `--picture: expected a file that ends in .svg or .png, got '${picture}'.`);
  }
  const outputs = {
    model: await Output.prepare(output, [data]),
    picture: picture === undefined ? null : await Output.prepare(picture, [data]),
  };
  if (outputs.picture !== null) requireDistinct([outputs.model, outputs.picture]);
  return outputs;
}

function requireOptionColumns(table: Table, { target, drop = [], categorical = [] }: FitCommand): void {
  if (target === undefined) {
    throw new RelucentError(
      'usage',
      `--target: say which column of ${table.source} to predict; its columns are ${listed(
        table.columns.map((column) => column.name),
        12,
      )}.`,
    );
  }
  requireColumns(table, '--target', [target]);
  requireColumns(table, '--drop', drop);
  requireColumns(table, '--categorical', categorical);
  requireThat(
    !drop.includes(target),
    `--drop: '${target}' is the target; leave it out of --drop or name another --target.`,
  );
  requireThat(
    !categorical.includes(target),
    `--categorical: '${target}' is the target; --task classification takes it as classes.`,
  );
  const both = categorical.find((name) => drop.includes(name));
  requireThat(both === undefined, `--categorical: '${both}' is under --drop as well; choose one.`);
}

/** Trains with the progress line on; Ctrl-C gives the best network so far. */
export async function train(
  session: Session,
  table: Table,
  options: Omit<FitCommand, 'output'> & Partial<FitCommand>,
): Promise<TableFit> {
  const { signal, progress } = session;
  const { output, picture, quiet, json, target = '', ...settings } = options;
  if (signal.aborted) throw new Interrupted('nothing was trained or written');
  progress.gap = options.gap;
  try {
    const result = await fitTable(table, { ...settings, target, signal, onProgress: progress.update });
    return signal.aborted ? { ...result, fit: { ...result.fit, status: 'aborted' } } : result;
  } finally {
    progress.clear();
  }
}

/** Everything about a trained model, for a person. */
export function showResult(text: Terminal, { model, fit, notes }: TableFit): void {
  const { objective, certificate } = model;
  text.section('', targetLines(model));
  if (notes.length > 0)
    text.section(
      '',
      noteLines(notes, model).map((line) => text.paint('quiet', line)),
    );
  text.line();
  text.section('Problem', [`minimise ${objectiveInWords(objective)}`]);
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
  readonly name: string;
  readonly bytes: number;
}

/** Model first: it is what the time went into. */
async function writeFiles({ model: modelFile, picture }: Outputs, result: TableFit, table: Table): Promise<Written[]> {
  const text = writeModel(result.model);
  await modelFile.write(text);
  const written = [{ name: modelFile.path, bytes: Buffer.byteLength(text) }];
  if (picture === null) return written;
  const svg = pictureOf(result.model, table);
  const bytes = extname(picture.path).toLowerCase() === '.png' ? toPng(svg) : svg;
  await picture.write(bytes);
  return [...written, { name: picture.path, bytes: Buffer.byteLength(bytes) }];
}

function showFiles(session: Session, { fit }: TableFit, files: readonly Written[], toStdout: boolean): void {
  const { text } = session;
  text.section('Files', [files.map(({ name, bytes }) => `${name} (${fileSize(bytes)})`).join(', ')]);
  if (fit.status === 'aborted') session.warn(`interrupted: the best network so far is in ${files[0].name}.`);
  else if (!toStdout) text.section('Next', [`relucent predict ${files[0].name} new.csv -o predictions.csv`]);
}

const fileSize = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${formatNumber(bytes / 1000, 3)} kB`
      : `${formatNumber(bytes / 1e6, 3)} MB`;

function jsonSummary({ model, fit, notes }: TableFit, files: readonly Written[]): string {
  const [modelFile, picture] = files;
  const { certificate, ...description } = describeModel(model);
  return JSON.stringify(
    {
      model: modelFile.name,
      picture: picture?.name ?? null,
      status: fit.status,
      seconds: fit.seconds,
      ...description,
      certificate: model.certificate,
      certificateInWords: certificate,
      lambda: model.objective.lambda,
      loss: model.objective.loss,
      notes,
    },
    null,
    2,
  );
}
