import { createRandom, type Run } from '../../base/index.js';
import { type BoxProblem, boxLeastSquares } from '../box-least-squares.js';
import { dotAt, unitVector } from '../rounding.js';
import { type SphereProblem, valueAt } from './problem.js';

/** A point of the unit sphere and |F| there. */
export interface Top {
  readonly value: number;
  readonly point: Float64Array;
}

/** Plain steps from every start. */
const PLAIN_STEPS = 30;
/** Relative rise below which a plain ascent has come far enough to be compared with others. */
const PLAIN_RISE = 1e-4;

/**
 * So many starts climb to a local maximum that rows × rank times their number is CLIMB_WORK, within these limits: random
 * ones at once (a plain ascent draws nearly all to the same few hills and misses whole regions), and as many of the best ends of
 * plain ascents, which look at many more.
 */
const CLIMBED = { least: 60, most: 400 };
const CLIMB_WORK = 2e6;
/** Of the given points, besides. */
const GIVEN = 60;

export interface Found extends Top {
  /** Random starts that were made; fewer than asked for when the run was stopped. */
  readonly starts: number;
}

/**
 * The largest |F| met from many starts: the given points, the rows of largest weight, random directions. Evidence, never
 * a proof. Written apart from the oracle that trains, so that it can contradict it.
 */
export async function searchSphere(
  p: SphereProblem,
  starts: number,
  seed: number,
  given: readonly Float64Array[],
  run: Run,
): Promise<Found> {
  const random = createRandom(seed, 0x5eed);
  const rows = heavyRows(p, Math.ceil(starts / 4));
  const climbs = climbsFor(p);
  const direct: SignedTop[] = [];
  const ends: SignedTop[] = [];
  let made = 0;
  for (; made < rows.length + starts && run.stop === null; made++) {
    const drawn = made >= rows.length;
    const point = drawn ? unitVector(new Float64Array(p.rank).map(() => random.normal())) : rows[made];
    if (drawn && direct.length < climbs) direct.push(...bothSigns(p, point));
    else for (const sign of [1, -1]) ends.push({ ...plainAscent(p, sign, point), sign });
    if (made % 64 === 0) run.progress({ phase: 'search', fraction: (0.5 * made) / (rows.length + starts) });
    await run.pause();
  }
  // the given points are local maxima already, as a rule: they must not take the places of the others
  const best = bestDistinct(p, ends, Math.min(climbs, Math.ceil(starts / 2)));
  const top = await climbAll(p, [...fromGiven(p, given), ...direct, ...best], run);
  return { ...top, starts: Math.max(0, made - rows.length) };
}

const climbsFor = ({ count, rank }: SphereProblem): number =>
  Math.max(CLIMBED.least, Math.min(CLIMBED.most, Math.floor(CLIMB_WORK / (count * rank))));

interface SignedTop extends Top {
  readonly sign: number;
}

function bothSigns(p: SphereProblem, point: Float64Array): SignedTop[] {
  const value = valueAt(p, point);
  return [1, -1].map((sign) => ({ value: sign * value, point, sign }));
}

async function climbAll(p: SphereProblem, ends: readonly SignedTop[], run: Run): Promise<Top> {
  const [up, down] = [new Hill(p, 1), new Hill(p, -1)];
  let best: Top = { value: 0, point: new Float64Array(p.rank) };
  for (const [k, end] of ends.entries()) {
    if (k % 32 === 0) run.progress({ phase: 'search', fraction: 0.5 + (0.5 * k) / ends.length });
    const top = run.stop === 'aborted' ? end : (end.sign > 0 ? up : down).climb(end.point);
    if (top.value > best.value) best = { value: top.value, point: top.point };
    await run.pause();
  }
  return best;
}

/** The given points of largest value: those of an optimal network all have the same, to rounding. */
function fromGiven(p: SphereProblem, given: readonly Float64Array[]): SignedTop[] {
  const all = given.map(unitVector).map((point) => {
    const value = valueAt(p, point);
    return { value: Math.abs(value), point, sign: value < 0 ? -1 : 1 };
  });
  return all.sort((a, b) => b.value - a.value).slice(0, GIVEN);
}

/** The rows of largest weight, either way. */
function heavyRows(p: SphereProblem, count: number): Float64Array[] {
  const order = Array.from(p.weights, (_, k) => k).sort((a, b) => Math.abs(p.weights[b]) - Math.abs(p.weights[a]));
  return order.slice(0, count).flatMap((k) => {
    const row = p.rows.slice(k * p.rank, (k + 1) * p.rank);
    return [row, row.map((x) => -x)];
  });
}

