import { Run } from '../base/index.js';
import { augment } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import { predictScores } from '../networks/index.js';
import { type Trained, Training } from '../solvers/index.js';
import { type CertifiedNetwork, certifyTrained, contradicted, FURTHER_ATTEMPTS, furtherAttempt } from './certified.js';
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
    let solved = await new Training(kernels, data, checked).solve(checked.lambda, run, undefined, { seconds });
    let proved = await certifyTrained(features, target, solved, checked, run);
    // The certificate's own search has found a neuron that the oracle missed: go on with other starts
    for (let k = 1; k <= FURTHER_ATTEMPTS && contradicted(solved, proved.certificate, checked, run); k++) {
      const again = furtherAttempt(checked, k);
      solved = await new Training(kernels, data, again).solve(checked.lambda, run, solved.weights, { seconds });
      proved = await certifyTrained(features, target, solved, checked, run);
    }
    if (proved.certificate.scope === 'priced') {
      // loaded when it is asked, with paths, which do the same: a page begins with less
      const { withSecondOpinion } = await import('./fit-path.js');
      const trainee = { kernels, data, X: features, target, options: checked, run };
      [solved, proved] = await withSecondOpinion(solved, proved, trainee, seconds - run.seconds);
    }
    return resultOf(solved, proved, target, checked, run);
  } finally {
    kernels.dispose();
  }
}

function resultOf(
  { weights }: Trained,
  proved: CertifiedNetwork,
  { loss }: Targets,
  { lambda, outputBias, hiddenBias }: CheckedOptions,
  run: Run,
): FitResult {
  return {
    ...proved,
    weights,
    objective: { loss: loss.name, lambda, outputBias, hiddenBias },
    neurons: weights.hidden.rows,
    predict: (rows: MatrixLike) => predictScores(weights, featureMatrix(rows, 'predict')),
    seconds: run.seconds,
  };
}
