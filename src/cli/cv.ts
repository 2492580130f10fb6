import { RelucentError, requireThat } from '../base/index.js';
import type { CrossValidation, MeasureName, Table } from '../index.js';
import { formatNumber, formatSeconds, textTable } from '../report/index.js';
import { requireColumns, requireOptionColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { figureWords, requireFigures, writeFigures } from './figures.js';
import { Output } from './files.js';
import { begunFolds, crossValidated, type HeldOutRun } from './held-out.js';
import { heldOutText } from './held-out-file.js';
import { curveData } from './report.js';
import { Session } from './session.js';
import { dataLines, errorInWords, foldWords, markNames } from './summary.js';
import type { Terminal } from './terminal.js';
import type { TrainingCommand } from './training-options.js';

/** The options of `relucent cv` as the argument reader gives them. */
export interface CvCommand extends TrainingCommand {
  readonly folds?: number;
  readonly repeats: number;
  readonly groups?: string;
  readonly foldColumn?: string;
  readonly stratify?: boolean;
  readonly measure: 'auto' | MeasureName;
  readonly lambdas: number | readonly number[];
  readonly minRatio: number;
  readonly patience?: number;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly figures?: string;
  readonly output?: string;
}

/** `relucent cv`: held-out error over a path of λ; nothing is trained to be kept. After Ctrl-C the folds go on with --resume. */
export function cvCommand(data: string, options: CvCommand): Promise<number> {
  const { output, figures } = options;
  requireThat(
    !options.resume || (output !== undefined && output !== '-'),
    '--resume: goes on with the file of -o; name a file there.',
  );
  return Session.run({ quiet: options.quiet || options.json, textOnStderr: output === '-' }, async (session) => {
    const begun = options.resume ? await begunFolds(output ?? '') : undefined;
    const file = output === undefined ? null : await Output.prepare(output, [data]);
    await requireFigures(figures);
    const table = await session.readTable(data);
    const target = requireFoldColumns(table, options);
    session.text.section('Data', dataLines(table));
    if (session.signal.aborted) throw new Interrupted('nothing was trained or written');
    const { output: _, figures: __, quiet, json, resume, ...settings } = options;
    const found = await crossValidated(session, table, { ...settings, target, ...(begun && { resume: begun }) });
    if (file !== null) await file.write(heldOutText(found.curve, found.state));
    const drawn = figures !== undefined && found.curve !== null;
    const names = drawn ? await writeFigures(figures, { curve: curveData(found.curve, target) }) : [];
    return showRun(session, found, target, options, names);
  });
}

/** Throws `usage` unless the columns named are there, each in one role. Gives the target. */
function requireFoldColumns(table: Table, options: CvCommand): string {
  const target = requireOptionColumns(table, options);
  for (const [name, column] of [
    ['--groups', options.groups],
    ['--fold-column', options.foldColumn],
  ] as const) {
    if (column === undefined) continue;
    requireColumns(table, name, [column]);
    requireThat(column !== target, `${name}: '${column}' is the target; name another column.`);
  }
  return target;
}

function showRun(
  session: Session,
  { curve, state, seconds }: HeldOutRun,
  target: string,
  { json, output, figures }: CvCommand,
  names: readonly string[],
): number {
  const { text, signal } = session;
  if (curve !== null) showCurve(text, curve, target, seconds);
  if (curve !== null && json) process.stdout.write(heldOutText(curve));
  const written = names.length === 0 ? [] : [figureWords(figures ?? '', names)];
  const files = [...(output === undefined ? [] : [output]), ...written];
  if (files.length > 0) text.section('Files', [files.join(', ')]);
  if (state === undefined) return 0;
  const next = output === undefined || output === '-' ? '' : `; relucent cv … --resume -o ${output} goes on`;
  const where = curve === null ? 'no λ was done in every fold' : 'the curve ends where every fold had come to';
  if (signal.aborted) session.warn(`interrupted: ${where}${next}.`);
  else if (curve !== null) text.section('Next', next === '' ? [] : [next.slice(2)]);
  else throw new RelucentError('resource', `--time-limit: ${where}; give it more time or fewer folds${next}.`);
  return 0;
}

/** Lines of the table at most. */
const shownPoints = 20;

function showCurve(text: Terminal, cv: CrossValidation, target: string, seconds: number): void {
  const { lambdas, min, oneStandardError } = cv;
  const step = Math.max(1, Math.ceil((lambdas.length - 1) / (shownPoints - 1)));
  const marks = (k: number): string => markNames(cv, k);
  const shown = lambdas.map((_, k) => k).filter((k) => k % step === 0 || k === lambdas.length - 1 || marks(k) !== '');
  text.line();
  text.section('Held out', [
    textTable(
      [
        ['λ', cv.measure, '± SE', 'neurons', ''],
        ...shown.map((k) => [
          formatNumber(lambdas[k], 3),
          formatNumber(cv.mean[k], 4),
          formatNumber(cv.standardError[k], 2),
          formatNumber(cv.neurons[k], 3),
          marks(k),
        ]),
      ],
      'rrrrl',
    ),
  ]);
  text.line();
  text.section('Chosen', [
    `lambda.min = ${formatNumber(lambdas[min], 4)}: ${errorInWords(cv, min, target)}`,
    `lambda.1se = ${formatNumber(lambdas[oneStandardError], 4)}: ${errorInWords(cv, oneStandardError, target)}`,
    `${foldWords(cv)}; ${lambdas.length} λ in ${formatSeconds(seconds)}`,
    ...(cv.end === 'complete' ? [] : [endings[cv.end]]),
  ]);
}

const endings: Readonly<Record<Exclude<CrossValidation['end'], 'complete'>, string>> = {
  risen: 'smaller λ were left out: the error had risen for as many λ as --patience says',
  aborted: 'interrupted: smaller λ are missing',
  'time-limit': 'stopped at the time limit: smaller λ are missing',
};
