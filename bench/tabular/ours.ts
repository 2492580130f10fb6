import { Run } from '../../src/base/index.js';
import { augment } from '../../src/certificates/index.js';
import type { Table } from '../../src/data/index.js';
import { scoresOf } from '../../src/estimators/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { type LossName, lossByName } from '../../src/losses/index.js';
import { type NetworkWeights, predictScores } from '../../src/networks/index.js';
import {
  chooseLambda,
  createFoldPool,
  type FoldSettings,
  followPath,
  heldOutErrors,
  lambdaGrid,
  summarise,
} from '../../src/path/index.js';
import { type SearchEffort, Training } from '../../src/solvers/index.js';
import { innerParts, lossOf, outerPart, type Part } from './encode.js';
import { type PlannedSet, protocol } from './plan.js';
import type { Answer } from './rows.js';
import { heldScores } from './score.js';

/** How our side is tuned: λ alone, along a path that ends when the inner held-out error has risen. */
export const oursSettings = {
  lambdas: 20,
  minRatio: 1e-4,
  patience: 2,
  gap: 3e-3,
  outputBias: true,
  hiddenBias: true,
} as const;

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** λ by cross-validation over the inner folds, the network trained on the whole outer training part, scored on the held rows. */
export async function relucentScore(table: Table, planned: PlannedSet, fold: number): Promise<Answer> {
  const loss = lossOf(planned);
  const whole = outerPart(table, planned, loss, fold);
  const inner = innerParts(table, planned, loss, fold);
  const kernels = await createKernels({ threads: 1 });
  try {
    const started = cpuSeconds();
    const lambdas = await chosenPath(trainingOn(kernels, whole, loss, onTheWay), inner, loss);
    const tuned = cpuSeconds();
    const weights = await networkAt(kernels, whole, loss, lambdas);
    const refitSeconds = cpuSeconds() - tuned;
    const outputs = predictScores(weights, whole.heldX).data;
    const chosen = { lambda: lambdas[lambdas.length - 1], steps: lambdas.length, neurons: weights.hidden.rows };
    const scores = heldScores(outputs, whole.heldY, whole.target, loss, protocol.clip);
    return { scores, tuneSeconds: tuned - started, refitSeconds, chosen };
  } finally {
    kernels.dispose();
  }
}

function settingsOf(loss: LossName): FoldSettings {
  const { gap, outputBias, hiddenBias } = oursSettings;
  return { loss, outputBias, hiddenBias, activation: 'relu', patterns: 'auto', gap, seed: protocol.seed };
}

/** The oracle's searches on the way to the chosen λ; there it has all its searches. */
const onTheWay: readonly SearchEffort[] = [{ starts: 2, around: 60 }];

function trainingOn(
  kernels: Kernels,
  { X, y, outputs }: Part,
  loss: LossName,
  searches?: readonly SearchEffort[],
): Training {
  const settings = settingsOf(loss);
  const data = { ...settings, X: settings.hiddenBias ? augment(X) : X, y, outputs, loss: lossByName(loss) };
  return new Training(kernels, data, { patterns: 'auto', gap: settings.gap, seed: settings.seed, searches });
}

/** The path from λ_max down to lambda.min of the inner folds. */
async function chosenPath(training: Training, inner: readonly Part[], loss: LossName): Promise<Float64Array> {
  const run = new Run();
  const { lambdas: count, minRatio, patience } = oursSettings;
  const lambdas = lambdaGrid(await training.lambdaMax(run), { lambdas: count, minRatio });
  const error = (k: number, outputs: Float64Array): number => heldError(outputs, inner[k], loss);
  const pool = await createFoldPool(1);
  try {
    const task = { folds: inner, settings: settingsOf(loss), lambdas, error, patience };
    const held = await heldOutErrors(task, pool, run);
    const rows = inner.map(({ heldX }) => heldX.rows);
    return lambdas.slice(0, chooseLambda(summarise(held.lambdas, held.errors, rows)).min + 1);
  } finally {
    pool.close();
  }
}

/** Log-loss, or the mean squared error. */
function heldError(outputs: Float64Array, { heldY, target }: Part, loss: LossName): number {
  if (target.kind === 'number') return outputs.reduce((sum, f, i) => sum + (f - heldY[i]) ** 2, 0) / heldY.length;
  return (scoresOf(outputs, heldY, target, loss) as { logLoss: number }).logLoss;
}

/** The network at the last λ, along the path to it. */
async function networkAt(kernels: Kernels, part: Part, loss: LossName, lambdas: Float64Array): Promise<NetworkWeights> {
  const run = new Run();
  const last = lambdas.length - 1;
  let before: NetworkWeights | undefined;
  const way = followPath(trainingOn(kernels, part, loss, onTheWay), lambdas.subarray(0, last), run);
  for await (const { trained } of way) before = trained.weights;
  return (await trainingOn(kernels, part, loss).solve(lambdas[last], run, before)).weights;
}
