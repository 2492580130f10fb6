import type { Run } from '../base/index.js';
import { trainingProblem } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { type Trained, Training, type TrainingData } from '../solvers/index.js';
import { type CertifiedNetwork, certifyTrained, isPriced } from './certified.js';
import type { CheckedOptions, Targets } from './inputs.js';
import { pricedBeside } from './path-sweep.js';

/** The other network starts from a seed this far away, and is trained to this relative gap: its neurons need no more. */
const SEED_STEP = 7_000_003;
const STRANGER_GAP = 1e-2;
/** A further solve leaves room for what the other network's neurons still see. */
const GAP_SHARE = 0.25;

/** A network that owes nothing to the one it will judge. */
export async function strangerAt(
  lambda: number,
  training: Training,
  { gap, seed }: Pick<CheckedOptions, 'gap' | 'seed'>,
  run: Run,
  seconds?: number,
): Promise<NetworkWeights> {
  const limits = { seconds, gap: Math.max(STRANGER_GAP, gap), seed: seed + SEED_STEP };
  return (await training.solve(lambda, run, undefined, limits)).weights;
}

/** What `fit` trains on. */
export interface Trainee {
  readonly kernels: Kernels;
  readonly data: TrainingData;
  readonly X: Matrix;
  readonly target: Targets;
  readonly options: CheckedOptions;
  readonly run: Run;
}

/**
 * Prices a network with the neurons of another one, trained from other starts: on tables of many binary columns they show
 * neurons that thousands of climbs miss (ionosphere at λ = 3e-4: the objective was 5e-4 above one that exists, the claimed gap
 * 5e-5). The certificate claims no more than they leave; where they open its gap, the network is trained on from them.
 */
export async function withSecondOpinion(
  trained: Trained,
  proved: CertifiedNetwork,
  trainee: Trainee,
  seconds: number,
): Promise<[Trained, CertifiedNetwork]> {
  const { kernels, data, X, target, options, run } = trainee;
  const { lambda } = options;
  const asked = isPriced(options) && trained.status === 'solved' && proved.certificate.scope === 'priced';
  if (!asked || run.stop !== null || !(seconds > 0)) return [trained, proved];
  const training = new Training(kernels, data, options);
  const other = await strangerAt(lambda, training, options, run, seconds);
  let last = trained;
  const point = { lambda, weights: trained.weights, ...proved };
  const problem = trainingProblem(X, target.y, lambda, { ...options, loss: target.loss });
  const heard = await pricedBeside(point, [other], problem, async (before, start) => {
    const again = await training.solve(lambda, run, start, { seconds, gap: GAP_SHARE * options.gap });
    if (run.stop !== null) return before;
    last = again;
    return { lambda, weights: again.weights, ...(await certifyTrained(X, target, again, options, run)) };
  });
  const { certificate } = heard;
  // a stop before the further solve leaves the gap open: the stop is what ended it
  const status = heard.status === 'stalled' ? (run.stop ?? heard.status) : heard.status;
  return [
    { ...last, weights: heard.weights },
    { ...proved, certificate, status },
  ];
}
