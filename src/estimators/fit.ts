import { Run, type Status } from '../base/index.js';
import { augment, type Certificate, certify } from '../certificates/index.js';
import { type Matrix, matrix, type PatternSet, uniquePatterns } from '../linalg/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
import type { PatternSource } from '../model/index.js';
import { predictScores } from '../networks/index.js';
import type { TwoLayerProblem } from '../programs/index.js';
import { solveTwoLayer, type TwoLayerOutcome } from '../solvers/index.js';
import { type CheckedOptions, checkOptions, featureMatrix, type MatrixLike, type Targets, targets } from './inputs.js';
import type { FitOptions, FitResult } from './options.js';
import { joinOutputs, recoverWeights } from './recover.js';

/** Share of the time limit kept for the certificate. */
const certificateShare = 0.3;

/**
 * Trains a two-layer network to certified optimality: min (1/n) Σ ℓ(f(x_i), y_i) + λ Σ_j ‖u_j‖|α_j|.
 *
 * @param X n×d features: a Matrix or an array of rows; standardise them first (fitTable does).
 * @param y n targets (labels −1/+1 for logistic and squared-hinge, class numbers or one-hot rows for softmax), or an n×c
 *   Matrix for several outputs, each neuron feeding one output.
 * @returns the network, its certificate and how the solve ended; also when it was aborted or out of time.
 * @throws `usage` for a bad option, `data` for a bad entry, `resource` when memory does not suffice.
 */
export async function fit(X: MatrixLike, y: ArrayLike<number> | Matrix, options: FitOptions = {}): Promise<FitResult> {
  const checked = checkOptions(options, 'fit');
  const features = featureMatrix(X, 'fit');
  const target = targets(y, features.rows, options.loss, 'fit');
  const run = new Run(options);
  const kernels = await createKernels({ threads: checked.threads });
  try {
    const augmented = checked.hiddenBias ? augment(features) : features;
    let solved = await solveOutputs(kernels, augmented, target, checked, run);
    let result = await certified(features, target, solved, checked, run);
    // The certificate's own search has found a neuron that the oracle missed: go on with other starts
    for (let attempt = 1; attempt <= FURTHER_ATTEMPTS && contradicted(solved, result, checked, run); attempt++) {
      const again = { ...checked, seed: checked.seed + SEED_STEP * attempt };
      solved = await solveOutputs(kernels, augmented, target, again, run, solved.outcomes);
      result = await certified(features, target, solved, checked, run);
    }
    return result;
  } finally {
    kernels.dispose();
  }
}

/** Of a solve that its certificate contradicts; the seeds of their oracles are this far apart. */
const FURTHER_ATTEMPTS = 3;
const SEED_STEP = 1_000_003;

const isPriced = ({ patterns, activation, lambda }: CheckedOptions): boolean =>
  patterns === 'auto' && activation === 'relu' && lambda > 0;

function contradicted({ status }: Solved, { certificate }: FitResult, checked: CheckedOptions, run: Run): boolean {
  return status === 'solved' && isPriced(checked) && !reaches(certificate) && run.stop === null;
}

interface Solved {
  readonly status: Status;
  readonly outcomes: readonly TwoLayerOutcome[];
}

/** One program when outputs are coupled or there is one; else one program an output; from earlier outcomes, if given. */
async function solveOutputs(
  kernels: Kernels,
  X: Matrix,
  target: Targets,
  checked: CheckedOptions,
  run: Run,
  earlier?: readonly TwoLayerOutcome[],
): Promise<Solved> {
  const { loss, outputs, y } = target;
  const parts = loss.separable ? outputs : 1;
  const limit = (run.options.timeLimit ?? Number.POSITIVE_INFINITY) * (1 - certificateShare);
  const outcomes: TwoLayerOutcome[] = [];
  for (let k = 0; k < parts; k++) {
    const problem: TwoLayerProblem = {
      X,
      y: parts === 1 ? y : Float64Array.from({ length: X.rows }, (_, i) => y[i * outputs + k]),
      outputs: parts === 1 ? outputs : 1,
      loss,
      lambda: checked.lambda,
      outputBias: checked.outputBias,
      activation: checked.activation,
    };
    run.progress({ phase: firstPhase(checked), message: parts === 1 ? undefined : `output ${k + 1} of ${parts}` });
    const own = { ...checked, start: earlier?.[k].network };
    outcomes.push(await solveTwoLayer(kernels, problem, own, run.part(limit / parts)));
  }
  const status = outcomes.find((outcome) => outcome.status !== 'solved')?.status ?? 'solved';
  return { status, outcomes };
}

/** What a solve begins with, before it reports anything itself. */
function firstPhase({ patterns, activation }: CheckedOptions): string {
  if (patterns === 'exact') return 'enumeration';
  return patterns === 'auto' && activation === 'relu' ? 'local training' : 'convex solve';
}

async function certified(
  X: Matrix,
  target: Targets,
  solved: Solved,
  checked: CheckedOptions,
  run: Run,
): Promise<FitResult> {
  const { outcomes } = solved;
  const joined =
    outcomes.length === 1
      ? outcomes[0].network
      : joinOutputs(
          outcomes.map((o) => o.network),
          outcomes[0].network.z.cols,
        );
  const weights = recoverWeights(joined, target.outputs, checked.hiddenBias, joinedGates(outcomes));
  const patternSource = sourceOf(outcomes[0], checked);
  const objective = {
    loss: target.loss.name,
    lambda: checked.lambda,
    outputBias: checked.outputBias,
    hiddenBias: checked.hiddenBias,
  };
  run.progress({ phase: 'bound', neurons: weights.hidden.rows });
  const certificate = await certify(weights, X, target.y, checked.lambda, {
    loss: target.loss,
    outputBias: checked.outputBias,
    hiddenBias: checked.hiddenBias,
    patterns: patternSource.kind === 'gaussian' || checked.activation === 'gated' ? unionOf(outcomes) : undefined,
    tolerance: checked.gap,
    seed: checked.seed,
    signal: run.options.signal,
    onProgress: run.options.onProgress,
    timeLimit: run.options.timeLimit === undefined ? undefined : Math.max(1, run.options.timeLimit - run.seconds),
  });
  return {
    status: endOf(solved.status, certificate, checked, run),
    weights,
    certificate,
    objective,
    patternSource,
    neurons: weights.hidden.rows,
    predict: (rows: MatrixLike) => predictScores(weights, featureMatrix(rows, 'predict')),
    seconds: run.seconds,
  };
}

/**
 * A stop during the certificate counts as well: a run that was stopped is `solved` only when the gap is proved. And what the
 * certificate contradicts is not solved, whatever the solver thinks.
 */
function endOf(status: Status, certificate: Certificate, checked: CheckedOptions, run: Run): Status {
  if (status !== 'solved' || reaches(certificate)) return status;
  return run.stop ?? (isPriced(checked) ? 'stalled' : status);
}

const reaches = ({ scope, relativeGap, tolerance }: Certificate): boolean =>
  scope !== 'bound' && relativeGap <= tolerance;

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

const unionOf = (outcomes: readonly TwoLayerOutcome[]): PatternSet =>
  uniquePatterns(outcomes.map((o) => o.patterns)).patterns;

function sourceOf(outcome: TwoLayerOutcome, checked: CheckedOptions): PatternSource {
  if (outcome.source === 'gaussian') return { kind: 'gaussian', seed: checked.seed, count: outcome.patternRequest };
  return { kind: outcome.source };
}
