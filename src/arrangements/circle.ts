import { normalDot, type PositivePart, valueAt } from './positive-part.js';
import { linesByAngle } from './sweep.js';

/** An orthonormal pair in the coordinates of the arrangement: the great circle e·cos φ + f·sin φ. */
export interface Circle {
  readonly e: Float64Array;
  readonly f: Float64Array;
}

/** An arc of a circle between two neighbouring hyperplanes. The arrays are reused: copy what is kept. */
export interface Arc {
  /** Start and end, counter-clockwise, in the coordinates of the circle. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The hyperplanes met at the start and at the end, and the side (±1) of each that the arc lies on. */
  before: number;
  after: number;
  beforeSide: number;
  afterSide: number;
  /** The gradient on the arc along each direction of the frame; hyperplanes that hold the circle count as inactive. */
  readonly gradient: Float64Array;
}

/** A hyperplane whose trace on the circle's plane is shorter than this holds the circle. */
const CONTAINED = 1e-12;

/**
 * Visits the arcs of a great circle in order, with the gradient of `part` along e, f and the directions `beyond` on
 * each: O(m log m). Returns false when no hyperplane meets the circle (then nothing is visited).
 */
export function walkCircle(
  part: PositivePart,
  circle: Circle,
  visit: (arc: Arc) => void,
  beyond: readonly Float64Array[] = [],
): boolean {
  const frame = [circle.e, circle.f, ...beyond];
  const lines = tracesOn(part, circle);
  const count = lines.planes.length;
  if (count === 0) return false;
  const { order, flipped } = linesByAngle(count, lines.data.subarray(0, 2 * count));
  const steps = weightedTraces(part, lines, beyond);
  const arc = firstArc(frame, part, steps, flipped);
  const last = order[count - 1];
  setRay(arc.end, lines.data, last, flipped[last] ? 1 : -1);
  arc.after = lines.planes[last];
  arc.afterSide = flipped[last] ? 1 : -1;
  for (let half = 0; half < 2; half++) {
    for (let at = 0; at < count; at++) {
      const k = order[at];
      // In the first half turn a line is left by the side of its turned normal, in the second it is entered again.
      const side = flipped[k] === (half === 1) ? 1 : -1;
      arc.start[0] = arc.end[0];
      arc.start[1] = arc.end[1];
      arc.before = arc.after;
      arc.beforeSide = -arc.afterSide;
      setRay(arc.end, lines.data, k, side);
      arc.after = lines.planes[k];
      arc.afterSide = side;
      visit(arc);
      addStep(arc.gradient, steps, k, -side);
    }
  }
  return true;
}

interface Traces {
  readonly planes: number[];
  /** Two numbers for each plane: its normal in the coordinates of the circle. */
  readonly data: Float64Array;
}

function tracesOn({ arrangement, weights }: PositivePart, { e, f }: Circle): Traces {
  const planes: number[] = [];
  const data = new Float64Array(2 * weights.length);
  for (let g = 0; g < weights.length; g++) {
    const x = normalDot(arrangement, g, e);
    const y = normalDot(arrangement, g, f);
    if (Math.abs(x) + Math.abs(y) <= CONTAINED) continue;
    data[2 * planes.length] = x;
    data[2 * planes.length + 1] = y;
    planes.push(g);
  }
  return { planes, data };
}

/** What each line adds to the gradient along the frame when it is entered. */
function weightedTraces(part: PositivePart, lines: Traces, beyond: readonly Float64Array[]): Float64Array {
  const width = 2 + beyond.length;
  const steps = new Float64Array(lines.planes.length * width);
  lines.planes.forEach((g, k) => {
    const weight = part.weights[g];
    steps[k * width] = weight * lines.data[2 * k];
    steps[k * width + 1] = weight * lines.data[2 * k + 1];
    beyond.forEach((direction, j) => {
      steps[k * width + 2 + j] = weight * normalDot(part.arrangement, g, direction);
    });
  });
  return steps;
}

function addStep(gradient: Float64Array, steps: Float64Array, k: number, factor: number): void {
  const width = gradient.length;
  for (let j = 0; j < width; j++) gradient[j] += factor * steps[k * width + j];
}

/** The arc where every turned normal is positive, with its gradient. */
function firstArc(
  frame: readonly Float64Array[],
  part: PositivePart,
  steps: Float64Array,
  flipped: readonly boolean[],
): Arc {
  const gradient = Float64Array.from(frame, (direction) => product(part.linear, direction));
  for (let k = 0; k < flipped.length; k++) if (!flipped[k]) addStep(gradient, steps, k, 1);
  const rays = { start: new Float64Array(2), end: new Float64Array(2) };
  return { ...rays, before: -1, after: -1, beforeSide: 0, afterSide: 0, gradient };
}

/** ray ← the unit vector where line k is crossed: its signed normal turned by +90°. */
function setRay(ray: Float64Array, data: Float64Array, k: number, sign: number): void {
  const x = data[2 * k];
  const y = data[2 * k + 1];
  const norm = sign * Math.sqrt(x * x + y * y);
  ray[0] = -y / norm;
  ray[1] = x / norm;
}

/** A point and the value there. */
export interface Maximum {
  value: number;
  readonly w: Float64Array;
}

/** Replaces `best` by the largest value of `part` on the circle, where that is larger. */
export function improveOnCircle(part: PositivePart, circle: Circle, best: Maximum): void {
  const crossed = walkCircle(part, circle, (arc) => improveOnArc(arc, circle, best));
  if (!crossed) improveBy(part, part.linear, best);
}

/** On an arc the function is linear: its best is the gradient's direction when that is on the arc, else an end. */
export function improveOnArc(arc: Arc, circle: Circle, best: Maximum): void {
  const x = arc.gradient[0];
  const y = arc.gradient[1];
  const norm = Math.sqrt(x * x + y * y);
  if (norm <= best.value) return;
  const sx = arc.start[0];
  const sy = arc.start[1];
  const ex = arc.end[0];
  const ey = arc.end[1];
  take(best, circle, x * sx + y * sy, sx, sy);
  take(best, circle, x * ex + y * ey, ex, ey);
  // The last condition matters on arcs of no width, where the opposite direction passes the other two.
  const inside = sx * y - sy * x >= 0 && x * ey - y * ex >= 0 && x * (sx + ex) + y * (sy + ey) >= 0;
  if (inside) take(best, circle, norm, x / norm, y / norm);
}

function take(best: Maximum, { e, f }: Circle, value: number, x: number, y: number): void {
  if (!(value > best.value)) return;
  best.value = value;
  for (let k = 0; k < e.length; k++) best.w[k] = x * e[k] + y * f[k];
}

/** Replaces `best` by the direction of `vector` where the function is larger there. */
export function improveBy(part: PositivePart, vector: Float64Array, best: Maximum): void {
  const norm = Math.sqrt(product(vector, vector));
  if (!(norm > 0)) return;
  const w = vector.map((value) => value / norm);
  const value = valueAt(part, w);
  if (!(value > best.value)) return;
  best.value = value;
  best.w.set(w);
}

export function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
