import { join } from 'node:path';
import { predictTable, splitTable, type Table, type TableFit, verifyModel, writeModel } from '../index.js';
import { formatNumber, formatPercent, textTable } from '../report/index.js';
import { Output } from './files.js';
import { type FitCommand, showResult, train } from './fit.js';
import { pictureOf } from './picture.js';
import { toPng } from './png.js';
import { Session } from './session.js';
import { dataLines } from './summary.js';

interface DemoSet {
  readonly title: string;
  readonly file: string;
  readonly options: Partial<FitCommand>;
  /** The same options as one would type them. */
  readonly typed: string;
}

const hullColumns = [
  'longitudinal_position',
  'prismatic_coefficient',
  'length_displacement_ratio',
  'beam_draught_ratio',
  'length_beam_ratio',
];

/** One problem small enough that global optimality is proved, one where the honest answer is strong evidence and a bound. */
const sets: readonly DemoSet[] = [
  {
    title: 'Regression: the resistance of a yacht from its speed (UCI Yacht Hydrodynamics, Froude number alone)',
    file: 'yacht.csv',
    options: { lambda: 1e-3, hiddenBias: true, drop: hullColumns },
    typed: `--lambda 1e-3 --hidden-bias --drop ${hullColumns.join(',')}`,
  },
  {
    title: 'Classification: benign or malignant cells (UCI Breast Cancer Wisconsin, Diagnostic)',
    file: 'breast-cancer-wisc-diag.csv',
    options: { lambda: 1e-2 },
    typed: '--lambda 1e-2',
  },
];

const folder = join(import.meta.dirname, '../../data/demo');

const settings = {
  target: 'target',
  task: 'auto',
  activation: 'relu',
  loss: 'auto',
  patterns: 'auto',
  gap: 1e-6,
  timeLimit: 60,
  seed: 0,
  threads: 'auto',
  outputBias: true,
  standardize: true,
  testFraction: 0.2,
} as const satisfies Omit<FitCommand, 'output' | 'lambda'>;

/** `relucent demo`: two small problems from table to certificate; the first leaves model.json and model.png here. */
export function demoCommand(): Promise<number> {
  return Session.run({}, async (session) => {
    const { text } = session;
    const [modelFile, picture] = [await Output.prepare('model.json'), await Output.prepare('model.png')];
    for (const [i, set] of sets.entries()) {
      text.line(text.paint('bold', set.title));
      text.line(text.paint('quiet', `$ relucent fit ${set.file} --target ${settings.target} ${set.typed}`));
      text.line();
      const table = await session.readTable(join(folder, set.file));
      text.section('Data', dataLines(table));
      const result = await train(session, table, { ...settings, lambda: 1e-3, ...set.options });
      showResult(text, result);
      await showVerification(session, result, table);
      showPredictions(session, result, table);
      if (i === 0) {
        await modelFile.write(writeModel(result.model));
        await picture.write(toPng(pictureOf(result.model, table)));
        text.section('Files', [
          'model.json (the network, its preprocessing and its certificate), model.png (the picture)',
        ]);
      }
      text.line();
      if (session.signal.aborted) return 0;
    }
    text.section('Next', [
      'relucent fit your.csv --target column --picture model.png',
      'relucent export model.json --to onnx -o model.onnx',
    ]);
    return 0;
  });
}

async function showVerification({ text, progress, signal }: Session, { model }: TableFit, table: Table): Promise<void> {
  const { accepted, reasons } = await verifyModel(model, table, { signal, onProgress: progress.update });
  progress.clear();
  const words = accepted
    ? text.paint('good', '✓ the certificate was derived again from weights and data alone, and accepted')
    : text.paint('warn', `✗ rejected: ${reasons.join(' ')}`);
  text.section('Verified', [words]);
}

/** The first rows that training did not see. */
function showPredictions({ text }: Session, { model }: TableFit, table: Table): void {
  const rows = splitTable(model, table).test.slice(0, 4);
  const predicted = predictTable(model, table, rows);
  const column = table.columns.find(({ name }) => name === settings.target);
  const cells = Array.from(rows, (row, i) => {
    const truth = column?.texts?.[row] ?? formatNumber(column?.numbers[row] ?? Number.NaN);
    if (predicted.kind === 'number') return [`row ${row + 1}`, formatNumber(predicted.values[i]), `true ${truth}`];
    const shares =
      predicted.probabilities?.data.slice(i * predicted.classes.length, (i + 1) * predicted.classes.length) ?? [];
    return [`row ${row + 1}`, `${predicted.labels[i]} (${formatPercent(Math.max(...shares))})`, `true ${truth}`];
  });
  text.section('Predictions', [textTable([['unseen', 'predicted', ''], ...cells], 'lrl')]);
}
