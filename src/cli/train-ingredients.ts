import { requireThat, version } from '../base/index.js';
import {
  type Architecture,
  architecture,
  type DeepNetwork,
  deepFromOnnx,
  findGroups,
  type Grouping,
  groupsFrom,
  type Optimiser,
  parametersOf,
  type Schedule,
} from '../deep/index.js';
import { formatNumber } from '../report/index.js';
import { imageSets } from './data-sets.js';
import { naming } from './errors.js';
import { inputName, readBytes } from './files.js';
import { type RunExamples, readRunData } from './run-data.js';
import { digestOf, type RunConfig, type RunData } from './run-folder.js';
import type { Session } from './session.js';
import type { TrainCommand } from './train.js';

/** What `train` and `search` share. */
export type GridCommand = Omit<TrainCommand, 'lr' | 'lambda' | 'seed'>;

/** Throws `usage` for options that do not go together, before anything is read. */
export function requireTraining(command: string, options: GridCommand): void {
  const oneOf = (a: unknown, b: unknown, words: string): void => {
    const got = a === undefined ? 'none' : 'both';
    requireThat((a === undefined) !== (b === undefined), `${command}: say ${words}, got ${got}.`);
  };
  oneOf(options.epochs, options.steps, 'how long by one of --epochs and --steps');
  oneOf(options.arch, options.from, 'which network by one of --arch (such as mlp-6-400) and --from (an ONNX file)');
  requireThat(
    options.pruneFrom === undefined || options.method.startsWith('pathprox'),
    `--prune-from: is for --method pathprox, got ${options.method}.`,
  );
  requireThat(
    options.backend !== 'webgpu' || options.precision === 'float32',
    '--backend: webgpu computes in float32; leave out --precision float64, or take native or wasm.',
  );
  const [, depth] = /^mlp-(\d+)-/.exec(options.arch ?? '') ?? [];
  requireThat(
    depth === undefined || Number(depth) <= MOST_LAYERS,
    `--arch: expected at most ${MOST_LAYERS} layers, got ${depth}.`,
  );
}

const MOST_LAYERS = 1000;

/** Two gigabytes of float32: what an ONNX file, and with it ONNX Runtime, can hold. */
const MOST_WEIGHTS = 2 ** 29;

/** Reads data and network and checks that they and the options fit together; nothing is written. */
export async function ingredientsOf(session: Session, options: GridCommand) {
  const data = dataOf(options);
  const start = options.from === undefined ? null : await networkOf(options.from);
  const examples = await readRunData(session, data);
  const { train } = examples;
  const network =
    start?.architecture ?? naming('--arch', () => architecture(options.arch!, train.input, train.outputs));
  if (start) requireShapes(network, examples, options.from!);
  requireSize(network, options);
  const grouping = groupingOf(network, options);
  const batch = options.batch ?? Math.min(train.input.length === 3 && train.input[0] === 3 ? 128 : 200, train.count);
  requireThat(batch <= train.count, `--batch: expected at most the ${train.count} training examples, got ${batch}.`);
  return { data, examples, network, start, grouping, batch };
}

/** Throws where the numbers of a network cannot be held, or not in this precision. */
function requireSize({ layers }: Architecture, { arch, from, precision }: GridCommand): void {
  const count = parametersOf(layers).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  requireThat(
    count <= MOST_WEIGHTS,
    `${arch === undefined ? `--from: ${from}` : `--arch: ${arch}`} has ${formatNumber(count)} weights; ` +
      `expected at most ${formatNumber(MOST_WEIGHTS)}.`,
    'resource',
  );
  requireThat(
    precision !== 'float64' || layers.every(({ kind }) => kind !== 'conv2d' && kind !== 'averagePool'),
    '--precision: float64 is for networks without convolutions and average pools; leave it out.',
  );
}

/** A network of the user. */
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

/** Images by name, or a table with its columns. */
function dataOf(options: GridCommand): RunData {
  const { data: source, dataFolder: folder, perClass, validation, augment } = options;
  const set = Object.hasOwn(imageSets, source) ? imageSets[source] : undefined;
  requireKind(options, set !== undefined);
  if (set === undefined) {
    const { target = '', task, standardize, drop, categorical, testFraction } = options;
    const names = Object.keys(imageSets).join(', ');
    requireThat(target !== '', `--target: say which column of ${source} to predict (image sets are ${names}).`);
    requireThat(source !== '-', '--data: expected the path of a file, got - (stdin); a run reads its data again.');
    const table = { target, task, standardize, drop, categorical, testFraction };
    return { source, validation: validation ?? 0, table };
  }
  const usual = perClass === undefined ? set.validation : 0;
  return { source, folder, perClass, validation: validation ?? usual, augment };
}

/** Throws `usage` for options of tables with images and the other way round. */
function requireKind(options: GridCommand, images: boolean): void {
  const { target, task, drop, categorical, standardize, perClass, augment, dataFolder } = options;
  const ofTables = { target, drop, categorical, task: task !== 'auto', 'no-standardize': !standardize };
  const ofImages = { 'per-class': perClass, augment, 'data-folder': dataFolder };
  for (const [name, value] of Object.entries<unknown>(images ? ofTables : ofImages)) {
    const [wanted, got] = images ? ['tables', 'an image set'] : ['image sets', 'not one'];
    const given = value !== undefined && value !== false;
    requireThat(!given, `--${name}: is for ${wanted}; ${options.data} is ${got}. Leave it out.`);
  }
}

function groupingOf(network: Architecture, { groups, acrossPooling }: GridCommand): Grouping {
  if (groups === undefined) return findGroups(network, { acrossPooling });
  const some = findGroups(network, { acrossPooling: true }).chains.length > 0;
  requireThat(some, '--groups: no two layers of the network make a pair; leave it out.');
  return naming('--groups', () => groupsFrom(network, groups));
}

/** What `ingredientsOf` reads. */
export type Ingredients = Awaited<ReturnType<typeof ingredientsOf>>;

const optimisers: Readonly<Record<TrainCommand['optimiser'], Optimiser>> = {
  sgd: { kind: 'sgd' },
  momentum: { kind: 'momentum', momentum: 0.9 },
  adam: { kind: 'adam' },
};

/** The settings of a run, but for λ. */
export function settingsOf(
  options: Omit<TrainCommand, 'lambda'>,
  { data, examples, network, grouping, batch }: Ingredients,
): Omit<RunConfig, 'lambda'> {
  const { train } = examples;
  const perEpoch = Math.floor(train.count / batch);
  return {
    format: 'relucent-run',
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
}

/** Milestones are epochs, each with a tenth of the rate before. */
function scheduleOf(schedule: TrainCommand['schedule'], perEpoch: number): Schedule {
  if (typeof schedule === 'string') return { kind: schedule };
  return { kind: 'milestones', at: schedule.map((epoch) => epoch * perEpoch), factor: 0.1 };
}
