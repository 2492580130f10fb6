import { requireThat } from '../base/index.js';
import type { DeepLoss, Examples } from '../deep/index.js';
import { perClass, splitExamples, tableExamples } from '../deep/index.js';
import { formatNumber } from '../report/index.js';
import { requireOptionColumns } from './columns.js';
import { imageSets, loadImages } from './data-sets.js';
import { naming } from './errors.js';
import { digestOf, type RunConfig, type RunData, type RunFolder } from './run-folder.js';
import type { Session } from './session.js';
import { dataLines } from './summary.js';

/** What a run trains on, is measured on meanwhile, and is tested on in the end. */
export interface RunExamples {
  readonly train: Examples;
  readonly validation: Examples | null;
  readonly test: Examples | null;
  readonly loss: DeepLoss;
  /** Lines that say what they are. */
  readonly lines: readonly string[];
}

/** Seed of the subset and of the validation split: the same for every run, so that runs can be compared. */
const SPLIT_SEED = 42;

/** Reads the data of a run: an image set by name, or a table. */
export function readRunData(session: Session, data: RunData): Promise<RunExamples> {
  return Object.hasOwn(imageSets, data.source) ? readImages(session, data) : readTable(session, data);
}

/** The data that a run began with. Throws `data` where it has changed since. */
export async function readDataOf(session: Session, { path }: RunFolder, config: RunConfig): Promise<RunExamples> {
  const examples = await readRunData(session, config.data);
  requireThat(
    digestOf(examples.train) === config.digest,
    `${path}: ${config.data.source} is not what the run began with; put the old data back, or train anew.`,
    'data',
  );
  return examples;
}

async function readImages(session: Session, data: RunData): Promise<RunExamples> {
  const { source, folder } = data;
  session.progress.update({ phase: `reading ${source}` });
  const { train: all, test } = await loadImages(source, {
    folder,
    signal: session.signal,
    say: (line) => session.progress.update({ phase: line }),
  });
  session.progress.clear();
  const [chosen, rest] =
    data.perClass === undefined ? [all, all] : naming('--per-class', () => perClass(all, data.perClass!, SPLIT_SEED));
  const { train, validation } =
    data.perClass === undefined ? held(all, data.validation) : held(rest, data.validation, chosen);
  const lines = [
    `${imageSets[source].title}: ${counted(train)} train${validation ? `, ${counted(validation)} validation` : ''}, ` +
      `${counted(test)} test; [${all.input.join(', ')}], ${all.outputs} classes`,
  ];
  return { train, validation, test, loss: 'cross-entropy', lines };
}

const counted = ({ count }: Examples): string => formatNumber(count);

/** Examples to validate on, and the others; or, where the training examples are given, these. */
function held(pool: Examples, count: number, train?: Examples) {
  if (count === 0) return { train: train ?? pool, validation: null };
  requireThat(
    count < pool.count,
    `--validation: expected fewer than the ${pool.count} examples to take them from, got ${count}.`,
  );
  const [validation, rest] = splitExamples(pool, count, SPLIT_SEED);
  return { train: train ?? rest, validation };
}

async function readTable(session: Session, data: RunData): Promise<RunExamples> {
  const table = await session.readTable(data.source);
  const target = requireOptionColumns(table, data.table ?? {});
  const { testFraction, ...options } = data.table!;
  const made = tableExamples(table, { ...options, target, testFraction, seed: SPLIT_SEED });
  const { train, validation } = held(made.train, data.validation);
  const words = `${counted(train)} train${validation ? `, ${counted(validation)} validation` : ''}${made.test ? `, ${counted(made.test)} test` : ''}`;
  const lines = [...dataLines(table), `${words} rows; ${train.input[0]} inputs`, ...made.notes];
  return { train, validation, test: made.test, loss: made.loss, lines };
}
