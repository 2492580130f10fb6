import { parametersOf } from '../network/layers.js';
import type { Tensors } from '../network/parameters.js';
import { GraphSession, type Numbers, newNumbers, type Precision, type SessionOptions } from '../onnx/index.js';
import { adamDefaults, slotsOf } from './optimiser.js';
import { nextName, type StepOptions, stateName, stepGraph, weightName } from './step-graph.js';

/** What changes from step to step; serialisable. */
export interface StepState {
  /** Steps taken. */
  readonly steps: number;
  /** By parameter name. */
  readonly weights: Tensors;
  /** By `slot:parameter`. */
  readonly optimiser: Tensors;
  /** β₁ᵗ and β₂ᵗ of Adam (1 for others). */
  readonly powers: readonly [number, number];
}

/** A state before the first step. */
export function initialState(options: Pick<StepOptions, 'architecture' | 'optimiser'>, weights: Tensors): StepState {
  const empty = parametersOf(options.architecture.layers).flatMap(({ name }) =>
    slotsOf(options.optimiser).map((slot) => [stateName(name, slot), weights[name].map(() => 0)]),
  );
  return { steps: 0, weights, optimiser: Object.fromEntries(empty), powers: [1, 1] };
}

export interface StepInput {
  /** [batch, …input] and [batch, outputs]. */
  readonly x: Numbers;
  readonly target: Numbers;
  readonly rate: number;
  readonly lambda: number;
  /** With `StepOptions.prune`: units that this step leaves without output weights are gone for good. Default false. */
  readonly prune?: boolean;
}

/**
 * Runs steps. Weights and state live in two sets of arrays that take turns as input and output, so a step neither copies
 * nor allocates them.
 */
export class Stepper {
  readonly #names: readonly string[];
  #now: Record<string, Numbers>;
  #next: Record<string, Numbers>;
  readonly #loss: Numbers;
  #steps: number;
  #powers: [number, number];

  private constructor(
    readonly options: StepOptions,
    readonly precision: Precision,
    private readonly session: GraphSession,
    state: StepState,
  ) {
    this.#now = Object.fromEntries([
      ...Object.entries(state.weights).map(([name, values]) => [weightName(name), values.slice()]),
      ...Object.entries(state.optimiser).map(([name, values]) => [name, values.slice()]),
    ]);
    this.#names = Object.keys(this.#now);
    this.#next = Object.fromEntries(this.#names.map((name) => [name, newNumbers(precision, this.#now[name].length)]));
    this.#loss = newNumbers(precision, 1);
    this.#steps = state.steps;
    this.#powers = [...state.powers];
  }

  static async create(
    options: StepOptions,
    state: StepState,
    precision: Precision = 'float32',
    run: SessionOptions = {},
  ): Promise<Stepper> {
    return new Stepper(options, precision, await GraphSession.create(stepGraph(options), precision, run), state);
  }

  /** Takes one step and returns the mean data loss of its batch before the step. */
  async step({ x, target, rate, lambda, prune = false }: StepInput): Promise<number> {
    const into: Record<string, Numbers> = { loss: this.#loss };
    for (const name of this.#names) into[nextName(name)] = this.#next[name];
    await this.session.run({ ...this.#now, ...this.#scalars(rate, lambda, prune), x, target }, into);
    [this.#now, this.#next] = [this.#next, this.#now];
    this.#steps++;
    return this.#loss[0];
  }

  #scalars(rate: number, lambda: number, prune: boolean): Record<string, Numbers> {
    const scalar = (value: number): Numbers => newNumbers(this.precision, 1).fill(value);
    const { optimiser } = this.options;
    const pruning: Record<string, Numbers> = this.options.prune ? { prune: scalar(prune ? 1 : 0) } : {};
    const plain = { rate: scalar(rate), lambda: scalar(lambda), ...pruning };
    if (optimiser.kind !== 'adam') return plain;
    const { beta1, beta2 } = { ...adamDefaults, ...optimiser };
    this.#powers = [this.#powers[0] * beta1, this.#powers[1] * beta2];
    const [correction1, correction2] = this.#powers.map((power) => scalar(1 / (1 - power)));
    return { ...plain, correction1, correction2 };
  }

  /** A copy of the state; a stepper created from it goes on with the same bytes. */
  state(): StepState {
    const names = parametersOf(this.options.architecture.layers).map(({ name }) => name);
    const weights = Object.fromEntries(names.map((name) => [name, this.#now[weightName(name)].slice()]));
    const isState = (name: string): boolean => !name.startsWith('weight:');
    const optimiser = this.#names.filter(isState).map((name) => [name, this.#now[name].slice()]);
    return { steps: this.#steps, weights, optimiser: Object.fromEntries(optimiser), powers: [...this.#powers] };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