/** The best ends, those in the same direction once. */
function bestDistinct(p: SphereProblem, ends: SignedTop[], most: number): SignedTop[] {
  const kept: SignedTop[] = [];
  for (const end of ends.sort((a, b) => b.value - a.value)) {
    if (kept.length === most) break;
    const same = (other: SignedTop): boolean => dotAt(other.point, 0, end.point, 0, p.rank) > 1 - 1e-6;
    if (!kept.some((other) => other.sign === end.sign && same(other))) kept.push(end);
  }
  return kept;
}

/** Follows the gradient's direction and keeps the best point met. F is homogeneous: its value is gᵀv. */
function plainAscent(p: SphereProblem, sign: number, from: Float64Array): Top {
  let point = from;
  let best: Top = { value: Number.NEGATIVE_INFINITY, point: from };
  for (let step = 0; step <= PLAIN_STEPS; step++) {
    const g = gradient(p, sign, point);
    const value = dotAt(g, 0, point, 0, p.rank);
    const rise = value - best.value;
    if (rise > 0) best = { value, point };
    if (Math.abs(rise) <= PLAIN_RISE * value || value <= best.value * (1 - 0.2)) break;
    point = unitVector(g);
  }
  return best;
}

function gradient(p: SphereProblem, sign: number, v: Float64Array): Float64Array {
  const { rank } = p;
  const g = p.linear.map((x) => sign * x);
  for (let k = 0; k < p.count; k++) {
    const factor = sign * p.weights[k] * (dotAt(p.rows, k * rank, v, 0, rank) >= 0 ? 1 : -1);
    for (let j = 0; j < rank; j++) g[j] += factor * p.rows[k * rank + j];
  }
  return g;
}

/** σF: its convex rows and its concave ones. */
class Hill {
  readonly #convex: Int32Array;
  readonly #concave: Int32Array;
  /** Of the concave rows. */
  readonly #box: BoxProblem;

  constructor(
    readonly p: SphereProblem,
    readonly sign: number,
  ) {
    const { rank, rows, weights } = p;
    const all = Int32Array.from(weights, (_, k) => k);
    this.#convex = all.filter((k) => sign * weights[k] >= 0);
    this.#concave = all.filter((k) => sign * weights[k] < 0);
    const columns = new Float64Array(this.#concave.length * rank);
    this.#concave.forEach((k, c) => {
      columns.set(rows.subarray(k * rank, (k + 1) * rank), c * rank);
    });
    const upper = Float64Array.from(this.#concave, (k) => Math.abs(weights[k]));
    this.#box = { dimension: rank, count: upper.length, columns, lower: upper.map((x) => -x), upper };
  }

  /**
   * A local maximum of σF, never below the start: convex rows are replaced by their tangents at the point, which lie
   * below them; the rest is concave and its maximum over the ball is the box-constrained least-squares problem
   * min over τ ∈ [−1, 1] of ‖g − Σ|w_k|τ_k z_k‖, kinks included. Repeats until the value stands still.
   */
  climb(from: Float64Array): Top {
    const { p, sign } = this;
    let best: Top = { value: sign * valueAt(p, from), point: from };
    for (let round = 0; round < 50; round++) {
      const point = unitVector(this.#concaveMaximum(best.point));
      const value = sign * valueAt(p, point);
      if (!(value > best.value * (1 + 1e-14))) return value > best.value ? { value, point } : best;
      best = { value, point };
    }
    return best;
  }

  #concaveMaximum(at: Float64Array): Float64Array {
    const { rank, rows, weights, linear } = this.p;
    const side = (k: number): number => (dotAt(rows, k * rank, at, 0, rank) >= 0 ? 1 : -1);
    const g = linear.map((x) => this.sign * x);
    for (const k of this.#convex) {
      const factor = this.sign * weights[k] * side(k);
      for (let j = 0; j < rank; j++) g[j] += factor * rows[k * rank + j];
    }
    const t = new Float64Array(this.#concave.length);
    for (let c = 0; c < t.length; c++) t[c] = this.sign * weights[this.#concave[c]] * side(this.#concave[c]);
    return boxLeastSquares(this.#box, g, t);
  }
}

export const climb = (p: SphereProblem, sign: number, from: Float64Array): Top => new Hill(p, sign).climb(from);
