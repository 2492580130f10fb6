import { requireThat } from '../base/index.js';
import { type CrossValidation, crossValidate, type MeasureName } from '../index.js';
import { formatNumber, formatSeconds, textTable } from '../report/index.js';
import { requireColumns, requireOptionColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { Output } from './files.js';
import { Session } from './session.js';
import { dataLines, errorInWords, foldWords } from './summary.js';
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
  readonly json?: boolean;
  readonly output?: string;
}

/** `relucent cv`: held-out error over a path of λ; nothing is trained to be kept. */
export function cvCommand(data: string, options: CvCommand): Promise<number> {
  return Session.run({ quiet: options.quiet || options.json }, async (session) => {
    const file = options.output === undefined ? null : await Output.prepare(options.output, [data]);
    const table = await session.readTable(data);
    const target = requireOptionColumns(table, options);
    for (const [name, column] of [
      ['--groups', options.groups],
      ['--fold-column', options.foldColumn],
    ] as const) {
      if (column === undefined) continue;
      requireColumns(table, name, [column]);
      requireThat(column !== target, `${name}: '${column}' is the target; name another column.`);
    }
    session.text.section('Data', dataLines(table));
    const { output, quiet, json, ...settings } = options;
    const { signal, progress } = session;
    if (signal.aborted) throw new Interrupted('nothing was trained or written');
    const started = performance.now();
    const cv = await crossValidate(table, { ...settings, target, signal, onProgress: progress.update });
    progress.clear();
    const seconds = (performance.now() - started) / 1000;
    showCurve(session.text, cv, target, seconds);
    const text = `${JSON.stringify(cv, null, 2)}\n`;
    if (json) process.stdout.write(text);
    if (file !== null) await file.write(text);
    if (file !== null) session.text.section('Files', [options.output ?? '']);
    if (signal.aborted) session.warn('interrupted: the curve ends where every fold had come to.');
    return 0;
  });
}

/** Lines of the table at most. */
const shownPoints = 20;

function showCurve(text: Terminal, cv: CrossValidation, target: string, seconds: number): void {
  const { lambdas, min, oneStandardError } = cv;
  const step = Math.max(1, Math.ceil((lambdas.length - 1) / (shownPoints - 1)));
  const marks = (k: number): string =>
    [k === min ? 'lambda.min' : '', k === oneStandardError ? 'lambda.1se' : ''].filter(Boolean).join(', ');
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
