import type { Run, Status } from '../base/index.js';
import { type Matrix, matrix, type PatternSet, uniquePatterns } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { Loss } from '../losses/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { LiftedNetwork } from './lifted-network.js';
import { joinOutputs, liftWeights, recoverWeights } from './recover.js';
import type { StartNetwork } from './start-network.js';
import { type TwoLayerOptions, type TwoLayerOutcome, TwoLayerPrograms } from './two-layer.js';

/** What a two-layer network is trained on, for any λ. */
export interface TrainingData {
  /** n×d, with the column of ones where there is a hidden bias. */
  readonly X: Matrix;
  /** n×outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
  readonly loss: Loss;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
  readonly activation: 'relu' | 'gated';
}

export type TrainingOptions = Omit<TwoLayerOptions, 'start'>;

/** Of one solve. */
export interface SolveLimits {
  /** Default: no limit. */
  readonly seconds?: number;
  /** Relative gap and seed, in place of the options'. */
  readonly gap?: number;
  readonly seed?: number;
}

/** A network trained at one λ. */
export interface Trained {
  readonly status: Status;
  readonly weights: NetworkWeights;
  /** Of the program, or of all programs where each output has its own. */
  readonly patterns: PatternSet;
  readonly source: TwoLayerOutcome['source'];
  readonly patternRequest: number;
}

/**
 * Trains networks on one data set at any λ: one program when the outputs hang together or there is one, else one an output.
 * Everything is decided by data, options, λ and the network to start from: nothing else is carried from one solve to the next.
 */
export class Training {
  readonly #parts: readonly TwoLayerPrograms[];

  constructor(
    kernels: Kernels,
    readonly data: TrainingData,
    options: TrainingOptions,
  ) {
    const { X, y, outputs, loss, outputBias, activation } = data;
    const parts = loss.separable ? outputs : 1;
    this.#parts = Array.from({ length: parts }, (_, k) => {
      const own = parts === 1 ? y : Float64Array.from({ length: X.rows }, (_, i) => y[i * outputs + k]);
      const family = { X, y: own, outputs: parts === 1 ? outputs : 1, loss, outputBias, activation };
      return new TwoLayerPrograms(kernels, family, options);
    });
  }

  /** The largest λ_max of the parts, 1/n scale: at and above it the network is a constant. */
  async lambdaMax(run: Run): Promise<number> {
    let largest = 0;
    for (const part of this.#parts) largest = Math.max(largest, await part.lambdaMax(run));
    return largest;
  }

  /** Objective of the best network without neurons, 1/n scale. */
  get constantValue(): number {
    return this.#parts.reduce((sum, part) => sum + part.constant.value, 0);
  }

  /** The output bias of the best network without neurons. */
  get constantBias(): Float64Array {
    const biases = this.#parts.map((part) => part.constant.bias);
    return biases.length === 1 ? biases[0] : Float64Array.from(biases, ([bias]) => bias);
  }

  /** At λ, from another network where one is given. */
  async solve(lambda: number, run: Run, start?: NetworkWeights, limits: SolveLimits = {}): Promise<Trained> {
    const { seconds = Number.POSITIVE_INFINITY, ...own } = limits;
    const starts = start && this.#startParts(start);
    const outcomes: TwoLayerOutcome[] = [];
    const parts = this.#parts.length;
    for (let k = 0; k < parts; k++) {
      run.progress({ phase: this.#firstPhase(), message: parts === 1 ? undefined : `output ${k + 1} of ${parts}` });
      outcomes.push(await this.#parts[k].solve(lambda, run.part(seconds / parts), starts?.[k], own));
    }
    return this.#joined(outcomes);
  }

  /** A network to start from just below λ_max: what enters first, of no size yet. */
  async entering(run: Run): Promise<NetworkWeights> {
    const networks: LiftedNetwork[] = [];
    for (const part of this.#parts) networks.push(await part.entering(run));
    return this.#recovered(networks, null);
  }

  /** What a solve begins with, before it reports anything itself. */
  #firstPhase(): string {
    const { options, priced } = this.#parts[0];
    if (options.patterns === 'exact') return 'enumeration';
    return priced ? 'local training' : 'convex solve';
  }

  #joined(outcomes: readonly TwoLayerOutcome[]): Trained {
    const [{ source, patternRequest }] = outcomes;
    const networks = outcomes.map((outcome) => outcome.network);
    return {
      status: outcomes.find((outcome) => outcome.status !== 'solved')?.status ?? 'solved',
      weights: this.#recovered(networks, joinedGates(outcomes)),
      patterns: uniquePatterns(outcomes.map((outcome) => outcome.patterns)).patterns,
      source,
      patternRequest,
    };
  }

  #recovered(networks: readonly LiftedNetwork[], gates: Matrix | null): NetworkWeights {
    const { outputs, hiddenBias, X } = this.data;
    const joined = networks.length === 1 ? networks[0] : joinOutputs(networks, X.cols);
    return recoverWeights(joined, outputs, hiddenBias, gates);
  }

  #startParts(weights: NetworkWeights): readonly StartNetwork[] {
    const whole = liftWeights(weights, this.data.hiddenBias);
    return this.#parts.length === 1 ? [whole] : this.#parts.map((_, k) => partOf(whole, k));
  }
}

/** The neurons of one output, as a network of that output alone. */
function partOf({ network, gates }: StartNetwork, k: number): StartNetwork {
  const own = Array.from(network.output.keys()).filter((j) => network.output[j] === k);
  return {
    network: {
      count: own.length,
      z: chosenRows(network.z, own),
      sign: Int8Array.from(own, (j) => network.sign[j]),
      output: new Int32Array(own.length),
      bias: network.bias.slice(k, k + 1),
    },
    gates: gates && chosenRows(gates, own),
  };
}

function chosenRows(m: Matrix, rows: readonly number[]): Matrix {
  const out = matrix(rows.length, m.cols);
  rows.forEach((row, j) => {
    out.data.set(m.data.subarray(row * m.cols, (row + 1) * m.cols), j * m.cols);
  });
  return out;
}

function joinedGates(outcomes: readonly TwoLayerOutcome[]): Matrix | null {
  const parts = outcomes.map((outcome) => outcome.gates);
  if (parts.some((part) => part === null)) return null;
  const all = parts as Matrix[];
  const out = matrix(
    all.reduce((sum, part) => sum + part.rows, 0),
    all[0].cols,
  );
  let at = 0;
  for (const part of all) {
    out.data.set(part.data, at);
    at += part.data.length;
  }
  return out;
}
