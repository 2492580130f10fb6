import {
  choiceRule,
  numberRule,
  type OptionRules,
  RelucentError,
  Run,
  type RunOptions,
  requireOptions,
  runRules,
  seedRule,
  switchRule,
  wholeRule,
} from '../../base/index.js';
import type { Augmentation } from '../data/augment.js';
import { Batches, checkExamples, type Examples } from '../data/examples.js';
import { sizeOf } from '../ir/shape.js';
import { findGroups, type Grouping } from '../methods/groups.js';
import { METHODS, type Method } from '../methods/method.js';
import { keepsUnitInputs, withUnitInputs } from '../methods/start.js';
import { type Architecture, parametersOf } from '../network/layers.js';
import { initialise, type Tensors } from '../network/parameters.js';
import type { Backend, Precision } from '../onnx/index.js';
import type { Optimiser } from '../step/optimiser.js';
import type { DeepLoss, StepOptions } from '../step/step-graph.js';
import { initialState, Stepper, type StepState } from '../step/stepper.js';
import { Evaluator } from './evaluate-network.js';
import { decayObjective, measureWeights, pathObjective, type WeightMeasures } from './measure.js';
import { rateAt, type Schedule } from './schedule.js';

export interface TrainOptions extends RunOptions {
  /** Default `pathprox`. */
  readonly method?: Method;
  /** Which layers are paired; found from the layers by default. */
  readonly grouping?: Grouping;
  /** Default `cross-entropy`. */
  readonly loss?: DeepLoss;
  /** Default plain SGD. */
  readonly optimiser?: Optimiser;
  /** Examples per step; default 200, or all where there are fewer. */
  readonly batch?: number;
  /** Length of the run: one of the two. An epoch is as many whole batches as the examples fill. */
  readonly steps?: number;
  readonly epochs?: number;
  /** Learning rate, > 0; default 0.1. */
  readonly rate?: number;
  readonly schedule?: Schedule;
  /** Regularisation, ≥ 0; default 1e-4. */
  readonly lambda?: number;
  readonly regularizeBias?: boolean;
  /**
   * From this step on a unit whose output weights are 0 loses its input weights too and never comes back; without it the
   * noise of batches lets dead units live again for some steps. Proximal methods alone. Default: never.
   */
  readonly pruneFrom?: number;
  readonly seed?: number;
  /** Default float32; float64 for networks without convolutions. */
  readonly precision?: Precision;
  readonly threads?: number;
  readonly backend?: Backend;
  /** Measures every so many steps (and at the end); default: once an epoch. */
  readonly measureEvery?: number;
  /** How many training examples are measured, the first ones; default all. */
  readonly measured?: number;
  /** Scored beside the training examples. */
  readonly validation?: Examples;
  readonly test?: Examples;
  /** Random changes of training images. */
  readonly augmentation?: Augmentation;
  /** Weights to begin with, of any precision; default: drawn by seed. */
  readonly weights?: Tensors;
  /** Goes on from here; its steps count. */
  readonly state?: StepState;
  /** Called after every measurement. */
  readonly onMeasure?: (row: Measurement, state: StepState) => void | Promise<void>;
  /** Every so many steps, for those who keep states: with the state after the step. Default: never. */
  readonly keepEvery?: number;
  readonly onState?: (state: StepState) => void | Promise<void>;
}

/** One row of a run's log. */
export interface Measurement extends WeightMeasures {
  readonly step: number;
  /** Mean loss and accuracy on all training examples. */
  readonly loss: number;
  readonly accuracy: number;
  /** Mean loss + λ · path norm (+ weight decay of other layers). */
  readonly objective: number;
  /** Mean loss + (λ/2) Σ‖weights‖². */
  readonly decayObjective: number;
  readonly validation?: { readonly loss: number; readonly accuracy: number };
  readonly test?: { readonly loss: number; readonly accuracy: number };
}

export interface TrainResult {
  /** `diverged`: the loss was no longer a number; the state is that of the last measurement. */
  readonly status: 'done' | 'aborted' | 'time-limit' | 'diverged';
  readonly message: string;
  readonly architecture: Architecture;
  readonly grouping: Grouping;
  readonly weights: Tensors;
  readonly state: StepState;
  readonly log: readonly Measurement[];
}

