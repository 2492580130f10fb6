/**
 * The root of a decreasing function g by Newton's method kept inside a bracket (bisection where Newton leaves it, or its steps do not
 * halve in two).
 * `g` returns value and slope (slope ≤ 0). The bracket is widened from [at − width, at + width] until it holds a root.
 * Stops when the step no longer changes the point. Used for one-dimensional proximal steps and biases.
 */
export function decreasingRoot(g: (t: number) => readonly [number, number], at: number, width: number): number {
  let low = at - width;
  let high = at + width;
  for (let k = 0; k < 1100 && g(low)[0] < 0; k++) low -= width *= 2;
  for (let k = 0; k < 1100 && g(high)[0] > 0; k++) high += width *= 2;
  return rootBetween(g, low, high, Math.min(Math.max(at, low), high));
}

/** As `decreasingRoot`, where g(low) ≥ 0 ≥ g(high) is known, from t between them. */
export function rootBetween(
  g: (t: number) => readonly [number, number],
  low: number,
  high: number,
  start: number,
): number {
  let t = start;
  let [older, last] = [high - low, high - low];
  for (let k = 0; k < 200; k++) {
    const [value, slope] = g(t);
    if (value === 0) return t;
    if (value > 0) low = t;
    else high = t;
    let next = slope < 0 ? t - value / slope : Number.NaN;
    if (next === t) return t;
    // Between two flat ends Newton's steps can go to and fro for ever
    if (!(next > low && next < high && Math.abs(next - t) <= 0.5 * older)) next = low + (high - low) / 2;
    if (next === t || next === low || next === high) return next;
    if (Math.abs(next - t) <= 1e-16 * Math.abs(t)) return next;
    [older, last] = [last, Math.abs(next - t)];
    t = next;
  }
  return t;
}
