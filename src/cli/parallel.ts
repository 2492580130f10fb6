import { RelucentError, requireThat } from '../base/index.js';
import {
  fitParallelTable,
  givesProbability,
  type ParallelCertificate,
  type ParallelModel,
  parallelToJavaScript,
  parallelToOnnx,
  predictParallelTable,
  readParallelModel,
  verifyParallelModel,
  writeParallelModel,
} from '../parallel/index.js';
import { formatGap, formatNumber, formatSeconds, listed, plural, printable, textTable } from '../report/index.js';
import { requireOptionColumns } from './columns.js';
import { Interrupted } from './errors.js';
import type { ExportCommand } from './export.js';
import { Output } from './files.js';
import type { FitCommand } from './fit.js';
import { predictionsCsv } from './predict.js';
import { Session } from './session.js';
import { choiceLines, dataLines, endOf, noteLines, scoreTable, sentences } from './summary.js';

/** The options of `relucent fit` that make the network a parallel one. */
export interface ParallelFlags {
  readonly layers?: number;
  readonly regularizer?: 'weight-decay' | 'path';
  readonly width?: number;
  readonly rank?: number;
  readonly skip?: boolean;
}

/** Whether a `fit` is one of a parallel network. */
export const wantsParallel = ({ layers, regularizer, width, rank, skip }: ParallelFlags): boolean =>
  layers !== undefined || regularizer !== undefined || width !== undefined || rank !== undefined || skip === true;

/** `relucent fit --layers …`. */
export function fitParallelCommand(data: string, options: FitCommand & ParallelFlags): Promise<number> {
  const {
    picture,
    report,
    figures,
    json,
    output,
    quiet,
    activation,
    prove,
    proveGap: _,
    resume,
    target = '',
    ...settings
  } = options;
  requireThat(
    typeof settings.lambda !== 'number' || settings.lambda > 0,
    '--lambda: parallel networks need a number above 0, cv or cv-1se, got 0.',
  );
  requireThat(activation !== 'gated', '--activation: parallel networks are relu only.');
  requireThat(!resume, '--resume: is for two-layer networks; leave it out with --layers.');
  requireThat(picture === undefined, '--picture: is for two-layer networks; leave it out with --layers.');
  requireThat(report === undefined, '--report: is for two-layer networks; leave it out with --layers.');
  requireThat(figures === undefined, '--figures: is for two-layer networks; leave it out with --layers.');
  requireThat(!prove, '--prove: is for two-layer networks; leave it out with --layers.');
  requireThat(!json, '--json: is for two-layer networks; leave it out with --layers.');
  return Session.run({ quiet, textOnStderr: output === '-' }, async (session) => {
    const file = await Output.prepare(output, [data]);
    const table = await session.readTable(data);
    requireOptionColumns(table, options);
    session.text.section('Data', dataLines(table));
    if (session.signal.aborted) throw new Interrupted('nothing was trained or written');
    const { signal, progress } = session;
    progress.gap = options.gap;
    const result = await fitParallelTable(table, { ...settings, target, signal, onProgress: progress.update })
      .catch((error: unknown) => {
        throw byOption(error);
      })
      .finally(() => progress.clear());
    const { model, notes, fit } = result;
    session.text.section('', rowLines(model));
    if (notes.length > 0)
      session.text.section(
        '',
        noteLines(notes, model).map((line) => session.text.paint('quiet', line)),
      );
    showModel(session, model);
    const status = signal.aborted ? 'aborted' : fit.status;
    session.text.line(`${status === 'solved' ? 'solved' : 'stopped'} in ${formatSeconds(fit.seconds)}`);
    if (endOf(status) !== '') session.text.line(session.text.paint('warn', `! ${endOf(status)}`));
    await file.write(writeParallelModel(model));
    if (output !== '-') session.text.line(`model in ${output}`);
    if (signal.aborted) session.warn(`interrupted: the best network so far is in ${output}.`);
    return 0;
  });
}

/** Target and split. */
function rowLines({ preprocessing: { target }, rows }: ParallelModel): string[] {
  const kind =
    target.kind === 'number'
      ? 'a number'
      : `${plural(target.classes.length, 'class', 'classes')}: ${listed(target.classes)}`;
  const left = rows.withoutTarget === 0 ? '' : `, ${formatNumber(rows.withoutTarget)} left out without a target`;
  const test = rows.test === 0 ? '' : `, ${formatNumber(rows.test)} test (seed ${rows.seed})`;
  return [`predict ${target.name}, ${kind}`, `${plural(rows.train, 'row')} to train${test}${left}`];
}

/** What the library says of one of its options, said of the option that was typed. */
function byOption(error: unknown): unknown {
  if (!(error instanceof RelucentError)) return error;
  const message = error.message.replace(/^fitParallel: (layers|width|rank|patterns|lambda|gap|seed)\b:?/, '--$1:');
  return message === error.message ? error : new RelucentError(error.kind, message, { cause: error });
}

