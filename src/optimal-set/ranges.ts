import { requireThat } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import type { OptimalSet } from './optimal-set.js';

/** The least and the greatest value of each output for one row, over all members. */
export interface RowRange {
  readonly least: Float64Array;
  readonly greatest: Float64Array;
  /**
   * Several outputs: the largest in the given network, and those that are above that one in some member; more than one exactly where
   * members disagree on the largest. One output: 0 where it may be below 0, 1 where it may be at least 0.
   */
  readonly classes: readonly number[];
}

/**
 * Prediction ranges of many rows (n×d): two linear programs for each row and output, and for several outputs one more for each that
 * is not the largest. `progress` is called after each row with the share that is done; false ends the work there.
 */
export function predictionRanges(
  set: OptimalSet,
  rows: Matrix,
  progress: (share: number) => boolean = () => true,
): RowRange[] {
  const { X, outputs } = set.problem;
  requireThat(rows.cols === X.cols, `predictionRanges: expected ${X.cols} columns, got ${rows.cols}.`);
  const parts = Array.from({ length: outputs }, (_, k) => set.predictionOf(rows, k));
  const ranges: RowRange[] = [];
  for (let i = 0; i < rows.rows; i++) {
    ranges.push(
      rangeOf(
        set,
        parts.map(({ rates, constant }) => ({ rates: rates[i], constant })),
      ),
    );
    if (!progress((i + 1) / rows.rows)) break;
  }
  return ranges;
}

/** An output as a function of the sizes: rates · a + constant. */
interface Affine {
  readonly rates: Float64Array;
  readonly constant: number;
}

function rangeOf(set: OptimalSet, outputs: readonly Affine[]): RowRange {
  const { polytope } = set;
  const least = Float64Array.from(outputs, ({ rates, constant }) => polytope.least(rates).value + constant);
  const greatest = Float64Array.from(outputs, ({ rates, constant }) => polytope.greatest(rates).value + constant);
  if (outputs.length > 1) return { least, greatest, classes: largestSomewhere(set, outputs) };
  return { least, greatest, classes: [...(least[0] < 0 ? [0] : []), ...(greatest[0] >= 0 ? [1] : [])] };
}

/** Leads smaller than this (of the scores) are rounding. */
const TIE = 1e-12;

/** The largest output of the given network, and those that are above it in some member. */
function largestSomewhere(set: OptimalSet, outputs: readonly Affine[]): number[] {
  const { start } = set.polytope;
  const here = outputs.map(({ rates, constant }) => rates.reduce((sum, r, i) => sum + r * start[i], constant));
  const top = here.indexOf(Math.max(...here));
  return outputs.flatMap(({ rates, constant }, k) => {
    if (k === top) return [k];
    const lead = rates.map((r, i) => r - outputs[top].rates[i]);
    return set.polytope.greatest(lead).value + constant - outputs[top].constant > TIE * (1 + Math.abs(here[top]))
      ? [k]
      : [];
  });
}
