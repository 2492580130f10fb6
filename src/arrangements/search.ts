import { Run, requireThat } from '../base/index.js';
import { emptyPatterns, type Matrix, type PatternSet } from '../linalg/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
import { type Arrangement, asArrangement } from './arrangement.js';
import { type Violation, ViolationSearch } from './violation-search.js';

/** Options of `searchViolations`. */
export interface SearchOptions {
  /** Random starting directions, and at most as many rows of X, for each sign. Default 100. */
  readonly starts?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Default: kernels made for this call alone. */
  readonly kernels?: Kernels;
  /** k×d: directions to start from as well, such as the neurons at hand. Zero rows are skipped. */
  readonly incumbents?: Matrix;
  /** Starts near and between the incumbents and the best maxima so far, at most. Default: as many as `starts`. */
  readonly around?: number;
  /** Whether to start from the exact maxima of rank 3 too: up to tens of milliseconds. Default true. */
  readonly exact?: boolean;
  /**
   * Only larger values matter: climbs that will not come there, by what others have gained, are given up, and no starts
   * made near their ends. On smooth functions (many rows, few columns) that is most of the work. Default 0.
   */
  readonly level?: number;
  /** Steps of the plain ascent from each start. Default 30. */
  readonly maxIterations?: number;
  /** When it fires, the maxima found so far are returned. */
  readonly signal?: AbortSignal;
  /** The call that this search is part of: its limit and signal end the search likewise. */
  readonly run?: Run;
}

/**
 * Local maxima of ±rᵀ(X u)_+ over the unit sphere: the separation oracle of the program over all patterns. Plain
 * ascent from random directions, rows and gradients, then cell ascent, then cell ascent again from directions near the
 * incumbents and the largest maxima so far. A lower bound of the true maximum: finding nothing above nλ is evidence, no proof. For rank
 * ≤ 2, and rank 3 with at most 256 distinct hyperplanes (`exact`), the exact global maximum of each sign is among the starts.
 *
 * @param X n×d data, or its arrangement (saves preparing it again for the next r).
 * @param r n numbers, on any scale: for θ = r/n compare values with nλ.
 * @returns both signs together, by value, largest first, one for each direction and sign. Same seed, same bytes.
 * @throws `usage` when r or the incumbents do not fit X, `data` when an entry is not finite.
 */
export async function searchViolations(
  X: Matrix | Arrangement,
  r: ArrayLike<number>,
  options: SearchOptions = {},
): Promise<Violation[]> {
  checkOptions(options);
  const { starts = 100, around = starts, exact = true } = options;
  const kernels = options.kernels ?? (await createKernels());
  try {
    const run = options.run ?? new Run({ signal: options.signal });
    return await new ViolationSearch(kernels, asArrangement(X), r, options, run).upTo({ starts, around, exact });
  } finally {
    if (options.kernels === undefined) kernels.dispose();
  }
}

function checkOptions({ starts = 0, around = 0, maxIterations = 1 }: SearchOptions): void {
  requireThat(
    Number.isInteger(around) && around >= 0,
    `searchViolations: expected around to be a whole number >= 0, got ${around}.`,
  );
  requireThat(
    Number.isInteger(starts) && starts >= 0,
    `searchViolations: expected starts to be a whole number >= 0, got ${starts}.`,
  );
  requireThat(
    Number.isInteger(maxIterations) && maxIterations > 0,
    `searchViolations: expected maxIterations to be a whole number >= 1, got ${maxIterations}.`,
  );
}

/** The patterns of violations as one set, in their order. */
export function violationPatterns(n: number, found: readonly Violation[]): PatternSet {
  const set = emptyPatterns(n, found.length);
  found.forEach(({ pattern }, k) => {
    set.bytes.set(pattern, k * set.stride);
  });
  return set;
}
