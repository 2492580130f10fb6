import type { Method, Row } from './rows.js';

export type Metric = 'accuracy' | 'logLoss' | 'auc' | 'r2' | 'rmse';

/** Whether more is better. */
const rising: Readonly<Record<Metric, boolean>> = { accuracy: true, logLoss: false, auc: true, r2: true, rmse: false };

export interface Summary {
  readonly mean: number;
  /** Standard error of the mean over folds. */
  readonly standardError: number;
  readonly folds: number;
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
}

/** A method's scores by fold; undefined where a fold is missing or has no such score. */
export function byFold(rows: readonly Row[], set: string, method: Method, metric: Metric, folds: number) {
  const own = rows.filter((row) => row.set === set && row.method === method);
  return Array.from({ length: folds }, (_, k) => own.find((row) => row.fold === k)?.scores[metric] ?? undefined);
}

/** Mean and standard error of a complete set of folds; null while one is missing. */
export function summaryOf(values: readonly (number | undefined)[]): Summary | null {
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length || known.length < 2) return null;
  return { mean: meanOf(known), standardError: deviationOf(known) / Math.sqrt(known.length), folds: known.length };
}

/** 97.5 % points of Student's t for 1, 2, … degrees of freedom. */
const student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

export type Verdict = 'win' | 'tie' | 'loss';

/**
 * How the first compares with the second by their paired differences over k folds. Training parts overlap, so the variance of the
 * mean difference is taken as s²·(1/k + 1/(k−1)) (Nadeau and Bengio 2003), and a difference counts beyond the 97.5 % point of t.
 */
export function compare(
  first: readonly (number | undefined)[],
  second: readonly (number | undefined)[],
  metric: Metric,
): Verdict | null {
  if (first.some((v) => v === undefined) || second.some((v) => v === undefined) || first.length < 2) return null;
  const k = first.length;
  const differences = first.map((value, fold) => (value as number) - (second[fold] as number));
  const mean = meanOf(differences) * (rising[metric] ? 1 : -1);
  const limit =
    student[Math.min(k - 2, student.length - 1)] * deviationOf(differences) * Math.sqrt(1 / k + 1 / (k - 1));
  if (Math.abs(mean) <= limit) return 'tie';
  return mean > 0 ? 'win' : 'loss';
}

/** Whether the first mean is the better one. */
export const better = (a: number, b: number, metric: Metric): boolean => (rising[metric] ? a > b : a < b);
