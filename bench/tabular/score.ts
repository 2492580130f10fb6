import type { TargetTransform } from '../../src/data/index.js';
import { scoresOf } from '../../src/estimators/index.js';
import type { LossName } from '../../src/losses/index.js';

/** accuracy, logLoss and, for two classes, auc; for numbers r2 and rmse (in target units). Null where undefined. */
export type Scores = Readonly<Partial<Record<'accuracy' | 'logLoss' | 'auc' | 'r2' | 'rmse', number | null>>>;

/** Scores of network outputs f against encoded targets y (both row-major), probabilities kept within `clip` of 0 and 1. */
export function heldScores(
  f: Float64Array,
  y: Float64Array,
  target: TargetTransform,
  loss: LossName,
  clip: number,
): Scores {
  const { r2, rmse, accuracy, auc } = scoresOf(f, y, target, loss) as Record<string, number | undefined>;
  if (target.kind === 'number') return { r2: finite(r2), rmse: finite(rmse) };
  const own = target.kind === 'binary' ? binaryShares(f, y) : classShares(f, y, target.classes.length);
  const cost = own.reduce((sum, p) => sum - Math.log(Math.min(1 - clip, Math.max(clip, p))), 0);
  const scores = { accuracy: finite(accuracy), logLoss: cost / own.length };
  return target.kind === 'binary' ? { ...scores, auc: finite(auc) } : scores;
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** The probability that a network gives each row's own label, −1 or +1. */
const binaryShares = (f: Float64Array, y: Float64Array): number[] =>
  Array.from(f, (score, i) => 1 / (1 + Math.exp(-y[i] * score)));

/** The same by softmax over the classes; y is one-hot. */
function classShares(f: Float64Array, y: Float64Array, classes: number): number[] {
  return Array.from({ length: f.length / classes }, (_, i) => {
    const row = f.subarray(i * classes, (i + 1) * classes);
    const own = row[y.subarray(i * classes, (i + 1) * classes).indexOf(1)];
    return 1 / row.reduce((sum, score) => sum + Math.exp(score - own), 0);
  });
}
