import { RelucentError, requireThat } from '../base/index.js';
import {
  adoptNetwork,
  certificateInWords,
  certifyTable,
  type FitOptions,
  fitTable,
  fromOnnx,
  isPathFile,
  type LossName,
  type Model,
  objectiveInWords,
  type Table,
  type TableCertificate,
  verifyModel,
} from '../index.js';
import { formatBound, formatNumber, plural, printable, textTable } from '../report/index.js';
import { requireColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { inputName, looksLikeJson, readBytes, requireOneStdin } from './files.js';
import { isParallelText, modelOfText, type PathLambda } from './predict.js';
import { knownFrom, type ProveFlags, proveBeside, requireProvable } from './prove.js';
import { Session } from './session.js';
import { certificateTable, scoreTable, sentences } from './summary.js';

export interface VerifyCommand extends ProveFlags {
  readonly target?: string;
  readonly lambda?: PathLambda;
  readonly loss?: 'auto' | LossName;
  readonly drop?: readonly string[];
  readonly timeLimit?: number;
  /** `--resume`: go on with the proof beside the network. */
  readonly resume?: boolean;
}

/**
 * `relucent verify`: of a model file, whether its certificate can be derived again from weights and data (exit code 7 when
 * not); of an ONNX file, how far the network is from the best one.
 */
export function verifyCommand(modelPath: string, data: string, options: VerifyCommand): Promise<number> {
  requireOneStdin(modelPath, data);
  requireProvable({ ...options, output: modelPath });
  requireThat(options.prove || !options.resume, '--resume: is for --prove; give both.');
  return Session.run({}, async (session) => {
    const bytes = await readBytes(modelPath, session.signal);
    if (!looksLikeJson(bytes)) return judgeNetwork(session, modelPath, bytes, await session.readTable(data), options);
    const text = new TextDecoder().decode(bytes);
    const ofPath = isPathFile(text);
    const own = ofPath ? (['target', 'loss', 'drop'] as const) : (['target', 'lambda', 'loss', 'drop'] as const);
    for (const name of own) {
      requireThat(
        options[name] === undefined,
        `--${name}: is for ONNX networks; ${inputName(modelPath)} is a ${ofPath ? 'path' : 'model'} file and says it itself.`,
      );
    }
    if (isParallelText(text)) {
      requireThat(!options.prove, `--prove: is for two-layer networks; ${inputName(modelPath)} is a parallel one.`);
      return (await import('./parallel.js')).verifyParallel(
        session,
        text,
        inputName(modelPath),
        data,
        options.timeLimit,
      );
    }
    const model = modelOfText(text, inputName(modelPath), ofPath ? options.lambda : undefined);
    return verifyFile(session, modelPath, model, await session.readTable(data), options);
  });
}

async function verifyFile(
  session: Session,
  path: string,
  model: Model,
  table: Table,
  options: VerifyCommand,
): Promise<number> {
  const { text, progress, signal } = session;
  const { timeLimit } = options;
  const verdict = await verifyModel(model, table, { signal, timeLimit, onProgress: progress.update });
  progress.clear();
  if (signal.aborted) throw new Interrupted('nothing was verified');
  text.section('Claim', sentences(certificateInWords(model.certificate, model.objective, model.weights.activation)));
  if (verdict.recomputed !== null) text.section('Derived', [certificateTable(verdict.recomputed)]);
  text.line();
  if (verdict.accepted) {
    text.section('Verdict', [
      text.paint(
        'good',
        `✓ accepted: the certificate and the scores of ${path} follow from its weights and ${table.source}.`,
      ),
    ]);
    const known = knownFrom(model.certificate, verdict.recomputed);
    if (options.prove) await proveBeside(session, path, model, table, { ...options, known });
    return 0;
  }
  const short = timeLimit !== undefined && verdict.reasons.some((reason) => reason.includes('could be proved'));
  const reasons = short ? [...verdict.reasons, 'a longer --time-limit may prove more.'] : verdict.reasons;
  text.section('Verdict', [
    text.paint('warn', `✗ rejected: what ${path} says does not follow from its weights and ${table.source}:`),
    ...reasons.map((reason) => `– ${printable(reason)}`),
  ]);
  const [first, ...others] = reasons;
  const more = others.length === 0 ? '' : ` (and ${plural(others.length, 'other reason')})`;
  throw new RelucentError('verification', `${path}: rejected: ${first}${more}`);
}

/** Seconds for the network to compare with, where no limit is given. */
const referenceLimit = 60;

async function judgeNetwork(
  session: Session,
  path: string,
  bytes: Uint8Array,
  table: Table,
  options: VerifyCommand,
): Promise<number> {
  const { target, lambda, timeLimit, drop = [] } = options;
  const { weights, warnings } = fromOnnx(bytes, { name: inputName(path) });
  requireThat(target !== undefined, `--target: say which column of ${table.source} the network predicts.`);
  requireThat(
    typeof lambda === 'number',
    '--lambda: say by which regularisation strength to judge the network (1/n scale), such as --lambda 1e-3.',
  );
  requireColumns(table, '--target', [target]);
  requireColumns(table, '--drop', drop);
  requireThat(!drop.includes(target), `--drop: '${target}' is the target; leave it out of --drop.`);
  const { text, progress, signal } = session;
  const part = timeLimit === undefined ? undefined : timeLimit / 2;
  const common = { target, lambda, drop, loss: options.loss, signal, onProgress: progress.update };
  const judged = await certifyTable(weights, table, { ...common, timeLimit: part });
  const best = await reference(table, judged, { ...common, timeLimit: part ?? referenceLimit });
  progress.clear();
  if (signal.aborted) throw new Interrupted('nothing was judged');
  for (const warning of warnings) session.warn(`warning: ${warning}`);
  showJudgement(session, path, weights.hidden.rows, judged, best);
  text.line();
  if (options.prove) {
    const { loss } = judged.objective;
    const model = await adoptNetwork(weights, table, { target, lambda, drop, loss, signal, timeLimit: 1 });
    await proveBeside(session, path, model, table, options);
  }
  return 0;
}

interface Reference {
  readonly primal: number;
  readonly bound: number;
  readonly neurons: number;
  readonly words: string;
}

/** The best network relucent finds for the very same objective and rows. */
async function reference(
  table: Table,
  { objective }: TableCertificate,
  options: FitOptions & { readonly target: string },
): Promise<Reference> {
  const { loss, hiddenBias, outputBias } = objective;
  const { model, fit } = await fitTable(table, {
    ...options,
    loss,
    hiddenBias,
    outputBias,
    standardize: false,
    testFraction: 0,
  });
  const { certificate } = model;
  return {
    primal: certificate.primal,
    bound: certificate.bound,
    neurons: fit.neurons,
    words: certificateInWords(certificate, model.objective),
  };
}

function showJudgement(
  { text }: Session,
  path: string,
  neurons: number,
  judged: TableCertificate,
  best: Reference,
): void {
  const { certificate, objective } = judged;
  const bound = Math.max(certificate.bound, best.bound);
  text.section('Network', [
    `${path}: ${plural(neurons, 'neuron')} on ${plural(judged.features.length, 'input')}, judged on ${plural(judged.rows, 'row')}`,
  ]);
  text.section('Problem', [objectiveInWords(objective)]);
  text.section('Scores', [scoreTable({ train: judged.scores, test: null }, 'the target')]);
  text.section('Objective', [
    textTable(
      [
        ['this network', formatNumber(certificate.primal, 7), plural(neurons, 'neuron')],
        [
          'best found',
          formatNumber(best.primal, 7),
          `${plural(best.neurons, 'neuron')}, by relucent fit at the same λ`,
        ],
        ['proved bound', formatBound(bound, 7), 'no such network of any width is below'],
      ],
      'lrl',
    ),
  ]);
  text.line();
  text.section('Verdict', verdictLines(certificate.primal, best.primal, bound));
  text.section('Best found', sentences(best.words));
}

/** How far above the best found and, at the most, above the optimum. */
function verdictLines(primal: number, best: number, bound: number): string[] {
  const above = (other: number): string =>
    `${formatNumber((100 * (primal - other)) / Math.max(Math.abs(other), Number.MIN_VALUE), 3)} %`;
  const found =
    primal <= best * (1 + 1e-6)
      ? 'No better network was found: this one is as good as the best found.'
      : `Not optimal: its objective is ${above(best)} above that of a network that relucent found.`;
  return [
    found,
    bound > 0
      ? `Proved: it is at most ${above(bound)} above the optimum over networks of any width.`
      : 'No positive lower bound could be proved.',
  ];
}
