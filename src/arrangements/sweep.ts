import { CellTable } from './cell-table.js';
import { ascendingOrder, type SortSpace, sortSpace } from './order.js';
import type { Normals } from './parallel.js';

/**
 * The cells of m ≥ 2 distinct lines through the origin of the plane, by angle: O(m log m). Going round, one line is
 * crossed at a time. The point of a cell is the bisector of its arc.
 */
export function sweepPlane(lines: Normals): CellTable {
  const { order, flipped } = linesByAngle(lines.count, lines.data);
  const table = new CellTable(lines.count, 2, lines.count + 1);
  const key = new Uint32Array(table.words);
  const current = new Uint32Array(table.words);
  for (let k = 0; k < lines.count; k++) if (flipped[k] === 0) current[k >>> 5] |= 1 << (k & 31);
  const point = new Float64Array(2);
  // Arc a lies between the boundaries of order[a−1] and order[a]; before the first is the last one, half a turn back.
  for (let a = 0; a < lines.count; a++) {
    const before = order[a === 0 ? lines.count - 1 : a - 1];
    const signBefore = (a === 0) !== (flipped[before] === 1) ? -1 : 1;
    bisect(point, lines.data, before, signBefore, order[a], flipped[order[a]] === 1 ? -1 : 1);
    key.set(current);
    table.add(key, point);
    current[order[a] >>> 5] ^= 1 << (order[a] & 31);
  }
  return table;
}

/** What `linesByAngle` gives, and works in; reused from call to call. */
export interface LineOrder {
  order: Int32Array;
  /** 1 where the normal was turned to the upper half plane, which changed its sign. */
  readonly flipped: Uint8Array;
  readonly position: Float64Array;
  readonly space: SortSpace;
}

export const lineOrder = (length: number): LineOrder => ({
  order: new Int32Array(0),
  flipped: new Uint8Array(length),
  position: new Float64Array(length),
  space: sortSpace(length),
});

/**
 * Lines (two numbers each) ordered by the angle in [0, π) of their normals, each turned to the upper half plane.
 * Compared by x/(|x|+|y|), which orders as the angle does and is the same on every platform.
 */
export function linesByAngle(count: number, data: Float64Array, out = lineOrder(count)): LineOrder {
  for (let k = 0; k < count; k++) {
    const y = data[2 * k + 1];
    const flip = y < 0 || (y === 0 && data[2 * k] < 0);
    const x = flip ? -data[2 * k] : data[2 * k];
    out.flipped[k] = flip ? 1 : 0;
    out.position[k] = -x / (Math.abs(x) + Math.abs(y));
  }
  out.order = ascendingOrder(out.position, count, out.space);
  return out;
}

/**
 * point ← the direction half way, counter-clockwise, from the boundary ray of line i to that of line j (each the
 * signed normal turned by +90°), which are less than half a turn apart. Whichever of sum and turned difference is
 * longer: the other cancels.
 */
function bisect(point: Float64Array, data: Float64Array, i: number, signI: number, j: number, signJ: number): void {
  const ax = -signI * data[2 * i + 1];
  const ay = signI * data[2 * i];
  const bx = -signJ * data[2 * j + 1];
  const by = signJ * data[2 * j];
  const narrow = ax * bx + ay * by >= 0;
  const x = narrow ? ax + bx : by - ay;
  const y = narrow ? ay + by : ax - bx;
  const norm = Math.sqrt(x * x + y * y);
  point[0] = x / norm;
  point[1] = y / norm;
}
