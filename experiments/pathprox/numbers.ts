export interface MeanAndError {
  readonly mean: number;
  /** Standard error of the mean; 0 for one value. */
  readonly error: number;
}

export function meanAndError(values: readonly number[]): MeanAndError {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  if (values.length < 2) return { mean, error: 0 };
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}

export const withError = ({ mean, error }: MeanAndError): string => `${mean.toPrecision(4)} ± ${error.toPrecision(2)}`;

/** Share of the values in each of so many bins from 0 to `top`, at the middle of the bin. */
export function histogram(values: readonly number[], top: number, bins: number): { x: number; y: number }[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value / top) * bins))]++;
  return counts.map((count, k) => ({ x: ((k + 0.5) * top) / bins, y: count / Math.max(1, values.length) }));
}
