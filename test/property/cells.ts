import { solveQP } from 'quadprog';

/**
 * The patterns of all full-dimensional cells of the hyperplanes x_iᵀu = 0, one row after the other: a pattern so far goes
 * on with either side of the next row where a quadratic program finds a point strictly inside. Every neuron lies in the
 * closure of such a cell, so these are all that the program needs.
 */
export function cellPatterns(X: readonly (readonly number[])[]): boolean[][] {
  let patterns: boolean[][] = [[]];
  X.forEach((_, i) => {
    const rows = X.slice(0, i + 1);
    patterns = patterns.flatMap((pattern) =>
      [true, false].map((side) => [...pattern, side]).filter((longer) => hasInterior(rows, longer)),
    );
  });
  return patterns;
}

/** Whether some u has ±x_iᵀu ≥ 1 for all unit rows; a zero row counts as active. */
function hasInterior(X: readonly (readonly number[])[], pattern: readonly boolean[]): boolean {
  const rows: number[][] = [];
  for (const [i, x] of X.entries()) {
    const size = Math.sqrt(x.reduce((s, v) => s + v * v, 0));
    if (size === 0 && !pattern[i]) return false;
    if (size > 0) rows.push(x.map((v) => (pattern[i] ? v : -v) / size));
  }
  return rows.length === 0 || leastNorm(rows);
}

/** min ‖u‖² over rows·u ≥ 1 has a solution. quadprog counts from 1. */
function leastNorm(rows: readonly number[][]): boolean {
  const d = rows[0].length;
  const square = Array.from({ length: d + 1 }, (_, i) => Array.from({ length: d + 1 }, (_, j) => (i === j ? 1 : 0)));
  const constraints = Array.from({ length: d + 1 }, (_, k) => [0, ...rows.map((row) => (k === 0 ? 0 : row[k - 1]))]);
  const none = new Array<number>(d + 1).fill(0);
  return solveQP(square, none, constraints, [0, ...rows.map(() => 1)]).message === '';
}