const objectRule = { expected: 'an object', accepts: (value: unknown) => typeof value === 'object' && value !== null };
const functionRule = { expected: 'a function', accepts: (value: unknown) => typeof value === 'function' };
const positive = numberRule('a number > 0', (value) => value > 0 && value < Number.POSITIVE_INFINITY);

const trainRules: OptionRules<TrainOptions> = {
  ...runRules,
  method: choiceRule(METHODS),
  grouping: objectRule,
  loss: choiceRule(['cross-entropy', 'squared']),
  optimiser: objectRule,
  batch: wholeRule(1),
  steps: wholeRule(0),
  epochs: wholeRule(0),
  rate: positive,
  schedule: objectRule,
  lambda: numberRule('a number ≥ 0', (value) => value >= 0 && value < Number.POSITIVE_INFINITY),
  regularizeBias: switchRule,
  pruneFrom: wholeRule(0),
  seed: seedRule,
  precision: choiceRule(['float32', 'float64']),
  threads: wholeRule(1),
  backend: choiceRule(['native', 'wasm', 'webgpu']),
  measureEvery: wholeRule(1),
  measured: wholeRule(1),
  validation: objectRule,
  test: objectRule,
  augmentation: objectRule,
  weights: objectRule,
  state: objectRule,
  onMeasure: functionRule,
  keepEvery: wholeRule(1),
  onState: functionRule,
};

/** Everything decided: defaults filled in, sizes checked. */
function settle(architecture: Architecture, examples: Examples, options: TrainOptions) {
  requireOptions(options, trainRules, 'trainDeep');
  checkExamples(examples, 'trainDeep');
  const { batch = Math.min(200, examples.count), steps, epochs } = options;
  if ((steps === undefined) === (epochs === undefined)) {
    throw new RelucentError('usage', 'trainDeep: expected one of steps and epochs, got both or neither.');
  }
  if (batch > examples.count) {
    throw new RelucentError('usage', `trainDeep: batch must be at most the ${examples.count} examples, got ${batch}.`);
  }
  const perEpoch = Math.floor(examples.count / batch);
  const { rate = 0.1, lambda = 1e-4, seed = 0, precision = 'float32', method = 'pathprox' } = options;
  const step: StepOptions = {
    architecture,
    grouping: options.grouping ?? findGroups(architecture),
    method,
    loss: options.loss ?? 'cross-entropy',
    optimiser: options.optimiser ?? { kind: 'sgd' },
    batch,
    regularizeBias: options.regularizeBias,
    prune: options.pruneFrom !== undefined,
  };
  if (step.prune && !method.startsWith('pathprox')) {
    throw new RelucentError('usage', `trainDeep: pruneFrom is for pathprox, got the method '${method}'.`);
  }
  const total = steps ?? epochs! * perEpoch;
  const every = options.measureEvery ?? perEpoch;
  const schedule = options.schedule ?? ({ kind: 'constant' } as const);
  return { step, rate, lambda, seed, precision, total, every, schedule };
}

type Settled = ReturnType<typeof settle>;

/** The first `count` examples. */
function firstOf(examples: Examples, count = examples.count): Examples {
  if (count >= examples.count) return examples;
  const part = (values: ArrayLike<number>, size: number): ArrayLike<number> =>
    values instanceof Float32Array
      ? values.subarray(0, count * size)
      : Array.prototype.slice.call(values, 0, count * size);
  const { x, target, input, outputs } = examples;
  return { count, input, outputs, x: part(x, sizeOf(input)), target: part(target, outputs) };
}

async function measure(
  evaluator: Evaluator,
  { step, lambda }: Settled,
  examples: Examples,
  { validation, test }: TrainOptions,
  { steps, weights }: StepState,
): Promise<Measurement> {
  const { loss, accuracy } = await evaluator.scores(weights, examples);
  const measures = measureWeights(step.architecture, step.grouping, weights);
  return {
    step: steps,
    loss,
    accuracy,
    objective: pathObjective(loss, lambda, measures),
    decayObjective: decayObjective(loss, lambda, measures),
    ...measures,
    ...(validation && { validation: await evaluator.scores(weights, validation) }),
    ...(test && { test: await evaluator.scores(weights, test) }),
  };
}

const messages = {
  done: 'finished',
  aborted: 'stopped; go on from `state`',
  'time-limit': 'time limit reached; go on from `state`',
} as const;

