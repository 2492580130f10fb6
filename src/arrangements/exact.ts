import { requireThat } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { type Arrangement, asArrangement, directionOf } from './arrangement.js';
import { type Arc, type Circle, CircleWalk, improveBy, improveOnArc, improveOnCircle, type Maximum } from './circle.js';
import { normalDot, type PositivePart, positivePart, rowPattern, touchingCell, valuesOnData } from './positive-part.js';
import { dot } from './vectors.js';

/** The largest value of rᵀ(X u)_+ over the unit ball. */
export interface ExactMaximum {
  /** At least 0, which u = 0 attains. */
  readonly value: number;
  /** A unit vector that attains it; zeros when the value is 0. */
  readonly direction: Float64Array;
  /** Packed pattern of a full-dimensional cell whose closure holds the direction. */
  readonly pattern: Uint8Array;
}

/**
 * max rᵀ(X u)_+ over ‖u‖ ≤ 1, the global maximum, for X of rank at most 3. For h(θ) take the larger of r and −r.
 *
 * On a cell the function is linear, so a maximum over the sphere is either inside a cell, where it is the direction of
 * that cell's gradient, or on a hyperplane, where the same holds with one rank less. Rank 2 goes round the circle once:
 * O(n log n). Rank 3 goes round the great circle of each hyperplane, O(n² log n), and on the way meets each cell at a
 * facet, with its gradient. No tolerance decides anything: values at neighbouring cells agree on their border, and the
 * value returned is that of the direction on the data.
 *
 * @param X n×d of rank ≤ 3, or its arrangement.
 * @param r n numbers.
 * @throws `usage` for a higher rank or a wrong length, `data` when an entry is not finite.
 */
export function maximizeExactly(X: Matrix | Arrangement, r: ArrayLike<number>): ExactMaximum {
  const arrangement = asArrangement(X);
  const { rank } = arrangement;
  requireThat(rank <= 3, `maximizeExactly: X has rank ${rank}, at most 3 is exact here; enumerate patterns instead.`);
  return onData(arrangement, r, exactMaximum(positivePart(arrangement, r)));
}

/** The maximum over the unit ball of a function on at most three coordinates; w is zero when it is 0. */
export function exactMaximum(part: PositivePart): Maximum {
  const rank = part.linear.length;
  const best: Maximum = { value: roundingLevel(part), w: new Float64Array(rank) };
  if (rank === 1) for (const side of [1, -1]) improveBy(part, Float64Array.of(side), best);
  else if (rank === 2) improveOnCircle(new CircleWalk(part), axes(), best);
  else if (rank === 3) improveOnSphere(part, best);
  if (dot(best.w, best.w) === 0) best.value = 0;
  return best;
}

/** Values up to this cannot be told from 0. */
const roundingLevel = ({ weights, linear }: PositivePart): number =>
  1e-15 * [...weights, ...linear].reduce((sum, value) => sum + Math.abs(value), 0);

const axes = (): Circle => ({ e: Float64Array.of(1, 0), f: Float64Array.of(0, 1) });

function improveOnSphere(part: PositivePart, best: Maximum): void {
  const walk = new CircleWalk(part, 1);
  for (let g = 0; g < part.weights.length; g++) {
    const normal = part.arrangement.normals.data.subarray(3 * g, 3 * g + 3);
    const frame = { ...circleOf(normal), normal };
    const visit = (arc: Arc): void => {
      improveOnArc(arc, frame, best);
      improveInCells(part, g, frame, arc, best);
    };
    walk.visit(frame, visit, normal);
  }
}

/** The great circle on the hyperplane of a unit normal in three coordinates: two axes turned with the first one. */
function circleOf(n: Float64Array): Circle {
  const sign = n[0] >= 0 ? 1 : -1;
  const v = Float64Array.of(n[0] + sign, n[1], n[2]);
  const scale = 2 / dot(v, v);
  const turned = (axis: number): Float64Array => v.map((value, k) => (k === axis ? 1 : 0) - scale * v[axis] * value);
  return { e: turned(1), f: turned(2) };
}

interface Frame extends Circle {
  readonly normal: Float64Array;
}

/**
 * The two cells at an arc of hyperplane g: their gradients' directions, where they are long enough and inside. Most
 * leave their cell; three of its walls tell soon. What passes is judged by its value.
 */
function improveInCells(part: PositivePart, g: number, frame: Frame, arc: Arc, best: Maximum): void {
  const x = arc.gradient[0];
  const y = arc.gradient[1];
  const z = arc.gradient[2];
  for (const side of [-1, 1]) {
    const along = side > 0 ? z + part.weights[g] : z;
    if (side * along < 0 || x * x + y * y + along * along <= best.value * best.value) continue;
    const gradient = frame.e.map((e, k) => x * e + y * frame.f[k] + along * frame.normal[k]);
    if (arc.beforeSide * normalDot(part.arrangement, arc.before, gradient) < 0) continue;
    if (arc.afterSide * normalDot(part.arrangement, arc.after, gradient) >= 0) improveBy(part, gradient, best);
  }
}

function onData(arrangement: Arrangement, r: ArrayLike<number>, best: Maximum): ExactMaximum {
  const direction = best.value > 0 ? directionOf(arrangement, best.w) : new Float64Array(arrangement.X.cols);
  const value = best.value > 0 ? valuesOnData(arrangement, r, [direction])[0] : 0;
  return { value, direction, pattern: rowPattern(arrangement, touchingCell(arrangement, best.w)) };
}
