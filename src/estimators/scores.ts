import { exp, log, log1p } from '../base/index.js';
import type { TargetTransform } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { Scores } from '../model/index.js';

/**
 * Scores of network outputs f (n×c, row-major) against encoded targets y of the same layout: for numbers r2, rmse and mae
 * (in target units), for two classes accuracy, auc and (logistic) logLoss, for more classes accuracy and logLoss.
 */
export function scoresOf(f: Float64Array, y: Float64Array, target: TargetTransform, loss: LossName): Scores {
  if (target.kind === 'number') return regressionScores(f, y, target.scale);
  const outputs = target.classes.length;
  const single = target.kind === 'binary' && loss !== 'softmax';
  return single ? binaryScores(f, y, loss) : classScores(f, y, outputs, loss);
}

function regressionScores(f: Float64Array, y: Float64Array, scale: number): Scores {
  const mean = average(y);
  let [errors, absolute, total] = [0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    errors += (f[i] - y[i]) * (f[i] - y[i]);
    absolute += Math.abs(f[i] - y[i]);
    total += (y[i] - mean) * (y[i] - mean);
  }
  const n = y.length;
  return {
    r2: total > 0 ? 1 - errors / total : Number.NaN,
    rmse: scale * Math.sqrt(errors / n),
    mae: scale * (absolute / n),
  };
}

function binaryScores(f: Float64Array, y: Float64Array, loss: LossName): Scores {
  let [right, cost] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    if (f[i] > 0 === y[i] > 0) right++;
    const margin = y[i] * f[i];
    cost += Math.max(-margin, 0) + log1p(exp(-Math.abs(margin)));
  }
  const scores = { accuracy: right / y.length, auc: areaUnderRoc(f, y) };
  return loss === 'logistic' ? { ...scores, logLoss: cost / y.length } : scores;
}

/** Probability that a positive scores above a negative, ties counted half (Mann and Whitney). */
export function areaUnderRoc(f: Float64Array, y: Float64Array): number {
  const order = Array.from(f, (_, i) => i).sort((a, b) => f[a] - f[b]);
  let [ranks, positives] = [0, 0];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && f[order[to]] === f[order[from]]) to++;
    for (let k = from; k < to; k++) {
      if (y[order[k]] > 0) {
        ranks += (from + to + 1) / 2;
        positives++;
      }
    }
    from = to;
  }
  const negatives = y.length - positives;
  return positives && negatives ? (ranks - (positives * (positives + 1)) / 2) / (positives * negatives) : Number.NaN;
}

function classScores(f: Float64Array, y: Float64Array, classes: number, loss: LossName): Scores {
  const n = y.length / classes;
  let [right, cost] = [0, 0];
  for (let i = 0; i < n; i++) {
    const row = f.subarray(i * classes, (i + 1) * classes);
    const truth = y.subarray(i * classes, (i + 1) * classes).indexOf(1);
    const best = row.indexOf(row.reduce((most, v) => Math.max(most, v), Number.NEGATIVE_INFINITY));
    if (best === truth) right++;
    const largest = row[best];
    cost += largest + log(row.reduce((sum, v) => sum + exp(v - largest), 0)) - (truth < 0 ? largest : row[truth]);
  }
  return loss === 'softmax' ? { accuracy: right / n, logLoss: cost / n } : { accuracy: right / n };
}

const average = (v: Float64Array): number => v.reduce((sum, t) => sum + t, 0) / v.length;

/** Of the rows that trained a network and of those kept for testing. */
export interface PartScores {
  readonly train: Scores;
  readonly test: Scores | null;
}

/** Rounding of sums over rows. */
const sameScore = 1e-6;

/** A sentence for every score in a file that its network does not have on these rows. */
export const otherScores = (claimed: PartScores, found: PartScores): string[] => [
  ...othersOn('training', claimed.train, found.train),
  ...othersOn('test', claimed.test, found.test),
];

function othersOn(rows: string, claimed: Scores | null, found: Scores | null): string[] {
  const names = new Set([...Object.keys(claimed ?? {}), ...Object.keys(found ?? {})]);
  return [...names].flatMap((name) => {
    const [was, is] = [claimed?.[name], found?.[name]];
    // one row has no r2, one class no area: NaN on both sides
    const same = Object.is(was, is) || (was !== undefined && is !== undefined && near(was, is));
    return same ? [] : [`${name} on the ${rows} rows is ${is ?? 'not to be had'}, the file says ${was ?? 'nothing'}.`];
  });
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= sameScore * Math.max(1, Math.abs(a), Math.abs(b));
