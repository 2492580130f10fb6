import { RelucentError } from '../base/index.js';
import { type Backend, type DeepNetwork, initialState, type Method, type Precision, trainDeep } from '../deep/index.js';
import { formatNumber } from '../report/index.js';
import { type CarryOutOptions, carryOut, trainOptions } from './carry-out.js';
import { Interrupted } from './errors.js';
import type { RunExamples } from './run-data.js';
import { type RunConfig, RunFolder } from './run-folder.js';
import { groupLines } from './run-words.js';
import { Session } from './session.js';
import { ingredientsOf, requireTraining, settingsOf } from './train-ingredients.js';

/** The options of `relucent train` as the argument reader gives them. */
export interface TrainCommand {
  readonly data: string;
  readonly target?: string;
  readonly task: 'auto' | 'regression' | 'classification';
  readonly standardize: boolean;
  readonly drop?: readonly string[];
  readonly categorical?: readonly string[];
  readonly testFraction: number;
  readonly dataFolder?: string;
  readonly perClass?: number;
  readonly validation?: number;
  readonly augment?: boolean;
  readonly arch?: string;
  readonly from?: string;
  readonly acrossPooling?: boolean;
  readonly groups?: readonly (readonly [string, string])[];
  readonly method: Method;
  readonly lambda: number | 'cv';
  readonly lr: number;
  readonly optimiser: 'sgd' | 'momentum' | 'adam';
  readonly schedule: 'constant' | 'cosine' | readonly number[];
  readonly epochs?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly regularizeBias?: boolean;
  readonly pruneFrom?: number;
  readonly seed: number;
  readonly precision: Precision;
  readonly threads?: number;
  readonly backend?: Backend;
  readonly measureEvery?: number;
  readonly checkpointEvery?: number;
  readonly quiet?: boolean;
  readonly output: string;
}

/** `relucent train`: a deep network by PathProx or one of its rivals, in a folder from which it can go on. */
export function trainCommand(options: TrainCommand): Promise<number> {
  requireTraining('train', options);
  return Session.run({ quiet: options.quiet }, async (session) => {
    const folder = await RunFolder.create(options.output);
    const ingredients = await ingredientsOf(session, options);
    const { examples, network, start, grouping } = ingredients;
    session.text.section('Data', examples.lines);
    session.text.section('Groups', groupLines(network, grouping));
    const settings = settingsOf(options, ingredients);
    const machine = { threads: options.threads, backend: options.backend };
    const lambda =
      options.lambda === 'cv' ? await chosenLambda(session, settings, examples, start, machine) : options.lambda;
    const config: RunConfig = { ...settings, lambda };
    session.text.section('Training', [
      `${config.method}, λ = ${formatNumber(config.lambda)}, learning rate ${formatNumber(config.rate)}, ` +
        `${formatNumber(config.steps)} steps of ${config.batch} examples`,
    ]);
    await folder.make();
    if (start) await folder.keep(initialState(config, inPrecision(start, config.precision)), 'start');
    await folder.writeConfig(config);
    return carryOut(session, folder, config, examples, machine);
  });
}

function inPrecision({ weights }: DeepNetwork, precision: Precision) {
  const typed = (values: ArrayLike<number>) =>
    precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, typed(values)]));
}

const lambdas = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];

/** The λ with the least validation loss among seven, each trained in full. */
async function chosenLambda(
  session: Session,
  config: Omit<RunConfig, 'lambda'>,
  { train, validation }: RunExamples,
  start: DeepNetwork | null,
  machine: CarryOutOptions,
): Promise<number> {
  if (!validation) {
    throw new RelucentError('usage', '--lambda cv: needs examples to validate on; add --validation 200, say.');
  }
  const scores: { readonly lambda: number; readonly loss: number }[] = [];
  for (const lambda of lambdas) {
    session.progress.update({ phase: 'choosing λ', fraction: scores.length / lambdas.length });
    // The run that follows, with another λ and nothing kept of it.
    const { keepEvery: _, ...settings } = trainOptions({ ...config, lambda }, { validation, test: null });
    const result = await trainDeep(config.architecture, train, {
      ...{ ...settings, ...machine, measureEvery: config.steps, signal: session.signal },
      ...(start && { weights: start.weights }),
    });
    if (result.status === 'aborted') throw new Interrupted('λ was not chosen yet; nothing was written');
    if (result.status === 'done') scores.push({ lambda, loss: result.log.at(-1)!.validation!.loss });
  }
  session.progress.clear();
  if (scores.length === 0) throw new RelucentError('usage', '--lambda cv: every run diverged; take a smaller --lr.');
  const best = scores.reduce((a, b) => (b.loss < a.loss ? b : a));
  session.text.section('λ', [
    `${formatNumber(best.lambda)}: least validation loss, ${formatNumber(best.loss)}, of ${scores.length}`,
  ]);
  return best.lambda;
}
