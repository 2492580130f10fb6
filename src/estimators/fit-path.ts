import { pickOptions, Run, requireOptions, requireThat, type Status } from '../base/index.js';
import { augment, type Certificate, networkObjective, trainingProblem } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
import type { Objective, PatternSource } from '../model/index.js';
import { constantNetwork, type NetworkWeights, predictScores } from '../networks/index.js';
import { followPath, lambdaGrid } from '../path/index.js';
import {
  defaultGates,
  type SearchEffort,
  type Trained,
  Training,
  type TrainingData,
  type TrainingOptions,
} from '../solvers/index.js';
import { certifyTrained, contradicted, FURTHER_ATTEMPTS, furtherAttempt, isPriced } from './certified.js';
import { type CheckedOptions, checkOptions, featureMatrix, type MatrixLike, type Targets, targets } from './inputs.js';
import { fitRules, pathRules } from './option-rules.js';
import type { FitOptions } from './options.js';
import { explainedShare, networkAt } from './path-points.js';
import { dualAlong, pricedBeside, withViolators } from './path-sweep.js';

export { withSecondOpinion } from './second-opinion.js';

/** Options of `fitPath`. */
export interface PathOptions extends Omit<FitOptions, 'lambda'> {
  /** How many λ, or the λ themselves. Default 100. */
  readonly lambdas?: number | readonly number[];
  /** The last λ over λ_max. Default 1e-3. */
  readonly minRatio?: number;
  /** Ends the path at the first network with more neurons. Default: no limit. */
  readonly maxNeurons?: number;
  /** Ends the path at the first network that explains more than this share of the constant's loss. Default: no limit. */
  readonly maxDeviance?: number;
  /** Points of an earlier path over the same data and options, to go on from. */
  readonly resume?: readonly FitPathPoint[];
  /** Called with every new point. */
  readonly onPoint?: (point: FitPathPoint) => void;
}

/** The network at one λ, and what is proved about it. */
export interface FitPathPoint {
  /** 1/n scale. */
  readonly lambda: number;
  readonly weights: NetworkWeights;
  readonly certificate: Certificate;
  readonly status: Status;
}

/** Why a path has no more points: all λ are done, it was stopped, or a limit that was asked for is reached. */
export type PathEnd = 'complete' | 'aborted' | 'time-limit' | 'max-neurons' | 'max-deviance';

/** What `fitPath` returns. */
export interface PathResult {
  readonly end: PathEnd;
  readonly lambdaMax: number;
  /** All λ that were asked for, descending. */
  readonly lambdas: Float64Array;
  /** Mean loss of the best constant. */
  readonly nullLoss: number;
  readonly objective: Omit<Objective, 'lambda'>;
  readonly patternSource: PatternSource;
  readonly points: readonly FitPathPoint[];
  /**
   * The network at any λ from the last point's up: between two points interpolated in the convex variables.
   * @throws `usage` for a λ below the last point's.
   */
  at(lambda: number): NetworkWeights;
  /** Network outputs (n×c) at λ. */
  predict(X: MatrixLike, lambda: number): Matrix;
  readonly seconds: number;
}

/** Default relative gap along a path; `fit` goes to 1e-6. */
const pathGap = 1e-4;
/** The oracle's search along a path: the certificate's own search follows each solve and calls for more where it must. */
const searches: readonly SearchEffort[] = [{ starts: 30, around: 200 }];
/** The second further attempt, after one from what the certificate found; the next ones search as a single fit does. */
const furtherSearches: readonly SearchEffort[] = [{ starts: 60, around: 100 }];
/** Of points solved again from other networks' neurons: these, and the certificate's search, stand for what a long one would find. */
const besideSearches: readonly SearchEffort[] = [{ starts: 5, around: 60 }];
/** Certificates along a path: a smaller search, and no branch and bound. */
const effort = { starts: 6, nodeLimit: 0, iterations: 4 } as const;
/** At every so many-th λ a deep search follows, for neurons that all the quick ones before have missed. */
const deepEvery = 8;
const deepSearches: readonly SearchEffort[] = [...searches, { starts: 60, around: 2000 }];
/** How many λ on the networks are whose neurons price a point at the end; the last one is always among them. */
const lookAhead = [1, 3, 9, 27];

/**
 * The regularisation path: networks at descending λ, from λ_max, where the network is a constant, each warm from the one
 * before and each with its certificate.
 *
 * @param X n×d features; standardise them first (`fitTablePath` does).
 * @param y as in `fit`.
 * @returns what was reached; also when it was aborted or out of time.
 * @throws `usage` for a bad option, `data` for a bad entry, `resource` when memory does not suffice.
 */
