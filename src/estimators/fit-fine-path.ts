import { enumeratePatterns, samplePatterns } from '../arrangements/index.js';
import {
  numberRule,
  type OptionRules,
  pickOptions,
  RelucentError,
  Run,
  requireOptions,
  requireThat,
} from '../base/index.js';
import { augment, type Certificate, certify } from '../certificates/index.js';
import { type Matrix, matrix, type PatternSet } from '../linalg/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
import type { Objective } from '../model/index.js';
import type { NetworkWeights } from '../networks/index.js';
import {
  type FineEvent,
  type FineSource,
  type FineState,
  followFinePath,
  lambdaGrid,
  patternedSource,
  pricedSource,
  type Sensitivity,
} from '../path/index.js';
import { defaultGates, recoverWeights } from '../solvers/index.js';
import type { PathOptions } from './fit-path.js';
import { type CheckedOptions, checkOptions, featureMatrix, type MatrixLike, type Targets, targets } from './inputs.js';
import { fitRules, pathRules } from './option-rules.js';

/** Options of `fitFinePath`: those of `fitPath`, but each point is solved to rounding whatever gap is asked for. */
export interface FinePathOptions
  extends Omit<PathOptions, 'maxNeurons' | 'maxDeviance' | 'resume' | 'onPoint' | 'gap'> {
  /** Events are bracketed to this relative width of λ, and then 64 times closer to tell jumps. 1e-8 … 1e-3, default 1e-6. */
  readonly resolution?: number;
}

/** A neuron of the least-norm network. */
export interface FineNeuron {
  /** Its name along the path. */
  readonly key: string;
  /** ‖u‖|α|. */
  readonly norm: number;
  /** ∂norm/∂λ; null where there is none, or where the optimum is not unique. */
  readonly slope: number | null;
  /** Rows of X on whose hyperplane it lies. */
  readonly tightRows: readonly number[];
}

/** The least-norm optimum at one λ. */
export interface FinePoint {
  /** 1/n scale. */
  readonly lambda: number;
  readonly weights: NetworkWeights;
  /** In the order of the weights. */
  readonly neurons: readonly FineNeuron[];
  readonly certificate: Certificate;
  /** Optimality conditions and prices hold to rounding; else the solver's network (gap 1e-7) stands here. */
  readonly resolved: boolean;
  /** The network is the only optimum. */
  readonly unique: boolean;
  /** Dimension of the set of optima: 0 where there is one. */
  readonly dimension: number;
  /** Cells (directions) whose price is at its bound. */
  readonly atBound: number;
  /** Mean loss. */
  readonly loss: number;
  readonly penalty: number;
  readonly sensitivity: Sensitivity;
}

/** What `fitFinePath` returns. */
export interface FinePathResult {
  readonly end: 'complete' | 'aborted' | 'time-limit';
  readonly lambdaMax: number;
  /** All λ that were asked for, descending. */
  readonly lambdas: Float64Array;
  readonly objective: Omit<Objective, 'lambda'>;
  readonly points: readonly FinePoint[];
  /** By falling λ. */
  readonly events: readonly FineEvent[];
  /** Intervals (above, below) of λ whose events are not known. */
  readonly unresolved: readonly (readonly [number, number])[];
  readonly seconds: number;
}

const { maxNeurons: _, maxDeviance: __, resume: ___, onPoint: ____, gap: _____, ...rulesOfPath } = pathRules;
const rules: OptionRules<FinePathOptions> = {
  ...rulesOfPath,
  resolution: numberRule('a number from 1e-8 to 1e-3', (value) => value >= 1e-8 && value <= 1e-3),
};

/** The gap that certificates are asked for: what rounding of their own bounds leaves room for. */
const certifiedGap = 1e-9;
const effort = { starts: 50, nodeLimit: 0, iterations: 8 } as const;
/** Most patterns that `exact` enumerates here. */
const enumerationLimit = 20_000;

/**
 * The least-norm path over descending λ > 0 with its events, for one output and the squared or logistic loss: at each λ the
 * optimum of least Σ‖w_j‖² to rounding, whether it is unique, the derivative of the fit in λ; between them where neurons
 * enter and leave, and the kinks and jumps of their weights. Meant for small data (n ≤ 500, d ≤ 30, some dozens of neurons).
 *
 * Numerical, not proved: that no event pair falls between two λ of the grid with the same neurons on both sides, and, with
 * `auto` patterns, that no price is missed at the λ between (each point of the grid has its certificate).
 * `docs/fine-path.md` has definitions and tolerances.
 *
 * @param X n×d features; standardise them first.
 * @param y n numbers, or labels −1/+1.
 * @returns what was reached; also when it was aborted or out of time.
 * @throws `usage` for a bad option, several outputs or another loss, `data` for a bad entry, `resource` for too many patterns.
 */
export async function fitFinePath(
  X: MatrixLike,
  y: ArrayLike<number> | Matrix,
  options: FinePathOptions = {},
): Promise<FinePathResult> {
  requireOptions(options, rules, 'fitFinePath');
  const checked = checkOptions(pickOptions(options, fitRules), 'fitFinePath');
  const features = featureMatrix(X, 'fitFinePath');
  const target = targets(y, features.rows, options.loss, 'fitFinePath');
  requireSuited(target);
  const run = new Run(options);
  const kernels = await createKernels({ threads: checked.threads });
  try {
    return await new FineFit(kernels, features, target, checked, options, run).follow();
  } finally {
    kernels.dispose();
  }
}

