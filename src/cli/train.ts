import { RelucentError, requireThat, version } from '../base/index.js';
import {
  type Architecture,
  architecture,
  type DeepNetwork,
  deepFromOnnx,
  findGroups,
  type Grouping,
  groupsFrom,
  initialState,
  type Method,
  type Optimiser,
  type Precision,
  type Schedule,
  trainDeep,
} from '../deep/index.js';
import { formatNumber } from '../report/index.js';
import { carryOut } from './carry-out.js';
import { imageSets } from './data-sets.js';
import { Interrupted } from './errors.js';
import { inputName, readBytes } from './files.js';
import { type RunExamples, readRunData } from './run-data.js';
import { digestOf, type RunConfig, type RunData, RunFolder } from './run-folder.js';
import { groupLines } from './run-words.js';
import { Session } from './session.js';

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
  readonly backend?: 'native' | 'wasm';
  readonly measureEvery?: number;
  readonly checkpointEvery?: number;
  readonly quiet?: boolean;
  readonly output: string;
}

/** `relucent train`: a deep network by PathProx or one of its rivals, in a folder from which it can go on. */
export function trainCommand(options: TrainCommand): Promise<number> {
  requireThat(
    (options.epochs === undefined) !== (options.steps === undefined),
    'train: say how long by one of --epochs and --steps.',
  );
  requireThat(
    options.pruneFrom === undefined || options.method.startsWith('pathprox'),
    `--prune-from: is for --method pathprox, got ${options.method}.`,
  );
  requireThat(
    (options.arch === undefined) !== (options.from === undefined),
    'train: say which network by one of --arch (such as mlp-6-400) and --from (an ONNX file).',
  );
  return Session.run({ quiet: options.quiet }, async (session) => {
    const start = options.from === undefined ? null : await networkOf(options.from);
    const data = dataOf(options);
    const folder = RunFolder.create(options.output);
    const examples = await readRunData(session, data);
    session.text.section('Data', examples.lines);
    const network = start?.architecture ?? architecture(options.arch!, examples.train.input, examples.train.outputs);
    if (start) requireShapes(network, examples, options.from!);
    const grouping = groupingOf(network, options);
    session.text.section('Groups', groupLines(network, grouping));
    const config = await configOf(session, options, data, examples, network, grouping);
    session.text.section('Training', [
      `${config.method}, λ = ${formatNumber(config.lambda)}, learning rate ${formatNumber(config.rate)}, ` +
        `${formatNumber(config.steps)} steps of ${config.batch} examples`,
    ]);
    await folder.make();
    if (start) await folder.keep(initialState(config, inPrecision(start, config.precision)), 'start');
    await folder.writeConfig(config);
    return carryOut(session, folder, config, examples, { threads: options.threads, backend: options.backend });
  });
}

const networkOf = async (path: string): Promise<DeepNetwork> =>
  deepFromOnnx(await readBytes(path), { name: inputName(path) });

/** Throws `usage` for a network that takes or gives other numbers than the data. */
function requireShapes(network: Architecture, { train }: RunExamples, file: string): void {
  const layers = network.layers.filter((layer) => layer.kind === 'linear');
  const outputs = layers.at(-1)?.outputs;
  const same = network.input.join() === train.input.join() && (outputs === undefined || outputs === train.outputs);
  requireThat(
    same,
    `--from: ${file} takes [${network.input.join(', ')}] and gives ${outputs ?? 'no'} outputs, ` +
      `but the data has [${train.input.join(', ')}] and ${train.outputs}; take a network that fits.`,
  );
}

function inPrecision({ weights }: DeepNetwork, precision: Precision) {
  const typed = (values: ArrayLike<number>) =>
    precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, typed(values)]));
}

/** Images by name, or a table with its columns. */
function dataOf(options: TrainCommand): RunData {
  const { data: source, dataFolder: folder, perClass, validation, augment } = options;
  const isSet = imageSets[source] !== undefined;
  if (!isSet) {
    const { target = '', task, standardize, drop, categorical, testFraction } = options;
    const names = Object.keys(imageSets).join(', ');
    requireThat(target !== '', `--target: say which column of ${source} to predict (image sets are ${names}).`);
    requireThat(!perClass && !augment && !folder, '--per-class, --augment and --data-folder: are for image sets.');
    const table = { target, task, standardize, drop, categorical, testFraction };
    return { source, validation: validation ?? 0, table };
  }
  const usual = perClass === undefined ? imageSets[source].validation : 0;
  return { source, folder, perClass, validation: validation ?? usual, augment };
}

function groupingOf(network: Architecture, { groups, acrossPooling }: TrainCommand): Grouping {
  return groups ? groupsFrom(network, groups) : findGroups(network, { acrossPooling });
}

const optimisers: Readonly<Record<TrainCommand['optimiser'], Optimiser>> = {
  sgd: { kind: 'sgd' },
  momentum: { kind: 'momentum', momentum: 0.9 },
  adam: { kind: 'adam' },
};

async function configOf(
  session: Session,
  options: TrainCommand,
  data: RunData,
  examples: RunExamples,
  network: Architecture,
  grouping: Grouping,
): Promise<RunConfig> {
  const { train } = examples;
  const batch = options.batch ?? Math.min(train.input.length === 3 && train.input[0] === 3 ? 128 : 200, train.count);
  requireThat(batch <= train.count, `--batch: expected at most the ${train.count} training examples, got ${batch}.`);
  const perEpoch = Math.floor(train.count / batch);
  const settings = {
    format: 'relucent-run' as const,
    version,
    data,
    digest: digestOf(train),
    architecture: network,
    grouping,
    method: options.method,
    loss: examples.loss,
    optimiser: optimisers[options.optimiser],
    batch,
    steps: options.steps ?? options.epochs! * perEpoch,
    rate: options.lr,
    schedule: scheduleOf(options.schedule, perEpoch),
    regularizeBias: options.regularizeBias === true,
    pruneFrom: options.pruneFrom === undefined ? undefined : options.pruneFrom * perEpoch,
    seed: options.seed,
    precision: options.precision,
    measureEvery: options.measureEvery ?? perEpoch,
    keepEvery: options.checkpointEvery ?? perEpoch,
  };
  const lambda = options.lambda === 'cv' ? await chosenLambda(session, settings, examples) : options.lambda;
  return { ...settings, lambda };
}

/** Milestones are epochs, each with a tenth of the rate before. */
function scheduleOf(schedule: TrainCommand['schedule'], perEpoch: number): Schedule {
  if (typeof schedule === 'string') return { kind: schedule };
  return { kind: 'milestones', at: schedule.map((epoch) => epoch * perEpoch), factor: 0.1 };
}

const lambdas = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];

/** The λ with the least validation loss among seven, each trained in full. */
async function chosenLambda(
  session: Session,
  config: Omit<RunConfig, 'lambda'>,
  { train, validation }: RunExamples,
): Promise<number> {
  if (!validation) {
    throw new RelucentError('usage', '--lambda cv: needs examples to validate on; add --validation 200, say.');
  }
  const scores: { readonly lambda: number; readonly loss: number }[] = [];
  for (const lambda of lambdas) {
    session.progress.update({ phase: 'choosing λ', fraction: scores.length / lambdas.length });
    const { architecture: network, method, grouping, loss, optimiser, batch, steps, rate, schedule, seed } = config;
    const result = await trainDeep(network, train, {
      ...{ method, grouping, loss, optimiser, batch, steps, rate, schedule, seed, lambda, validation },
      precision: config.precision,
      measureEvery: Math.max(1, steps),
      signal: session.signal,
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