function showModel({ text }: Session, model: ParallelModel): void {
  const { problem, network, certificate, lowRank, scores, choice, preprocessing } = model;
  const { layers, regularizer, lambda, loss, width, skip } = problem;
  const penalty = regularizer === 'path' ? 'path norm' : 'weight decay';
  text.line();
  text.section('Problem', [
    `mean ${loss} loss + ${formatNumber(lambda)} · ${penalty}, ${layers} layers, width ${width.join('·') || 1}`,
  ]);
  if (choice) text.section('Chosen', choiceLines(choice, preprocessing.target.name));
  text.section('Network', [networkWords(network, skip)]);
  text.section('Scores', [scoreTable(scores, preprocessing.target.name)]);
  if (lowRank) {
    const { rank, lower, upper, factor } = lowRank;
    text.section('Low rank', [
      `rank ${rank}: the optimum on all of X is in [${formatNumber(lower, 6)}, ${formatNumber(upper, 6)}]; a-priori factor ${formatNumber(factor, 4)}`,
    ]);
  }
  text.section('Certificate', [...sentences(certificate.words), `\n${table(certificate)}`]);
  text.line();
}

function networkWords({ subnetworks, outputs }: ParallelModel['network'], skip: boolean): string {
  const each = Array.from({ length: outputs }, (_, k) => subnetworks.filter(({ output }) => output === k).length);
  const split = outputs === 1 ? '' : ` (${each.join(', ')} for the ${outputs} outputs)`;
  return `${plural(subnetworks.length, 'sub-network')}${split}${skip ? ' beside a linear branch' : ''}`;
}

const table = ({ primal, dual, relativeGap, tolerance, scope, bound }: ParallelCertificate): string =>
  textTable([
    ['primal', formatNumber(primal, 9), 'objective of this network'],
    ['dual', formatNumber(dual, 9), scope],
    ['gap', formatGap(relativeGap), `relative, asked for ${formatGap(tolerance)}`],
    ['bound', formatNumber(bound, 9), 'proved for every parallel network of these layers and widths'],
  ]);

/** `relucent info` of a parallel model. */
export function showParallelInfo(session: Session, text: string, name: string): number {
  const model = readParallelModel(text, name);
  session.text.section('Model', [`${name}, written by relucent ${model.version} (data ${model.dataDigest})`]);
  showModel(session, model);
  return 0;
}

/** `relucent predict` with a parallel model, in the manner of two-layer ones. */
export async function predictParallel(
  session: Session,
  text: string,
  name: string,
  data: string,
  file: Output,
  output: string,
): Promise<number> {
  const model = readParallelModel(text, name);
  const rows = await session.readTable(data);
  const predictions = predictParallelTable(model, rows);
  for (const warning of predictions.warnings) session.warn(`warning: ${warning}`);
  await file.write(predictionsCsv(predictions, model.preprocessing.target.name));
  if (output !== '-')
    session.text.line(`${plural(rows.rowCount, 'prediction')} of ${model.preprocessing.target.name} in ${output}`);
  return 0;
}

/** `relucent verify` of a parallel model. */
export async function verifyParallel(
  session: Session,
  text: string,
  name: string,
  data: string,
  timeLimit?: number,
): Promise<number> {
  const model = readParallelModel(text, name);
  const rows = await session.readTable(data);
  const { signal, progress } = session;
  const verdict = await verifyParallelModel(model, rows, { signal, timeLimit, onProgress: progress.update });
  progress.clear();
  if (signal.aborted) throw new Interrupted('nothing was verified');
  session.text.section('Claim', sentences(model.certificate.words));
  session.text.section('Derived', [table(verdict.recomputed)]);
  if (verdict.accepted) {
    session.text.section('Verdict', [
      session.text.paint('good', `✓ accepted: the certificate follows from the weights and ${rows.source}.`),
    ]);
    return 0;
  }
  session.text.section(
    'Verdict',
    verdict.reasons.map((reason) => `– ${printable(reason)}`),
  );
  throw new RelucentError('verification', `${name}: rejected: ${verdict.reasons[0]}`);
}

/** `relucent export` of a parallel model, preprocessing included. */
export function exportedParallel(text: string, name: string, { to, precision }: ExportCommand): Uint8Array {
  const { network, preprocessing, problem } = readParallelModel(text, name);
  const common = { preprocessing, probability: givesProbability({ network, problem }) };
  if (to === 'onnx') return parallelToOnnx(network, { ...common, precision });
  requireThat(to === 'js', `--to: parallel networks are written as onnx or js, got ${to}.`);
  return new TextEncoder().encode(parallelToJavaScript(network, common));
}
