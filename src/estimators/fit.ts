import { Run, type Status } from '../base/index.js';
import { augment, type Certificate, certify } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import type { PatternSource } from '../model/index.js';
import { predictScores } from '../networks/index.js';
import { type Trained, Training } from '../solvers/index.js';
import { type CheckedOptions, checkOptions, featureMatrix, type MatrixLike, type Targets, targets } from './inputs.js';
import type { FitOptions, FitResult } from './options.js';

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
    const data = { ...target, ...checked, X: checked.hiddenBias ? augment(features) : features };
    const seconds = (options.timeLimit ?? Number.POSITIVE_INFINITY) * (1 - certificateShare);
    let solved = await new Training(kernels, data, checked).solve(checked.lambda, run, undefined, seconds);
    let result = await certified(features, target, solved, checked, run);
    // The certificate's own search has found a neuron that the oracle missed: go on with other starts
    for (let attempt = 1; attempt <= FURTHER_ATTEMPTS && contradicted(solved, result, checked, run); attempt++) {
      const again = { ...checked, seed: checked.seed + SEED_STEP * attempt };
      solved = await new Training(kernels, data, again).solve(checked.lambda, run, solved.weights, seconds);
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

function contradicted({ status }: Trained, { certificate }: FitResult, checked: CheckedOptions, run: Run): boolean {
  return status === 'solved' && isPriced(checked) && !reaches(certificate) && run.stop === null;
}

async function certified(
  X: Matrix,
  target: Targets,
  solved: Trained,
  checked: CheckedOptions,
  run: Run,
): Promise<FitResult> {
  const { weights } = solved;
  const patternSource = sourceOf(solved, checked);
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
    patterns: patternSource.kind === 'gaussian' || checked.activation === 'gated' ? solved.patterns : undefined,
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

function sourceOf({ source, patternRequest }: Trained, { seed }: CheckedOptions): PatternSource {
  return source === 'gaussian' ? { kind: source, seed, count: patternRequest } : { kind: source };
}
