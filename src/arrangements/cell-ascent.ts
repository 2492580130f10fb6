import type { Run } from '../base/index.js';
import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { Directions } from './ascent.js';
import { type CellData, cellData, productsWithNormals } from './cell-data.js';
import {
  type Climbers,
  cellNumber,
  climbersAt,
  enterCells,
  flip,
  listed,
  moveCells,
  projectOnCells,
  reals,
} from './climbers.js';
import { type PositivePart, TOUCH_TOLERANCE } from './positive-part.js';
import { stride } from './strides.js';

/** A local maximum: the direction, the value there and a cell whose closure holds it. */
export interface LocalMaximum {
  readonly sign: 1 | -1;
  readonly value: number;
  readonly w: Float64Array;
  /** A bit a hyperplane, 1: positive side. */
  readonly cell: Uint8Array;
  /** Climbs that have ended here: one, and those that were given up because they came into a cell on the way of another. */
  hits: number;
}

/** Directions that climb together. */
const BATCH = 128;
/** Entries of the data times directions that climb together: some 20 ms between two looks at the clock. */
const ENTRIES = 2e6;
/** A step must gain this much, relative to the value, for the ascent to go on. */
const GAIN = 1e-12;
/** A leap must gain this much to be worth the projection that confirms it. */
const LEAP_GAIN = 1e-9;
/** Beyond a projection w after w₀: −t of w − t·w₀, that is w + s(w − w₀) for s = 1, 3, 9, 27. */
const LEAPS = [-1 / 2, -3 / 4, -9 / 10, -27 / 28] as const;
/** Rounds of projections; far more than any climb has needed. */
const MOST_ROUNDS = 1000;

/** Climbs that must have ended before others are judged by what they gained, and how often their largest gain is allowed for. */
const ENOUGH_ENDED = 32;
const GAIN_MARGIN = 4;

/** Projections of some climbers: block b is that of `slots[b]`. */
interface Projected {
  readonly p: ConeProximalArguments;
  readonly slots: readonly number[];
  /** Blocks that gained, and the hyperplanes that the projection of each touches. */
  readonly gained: readonly number[];
  readonly touched: Int32Array;
  readonly touchedCount: Int32Array;
}

/**
 * Ascent from each direction: strides, then cell by cell. Project the gradient of a cell on its cone, then cross every tight
 * wall that it pays to cross, until none does. For the projection w with multipliers μ ≥ 0 of the tight unit normals,
 * crossing wall k changes the value at the rate |n_k·v| (μ_k + q_k) along v, q the signed weights: all walls with
 * μ_k + q_k > 0 are crossed at once, which keeps w feasible, so the value never falls. Two projections in a row span a
 * ray: where the value goes on growing along it, the climber leaps over the cells between. Ends where no single crossing
 * of independent tight walls gains. A climber that comes into a cell where another has been is given up: their ways are one;
 * and so is one from which no value above `level` is to be expected.
 */
export class CellAscent {
  /** The climb that came into a cell first, by the cell's number. */
  readonly #visited = new Map<number, number>();
  /** Of every climb: what it found, and the climb that it was given up for (−1: none). */
  readonly #maxima: (LocalMaximum | null)[] = [];
  readonly #into: number[] = [];
  /** Climbs ended, and the largest factor by which one gained after its strides. */
  #ended = 0;
  #gain = 1;
  readonly #atOnce: number;
  readonly #isTight: Uint8Array;

  constructor(
    readonly kernels: Kernels,
    readonly part: PositivePart,
    readonly level = 0,
  ) {
    const { count, rank } = part.arrangement.normals;
    this.#atOnce = Math.max(4, Math.min(BATCH, Math.floor(ENTRIES / (count * rank))));
    this.#isTight = new Uint8Array(count);
  }