export async function fitPath(
  X: MatrixLike,
  y: ArrayLike<number> | Matrix,
  options: PathOptions = {},
): Promise<PathResult> {
  requireOptions(options, pathRules, 'fitPath');
  const checked = checkOptions({ gap: pathGap, ...pickOptions(options, fitRules) }, 'fitPath');
  const features = featureMatrix(X, 'fitPath');
  const target = targets(y, features.rows, options.loss, 'fitPath');
  const run = new Run(options);
  const kernels = await createKernels({ threads: checked.threads });
  try {
    const path = new PathFit(kernels, features, target, checked, options, run);
    return await path.follow();
  } finally {
    kernels.dispose();
  }
}

class PathFit {
  readonly #data: TrainingData;
  readonly #training: Training;
  /** Of further attempts: as thorough as a single fit's, and the first of them less so. */
  readonly #thorough: Training;
  readonly #further: Training;
  /** For solves from a network that is nearly optimal. */
  readonly #thoroughNear: Training;
  readonly #deep: Training;
  readonly #beside: Training;
  readonly #points: FitPathPoint[];
  #patternSource: PatternSource;

  constructor(
    readonly kernels: Kernels,
    readonly X: Matrix,
    readonly target: Targets,
    readonly checked: CheckedOptions,
    readonly options: PathOptions,
    readonly run: Run,
  ) {
    this.#data = { ...target, ...checked, X: checked.hiddenBias ? augment(X) : X };
    const training = (options: Partial<TrainingOptions>) =>
      new Training(kernels, this.#data, { ...checked, ...options });
    this.#training = training({ searches, nearStart: true });
    this.#thorough = training({});
    this.#further = training({ searches: furtherSearches });
    this.#thoroughNear = training({ nearStart: true });
    this.#deep = training({ searches: deepSearches, nearStart: true });
    this.#beside = training({ searches: besideSearches, nearStart: true });
    this.#points = [...(options.resume ?? [])];
    this.#patternSource = sourceAsked(checked);
  }

  async follow(): Promise<PathResult> {
    const { options, run, checked } = this;
    const lambdaMax = await this.#training.lambdaMax(run);
    const lambdas = lambdaGrid(lambdaMax, options);
    this.#requireSamePath(lambdas);
    const done = this.#points.length;
    const last = this.#points.at(-1)?.weights ?? null;
    const seedAt = (k: number): number => checked.seed + done + k;
    const steps = followPath(this.#training, lambdas.slice(done), run, last, { seedAt });
    let better: NetworkWeights | undefined;
    while (this.#limit() === null) {
      const step = await (better ? steps.next(better) : steps.next());
      if (step.done) break;
      const { lambda, trained } = step.value;
      const quick = await this.#certified(lambda, trained);
      const point = quick && (await this.#searchedDeeply(quick, this.#points.length));
      // what a stop leaves half proved is done again by whoever goes on
      if (point === null) break;
      better = point.weights;
      this.#points.push(point);
      options.onPoint?.(point);
      this.#report(lambdas.length);
    }
    const swept = this.#points.length === lambdas.length ? await this.#swept() : this.#points;
    const { loss } = this.target;
    const { outputBias, hiddenBias } = checked;
    const complete = this.#points.length === lambdas.length && swept !== null;
    return resultOf({
      end: this.#limit() ?? (complete ? 'complete' : (run.stop ?? 'aborted')),
      lambdaMax,
      lambdas,
      nullLoss: this.#training.constantValue,
      objective: { loss: loss.name, outputBias, hiddenBias },
      patternSource: this.#patternSource,
      points: swept ?? this.#points,
      X: this.X,
      constant: this.#training.constantBias,
      activation: checked.activation,
      seconds: run.seconds,
    });
  }

  /** The point of a solve, solved further while the certificate contradicts it; null when a stop came between. */
  async #certified(lambda: number, trained: Trained): Promise<FitPathPoint | null> {
    const { X, target, run } = this;
    const checked = { ...this.checked, lambda };
    // with other starts at every λ the searches of a path add up
    const seed = checked.seed + this.#points.length;
    let peaks: Float64Array[] = [];
    const onPeak = (direction: Float64Array): unknown => peaks.push(direction);
    const certified = (one: Trained) => {
      peaks = [];
      return certifyTrained(X, target, one, checked, run, { ...effort, seed, onPeak });
    };
    let solved = trained;
    let proved = await certified(solved);
    for (let k = 0; k <= FURTHER_ATTEMPTS && contradicted(solved, proved.certificate, checked, run); k++) {
      const start = withViolators(solved.weights, dualAlong(peaks, solved.weights, this.#problem(lambda)).violators);
      const training = k === 0 ? this.#training : k === 1 ? this.#further : this.#thorough;
      const { gap } = furtherAttempt(checked, k);
      solved = await training.solve(lambda, run, start, {
        gap,
        seed: furtherAttempt({ ...checked, seed }, k + 1).seed,
      });
      proved = await certified(solved);
    }
    if (run.stop !== null) return null;
    this.#patternSource = proved.patternSource;
    return { lambda, weights: solved.weights, certificate: proved.certificate, status: proved.status };
  }

  #problem(lambda: number) {
    return trainingProblem(this.X, this.target.y, lambda, { ...this.checked, loss: this.target.loss });
  }

  /**
   * The points of the whole path, once more against what only its end can tell: the last λ is searched as thoroughly as a single
   * fit's, and each network priced with the neurons of others after it. A certificate claims no more than they leave of it;
   * a point whose gap they open is solved again. The others stay as they are, to the last bit. null when a stop came between: then the
   * path is not complete.
   */
  async #swept(): Promise<readonly FitPathPoint[] | null> {
    const points = [...this.#points];
    const last = points.length - 1;
    if (!isPriced({ ...this.checked, lambda: points[last].lambda })) return points;
    const { weights, certificate } = points[last];
    points[last] = await this.#solvedAgain(this.#thoroughNear, points[last], weights, certificate.dual);
    for (let k = last; k >= 0 && this.run.stop === null; k--) {
      const ahead = [...new Set([...lookAhead.map((step) => Math.min(k + step, last)), last])].filter((j) => j > k);
      points[k] = await this.#besides(
        points[k],
        ahead.map((j) => points[j].weights),
      );
    }
    return this.run.stop === null ? points : null;
  }

  /** At every so many-th λ of the path: the point solved on where a deep search finds what the quick one missed. */
  async #searchedDeeply(point: FitPathPoint, k: number): Promise<FitPathPoint | null> {
    if (k % deepEvery !== 0 || !isPriced({ ...this.checked, lambda: point.lambda })) return point;
    const searched = await this.#solvedAgain(this.#deep, point, point.weights, point.certificate.dual);
    return this.run.stop === null ? searched : null;
  }

  #besides(point: FitPathPoint, others: readonly NetworkWeights[]): Promise<FitPathPoint> {
    return pricedBeside(point, others, this.#problem(point.lambda), (current, start) =>
      this.#solvedAgain(this.#beside, current, start, current.certificate.primal),
    );
  }

