import { createRandom, type Random, type Run } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type Arrangement, directionOf } from './arrangement.js';
import { type Ascended, ascend, type Directions } from './ascent.js';
import { CellAscent, type LocalMaximum } from './cell-ascent.js';
import { Maxima } from './maxima.js';
import { type PositivePart, positivePart, rowPattern, valuesOnData } from './positive-part.js';
import {
  type Centre,
  exactCentres,
  gradientDirections,
  incumbentCentres,
  nearbyDirections,
  type Starts,
  startingDirections,
} from './starts.js';
import { dot } from './vectors.js';

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

/** How far a search goes: see SearchOptions. */
export interface SearchSize {
  readonly starts: number;
  readonly around: number;
  readonly exact: boolean;
}

/** What ends a search before its size. */
export interface SearchEnd {
  /** A maximum above this. Default: none does. */
  readonly above?: number;
  /** That nearly all climbs end at maxima that others have met as well: there is little else to meet. */
  readonly seen?: boolean;
}

/** Starts around what is known come in waves, each around the best of those before: three, or more of at most this size. */
const WAVES = 3;
const WAVE = 500;
/** So many of the maxima found join the incumbents as what the next wave starts around. */
const BEST = 100;
/** The search ends after so many waves that found no new high maximum (see `Maxima.high`): it has seen what there is. */
const BARREN = 2;
/**
 * And it has when of so many climbs at most this share has met a maximum alone: that share estimates what the next climbs meet for the first
 * time (Good and Turing).
 */
const CLIMBS = 240;
const ALONE = 1 / 500;

/** A search for local maxima of ±rᵀ(X u)_+ that can go on: see `searchViolations`. */
export class ViolationSearch {
  readonly #part: PositivePart;
  readonly #known: readonly Centre[];
  readonly #random: Random;
  readonly #climbers: CellAscent;
  readonly #maxima = new Maxima();
  #done: SearchSize | null = null;

  constructor(
    readonly kernels: Kernels,
    readonly arrangement: Arrangement,
    readonly r: ArrayLike<number>,
    readonly options: {
      readonly seed?: number;
      readonly incumbents?: Matrix;
      readonly level?: number;
      readonly maxIterations?: number;
    },
    readonly run: Run,
  ) {
    this.#part = positivePart(arrangement, r);
    this.#known = incumbentCentres(this.#part, options.incumbents);
    this.#random = createRandom(options.seed ?? 0);
    this.#climbers = new CellAscent(kernels, this.#part, options.level);
  }

  /** Searches with so many starts, those before counted in; returns the largest of all that is found, at most so many. */
  async upTo(size: SearchSize, end: SearchEnd = {}, most = Number.POSITIVE_INFINITY): Promise<Violation[]> {
    if (this.arrangement.normals.count > 0)
      await (this.#done ? this.#goOn(this.#done, size, end) : this.#begin(size, end));
    this.#done = size;
    return violations(this.arrangement, this.r, this.#maxima.all.slice(0, most));
  }

  /** Everywhere first, then around what is known. */
  async #begin({ starts, around, exact }: SearchSize, end: SearchEnd): Promise<void> {
    const own = [...exactCentres(this.#part, exact), ...this.#known];
    const rows = gradientDirections(this.#part);
    await this.#climb(startingDirections(this.#part, own, rows, starts, this.#random));
    await this.#inWaves(around, end, async () => undefined);
  }

  /** Every wave looks everywhere as well. */
  async #goOn(done: SearchSize, { starts, around, exact }: SearchSize, end: SearchEnd): Promise<void> {
    const own = exact && !done.exact ? exactCentres(this.#part, exact) : [];
    let left = Math.max(0, starts - done.starts);
    await this.#inWaves(Math.max(around - done.around, left > 0 ? 1 : 0), end, async (wave, waves) => {
      const share = Math.ceil(left / (waves - wave));
      left -= share;
      await this.#climb(startingDirections(this.#part, wave === 0 ? own : [], [], share, this.#random, true));
    });
  }

  async #inWaves(
    around: number,
    end: SearchEnd,
    before: (wave: number, waves: number) => Promise<void>,
  ): Promise<void> {
    const maxima = this.#maxima;
    const { count, size } = wavesOf(around);
    for (let wave = 0, barren = 0; wave < count && barren < BARREN && !this.#ends(end); wave++) {
      const { largest, high } = maxima;
      if (!this.#climbers.mayReach(largest)) break;
      await before(wave, count);
      const near = nearbyDirections(this.#part, this.#centres(count), size, this.#random);
      maxima.add(await this.#climbers.climb(near, this.run));
      barren = maxima.largest > largest || maxima.high > high ? 0 : barren + 1;
    }
  }

  #ends({ above = Number.POSITIVE_INFINITY, seen = false }: SearchEnd): boolean {
    if (this.run.stop !== null || this.#maxima.largest > above) return true;
    const { climbs, singles } = this.#maxima;
    return seen && climbs >= CLIMBS && singles <= ALONE * climbs;
  }

  async #climb({ starts, plain }: Starts): Promise<void> {
    const { kernels, run, options } = this;
    const ascended = await ascend(kernels, this.#part, starts, plain, options.maxIterations ?? 30, run);
    this.#maxima.add(await this.#climbers.climb(thinned(ascended, plain), run));
  }

  /**
   * What a wave starts around. A long search puts the best maxima first: violations come in crowds, and of many incumbents only the
   * first are centres at all (measured: docs/decisions/0002-solver.md).
   */
  #centres(waves: number): readonly Centre[] {
    const best = this.#maxima.all.slice(0, BEST);
    return waves > WAVES ? [...best, ...this.#known] : [...this.#known, ...best];
  }
}

function wavesOf(around: number): { readonly count: number; readonly size: number } {
  const count = around > 0 ? Math.max(WAVES, Math.ceil(around / WAVE)) : 0;
  return { count, size: Math.ceil(around / count) };
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
