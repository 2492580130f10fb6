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
  /** Share of rows whose sign is right; null unless there is one output and all targets are −1 or +1. A score of 0 counts as +1. */
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
  const signs = outputs === 1 && y.every((v) => v === 1 || v === -1);
  return steps.map(({ neurons, exact, sizes, outputBias }) => {
    const f = combination(columns, sizes).map((value, k) => value + outputBias[k % outputs]);
    const right = f.reduce((count, value, k) => count + (value >= 0 === y[k] > 0 ? 1 : 0), 0);
    return { neurons, exact, loss: loss.value(f, y, outputs) / X.rows, accuracy: signs ? right / X.rows : null };
  });
}
