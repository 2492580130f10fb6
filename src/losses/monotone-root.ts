/** A decreasing function: after `at(t)` its value and slope (≤ 0) there. An object of one shape, since pairs and closures cost more than most g. */
export interface Falling {
  value: number;
  slope: number;
  /** A value of this size is rounding, and its sign means nothing. */
  noise: number;
  at(t: number): void;
}

/**
 * The root of a decreasing function g by Newton's method kept inside a bracket (bisection where Newton leaves it, or its steps do not
 * halve in two).
 * The bracket reaches from `at` to at most `width` on the side of the root, and is widened until it holds one.
 * Stops when the step no longer changes the point, or where the value is noise. Used for one-dimensional proximal steps and biases.
 */
export function decreasingRoot(g: Falling, at: number, width: number): number {
  g.at(at);
  const { value, slope, noise } = g;
  if (Math.abs(value) <= noise) return at;
  // twice a Newton step reaches past the root where g is nearly straight
  const twice = slope < 0 ? Math.abs((2 * value) / slope) : width;
  const ahead = twice > 0 && twice < width ? twice : width;
  const side = value > 0 ? 1 : -1;
  let [near, far, step] = [at, at + side * ahead, ahead];
  const reached = (t: number): boolean => {
    g.at(t);
    return !(side * g.value > 0);
  };
  for (let k = 0; k < 1100 && (far === at || !reached(far)); k++) {
    near = far;
    step *= 2;
    far += side * step;
  }
  // where the first bracket holds, Newton's own step from `at`, which is known already
  const start = near === at && ahead === twice ? at + 0.5 * side * twice : near;
  return side > 0 ? rootBetween(g, near, far, start) : rootBetween(g, far, near, start);
}

/** As `decreasingRoot`, where g(low) ≥ 0 ≥ g(high) is known, from t between them. */
export function rootBetween(g: Falling, low: number, high: number, start: number): number {
  let t = start;
  let older = high - low;
  let last = older;
  for (let k = 0; k < 200; k++) {
    g.at(t);
    const { value, slope, noise } = g;
    if (Math.abs(value) <= noise) return t;
    if (value > 0) low = t;
    else high = t;
    let next = slope < 0 ? t - value / slope : Number.NaN;
    if (next === t) return t;
    // Between two flat ends Newton's steps can go to and fro for ever
    if (!(next > low && next < high && Math.abs(next - t) <= 0.5 * older)) next = low + (high - low) / 2;
    if (next === t || next === low || next === high) return next;
    if (Math.abs(next - t) <= 1e-16 * Math.abs(t)) return next;
    older = last;
    last = Math.abs(next - t);
    t = next;
  }
  return t;
}
