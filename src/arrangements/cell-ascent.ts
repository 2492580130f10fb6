import type { Run } from '../base/index.js';
import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { Directions } from './ascent.js';
import { type Cell, CellNumbers, copyOf } from './cell-numbers.js';
import { type CellBlock, type CellData, cellData, productsWithNormals, projectOnCells } from './cell-projection.js';
import { type PositivePart, signsOf, TOUCH_TOLERANCE } from './positive-part.js';
import { type Point, Rays } from './rays.js';
import { stride, type Walker } from './strides.js';

/** A local maximum: the direction, the value there and a cell whose closure holds it. */
export interface LocalMaximum {
  readonly sign: 1 | -1;
  value: number;
  w: Float64Array;
  /** One byte a hyperplane, 1: positive side. */
  signs: Uint8Array;
}

/** One ascent under way. */
interface Climber extends LocalMaximum, CellBlock {
  /** The cell to project in next. */
  cell: Cell;
  tight: Int32Array;
  /** Where the climber stands after a projection: there, or beyond it on the ray from the one before. */
  at: Point | null;
  /** Another climber has been in the cell: its way from there is this one's. */
  absorbed: boolean;
  /** What the next projection has to exceed. */
  bar: number;
}

/** Directions that climb together. */
const BATCH = 128;
/** Entries of the data times projections between two looks at the clock: some 20 ms. */
const ENTRIES = 2e6;
/** A step must gain this much, relative to the value, for the ascent to go on. */
const GAIN = 1e-12;
/** A leap must gain this much to be worth the projection that confirms it. */
const LEAP_GAIN = 1e-9;
/** Beyond a projection w after w₀: −t of w − t·w₀, that is w + s(w − w₀) for s = 1, 3, 9, 27. */
const LEAPS = [-1 / 2, -3 / 4, -9 / 10, -27 / 28] as const;

/**
 * Ascent from each direction: strides, then cell by cell. Project the gradient of a cell on its cone, then cross every tight
 * wall that it pays to cross, until none does. For the projection w with multipliers μ ≥ 0 of the tight unit normals,
 * crossing wall k changes the value at the rate |n_k·v| (μ_k + q_k) along v, q the signed weights: all walls with
 * μ_k + q_k > 0 are crossed at once, which keeps w feasible, so the value never falls. Two projections in a row span a
 * ray: where the value goes on growing along it, the climber leaps over the cells between. Ends where no single crossing
 * of independent tight walls gains.
 */
export class CellAscent {
  readonly #visited = new Set<number>();
  /** Projections between two looks at the clock. */
  readonly #atOnce: number;
  readonly #numbers: CellNumbers;
  readonly #rays: Rays;
  readonly #isTight: Uint8Array;

  constructor(
    readonly kernels: Kernels,
    readonly part: PositivePart,
  ) {
    const { count, rank } = part.arrangement.normals;
    this.#atOnce = Math.max(4, Math.min(BATCH, Math.floor(ENTRIES / (count * rank))));
    this.#numbers = new CellNumbers(count);
    this.#rays = new Rays(part);
    this.#isTight = new Uint8Array(count);
  }

