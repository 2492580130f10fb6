import { requireThat } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { activationColumns } from './networks.js';
import type { OptimalSet } from './optimal-set.js';
import type { PruningStep } from './prune.js';
import { combination } from './vectors.js';

/** Rows to score networks on: X n×d, y n×c row-major. */
export interface ScoredRows {
  readonly X: Matrix;
  readonly y: Float64Array;
}

export interface CurvePoint {
  readonly neurons: number;
  readonly exact: boolean;
  /** Mean loss. */
  readonly loss: number;
  /** Share of rows whose sign (one output, targets −1 and +1; 0 counts as +1) or largest output (one-hot targets) is right; else null. */
  readonly accuracy: number | null;
}

/** Width against scores on the given rows (training rows, or others), a point for each step. */
export function pruningCurve(set: OptimalSet, steps: readonly PruningStep[], { X, y }: ScoredRows): CurvePoint[] {
  const { loss, outputs } = set.problem;
  requireThat(
    X.cols === set.problem.X.cols && y.length === X.rows * outputs,
    `pruningCurve: expected rows of ${set.problem.X.cols} columns and ${outputs} targets each, got ${X.cols} columns and ${y.length} targets for ${X.rows} rows.`,
  );
  const columns = activationColumns(set.candidates, X, outputs);
  const right = decisions(y, outputs);
  return steps.map(({ neurons, exact, sizes, outputBias }) => {
    const f = combination(columns, sizes).map((value, k) => value + outputBias[k % outputs]);
    return { neurons, exact, loss: loss.value(f, y, outputs) / X.rows, accuracy: right && right(f) / X.rows };
  });
}

/** Counts the rows that are decided rightly; null for targets that are no classes. */
function decisions(y: Float64Array, outputs: number): ((f: Float64Array) => number) | null {
  if (outputs === 1) {
    if (!y.every((v) => v === 1 || v === -1)) return null;
    return (f) => f.reduce((count, value, k) => count + (value >= 0 === y[k] > 0 ? 1 : 0), 0);
  }
  const classes = Array.from({ length: y.length / outputs }, (_, i) =>
    y.subarray(i * outputs, (i + 1) * outputs).indexOf(1),
  );
  const oneHot = classes.every((k) => k >= 0) && y.reduce((sum, v) => sum + Math.abs(v), 0) === classes.length;
  if (!oneHot) return null;
  return (f) =>
    classes.reduce((count, k, i) => {
      const row = f.subarray(i * outputs, (i + 1) * outputs);
      return count + (row.indexOf(Math.max(...row)) === k ? 1 : 0);
    }, 0);
}
