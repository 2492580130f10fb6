import type { Run } from '../base/index.js';
import { patternKey, patternStride } from '../linalg/index.js';
import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { Directions } from './ascent.js';
import { type CellBlock, packSides, projectOnCells } from './cell-projection.js';
import { CircleWalk, improveOnCircle } from './circle.js';
import { negated, normalDot, type PositivePart, TOUCH_TOLERANCE, touchingSigns } from './positive-part.js';
import { dot } from './vectors.js';

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
  /** Whether it searches great circles. */
  readonly strides: boolean;
}

/** A step must gain this much, relative to the value, for the ascent to go on. */
const GAIN = 1e-12;
/** A line search must gain this much to be taken, and a move this short is none (its direction would be rounding). */
const STRIDE_GAIN = 1e-9;
const NO_MOVE = 1e-7;

/**
 * Cell ascent from each direction: project the gradient of its cell on the cell's cone, then cross every tight wall
 * that it pays to cross, until none does. For the projection w with multipliers μ ≥ 0 of the tight unit normals,
 * crossing wall k changes the value at the rate |n_k·v| (μ_k + q_k) along v, q the signed weights: all walls with
 * μ_k + q_k > 0 are crossed at once, which keeps w feasible, so the value never falls. Ends where no single crossing
 * of independent tight walls gains.
 *
 * Half of the starts also search the great circle through their last two points to its end. That costs as much as
 * several projections and finds fewer but higher maxima: against enumeration (rank 3 to 6) and large runs (200 × 10,
 * 300 × 20) the mixture reached the global maximum at least as often as either alone.
 */
export class CellAscent {
  readonly #visited = new Set<string>();
  readonly #walks: Record<1 | -1, CircleWalk>;

  constructor(
    readonly kernels: Kernels,
    readonly part: PositivePart,
  ) {
    this.#walks = { 1: new CircleWalk(part), [-1]: new CircleWalk(negated(part)) };
  }

  /** The maxima that the starts lead to; starts that meet in a cell give one. */
  async climb(starts: Directions, run: Run): Promise<LocalMaximum[]> {
    const all = Array.from({ length: starts.count }, (_, c) => this.#begin(starts, c));
    let going = all;
    for (let round = 0; round < 1000 && going.length > 0 && run.stop === null; round++) {
      const fresh = going.filter((climber) => this.#enters(climber));
      going = fresh.length > 0 ? this.#advance(fresh) : [];
      await run.pause();
    }
    return all.filter(({ absorbed, value }) => !absorbed && value > 0);
  }

  #begin(starts: Directions, c: number): Climber {
    const rank = this.part.linear.length;
    const w = starts.w.slice(c * rank, (c + 1) * rank);
    const signs = touchingSigns(this.part.arrangement, w);
    const sign = starts.sign[c] > 0 ? 1 : -1;
    const value = Number.NEGATIVE_INFINITY;
    // In pairs, because every other start comes from plain ascent.
    const strides = (c >> 1) % 2 === 0;
    return { sign, value, w, signs, trial: signs, tight: new Int32Array(0), absorbed: false, bar: 0, strides };
  }

  /** Whether the climber is the first in its trial cell; else it is absorbed. */
  #enters(climber: Climber): boolean {
    const packed = packSides(climber.trial, new Uint8Array(patternStride(climber.trial.length)));
    const key = climber.sign + patternKey(packed);
    climber.absorbed = this.#visited.has(key);
    this.#visited.add(key);
    return !climber.absorbed;
  }

  /** One projection for each; returns those that gained and have a cell to try next. */
  #advance(going: readonly Climber[]): Climber[] {
    const mark = this.kernels.mark();
    try {
      const projected = projectOnCells(this.kernels, this.part, going);
      return going.filter((climber, b) => this.#accept(projected, climber, b));
    } finally {
      this.kernels.release(mark);
    }
  }

  /** Takes over a projection that gained; true when there is a next cell. */
  #accept(p: ConeProximalArguments, climber: Climber, b: number): boolean {
    const value = p.norm[b];
    if (!(value > climber.bar)) return false;
    const earlier = climber.strides && climber.value > 0 ? climber.w : null;
    climber.value = value;
    climber.bar = value * (1 + GAIN);
    climber.signs = climber.trial;
    climber.w = p.out.slice(b * p.d, (b + 1) * p.d).map((entry) => entry / value);
    climber.tight = p.tight.slice(b * p.d, b * p.d + p.tightCount[b]);
    return (earlier !== null && this.#stride(climber, earlier)) || this.#cross(p, climber, b);
  }

  /**
   * Goes on along the great circle from the earlier point through the new one, to the best point of the whole circle,
   * where that gains: one sort instead of many cells one after another.
   */
  #stride(climber: Climber, earlier: Float64Array): boolean {
    const e = climber.w;
    const along = dot(earlier, e);
    const f = e.map((value, k) => along * value - earlier[k]);
    const norm = Math.sqrt(dot(f, f));
    if (!(norm > NO_MOVE)) return false;
    for (let k = 0; k < f.length; k++) f[k] /= norm;
    const enough = climber.value * (1 + STRIDE_GAIN);
    const best = { value: enough, w: e.slice() };
    improveOnCircle(this.#walks[climber.sign], { e, f }, best);
    if (best.value === enough) return false;
    climber.value = best.value;
    climber.w = best.w;
    climber.signs = touchingSigns(this.part.arrangement, best.w);
    climber.trial = climber.signs;
    // Its cell holds the point, so the projection there cannot be worse, but it may be equal.
    climber.bar = best.value * (1 - STRIDE_GAIN);
    return true;
  }

  /** Sets the trial cell across the tight walls with μ + q > 0 (μ = 0 where a wall is touched without one). */
  #cross(p: ConeProximalArguments, climber: Climber, b: number): boolean {
    const { arrangement, weights } = this.part;
    const multipliers = new Map<number, number>();
    climber.tight.forEach((g, k) => {
      multipliers.set(g, p.multiplier[b * p.d + k]);
    });
    const trial = climber.signs.slice();
    let crossed = false;
    for (let g = 0; g < weights.length; g++) {
      const mu = multipliers.get(g);
      if (mu === undefined && Math.abs(normalDot(arrangement, g, climber.w)) > TOUCH_TOLERANCE) continue;
      if ((mu ?? 0) + climber.sign * weights[g] <= 0) continue;
      trial[g] = 1 - trial[g];
      crossed = true;
    }
    climber.trial = trial;
    return crossed;
  }
}