function requireSuited({ outputs, loss }: Targets): void {
  requireThat(outputs === 1, `fitFinePath: expected one output, got ${outputs}; follow each output by itself.`);
  requireThat(
    loss.name === 'squared' || loss.name === 'logistic',
    `fitFinePath: expected the squared or the logistic loss, got ${loss.name}; fitPath takes the others.`,
  );
}

class FineFit {
  constructor(
    readonly kernels: Kernels,
    readonly X: Matrix,
    readonly target: Targets,
    readonly checked: CheckedOptions,
    readonly options: FinePathOptions,
    readonly run: Run,
  ) {}

  async follow(): Promise<FinePathResult> {
    const { run, options, checked } = this;
    const { source, patterns } = await this.#source();
    const lambdaMax = await source.lambdaMax(run);
    const lambdas = lambdaGrid(lambdaMax, options);
    requireThat(
      lambdas[lambdas.length - 1] > 0,
      'fitFinePath: every λ must be above 0; leave out the 0 (or y is constant).',
    );
    const onState = (state: FineState, count: number): void =>
      run.progress({ phase: 'path', fraction: count / lambdas.length, neurons: state.neurons.length });
    const path = await followFinePath(source, lambdas, { resolution: options.resolution ?? 1e-6, onState }, run);
    const points: FinePoint[] = [];
    for (const [k, state] of path.states.entries()) {
      if (run.stop !== null) break;
      points.push(await this.#point(source, state, path.names[k], patterns));
    }
    const { outputBias, hiddenBias } = checked;
    return {
      end: run.stop ?? 'complete',
      lambdaMax,
      lambdas,
      objective: { loss: this.target.loss.name, outputBias, hiddenBias },
      points,
      events: path.events,
      unresolved: path.unresolved,
      seconds: run.seconds,
    };
  }

  async #source(): Promise<{ source: FineSource; patterns: PatternSet | undefined }> {
    const { kernels, checked, X, target } = this;
    const gated = checked.activation === 'gated';
    const whole = checked.hiddenBias ? augment(X) : X;
    const problem = { X: whole, y: target.y, loss: target.loss, outputBias: checked.outputBias, gated };
    if (checked.patterns === 'auto' && !gated) {
      return { source: pricedSource(kernels, problem, { seed: checked.seed }), patterns: undefined };
    }
    const { patterns, gates } = await this.#fixedPatterns(whole);
    // all patterns of a ReLU network need no statement: the certificate prices every direction
    const stated = gated || checked.patterns !== 'exact' ? patterns : undefined;
    return { source: patternedSource(kernels, problem, patterns, gated ? gates : null), patterns: stated };
  }

  async #fixedPatterns(X: Matrix): Promise<{ patterns: PatternSet; gates: Matrix }> {
    const { patterns, seed } = this.checked;
    if (patterns !== 'exact') {
      return samplePatterns(X, patterns === 'auto' ? defaultGates : patterns, { seed, kind: 'gaussian' });
    }
    const all = await enumeratePatterns(X, { limit: enumerationLimit, signal: this.run.options.signal });
    if (all.complete || this.run.stop !== null) return all;
    throw new RelucentError(
      'resource',
      `fitFinePath: patterns 'exact' enumerates at most ${enumerationLimit} activation patterns, and this data (${X.rows} rows of rank ${all.rank}) has more; use patterns 'auto'.`,
    );
  }

  async #point(
    source: FineSource,
    state: FineState,
    names: readonly string[],
    patterns: PatternSet | undefined,
  ): Promise<FinePoint> {
    const { checked, target, X } = this;
    const { lambda, resolved, dimension, loss, penalty, sensitivity } = state;
    const weights = networkOf(source, state, checked.hiddenBias);
    const { outputBias, hiddenBias, seed } = checked;
    const certificate = await certify(weights, X, target.y, lambda, {
      ...{ ...effort, loss: target.loss, outputBias, hiddenBias, patterns, seed },
      tolerance: certifiedGap,
      signal: this.run.options.signal,
    });
    const neurons = state.neurons.map(({ atom, length, slope }, j) => ({
      ...{ key: names[j], norm: length, slope, tightRows: atom.tight },
    }));
    const unique = resolved && dimension === 0;
    const atBound = state.bound.length;
    return { lambda, weights, neurons, certificate, resolved, unique, dimension, atBound, loss, penalty, sensitivity };
  }
}

/** The network of a state, balanced; neurons in the state's order. */
function networkOf(source: FineSource, { neurons, bias }: FineState, hiddenBias: boolean): NetworkWeights {
  const d = source.problem.X.cols;
  const z = matrix(neurons.length, d);
  neurons.forEach(({ atom, length }, j) => {
    z.data.set(
      atom.direction.map((t) => t * length),
      j * d,
    );
  });
  const lifted = {
    ...{ count: neurons.length, z, bias: Float64Array.of(bias) },
    sign: Int8Array.from(neurons, ({ atom }) => atom.sign),
    output: new Int32Array(neurons.length),
  };
  return recoverWeights(lifted, 1, hiddenBias, source.problem.gated ? gatesOf(source, neurons) : null);
}

function gatesOf({ gates, problem }: FineSource, neurons: FineState['neurons']): Matrix {
  const out = matrix(neurons.length, problem.X.cols);
  neurons.forEach(({ atom }, j) => {
    const vector = gates?.(atom);
    if (vector) out.data.set(vector, j * out.cols);
  });
  return out;
}
