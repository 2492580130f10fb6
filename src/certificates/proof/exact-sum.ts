/**
 * Whether doubles sum to exactly 0: the sum as an expansion of doubles that do not overlap, each addition split into its
 * rounded value and its error (Shewchuk 1997). False for numbers that overflow.
 */
export function sumsToZero(values: Float64Array): boolean {
  let parts: number[] = [];
  for (const value of values) {
    const next: number[] = [];
    let high = value;
    for (const part of parts) {
      const sum = high + part;
      const back = sum - high;
      const low = high - (sum - back) + (part - back);
      if (low !== 0) next.push(low);
      high = sum;
    }
    if (high !== 0) next.push(high);
    parts = next;
  }
  return parts.length === 0;
}