  /** The maxima that the starts lead to; starts that meet in a cell give one. */
  async climb(starts: Directions, run: Run): Promise<LocalMaximum[]> {
    const all: LocalMaximum[] = [];
    const mark = this.kernels.mark();
    try {
      const data = cellData(this.kernels, this.part);
      for (let from = 0; from < starts.count && run.stop === null; from += this.#atOnce) {
        const batch = this.kernels.mark();
        const climbers = climbersAt(this.kernels, data, starts, from, Math.min(starts.count, from + this.#atOnce));
        all.push(...(await this.#climbTogether(data, climbers, run)));
        this.kernels.release(batch);
      }
    } finally {
      this.kernels.release(mark);
    }
    return all;
  }

  async #climbTogether(data: CellData, climbers: Climbers, run: Run): Promise<LocalMaximum[]> {
    const after = await stride(this.kernels, data, climbers, run);
    let going = Array.from(after.keys()).filter((slot) => this.mayReach(after[slot]));
    const first = this.#into.length;
    for (let slot = 0; slot < climbers.count; slot++) this.#into.push(-1);
    enterCells(this.kernels, data, climbers, going);
    for (let round = 0; round < MOST_ROUNDS && going.length > 0 && run.stop === null; round++) {
      const fresh = going.filter((slot) => this.#enters(climbers, slot, first));
      going = fresh.length > 0 ? this.#advance(data, climbers, fresh) : [];
      await run.pause();
    }
    this.#learn(after, climbers.value);
    for (let slot = 0; slot < climbers.count; slot++) {
      const ended = this.#into[first + slot] < 0 && climbers.value[slot] > 0;
      this.#maxima.push(ended ? maximumOf(data, climbers, slot) : null);
    }
    this.#count(first);
    return this.#maxima.slice(first).filter((one) => one !== null);
  }

  /** Counts the climbs from `first` on that were given up where those end that they were given up for. */
  #count(first: number): void {
    for (let id = first; id < this.#into.length; id++) {
      if (this.#into[id] < 0) continue;
      let end = this.#into[id];
      // Values only rise, so that ways lead on and on; rounding must not make them a circle all the same
      for (let steps = 0; this.#into[end] >= 0 && steps < this.#into.length; steps++) end = this.#into[end];
      const maximum = this.#maxima[end];
      if (maximum) maximum.hits++;
    }
  }

  /** Whether climbs that stand at the value after their strides may reach the level, from what those before have gained. */
  mayReach(value: number): boolean {
    return this.#ended < ENOUGH_ENDED || value * (1 + GAIN_MARGIN * (this.#gain - 1)) >= this.level;
  }

  #learn(after: Float64Array, reached: Float64Array): void {
    if (this.level === 0) return;
    for (let slot = 0; slot < after.length; slot++) {
      if (!(after[slot] > 0 && reached[slot] > 0)) continue;
      this.#ended++;
      this.#gain = Math.max(this.#gain, reached[slot] / after[slot]);
    }
  }

  /** Whether the climber (of a batch whose first climb is `first`) is the first in its cell; else it is given up. */
  #enters(climbers: Climbers, slot: number, first: number): boolean {
    const key = cellNumber(climbers, slot);
    const before = this.#visited.get(key);
    if (before === undefined) this.#visited.set(key, first + slot);
    // A climb that comes back into a cell of its own has ended: its last projection there did not gain
    else if (before !== first + slot) this.#into[first + slot] = before;
    return before === undefined;
  }

  /** One projection for each; returns those that gained and have a cell to try next. */
  #advance(data: CellData, climbers: Climbers, slots: readonly number[]): number[] {
    const mark = this.kernels.mark();
    try {
      const projected = this.#project(data, climbers, slots);
      const { gained } = projected;
      const leapt = this.#leap(
        data,
        climbers,
        gained.map((b) => slots[b]),
      );
      const next = gained.filter((b, k) => leapt.has(slots[b]) || this.#cross(data, climbers, projected, b, k));
      return next.map((b) => slots[b]);
    } finally {
      this.kernels.release(mark);
    }
  }

  /** Projects; those that gained stand at the projection then, and remember it with its cell. */
  #project(data: CellData, c: Climbers, slots: readonly number[]): Projected {
    const { kernels } = this;
    const { m, rank: d } = data;
    const p = projectOnCells(kernels, data, c, slots);
    const outProducts = productsWithNormals(kernels, data, p.out, slots.length, c.ahead);
    const gained = thoseAbove(p.norm, c.bar, slots);
    const count = gained.length;
    turnAll(c, slots, gained);
    const row = listed(
      kernels,
      gained.map((b) => c.at[slots[b]]),
    );
    const touched = c.list;
    const touchedCount = kernels.int32(count);
    const from = { out: p.out, outProducts, norm: p.norm, block: listed(kernels, gained) };
    const into = { w: c.w, products: c.products, row, touched, touchedCount };
    kernels.unitRows({ m, d, count, tolerance: TOUCH_TOLERANCE, ...from, ...into });
    rememberAll(data, c, p, slots, gained);
    return { p, slots, gained, touched, touchedCount };
  }

  /** Moves climbers on along the ray from their last point through their projection, where that gains; returns who moved. */
  #leap(data: CellData, c: Climbers, slots: readonly number[]): Set<number> {
    const able = slots.filter((slot) => c.last[slot] >= 0);
    if (able.length === 0) return new Set();
    const { kernels } = this;
    const { m, rank: d, weights, half } = data;
    const of = (array: ArrayLike<number>): number[] => able.map((slot) => array[slot]);
    const value = reals(
      kernels,
      able.map((slot) => c.value[slot] * (1 + LEAP_GAIN)),
    );
    const points = { w: c.w, products: c.products, row: listed(kernels, of(c.at)) };
    const along = { along: c.w, alongProducts: c.products, alongRow: listed(kernels, of(c.last)) };
    const own = { factor: kernels.float64(able.length).fill(1), sign: reals(kernels, of(c.sign)), value };
    const moved = kernels.int32(able.length);
    kernels.bestOnRays({ m, d, blocks: able.length, weights, half, ...points, ...along, ...own, moved, steps: LEAPS });
    const leapt = landed(c, able, moved, value);
    moveCells(kernels, data, c, leapt);
    keepAllTouched(data, c, leapt);
    return new Set(leapt);
  }

