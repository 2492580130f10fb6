import { RelucentError, requireThat } from '../base/index.js';
import {
  isActive,
  type Matrix,
  matrix,
  type PatternSet,
  patternBytes,
  patternKey,
  rowOf,
  selectPatterns,
} from '../linalg/index.js';
import { type Arrangement, arrangementOf } from './arrangement.js';
import { gateSources } from './gates.js';
import { patternsOf } from './patterns-of.js';

/**
 * Where gates come from. `gaussian`: standard normal, as in the papers. `data-normals`: normals through rank − 1
 * random rows, the vertices of the arrangement, moved a little to both sides: cells that Gaussian gates seldom hit.
 * `rows`: the mean of the rows and of each class, rows, and differences of two rows, with their negatives. `mixed`:
 * the three in turn.
 */
export type GateKind = 'gaussian' | 'data-normals' | 'rows' | 'mixed';

/** Options of `samplePatterns`. */
export interface SampleOptions {
  readonly seed: number;
  /** Default `gaussian`. */
  readonly kind?: GateKind;
  /** n: the class of each row, any numbers; used by `rows` and `mixed`. */
  readonly labels?: ArrayLike<number>;
}

/** Distinct patterns and a gate for each: `patternsOf(X, gates)` gives `patterns`. */
export interface PatternSample {
  readonly patterns: PatternSet;
  /** One gate a row, d columns. */
  readonly gates: Matrix;
}

/**
 * Patterns of `count` random gates; duplicates, and patterns in which no non-zero row is active, are dropped, so there
 * may be fewer. The same X, count and options give the same bytes: a certificate over a sampled set needs only those.
 *
 * Gates that lie on hyperplanes of the data by construction are first moved off them, by less than would change the
 * sign of any other row: no bit is read off rounding.
 *
 * @throws `usage` for a count that is not a positive integer or labels that do not fit, `data` when X is not finite,
 * `resource` when gates and patterns would take more than 1.5e9 bytes.
 */
export function samplePatterns(X: Matrix, count: number, options: SampleOptions): PatternSample {
  requireThat(
    Number.isInteger(count) && count > 0,
    `samplePatterns: expected a positive whole number of gates, got ${count}.`,
  );
  const labels = options.labels;
  requireThat(
    labels === undefined || labels.length === X.rows,
    `samplePatterns: got ${labels?.length} labels for ${X.rows} rows; give one a row.`,
  );
  requireRoom(X, count);
  const arrangement = arrangementOf(X);
  const sources = gateSources(arrangement, options);
  const gates = matrix(count, X.cols);
  for (let p = 0; p < count; p++) gates.data.set(sources[p % sources.length].next().value, p * X.cols);
  return withoutRepeats(arrangement, patternsOf(X, gates), gates);
}

/** Most bytes that gates and their patterns may take together, as a table may. */
const mostBytes = 1.5e9;

function requireRoom({ rows, cols }: Matrix, count: number): void {
  const most = Math.floor(mostBytes / (8 * cols + Math.ceil(rows / 8)));
  if (count <= most) return;
  throw new RelucentError(
    'resource',
    `samplePatterns: expected at most ${most} gates for ${rows} rows × ${cols} columns, got ${count}; use fewer gates.`,
  );
}

/** Drops repeated patterns and those that no non-zero row is active in. */
function withoutRepeats({ plane }: Arrangement, patterns: PatternSet, gates: Matrix): PatternSample {
  const seen = new Set<string>();
  const kept: number[] = [];
  for (let p = 0; p < patterns.count; p++) {
    const key = patternKey(patternBytes(patterns, p));
    if (seen.has(key) || !plane.some((g, i) => g >= 0 && isActive(patterns, p, i))) continue;
    seen.add(key);
    kept.push(p);
  }
  const chosen = matrix(kept.length, gates.cols);
  kept.forEach((p, k) => {
    chosen.data.set(rowOf(gates, p), k * gates.cols);
  });
  return { patterns: selectPatterns(patterns, kept), gates: chosen };
}
