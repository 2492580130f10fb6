import { RelucentError } from '../base/index.js';
import {
  type Backend,
  deepToOnnx,
  type Measurement,
  type StepState,
  type TrainOptions,
  trainDeep,
} from '../deep/index.js';
import type { RunExamples } from './run-data.js';
import type { RunConfig, RunFolder } from './run-folder.js';
import { runReportOf } from './run-report.js';
import { progressWords, resultLines } from './run-words.js';
import type { Session } from './session.js';

export interface CarryOutOptions {
  readonly threads?: number;
  readonly backend?: Backend;
}

/** Trains from where the folder stands to the end, or to Ctrl-C: then a state is kept from which the run goes on. */
export async function carryOut(
  session: Session,
  folder: RunFolder,
  config: RunConfig,
  examples: RunExamples,
  options: CarryOutOptions = {},
): Promise<number> {
  const kept = await folder.state(config);
  const rows = await folder.rewind(kept?.steps ?? 0);
  const start = kept ?? (await folder.state(config, 'start'));
  const clock = new Clock(start?.steps ?? 0, config.steps);
  const keep = async (row: Measurement, state: StepState): Promise<void> => {
    if (rows.some(({ step }) => step === row.step)) return;
    rows.push(row);
    // The row first: a state without its row could not be told from one that needs none.
    await folder.append(row);
    await folder.keep(state);
  };
  const result = await trainDeep(config.architecture, examples.train, {
    ...trainOptions(config, examples),
    ...options,
    // Fresh weights are drawn by seed; those of a file come as they are and are put on the sphere like fresh ones.
    ...(kept ? { state: kept } : start ? { weights: start.weights } : {}),
    signal: session.signal,
    onMeasure: keep,
    onState: (state) => folder.keep(state),
    onProgress: ({ fraction = 0 }) => {
      const message = progressWords(rows.at(-1), config, clock.left(fraction));
      session.progress.update({ phase: 'training', fraction, primal: rows.at(-1)?.objective, message });
    },
  });
  session.progress.clear();
  if (result.status === 'diverged') {
    // The rest of the message is for callers of the library.
    const [what] = result.message.split(';');
    throw new RelucentError(
      'usage',
      `${folder.path}: diverged at ${what}; try a smaller learning rate, in another folder: ` +
        `relucent train … --lr ${Number((config.rate / 3).toPrecision(1))} -o <folder>.`,
    );
  }
  await folder.keep(result.state);
  session.text.section('Result', resultLines(rows, config));
  if (result.status === 'aborted') {
    session.text.section('Next', [`relucent resume ${folder.path} goes on where it stopped`]);
    session.warn(`interrupted: the run is kept at step ${result.state.steps}; relucent resume ${folder.path} goes on.`);
    return 0;
  }
  const network = { architecture: config.architecture, weights: result.state.weights };
  await folder.write('network', deepToOnnx(network, { precision: config.precision }));
  await folder.write('report', await runReportOf([{ name: folder.path, config, rows, network, test: examples.test }]));
  session.text.section('Files', [`${folder.at('network')}, ${folder.at('report')}, log.jsonl, checkpoint.bin`]);
  session.text.section('Next', [`relucent compact ${folder.path} -o small.onnx`]);
  return 0;
}

/** What decides a run, as `trainDeep` takes it. */
export function trainOptions(
  config: RunConfig,
  { validation, test }: Pick<RunExamples, 'validation' | 'test'>,
): TrainOptions {
  const { method, grouping, loss, optimiser, batch, steps, rate, schedule, lambda } = config;
  const { regularizeBias, pruneFrom, seed, precision, measureEvery, keepEvery, data } = config;
  return {
    ...{ method, grouping, loss, optimiser, batch, steps, rate, schedule, lambda },
    ...{ regularizeBias, seed, precision, measureEvery, keepEvery },
    ...(pruneFrom !== undefined && { pruneFrom }),
    ...(validation && { validation }),
    ...(test && { test }),
    ...(data.augment && { augmentation: { crop: 4, flip: true } }),
  };
}

/** Seconds left, from the steps of this process. */
class Clock {
  readonly #started = performance.now();
  constructor(
    private readonly first: number,
    private readonly total: number,
  ) {}

  left(fraction: number): number | null {
    const done = fraction * this.total - this.first;
    const seconds = (performance.now() - this.#started) / 1000;
    return done > 0 && seconds > 1 ? (seconds / done) * (1 - fraction) * this.total : null;
  }
}