  /** The network that a thorough search from `start` leads to where its objective is less than `below`; else the point. */
  async #solvedAgain(
    training: Training,
    point: FitPathPoint,
    start: NetworkWeights,
    below: number,
  ): Promise<FitPathPoint> {
    const checked = { ...this.checked, lambda: point.lambda };
    const trained = await training.solve(point.lambda, this.run, start);
    const { loss, y } = this.target;
    const primal = networkObjective(trained.weights, this.X, y, point.lambda, { ...checked, loss });
    if (this.run.stop !== null || primal >= below) return point;
    return (await this.#certified(point.lambda, trained)) ?? point;
  }

  #requireSamePath(lambdas: Float64Array): void {
    const { X, checked, target } = this;
    const fits = this.#points.every(
      ({ lambda, weights, certificate }, k) =>
        lambda === lambdas[k] &&
        certificate.tolerance === checked.gap &&
        weights.activation === checked.activation &&
        weights.hidden.cols === X.cols &&
        weights.output.cols === target.outputs,
    );
    requireThat(
      fits,
      'path: the path to go on with has other λ, gaps or networks than this data and these options give; resume with the table and options it was begun with.',
    );
  }

  #limit(): 'max-neurons' | 'max-deviance' | null {
    const { maxNeurons = Number.POSITIVE_INFINITY, maxDeviance = Number.POSITIVE_INFINITY } = this.options;
    const last = this.#points.at(-1);
    if (!last) return null;
    if (last.weights.hidden.rows > maxNeurons) return 'max-neurons';
    return explainedShare(last, this.#training.constantValue) > maxDeviance ? 'max-deviance' : null;
  }

  #report(total: number): void {
    const count = this.#points.length;
    const { weights, certificate, lambda } = this.#points[count - 1];
    this.run.progress({
      phase: 'path',
      fraction: count / total,
      primal: certificate.primal,
      relativeGap: certificate.relativeGap,
      neurons: weights.hidden.rows,
      message: `λ ${count} of ${total}: ${lambda.toPrecision(3)}`,
    });
  }
}

/** Where the patterns of a path with these options come from; what its solves say, known before the first. */
export function sourceAsked({ patterns, activation, seed }: CheckedOptions): PatternSource {
  if (patterns === 'exact') return { kind: 'all' };
  if (typeof patterns === 'number') return { kind: 'gaussian', seed, count: patterns };
  return activation === 'gated' ? { kind: 'gaussian', seed, count: defaultGates } : { kind: 'found' };
}

interface ResultParts extends Omit<PathResult, 'at' | 'predict'> {
  readonly X: Matrix;
  readonly constant: Float64Array;
  readonly activation: 'relu' | 'gated';
}

function resultOf({ X, constant, activation, ...rest }: ResultParts): PathResult {
  const { points, lambdaMax } = rest;
  const at = (lambda: number): NetworkWeights => {
    if (points.length > 0 && lambda >= lambdaMax) return constantNetwork(X.cols, constant, activation);
    return networkAt(points, lambda, X);
  };
  return { ...rest, at, predict: (rows, lambda) => predictScores(at(lambda), featureMatrix(rows, 'predict')) };
}
