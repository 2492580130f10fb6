import { createRandom, type Random, type Run } from '../../base/index.js';
import { affine } from '../../linalg/index.js';
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
/** Given points that a start between them mixes, at most. */
const MOST_MIXED = 5;
/** Of the given points as many as starts, within these limits. */
const GIVEN = { least: 20, most: 60 };

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
    const point = drawn ? drawnPoint(p, given, made, random) : rows[made];
    if (drawn && direct.length < climbs) direct.push(...bothSigns(p, point));
    else for (const sign of [1, -1]) ends.push({ ...plainAscent(p, sign, point), sign });
    if (made % 64 === 0) run.progress({ phase: 'search', fraction: (0.5 * made) / (rows.length + starts) });
    await run.pause();
  }
  // the given points are local maxima already, as a rule: they must not take the places of the others
  const best = bestDistinct(p, ends, Math.min(climbs, Math.ceil(starts / 2)));
  const top = await climbAll(
    p,
    [...fromGiven(p, given, Math.min(GIVEN.most, Math.max(GIVEN.least, starts))), ...direct, ...best],
    run,
  );
  return { ...top, starts: Math.max(0, made - rows.length) };
}

/** In turn a random point, and one between some of the given ones: what is far from each of them may be near a mixture. */
function drawnPoint(
  { rank }: SphereProblem,
  given: readonly Float64Array[],
  turn: number,
  random: Random,
): Float64Array {
  if (turn % 2 === 0 || given.length < 2) return unitVector(new Float64Array(rank).map(() => random.normal()));
  const mix = new Float64Array(rank);
  for (let parts = 2 + random.integer(MOST_MIXED - 1); parts > 0; parts--) {
    const part = unitVector(given[random.integer(given.length)]);
    const share = random.uniform();
    for (let j = 0; j < rank; j++) mix[j] += share * part[j];
  }
  return unitVector(mix);
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
function fromGiven(p: SphereProblem, given: readonly Float64Array[], most: number): SignedTop[] {
  const all = given.map(unitVector).map((point) => {
    const value = valueAt(p, point);
    return { value: Math.abs(value), point, sign: value < 0 ? -1 : 1 };
  });
  return all.sort((a, b) => b.value - a.value).slice(0, most);
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

function gradient({ rank, count, rows, weights, linear }: SphereProblem, sign: number, v: Float64Array): Float64Array {
  const g = linear.map((x) => sign * x);
  const factors = affine(
    { rows: count, cols: rank, data: rows },
    new Float64Array(count),
    v,
    0,
    new Float64Array(count),
  );
  for (let k = 0; k < count; k++) factors[k] = sign * weights[k] * (factors[k] >= 0 ? 1 : -1);
  addRows(rows, factors, g);
  return g;
}

/** g ← g + Σ_k factor_k · row_k in their order, four rows at a time: g is read and written once for them. */
function addRows(rows: Float64Array, factors: Float64Array, g: Float64Array): void {
  const rank = g.length;
  const count = factors.length;
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const [f0, f1, f2, f3] = [factors[k], factors[k + 1], factors[k + 2], factors[k + 3]];
    for (let j = 0, at = k * rank; j < rank; j++, at++) {
      g[j] = g[j] + f0 * rows[at] + f1 * rows[at + rank] + f2 * rows[at + 2 * rank] + f3 * rows[at + 3 * rank];
    }
  }
  for (; k < count; k++) for (let j = 0; j < rank; j++) g[j] += factors[k] * rows[k * rank + j];
}

/** What a climb needs to know at a point: σF there, the slope of its tangents, and the sides of convex rows. */
interface View extends Top {
  /** Of the linear part and the tangents of the convex rows. */
  readonly slope: Float64Array;
  readonly convexSides: Int8Array;
}

/** σF: its convex rows and its concave ones. */
class Hill {
  readonly #linear: Float64Array;
  readonly #convex: Rows;
  readonly #concave: Rows;
  readonly #box: BoxProblem;

  constructor(p: SphereProblem, sign: number) {
    const all = Int32Array.from(p.weights, (_, k) => k);
    this.#linear = p.linear.map((x) => sign * x);
    this.#convex = rowsOf(
      p,
      sign,
      all.filter((k) => sign * p.weights[k] >= 0),
    );
    this.#concave = rowsOf(
      p,
      sign,
      all.filter((k) => sign * p.weights[k] < 0),
    );
    const { data, weights } = this.#concave;
    const [lower, upper] = [weights.slice(), weights.map((w) => -w)];
    this.#box = { dimension: p.rank, count: weights.length, columns: data, lower, upper };
  }

  /**
   * A local maximum of σF, never below the start: convex rows are replaced by their tangents at the point, which lie
   * below them; the rest is concave and its maximum over the ball is the box-constrained least-squares problem
   * min over τ ∈ [−1, 1] of ‖g − Σ|w_k|τ_k z_k‖, kinks included. Repeats until the value stands still, or the tangents do; every
   * problem begins at the τ of the one before, which differs in a few tangents.
   */
  climb(from: Float64Array): Top {
    let best = this.#view(from);
    const t = startingSides(this.#concave, from);
    for (let round = 0; round < 50; round++) {
      const next = this.#view(unitVector(boxLeastSquares(this.#box, best.slope, t)));
      if (!(next.value > best.value * (1 + 1e-14))) return next.value > best.value ? next : best;
      if (next.convexSides.every((side, k) => side === best.convexSides[k])) return next;
      best = next;
    }
    return best;
  }

  #view(point: Float64Array): View {
    const slope = this.#linear.slice();
    const convexSides = new Int8Array(this.#convex.weights.length);
    const tangents = addTangents(this.#convex, point, slope, convexSides);
    const value = dotAt(this.#linear, 0, point, 0, point.length) + tangents + kinks(this.#concave, point);
    return { value, point, slope, convexSides };
  }
}

/** Some rows with σ times their weights. */
interface Rows {
  readonly data: Float64Array;
  readonly weights: Float64Array;
}

function rowsOf({ rank, rows, weights }: SphereProblem, sign: number, chosen: Int32Array): Rows {
  const data = new Float64Array(chosen.length * rank);
  chosen.forEach((k, c) => {
    data.set(rows.subarray(k * rank, (k + 1) * rank), c * rank);
  });
  return { data, weights: Float64Array.from(chosen, (k) => sign * weights[k]) };
}

/** Adds the slopes of the tangents of w|z·v| at the point; returns the sum of their values. */
function addTangents({ data, weights }: Rows, point: Float64Array, slope: Float64Array, sides: Int8Array): number {
  const rank = point.length;
  let sum = 0;
  for (let k = 0, at = 0; k < weights.length; k++, at += rank) {
    let product = 0;
    for (let j = 0; j < rank; j++) product += data[at + j] * point[j];
    sides[k] = product >= 0 ? 1 : -1;
    const factor = weights[k] * sides[k];
    sum += factor * product;
    for (let j = 0; j < rank; j++) slope[j] += factor * data[at + j];
  }
  return sum;
}

/** Σ w|z·v|. */
function kinks({ data, weights }: Rows, point: Float64Array): number {
  const rank = point.length;
  let sum = 0;
  for (let k = 0, at = 0; k < weights.length; k++, at += rank) {
    let product = 0;
    for (let j = 0; j < rank; j++) product += data[at + j] * point[j];
    sum += weights[k] * Math.abs(product);
  }
  return sum;
}

/** Rows closer to their hyperplane than this share of their length begin between the sides. */
const ON_KINK = 1e-9;

/** w times the side of each row, 0 where the point is on its hyperplane: neurons are on as many as the rank allows. */
function startingSides({ data, weights }: Rows, point: Float64Array): Float64Array {
  const rank = point.length;
  return weights.map((w, k) => {
    let [product, square] = [0, 0];
    for (let j = 0, at = k * rank; j < rank; j++, at++) {
      product += data[at] * point[j];
      square += data[at] * data[at];
    }
    if (product * product <= ON_KINK * ON_KINK * square) return 0;
    return product > 0 ? w : -w;
  });
}

export const climb = (p: SphereProblem, sign: number, from: Float64Array): Top => new Hill(p, sign).climb(from);