  /** Moves the cell across the tight walls with μ + q > 0 (μ = 0 where a wall is touched without one). */
  #cross(data: CellData, c: Climbers, { p, slots, touched, touchedCount }: Projected, b: number, k: number): boolean {
    const slot = slots[b];
    const sign = c.sign[slot];
    const { weights } = this.part;
    const isTight = this.#isTight;
    let crossed = false;
    const tightEnd = b * p.d + p.tightCount[b];
    for (let i = b * p.d; i < tightEnd; i++) {
      const g = p.tight[i];
      isTight[g] = 1;
      if (!(p.multiplier[i] + sign * weights[g] > 0)) continue;
      flip(c, data, slot, g);
      crossed = true;
    }
    const touchedEnd = k * data.m + touchedCount[k];
    for (let i = k * data.m; i < touchedEnd; i++) {
      const g = touched[i];
      if (isTight[g] === 1 || !(sign * weights[g] > 0)) continue;
      flip(c, data, slot, g);
      crossed = true;
    }
    for (let i = b * p.d; i < tightEnd; i++) isTight[p.tight[i]] = 0;
    return crossed;
  }
}

// Loops over climbers have functions of their own: see cell-data.ts

/** Blocks whose norm exceeds the bar of their climber. */
function thoseAbove(norm: Float64Array, bar: Float64Array, slots: readonly number[]): number[] {
  const above: number[] = [];
  for (let b = 0; b < slots.length; b++) if (norm[b] > bar[slots[b]]) above.push(b);
  return above;
}

function turnAll(c: Climbers, slots: readonly number[], blocks: readonly number[]): void {
  for (let k = 0; k < blocks.length; k++) turn(c, slots[blocks[k]]);
}

function rememberAll(
  data: CellData,
  c: Climbers,
  p: ConeProximalArguments,
  slots: readonly number[],
  blocks: readonly number[],
): void {
  for (let k = 0; k < blocks.length; k++) remember(data, c, p, slots[blocks[k]], blocks[k]);
}

/** Climbers that a ray has moved; what they have to exceed next is noted. */
function landed(c: Climbers, able: readonly number[], moved: Int32Array, value: Float64Array): number[] {
  const leapt: number[] = [];
  for (let b = 0; b < able.length; b++) {
    if (moved[b] !== 1) continue;
    // The cell of the point holds at least its value, up to rounding
    c.bar[able[b]] = value[b] * (1 - LEAP_GAIN);
    leapt.push(able[b]);
  }
  return leapt;
}

function keepAllTouched(data: CellData, c: Climbers, slots: readonly number[]): void {
  for (let k = 0; k < slots.length; k++) keepTouched(data, c, slots[k]);
}

/** The climber's next point takes the place of the one before the last. The start is no projection, so no point of a ray. */
function turn({ at, last, count, value }: Climbers, slot: number): void {
  const other = at[slot] < count ? at[slot] + count : at[slot] - count;
  last[slot] = value[slot] > 0 ? at[slot] : -1;
  at[slot] = other;
}

/** The projection of block b is the climber's best point. */
function remember({ rank, stride }: CellData, c: Climbers, p: ConeProximalArguments, slot: number, b: number): void {
  c.value[slot] = p.norm[b];
  c.bar[slot] = p.norm[b] * (1 + GAIN);
  c.tightCount[slot] = p.tightCount[b];
  const at = c.at[slot] * rank;
  for (let k = 0; k < rank; k++) {
    c.bestW[slot * rank + k] = c.w[at + k];
    c.tight[slot * rank + k] = p.tight[b * rank + k];
  }
  for (let k = 0; k < stride; k++) c.bestCell[slot * stride + k] = c.cells[slot * stride + k];
}

/** Of the rows expected to be tight, those that the climber touches where it stands. */
function keepTouched({ m, rank }: CellData, c: Climbers, slot: number): void {
  let kept = 0;
  for (let k = 0; k < c.tightCount[slot]; k++) {
    const g = c.tight[slot * rank + k];
    const product = c.products[c.at[slot] * m + g];
    if (Math.abs(product) <= TOUCH_TOLERANCE) c.tight[slot * rank + kept++] = g;
  }
  c.tightCount[slot] = kept;
}

const maximumOf = ({ rank, stride }: CellData, c: Climbers, slot: number): LocalMaximum => ({
  sign: c.sign[slot] > 0 ? 1 : -1,
  value: c.value[slot],
  w: c.bestW.slice(slot * rank, (slot + 1) * rank),
  cell: c.bestCell.slice(slot * stride, (slot + 1) * stride),
  hits: 1,
});