/**
 * Trains a deep network by mini-batches on ONNX Runtime. The same options, seed and runtime give the same bytes, also when
 * a run is stopped and goes on from its `state` (give the same total of steps, so that schedules agree).
 *
 * Throws `usage` for wrong options and layers, `data` for examples of another shape, `resource` without ONNX Runtime. A loss
 * that is no longer a number ends the run with status `diverged`.
 */
export async function trainDeep(
  architecture: Architecture,
  examples: Examples,
  options: TrainOptions,
): Promise<TrainResult> {
  const settled = settle(architecture, examples, options);
  const { step, precision, seed } = settled;
  const session = { threads: options.threads, backend: options.backend };
  const start = options.state ?? initialState(step, startingWeights(step, options.weights, seed, precision));
  const stepper = await Stepper.create(step, start, precision, session);
  const trained = Math.min(examples.count, options.measured ?? examples.count);
  const most = Math.max(trained, options.validation?.count ?? 0, options.test?.count ?? 0);
  const evaluator = await Evaluator.create(architecture, step.loss, precision, session, most);
  try {
    const { status, message, state, log } = await loop(stepper, evaluator, settled, examples, options);
    return { status, message, architecture, grouping: step.grouping, weights: state.weights, state, log };
  } finally {
    await stepper.release();
    await evaluator.release();
  }
}

/** Drawn or given, and of the same function on the sphere where the method keeps them there. */
function startingWeights(
  { architecture, grouping, method, regularizeBias }: StepOptions,
  given: Tensors | undefined,
  seed: number,
  precision: Precision,
): Tensors {
  const drawn = given ? inPrecision(architecture, given, precision) : initialise(architecture, seed, precision);
  return keepsUnitInputs(method) ? withUnitInputs(architecture, grouping, drawn, regularizeBias) : drawn;
}

/** Throws `usage` for weights of another network. */
function inPrecision({ layers }: Architecture, given: Tensors, precision: Precision): Tensors {
  const entries = parametersOf(layers).map(({ name, shape }) => {
    const values = given[name];
    if (values?.length === sizeOf(shape)) {
      return [name, precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values)];
    }
    const got = values ? `${values.length}` : 'none';
    throw new RelucentError('usage', `trainDeep: weights: expected ${sizeOf(shape)} numbers for ${name}, got ${got}.`);
  });
  return Object.fromEntries(entries);
}

type Outcome = Pick<TrainResult, 'status' | 'message' | 'state' | 'log'>;

async function loop(
  stepper: Stepper,
  evaluator: Evaluator,
  settled: Settled,
  examples: Examples,
  options: TrainOptions,
): Promise<Outcome> {
  const { step, rate, lambda, seed, precision, total, every, schedule } = settled;
  const run = new Run(options);
  const batches = new Batches(examples, step.batch, seed, precision, options.augmentation ?? null);
  const measured = firstOf(examples, options.measured);
  const log: Measurement[] = [];
  let state = stepper.state();
  const take = async (): Promise<void> => {
    state = stepper.state();
    log.push(await measure(evaluator, settled, measured, options, state));
    await options.onMeasure?.(log.at(-1)!, state);
  };
  for (let k = state.steps; k < total; k++) {
    // In pages a step keeps the thread: without a turn of the event loop no abort would get through.
    await run.pause();
    if (run.stop) return { status: run.stop, message: messages[run.stop], state: stepper.state(), log };
    batches.load(k);
    const loss = await stepper.step({
      x: batches.x,
      target: batches.target,
      rate: rateAt(schedule, rate, k, total),
      lambda,
      prune: k >= (options.pruneFrom ?? Number.POSITIVE_INFINITY),
    });
    if (!Number.isFinite(loss)) return diverged(k, loss, state, log);
    run.progress({ phase: 'training', fraction: (k + 1) / total, primal: loss });
    if ((k + 1) % every === 0) await take();
    if ((k + 1) % (options.keepEvery ?? Number.POSITIVE_INFINITY) === 0) await options.onState?.(stepper.state());
  }
  if (log.at(-1)?.step !== state.steps || state.steps !== total) await take();
  return { status: 'done', message: messages.done, state, log };
}

function diverged(step: number, loss: number, state: StepState, log: readonly Measurement[]): Outcome {
  const advice = 'try a smaller learning rate; `state` is that of the last measurement';
  return { status: 'diverged', message: `step ${step + 1}: the loss is ${loss}; ${advice}`, state, log };
}
