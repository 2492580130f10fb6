import { gamma, norm } from '../rounding.js';
import type { SphereProblem } from './problem.js';
import type { Top } from './search.js';

/** The maximum in rank 1 and 2. */
export interface PlaneResult {
  /** Proved bound of M; the exact value up to the rounding margin. */
  readonly upper: number;
  readonly top: Top;
}

/** A line z_kᵀv = 0 met on the way round at the direction `along`, after which z_kᵀv has the sign `side`. */
interface Crossing {
  readonly angle: number;
  readonly along: Float64Array;
  readonly row: number;
  readonly side: 1 | -1;
}

/** A full turn in the measure of `angleOf`. */
const TURN = 4;

/** An extreme inside an arc counts up to this angle outside of it. */
const SLACK = 1e-12;

/**
 * Once round the circle, from one line to the next: on an arc F(v) = gᵀv, whose extreme is ‖g‖ where ±g points into the
 * arc, else it is at an end. Rank 1 is two points.
 *
 * Rounding: an angle is wrong by a few u, so near an end a row may be taken with the sign it has just across: there
 * |z_kᵀv| is a few u, and F is off by at most that times |w_k|. The running g loses at most u·total a step. ‖g‖ is
 * never less than the arc's maximum, so counting a g that is a little outside is safe.
 */
export function planeMaximum(p: SphereProblem): PlaneResult {
  const margin = gamma(16 * p.count + 64) * p.total;
  const best = p.rank === 2 ? roundTrip(p) : lineMaximum(p);
  return { upper: best.value + margin, top: best };
}

function lineMaximum(p: SphereProblem): Top {
  const weights = p.weights.reduce((a, b) => a + b, 0);
  const at = p.rank === 0 ? 0 : p.linear[0];
  const value = Math.max(Math.abs(weights + at), Math.abs(weights - at));
  return { value, point: Float64Array.of(Math.abs(weights + at) >= value ? 1 : -1).slice(0, p.rank) };
}

function roundTrip(p: SphereProblem): Top {
  const crossings = sortedCrossings(p);
  const g = p.linear.slice();
  const met = new Uint8Array(p.count);
  for (const { row, side } of crossings) {
    if (met[row] === 0) addRow(p, g, row, -side);
    met[row] = 1;
  }
  let best: Top = { value: 0, point: Float64Array.of(1, 0) };
  if (crossings.length === 0) return peakBetween(g, -TURN / 2, TURN / 2, best);
  let before = crossings[crossings.length - 1];
  let start = before.angle - TURN;
  for (const crossing of crossings) {
    best = peakBetween(g, start, crossing.angle, best);
    for (const end of [before, crossing]) best = valueAtEnd(g, end, best);
    addRow(p, g, crossing.row, 2 * crossing.side);
    before = crossing;
    start = crossing.angle;
  }
  return best;
}

function sortedCrossings(p: SphereProblem): Crossing[] {
  const crossings: Crossing[] = [];
  for (let row = 0; row < p.count; row++) {
    const [a, b] = [p.rows[2 * row], p.rows[2 * row + 1]];
    crossings.push({ angle: angleOf(b, -a), along: Float64Array.of(b, -a), row, side: 1 });
    crossings.push({ angle: angleOf(-b, a), along: Float64Array.of(-b, a), row, side: -1 });
  }
  return crossings.sort((a, b) => a.angle - b.angle);
}

/**
 * How far round (a, b) ≠ 0 lies, in [−2, 2]: b/(|a| + |b|) on the right half, which grows with the angle, at half to
 * all of its speed, and needs no function that engines round differently.
 */
function angleOf(a: number, b: number): number {
  const slope = b / (Math.abs(a) + Math.abs(b));
  if (a >= 0) return slope;
  return b >= 0 ? 2 - slope : -2 - slope;
}

function addRow(p: SphereProblem, g: Float64Array, row: number, factor: number): void {
  g[0] += factor * p.weights[row] * p.rows[2 * row];
  g[1] += factor * p.weights[row] * p.rows[2 * row + 1];
}

/** ‖g‖ where g or −g points into the arc. */
function peakBetween(g: Float64Array, start: number, end: number, best: Top): Top {
  const value = norm(g);
  if (!(value > best.value)) return best;
  for (const sign of [1, -1]) {
    if (inside(angleOf(sign * g[0], sign * g[1]), start, end))
      return { value, point: g.map((t) => (sign * t) / value) };
  }
  return best;
}

function valueAtEnd(g: Float64Array, { along }: Crossing, best: Top): Top {
  const length = norm(along);
  const point = along.map((t) => t / length);
  const value = Math.abs(g[0] * point[0] + g[1] * point[1]);
  return value > best.value ? { value, point } : best;
}

/** Whether the angle, modulo a full turn, is in [start, end]. */
function inside(angle: number, start: number, end: number): boolean {
  const past = angle - start - TURN * Math.floor((angle - start + SLACK) / TURN);
  return past <= end - start + SLACK;
}
