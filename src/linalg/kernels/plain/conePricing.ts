import type { ConeProximalArguments } from '../kernels.js';
import type { ConeFactor } from './coneFactor.js';

/** The most violated rows that the last scan of a block met, worst first. */
export interface CandidateList {
  /** How many rows a scan may keep. */
  limit: number;
  count: number;
  readonly rows: Int32Array;
  readonly values: Float64Array;
}

export const CANDIDATES = 16;

export const createCandidates = (): CandidateList => ({
  limit: CANDIDATES,
  count: 0,
  rows: new Int32Array(CANDIDATES),
  values: new Float64Array(CANDIDATES),
});

/** ±1/‖x_row‖: the factor that makes the row of block b a unit row of its cone; 0 for a zero row. */
export function signedScale(p: ConeProximalArguments, b: number, row: number): number {
  const byte = p.bytes[p.pattern[b] * p.stride + (row >> 3)];
  return (byte >> (row & 7)) & 1 ? p.inverseNorms[row] : -p.inverseNorms[row];
}

/** x_row · w; the remainder of d past a multiple of four is added last. */
export function rowDot(d: number, x: Float64Array, row: number, w: Float64Array): number {
  const at = row * d;
  const whole = d & ~3;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = 0; j < whole; j += 4) {
    s0 += x[at + j] * w[j];
    s1 += x[at + j + 1] * w[j + 1];
    s2 += x[at + j + 2] * w[j + 2];
    s3 += x[at + j + 3] * w[j + 3];
  }
  let sum = s0 + s2 + (s1 + s3);
  for (let j = whole; j < d; j++) sum += x[at + j] * w[j];
  return sum;
}

const slack = (p: ConeProximalArguments, b: number, row: number, w: Float64Array): number =>
  rowDot(p.d, p.x, row, w) * signedScale(p, b, row);

/** Fills the list with the rows whose slack is below −tolerance: the `limit` worst, ties by row number. */
export function scanRows(
  p: ConeProximalArguments,
  b: number,
  f: ConeFactor,
  list: CandidateList,
  tolerance: number,
): void {
  list.count = 0;
  let bar = -tolerance;
  for (let row = 0; row < p.n; row++) {
    const value = slack(p, b, row, f.w);
    if (value < bar) bar = insertCandidate(list, row, value, bar);
  }
}

/** Inserts in order of value and returns the value that the next row has to be below. */
function insertCandidate(list: CandidateList, row: number, value: number, bar: number): number {
  const { rows, values, limit } = list;
  let at = list.count < limit ? list.count++ : limit - 1;
  for (; at > 0 && values[at - 1] > value; at--) {
    values[at] = values[at - 1];
    rows[at] = rows[at - 1];
  }
  values[at] = value;
  rows[at] = row;
  return list.count === limit ? values[limit - 1] : bar;
}

/** Takes the row that is now most violated out of the list (those no longer violated leave it); −1 when none is. */
export function takeWorst(
  p: ConeProximalArguments,
  b: number,
  f: ConeFactor,
  list: CandidateList,
  tolerance: number,
): number {
  let kept = 0;
  let worst = -1;
  for (let k = 0; k < list.count; k++) {
    const value = slack(p, b, list.rows[k], f.w);
    if (!(value < -tolerance)) continue;
    list.rows[kept] = list.rows[k];
    list.values[kept] = value;
    if (worst < 0 || value < list.values[worst]) worst = kept;
    kept++;
  }
  list.count = kept;
  return worst < 0 ? -1 : takeAt(list, worst);
}

function takeAt(list: CandidateList, at: number): number {
  const row = list.rows[at];
  list.count--;
  list.rows[at] = list.rows[list.count];
  list.values[at] = list.values[list.count];
  return row;
}
