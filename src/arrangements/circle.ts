import { normalDot, type PositivePart, valueAt } from './positive-part.js';
import { type LineOrder, lineOrder, linesByAngle } from './sweep.js';
import { dot } from './vectors.js';

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
 * Goes round great circles for one function. Keeps its working arrays: a search goes round thousands of circles.
 * `beyond` is how many directions besides e and f the gradient is wanted along.
 */
export class CircleWalk {
  readonly #planes: Int32Array;
  readonly #lines: Float64Array;
  /** What each line adds to the gradient along the frame when it is entered. */
  readonly #steps: Float64Array;
  readonly #order: LineOrder;
  readonly #arc: Arc;
  #count = 0;

  constructor(
    readonly part: PositivePart,
    beyond = 0,
  ) {
    const planes = part.weights.length;
    this.#planes = new Int32Array(planes);
    this.#lines = new Float64Array(2 * planes);
    this.#steps = new Float64Array((2 + beyond) * planes);
    this.#order = lineOrder(planes);
    const rays = { start: new Float64Array(2), end: new Float64Array(2) };
    const walls = { before: -1, after: -1, beforeSide: 0, afterSide: 0 };
    this.#arc = { ...rays, ...walls, gradient: new Float64Array(2 + beyond) };
  }

  /**
   * Visits the arcs of a circle in order, with the gradient along e, f and the given directions on each: O(m log m).
   * Returns false when no hyperplane meets the circle (then nothing is visited).
   */
  visit(circle: Circle, visitor: (arc: Arc) => void, ...beyond: Float64Array[]): boolean {
    this.#trace(circle, beyond);
    const arc = this.#arc;
    const { order, flipped } = linesByAngle(this.#count, this.#lines, this.#order);
    if (this.#count === 0) return false;
    this.#enterFirst([circle.e, circle.f, ...beyond]);
    for (let half = 0; half < 2; half++) {
      for (let at = 0; at < this.#count; at++) {
        const k = order[at];
        // In the first half turn a line is left by the side of its turned normal, in the second it is entered again.
        const side = flipped[k] === half ? 1 : -1;
        this.#moveEnd(k, side);
        visitor(arc);
        this.#addStep(k, -side);
      }
    }
    return true;
  }

  /** The hyperplanes that the circle crosses, with their normals in its coordinates and their steps. */
  #trace({ e, f }: Circle, beyond: readonly Float64Array[]): void {
    const { arrangement, weights } = this.part;
    const width = 2 + beyond.length;
    let count = 0;
    for (let g = 0; g < weights.length; g++) {
      const x = normalDot(arrangement, g, e);
      const y = normalDot(arrangement, g, f);
      if (Math.abs(x) + Math.abs(y) <= CONTAINED) continue;
      this.#lines[2 * count] = x;
      this.#lines[2 * count + 1] = y;
      this.#steps[width * count] = weights[g] * x;
      this.#steps[width * count + 1] = weights[g] * y;
      for (let j = 2; j < width; j++)
        this.#steps[width * count + j] = weights[g] * normalDot(arrangement, g, beyond[j - 2]);
      this.#planes[count++] = g;
    }
    this.#count = count;
  }

  /** The arc where every turned normal is positive: it ends at the first line, and starts at the last, half a turn back. */
  #enterFirst(frame: readonly Float64Array[]): void {
    const { order, flipped } = this.#order;
    frame.forEach((direction, j) => {
      this.#arc.gradient[j] = dot(this.part.linear, direction);
    });
    for (let k = 0; k < this.#count; k++) if (flipped[k] === 0) this.#addStep(k, 1);
    const last = order[this.#count - 1];
    this.#moveEnd(last, flipped[last] === 1 ? 1 : -1);
  }

  /** The next arc starts where this one ended, and ends at line k, whose given side it is on. */
  #moveEnd(k: number, side: 1 | -1): void {
    const arc = this.#arc;
    arc.start[0] = arc.end[0];
    arc.start[1] = arc.end[1];
    arc.before = arc.after;
    arc.beforeSide = -arc.afterSide;
    setRay(arc.end, this.#lines, k, side);
    arc.after = this.#planes[k];
    arc.afterSide = side;
  }

  #addStep(k: number, factor: number): void {
    const { gradient } = this.#arc;
    const at = k * gradient.length;
    for (let j = 0; j < gradient.length; j++) gradient[j] += factor * this.#steps[at + j];
  }
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

/** Replaces `best` by the largest value on the circle, where that is larger. */
export function improveOnCircle(walk: CircleWalk, circle: Circle, best: Maximum): void {
  const crossed = walk.visit(circle, (arc) => improveOnArc(arc, circle, best));
  if (!crossed) improveBy(walk.part, walk.part.linear, best);
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
  const norm = Math.sqrt(dot(vector, vector));
  if (!(norm > 0)) return;
  const w = vector.map((value) => value / norm);
  const value = valueAt(part, w);
  if (!(value > best.value)) return;
  best.value = value;
  best.w.set(w);
}
