import { createRandom, Run, requireThat } from '../base/index.js';
import { emptyPatterns, type Matrix, type PatternSet } from '../linalg/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
import { type Arrangement, asArrangement, directionOf } from './arrangement.js';
import { type Ascended, ascend, type Directions } from './ascent.js';
import { CellAscent, type LocalMaximum } from './cell-ascent.js';
import { positivePart, rowPattern, valuesOnData } from './positive-part.js';
import { type Centre, incumbentCentres, nearbyDirections, startingDirections } from './starts.js';
import { dot } from './vectors.js';

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

/** A local maximum of sign·rᵀ(X u)_+ over the unit sphere, positive. */
export interface Violation {
  /** Unit vector, d. */
  readonly direction: Float64Array;
  /** sign·rᵀ(X u)_+ at the direction, always positive; it violates the dual constraint of θ = r/n when above nλ. */
  readonly value: number;
  readonly sign: 1 | -1;
  /**
   * Packed pattern of a full-dimensional cell whose closure holds the direction. Maxima mostly lie on hyperplanes,
   * where `patternsOf(X, direction)` would read bits off rounding: take this one.
   */
  readonly pattern: Uint8Array;
}

/** Directions with a larger cosine count as one. */
const SAME_DIRECTION = 1 - 1e-6;
/** First coordinates of such directions differ by less: √(2·10⁻⁶), rounding included. */
const SLICE = 1.5e-3;

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
  const arrangement = asArrangement(X);
  const part = positivePart(arrangement, r);
  if (arrangement.normals.count === 0) return [];
  const random = createRandom(options.seed ?? 0);
  const known = incumbentCentres(part, options);
  const { starts, plain } = startingDirections(part, known, options, random);
  const kernels = options.kernels ?? (await createKernels());
  try {
    const run = options.run ?? new Run({ signal: options.signal });
    const ascended = await ascend(kernels, part, starts, plain, options.maxIterations ?? 30, run);
    const climbers = new CellAscent(kernels, part, options.level);
    let found = distinct(await climbers.climb(thinned(ascended, plain), run));
    const { count, size } = wavesOf(options);
    for (let wave = 0, barren = 0; wave < count && barren < BARREN && run.stop === null; wave++) {
      const largest = found[0]?.value ?? 0;
      if (!climbers.mayReach(largest)) break;
      const near = nearbyDirections(part, centresOf(known, found, count), size, random);
      const before = highest(found);
      found = distinct([...found, ...(await climbers.climb(near, run))]);
      barren = found[0]?.value > largest || highest(found) > before ? 0 : barren + 1;
    }
    return violations(arrangement, r, found);
  } finally {
    if (options.kernels === undefined) kernels.dispose();
  }
}

/** Starts around what is known come in waves, each around the best of those before: three, or more of at most this size. */
const WAVES = 3;
const WAVE = 500;
/** So many of the maxima found join the incumbents as what the next wave starts around. */
const BEST = 100;

/**
 * What a wave starts around. A long search puts the best maxima first: violations come in crowds, and of many incumbents only the
 * first are centres at all (measured: docs/decisions/0002-solver.md).
 */
function centresOf(known: readonly Centre[], found: readonly LocalMaximum[], waves: number): readonly Centre[] {
  const best = found.slice(0, BEST);
  return waves > WAVES ? [...best, ...known] : [...known, ...best];
}

/** The search ends after so many waves that found no new maximum within this share of the largest: it has seen what there is. */
const BARREN = 2;
const HIGH = 0.9;

function wavesOf({ around, starts = 100 }: SearchOptions): { readonly count: number; readonly size: number } {
  const all = around ?? starts;
  const count = all > 0 ? Math.max(WAVES, Math.ceil(all / WAVE)) : 0;
  return { count, size: Math.ceil(all / count) };
}

const highest = (found: readonly LocalMaximum[]): number =>
  found.filter(({ value }) => value >= HIGH * found[0].value).length;

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

function violations(arrangement: Arrangement, r: ArrayLike<number>, found: readonly LocalMaximum[]): Violation[] {
  const directions = found.map(({ w }) => directionOf(arrangement, w));
  const values = valuesOnData(arrangement, r, directions);
  const all = found.map(({ sign, cell }, k): Violation => {
    const pattern = rowPattern(arrangement, cell);
    return { direction: directions[k], value: sign * values[k], sign, pattern };
  });
  return all.filter(({ value }) => value > 0).sort((a, b) => b.value - a.value);
}

/** Ends of plain ascents with a larger cosine count as one hill, climbed once. */
const SAME_HILL = 0.98;

/** The directions without those plain ones that are close to one of larger value. */
function thinned(ends: Ascended, plain: readonly number[]): Directions {
  const rank = ends.w.length / ends.count;
  const at = (k: number): Float64Array => ends.w.subarray(k * rank, (k + 1) * rank);
  const kept: number[] = [];
  for (const k of [...plain].sort((a, b) => ends.value[b] - ends.value[a] || a - b)) {
    if (kept.every((other) => ends.sign[other] !== ends.sign[k] || dot(at(other), at(k)) <= SAME_HILL)) kept.push(k);
  }
  const dropped = new Set(plain.filter((k) => !kept.includes(k)));
  const rest = Array.from({ length: ends.count }, (_, k) => k).filter((k) => !dropped.has(k));
  const w = new Float64Array(rest.length * rank);
  rest.forEach((k, row) => {
    w.set(at(k), row * rank);
  });
  return { count: rest.length, sign: Float64Array.from(rest, (k) => ends.sign[k]), w };
}

/** The best of each direction and sign. */
function distinct(found: readonly LocalMaximum[]): LocalMaximum[] {
  const kept: LocalMaximum[] = [];
  const slices = new Map<number, LocalMaximum[]>();
  for (const one of [...found].sort((a, b) => b.value - a.value)) {
    const slice = Math.floor(one.w[0] / SLICE);
    const near = [slice - 1, slice, slice + 1].flatMap((s) => slices.get(s) ?? []);
    if (near.some(({ sign, w }) => sign === one.sign && dot(w, one.w) > SAME_DIRECTION)) continue;
    kept.push(one);
    const own = slices.get(slice);
    if (own) own.push(one);
    else slices.set(slice, [one]);
  }
  return kept;
}