  /** The maxima that the starts lead to; starts that meet in a cell give one. */
  async climb(starts: Directions, run: Run): Promise<LocalMaximum[]> {
    const all: Climber[] = [];
    const mark = this.kernels.mark();
    try {
      const data = cellData(this.kernels, this.part);
      for (let from = 0; from < starts.count && run.stop === null; from += BATCH) {
        all.push(...(await this.#climbBatch(data, starts, from, Math.min(starts.count, from + BATCH), run)));
      }
    } finally {
      this.kernels.release(mark);
    }
    return all.filter(({ absorbed, value }) => !absorbed && value > 0);
  }

  async #climbBatch(data: CellData, starts: Directions, from: number, to: number, run: Run): Promise<Climber[]> {
    const walkers = this.#walkers(data, starts, from, to);
    const all: Climber[] = [];
    for (let at = 0; at < walkers.length && run.stop === null; at += this.#atOnce) {
      const some = walkers.slice(at, at + this.#atOnce);
      all.push(...(await stride(this.kernels, this.part, data, this.#rays, some, run)).map(this.#climber));
    }
    let going = all;
    for (let round = 0; round < 1000 && going.length > 0 && run.stop === null; round++) {
      const fresh = going.filter((climber) => this.#enters(climber));
      going = [];
      for (let at = 0; at < fresh.length && run.stop === null; at += this.#atOnce) {
        going.push(...this.#advance(data, fresh.slice(at, at + this.#atOnce)));
        await run.pause();
      }
    }
    return all;
  }

  #walkers(data: CellData, starts: Directions, from: number, to: number): Walker[] {
    const { count: m, rank } = this.part.arrangement.normals;
    const mark = this.kernels.mark();
    try {
      const w = this.kernels.float64((to - from) * rank);
      w.set(starts.w.subarray(from * rank, to * rank));
      const products = productsWithNormals(this.kernels, this.part, data, w, to - from);
      return Array.from({ length: to - from }, (_, c) => ({
        sign: starts.sign[from + c] > 0 ? 1 : -1,
        w: w.slice(c * rank, (c + 1) * rank),
        products: products.slice(c * m, (c + 1) * m),
      }));
    } finally {
      this.kernels.release(mark);
    }
  }

  #climber = ({ sign, w, products }: Walker): Climber => {
    const signs = signsOf(this.part.arrangement, products);
    const cell = this.#numbers.cellOf(signs);
    const state = { cell, tight: new Int32Array(0), at: null, absorbed: false, bar: 0 };
    return { sign, value: Number.NEGATIVE_INFINITY, w, signs, ...state };
  };

  /** Whether the climber is the first in its cell; else it is absorbed. */
  #enters(climber: Climber): boolean {
    const key = climber.sign * this.#numbers.numberOf(climber.cell);
    climber.absorbed = this.#visited.has(key);
    this.#visited.add(key);
    return !climber.absorbed;
  }

  /** One projection for each; returns those that gained and have a cell to try next. */
  #advance(data: CellData, going: readonly Climber[]): Climber[] {
    const mark = this.kernels.mark();
    try {
      const projected = projectOnCells(this.kernels, this.part, data, going);
      const products = productsWithNormals(this.kernels, this.part, data, projected.out, going.length);
      const m = this.part.weights.length;
      return going.filter((climber, b) => this.#accept(projected, climber, b, products.subarray(b * m, (b + 1) * m)));
    } finally {
      this.kernels.release(mark);
    }
  }

  /** Takes over a projection that gained; true when there is a next cell. */
  #accept(p: ConeProximalArguments, climber: Climber, b: number, out: Float64Array): boolean {
    const value = p.norm[b];
    if (!(value > climber.bar)) return false;
    const w = scaled(p.out.subarray(b * p.d, (b + 1) * p.d), 1 / value);
    const products = scaled(out, 1 / value);
    const tight = p.tight.slice(b * p.d, b * p.d + p.tightCount[b]);
    const last = climber.at;
    Object.assign(climber, {
      value,
      w,
      tight,
      bar: value * (1 + GAIN),
      signs: climber.cell.sides,
      at: { w, products },
    });
    climber.cell = copyOf(climber.cell);
    return (last !== null && this.#leap(climber, last)) || this.#cross(p, climber, b, products);
  }

  /** Moves the climber on along the ray from its last point through its projection, if that gains. */
  #leap(climber: Climber, last: Point): boolean {
    const at = climber.at as Point;
    const beyond = this.#rays.best(climber.sign, at, last, LEAPS, climber.value * (1 + LEAP_GAIN));
    if (beyond === null) return false;
    const { products, value } = beyond;
    const touched = (g: number): boolean => products[g] <= TOUCH_TOLERANCE && products[g] >= -TOUCH_TOLERANCE;
    for (let g = 0; g < products.length; g++) {
      const side = products[g] > 0 ? 1 : 0;
      if (side !== climber.cell.sides[g] && !touched(g)) this.#numbers.flip(climber.cell, g);
    }
    // The cell of the point holds at least its value, up to rounding
    Object.assign(climber, { at: beyond, bar: value * (1 - LEAP_GAIN), tight: climber.tight.filter(touched) });
    return true;
  }

  /** Moves the cell across the tight walls with μ + q > 0 (μ = 0 where a wall is touched without one). */
  #cross(p: ConeProximalArguments, { sign, tight, cell }: Climber, b: number, products: Float64Array): boolean {
    const { weights } = this.part;
    let crossed = false;
    const cross = (g: number): void => {
      this.#numbers.flip(cell, g);
      crossed = true;
    };
    tight.forEach((g, k) => {
      this.#isTight[g] = 1;
      if (p.multiplier[b * p.d + k] + sign * weights[g] > 0) cross(g);
    });
    for (let g = 0; g < products.length; g++) {
      if (products[g] > TOUCH_TOLERANCE || products[g] < -TOUCH_TOLERANCE) continue;
      if (this.#isTight[g] === 0 && sign * weights[g] > 0) cross(g);
    }
    for (const g of tight) this.#isTight[g] = 0;
    return crossed;
  }
}

function scaled(v: Float64Array, factor: number): Float64Array {
  const out = new Float64Array(v.length);
  for (let i = 0; i < v.length; i++) out[i] = factor * v[i];
  return out;
}
