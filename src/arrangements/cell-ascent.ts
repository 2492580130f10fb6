import type { Run } from '../base/index.js';
import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { Directions } from './ascent.js';
import { type CellBlock, type CellData, cellData, projectOnCells } from './cell-projection.js';
import { type PositivePart, signsOf, TOUCH_TOLERANCE } from './positive-part.js';

/** A local maximum: the direction, the value there and a cell whose closure holds it. */
export interface LocalMaximum {
  readonly sign: 1 | -1;
  value: number;
  w: Float64Array;
  /** One byte a hyperplane, 1: positive side. */
  signs: Uint8Array;
}

/** One ascent under way; `trial` is the cell to project in next. */
interface Climber extends LocalMaximum, CellBlock {
  trial: Uint8Array;
  tight: Int32Array;
  /** Another climber has been in the trial cell: its way from there is this one's. */
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

/**
 * Cell ascent from each direction: project the gradient of its cell on the cell's cone, then cross every tight wall
 * that it pays to cross, until none does. For the projection w with multipliers μ ≥ 0 of the tight unit normals,
 * crossing wall k changes the value at the rate |n_k·v| (μ_k + q_k) along v, q the signed weights: all walls with
 * μ_k + q_k > 0 are crossed at once, which keeps w feasible, so the value never falls. Ends where no single crossing
 * of independent tight walls gains.
 */
export class CellAscent {
  readonly #visited = new Set<number>();
  /** Projections between two looks at the clock. */
  readonly #atOnce: number;

  constructor(
    readonly kernels: Kernels,
    readonly part: PositivePart,
  ) {
    const { count, rank } = part.arrangement.normals;
    this.#atOnce = Math.max(4, Math.min(BATCH, Math.floor(ENTRIES / (count * rank))));
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
    const all = this.#begin(data, starts, from, to);
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

  #begin(data: CellData, starts: Directions, from: number, to: number): Climber[] {
    const { arrangement, linear } = this.part;
    const rank = linear.length;
    const mark = this.kernels.mark();
    try {
      const w = this.kernels.float64((to - from) * rank);
      w.set(starts.w.subarray(from * rank, to * rank));
      const products = this.#products(data, w, to - from);
      const m = arrangement.normals.count;
      return Array.from({ length: to - from }, (_, c): Climber => {
        const own = w.slice(c * rank, (c + 1) * rank);
        const signs = signsOf(arrangement, products.subarray(c * m, (c + 1) * m));
        const sign = starts.sign[from + c] > 0 ? 1 : -1;
        const state = { trial: signs, tight: new Int32Array(0), absorbed: false, bar: 0 };
        return { sign, value: Number.NEGATIVE_INFINITY, w: own, signs, ...state };
      });
    } finally {
      this.kernels.release(mark);
    }
  }

  /** The products of `count` directions (kernel memory) with all normals, a row of them for each direction. */
  #products({ normals }: CellData, w: Float64Array, count: number): Float64Array {
    const { count: m, rank } = this.part.arrangement.normals;
    const products = this.kernels.float64(count * m);
    this.kernels.gemm(count, m, rank, 1, w, false, normals, true, 0, products);
    return products;
  }

  /** Whether the climber is the first in its trial cell; else it is absorbed. */
  #enters(climber: Climber): boolean {
    const key = climber.sign * cellNumber(climber.trial);
    climber.absorbed = this.#visited.has(key);
    this.#visited.add(key);
    return !climber.absorbed;
  }

  /** One projection for each; returns those that gained and have a cell to try next. */
  #advance(data: CellData, going: readonly Climber[]): Climber[] {
    const mark = this.kernels.mark();
    try {
      const projected = projectOnCells(this.kernels, this.part, data, going);
      const products = this.#products(data, projected.out, going.length);
      const m = this.part.weights.length;
      return going.filter((climber, b) => this.#accept(projected, climber, b, products.subarray(b * m, (b + 1) * m)));
    } finally {
      this.kernels.release(mark);
    }
  }

  /** Takes over a projection that gained; true when there is a next cell. */
  #accept(p: ConeProximalArguments, climber: Climber, b: number, products: Float64Array): boolean {
    const value = p.norm[b];
    if (!(value > climber.bar)) return false;
    climber.value = value;
    climber.bar = value * (1 + GAIN);
    climber.signs = climber.trial;
    climber.w = p.out.slice(b * p.d, (b + 1) * p.d).map((entry) => entry / value);
    climber.tight = p.tight.slice(b * p.d, b * p.d + p.tightCount[b]);
    return this.#cross(p, climber, b, products);
  }

  /** Sets the trial cell across the tight walls with μ + q > 0 (μ = 0 where a wall is touched without one). */
  #cross(p: ConeProximalArguments, climber: Climber, b: number, products: Float64Array): boolean {
    const { weights } = this.part;
    const trial = climber.signs.slice();
    const touched = TOUCH_TOLERANCE * climber.value;
    let crossed = false;
    const cross = (g: number, mu: number): void => {
      if (mu + climber.sign * weights[g] <= 0) return;
      trial[g] = 1 - climber.signs[g];
      crossed = true;
    };
    for (let g = 0; g < weights.length; g++) {
      if (products[g] <= touched && products[g] >= -touched && !climber.tight.includes(g)) cross(g, 0);
    }
    climber.tight.forEach((g, k) => {
      cross(g, p.multiplier[b * p.d + k]);
    });
    climber.trial = trial;
    return crossed;
  }
}

/** A whole number below 2⁵³ for a cell: two hashes of its sides. That two of 10⁶ cells share one has odds of 10⁻⁴. */
function cellNumber(sides: Uint8Array): number {
  let [a, b] = [0x811c9dc5, 0x2545f491];
  for (let g = 0; g < sides.length; g++) {
    a = Math.imul(a ^ sides[g], 0x01000193);
    b = Math.imul(b + sides[g] + 1, 0x9e3779b1);
    b ^= b >>> 15;
  }
  a ^= a >>> 16;
  return (a >>> 0) * 2 ** 21 + ((b >>> 0) >>> 11) + 1;
}
