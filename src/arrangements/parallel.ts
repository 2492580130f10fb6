import { ascendingOrder } from './order.js';

/**
 * Unit normals of hyperplanes through the origin, row-major count×rank, each with a bound of its own rounding error.
 */
export interface Normals {
  readonly count: number;
  readonly rank: number;
  readonly data: Float64Array;
  readonly error: Float64Array;
}

/** Normals that describe one hyperplane, put together. */
export interface Grouping {
  /** One normal for each distinct hyperplane. */
  readonly distinct: Normals;
  /** The hyperplane of each normal. */
  readonly group: Int32Array;
  /** +1 where a normal points like that of its group, −1 where opposite. */
  readonly side: Int8Array;
}

/**
 * Two hyperplanes count as one when their unit normals differ, up to sign, by at most this, or by no more than their
 * rounding errors explain. Far above float64 rounding and far below anything that changes a certificate: a cell
 * between two hyperplanes that close is at most this wide, so a unit vector in it has products there below
 * 1e-10·‖x_i‖.
 */
export const PARALLEL_TOLERANCE = 1e-10;

/**
 * Groups normals that are parallel or opposite. Sorted by the size of their product with one fixed direction, normals
 * of one hyperplane are neighbours: O(count log count) unless very many normals have nearly the same product.
 */
export function groupParallel(normals: Normals): Grouping {
  const { count } = normals;
  const keys = genericProducts(normals);
  const order = ascendingOrder(keys);
  const window = 2 * Math.max(PARALLEL_TOLERANCE, 2 * normals.error.reduce((a, b) => Math.max(a, b), 0));
  const leaders: number[] = [];
  const group = new Int32Array(count);
  const side = new Int8Array(count);
  for (const i of order) {
    group[i] = leaders.length;
    side[i] = 1;
    for (let g = leaders.length - 1; g >= 0 && keys[leaders[g]] >= keys[i] - window; g--) {
      const sign = parallelSign(normals, i, leaders[g]);
      if (sign === 0) continue;
      group[i] = g;
      side[i] = sign;
      break;
    }
    if (group[i] === leaders.length) leaders.push(i);
  }
  return { distinct: pick(normals, leaders), group, side };
}

/** |c·x_i| for a fixed direction c that no data is likely to be symmetric about. */
function genericProducts({ count, rank, data }: Normals): Float64Array {
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += data[i * rank + k] * (0.5 + ((k * 0.6180339887 + 0.137) % 1));
    keys[i] = Math.abs(sum) / Math.sqrt(rank) / 1.5;
  }
  return keys;
}

/** ±1 when normals i and j describe one hyperplane, else 0. */
function parallelSign({ rank, data, error }: Normals, i: number, j: number): -1 | 0 | 1 {
  let same = 0;
  let opposite = 0;
  for (let k = 0; k < rank; k++) {
    const a = data[i * rank + k];
    const b = data[j * rank + k];
    same += (a - b) * (a - b);
    opposite += (a + b) * (a + b);
  }
  const tolerance = Math.max(PARALLEL_TOLERANCE, error[i] + error[j]);
  if (Math.min(same, opposite) > tolerance * tolerance) return 0;
  return same <= opposite ? 1 : -1;
}

function pick({ rank, data, error }: Normals, chosen: readonly number[]): Normals {
  const out = new Float64Array(chosen.length * rank);
  chosen.forEach((i, g) => {
    out.set(data.subarray(i * rank, (i + 1) * rank), g * rank);
  });
  return { count: chosen.length, rank, data: out, error: Float64Array.from(chosen, (i) => error[i]) };
}
