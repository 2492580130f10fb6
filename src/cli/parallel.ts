import { RelucentError, requireThat } from '../base/index.js';
import {
  fitParallelTable,
  type ParallelCertificate,
  type ParallelModel,
  parallelToJavaScript,
  parallelToOnnx,
  predictParallelTable,
  readParallelModel,
  verifyParallelModel,
  writeParallelModel,
} from '../parallel/index.js';
import { formatGap, formatNumber, formatSeconds, plural, printable, textTable } from '../report/index.js';
import { requireOptionColumns } from './columns.js';
import { Interrupted } from './errors.js';
import type { ExportCommand } from './export.js';
import { Output } from './files.js';
import type { FitCommand } from './fit.js';
import { Session } from './session.js';
import { dataLines, endOf, sentences } from './summary.js';

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
  const { layers = 3, regularizer, width, rank, skip, lambda, picture, report, json, output, quiet, ...rest } = options;
  const { activation, folds, measure, prove, proveGap: _, target = '', ...training } = rest;
  requireThat(
    typeof lambda === 'number' && lambda > 0,
    '--lambda: parallel networks need a number above 0, such as --lambda 1e-3.',
  );
  requireThat(activation !== 'gated', '--activation: parallel networks are relu only.');
  requireThat(folds === undefined, '--folds: parallel networks take one --lambda; leave --folds out.');
  requireThat(picture === undefined, '--picture: is for two-layer networks; leave it out with --layers.');
  requireThat(report === undefined, '--report: is for two-layer networks; leave it out with --layers.');
  requireThat(!prove, '--prove: is for two-layer networks; leave it out with --layers.');
  requireThat(!json, '--json: is for two-layer networks; leave it out with --layers.');
  requireThat(target !== '', '--target: say which column to predict.');
  return Session.run({ quiet, textOnStderr: output === '-' }, async (session) => {
    const file = await Output.prepare(output, [data]);
    const table = await session.readTable(data);
    requireOptionColumns(table, options);
    session.text.section('Data', dataLines(table));
    if (session.signal.aborted) throw new Interrupted('nothing was trained or written');
    const { signal, progress } = session;
    const own = { layers, regularizer, width, rank, skip, lambda, target };
    const settings = { ...training, ...own, signal, onProgress: progress.update };
    const { model, fit } = await fitParallelTable(table, settings)
      .catch((error: unknown) => {
        throw byOption(error);
      })
      .finally(() => progress.clear());
    showModel(session, model);
    const status = signal.aborted ? 'aborted' : fit.status;
    session.text.line(`${status === 'solved' ? 'solved' : 'stopped'} in ${formatSeconds(fit.seconds)}`);
    if (endOf(status) !== '') session.text.line(session.text.paint('warn', `! ${endOf(status)}`));
    await file.write(writeParallelModel(model));
    if (output !== '-') session.text.line(`model in ${output}`);
    return 0;
  });
}

/** What the library says of one of its options, said of the option that was typed. */
function byOption(error: unknown): unknown {
  if (!(error instanceof RelucentError)) return error;
  const message = error.message.replace(/^fitParallel: (layers|width|rank|patterns|lambda|gap|seed)\b/, '--$1:');
  return message === error.message ? error : new RelucentError(error.kind, message, { cause: error });
}

function showModel({ text }: Session, { problem, network, certificate, lowRank, scores }: ParallelModel): void {
  const { layers, regularizer, lambda, loss, width } = problem;
  const penalty = regularizer === 'path' ? 'path norm' : 'weight decay';
  text.section('Problem', [
    `mean ${loss} loss + ${formatNumber(lambda)} · ${penalty}, ${layers} layers, width ${width.join('·') || 1}`,
  ]);
  text.section('Network', [`${plural(network.subnetworks.length, 'sub-network')}`]);
  const test = scores.test === null ? '' : `, ${formatNumber(scores.test)} test`;
  text.section('Scores', [`mean loss ${formatNumber(scores.train)} training${test}`]);
  if (lowRank) {
    const { rank, lower, upper, factor } = lowRank;
    text.section('Low rank', [
      `rank ${rank}: the optimum on all of X is in [${formatNumber(lower, 6)}, ${formatNumber(upper, 6)}]; a-priori factor ${formatNumber(factor, 4)}`,
    ]);
  }
  text.section('Certificate', [...sentences(certificate.words), `\n${table(certificate)}`]);
  text.line();
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

/** `relucent predict` with a parallel model: one column, the target. */
export async function predictParallel(
  session: Session,
  text: string,
  name: string,
  data: string,
  file: Output,
): Promise<number> {
  const model = readParallelModel(text, name);
  const rows = await session.readTable(data);
  const { values, warnings } = predictParallelTable(model, rows);
  for (const warning of warnings) session.warn(`warning: ${warning}`);
  const lines = [model.preprocessing.target.name, ...Array.from(values as ArrayLike<number | string>, String)];
  await file.write(
    lines.map((cell) => `${/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell}\n`).join(''),
  );
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
  throw new RelucentError('verification', `${name}: certificate rejected: ${verdict.reasons[0]}`);
}

/** `relucent export` of a parallel model: the network on encoded features. */
export function exportedParallel(text: string, name: string, { to, precision }: ExportCommand): Uint8Array {
  const { network } = readParallelModel(text, name);
  if (to === 'onnx') return parallelToOnnx(network, precision);
  requireThat(to === 'js', `--to: parallel networks are written as onnx or js, got ${to}.`);
  return new TextEncoder().encode(parallelToJavaScript(network));
}
