import { solveQP } from 'quadprog';
import { coneProjection, type DenseProblem, denseGradient, denseSupport, dot, length } from './dense.js';

/** The optimal value of a squared-loss program between two numbers. */
export interface Bracket {
  readonly lower: number;
  readonly upper: number;
}

interface Cut {
  /** ±D X u: the dual constraint aᵀr ≤ nλ of one unit direction. */
  readonly a: readonly number[];
}

/**
 * The dual of the squared loss, max rᵀy − ½‖r‖² over |rᵀDXu| ≤ nλ for unit u in the cones (and 1ᵀr = 0 with a free bias), by
 * Kelley's cuts: a quadratic program over the directions met so far bounds it from above, its solution scaled into the
 * feasible set from below. All values on the 1/n scale.
 */
export function cuttingPlanes(p: DenseProblem, patterns: readonly (readonly boolean[])[], rounds = 400): Bracket {
  const n = p.X.length;
  const y = p.Y.map((row) => row[0]);
  let cuts: Cut[] = [];
  let [lower, upper] = [0, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    const r = quadraticProgram(y, cuts, n * p.lambda, p.outputBias);
    upper = Math.min(upper, (dot(r, y) - dot(r, r) / 2) / n);
    const h = denseSupport(
      p,
      patterns,
      r.map((v) => [v]),
    );
    const scaled = r.map((v) => v * Math.min(1, (n * p.lambda) / h));
    lower = Math.max(lower, (dot(scaled, y) - dot(scaled, scaled) / 2) / n);
    if (upper - lower <= 1e-12 * upper || h <= n * p.lambda * (1 + 1e-13)) break;
    // cuts that the solution does not touch may come back; without them the small programs stay regular
    cuts = cuts.filter(({ a }) => dot(a, r) >= n * p.lambda * (1 - 1e-3));
    cuts.push(...violated(p, patterns, r));
  }
  return { lower, upper };
}

/** The most violated few constraints at r. */
function violated(p: DenseProblem, patterns: readonly (readonly boolean[])[], r: readonly number[]): Cut[] {
  const found = patterns.flatMap((pattern) =>
    [1, -1].map((sign) => {
      const g = denseGradient(p.X, pattern, r).map((v) => sign * v);
      const w = p.gated ? g : coneProjection(p.X, pattern, g);
      const size = length(w);
      return { size, a: p.X.map((x, i) => (pattern[i] && size > 0 ? (sign * dot(x, w)) / size : 0)) };
    }),
  );
  return found
    .filter(({ size }) => size > p.X.length * p.lambda)
    .sort((s, t) => t.size - s.size)
    .slice(0, 8);
}

/** argmin ½‖r‖² − yᵀr over aᵀr ≤ limit for all cuts, and 1ᵀr = 0 if asked. quadprog counts from 1. */
function quadraticProgram(y: readonly number[], cuts: readonly Cut[], limit: number, balanced: boolean): number[] {
  const n = y.length;
  const rows = [
    ...(balanced ? [{ a: y.map(() => 1), b: 0 }] : []),
    ...cuts.map(({ a }) => ({ a: a.map((v) => -v), b: -limit })),
  ];
  if (rows.length === 0) return [...y];
  const square = Array.from({ length: n + 1 }, (_, i) => Array.from({ length: n + 1 }, (_, j) => (i === j ? 1 : 0)));
  const constraints = Array.from({ length: n + 1 }, (_, i) => [0, ...rows.map(({ a }) => (i === 0 ? 0 : a[i - 1]))]);
  const result = solveQP(square, [0, ...y], constraints, [0, ...rows.map(({ b }) => b)], balanced ? 1 : 0);
  if (result.message !== '') throw new Error(`quadprog: ${result.message}`);
  return result.solution.slice(1);
}
