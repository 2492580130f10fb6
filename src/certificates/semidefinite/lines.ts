import { above, dotAt, gamma, norm } from '../rounding.js';
import type { Reduced } from '../sphere/row-space.js';
import { type Combinations, noCombinations } from './combinations.js';

/** The distinct lines through 0 on which the rows of X lie, in the coordinates of its row space. */
export interface Lines {
  readonly count: number;
  /** The first so many belong to rows; the others are auxiliary. */
  readonly ofRows: number;
  readonly rank: number;
  /** count×rank: z_k, the first row found on the line. */
  readonly z: Float64Array;
  /** For each row of X its line; −1 for a zero row. */
  readonly of: Int32Array;
  /** x̂_i ≈ along_i z_k. */
  readonly along: Float64Array;
  /** Proved bounds of ‖x_i − V(along_i z_k)‖, or of ‖x_i‖ for a row of no line. */
  readonly defect: Float64Array;
  /** ‖x̂_i‖ from above. */
  readonly length: Float64Array;
}

/** Unit rows nearer than this are on one line; what that changes is measured. */
const MERGE = 1e-10;

/** Rows that are equal, parallel or opposite share a line: one |z_kᵀu| stands for all of them. */
export function linesOf({ rank, rows, defect }: Reduced): Lines {
  const n = rows.rows;
  const cells = new Map<string, number>();
  const z: number[] = [];
  const of = new Int32Array(n).fill(-1);
  const along = new Float64Array(n);
  const total = Float64Array.from(defect);
  const length = new Float64Array(n);
  const squares: number[] = [];
  for (let i = 0; i < n; i++) {
    const row = rows.data.subarray(i * rank, (i + 1) * rank);
    const size = norm(row);
    length[i] = above(size, rank + 8);
    if (!(size > 1e-140)) {
      total[i] += length[i];
      continue;
    }
    const key = directionKey(row, size);
    let k = cells.get(key);
    if (k === undefined) {
      cells.set(key, (k = squares.length));
      z.push(...row);
      squares.push(dotAt(row, 0, row, 0, rank));
    }
    of[i] = k;
    along[i] = dotAt(rows.data, i * rank, Float64Array.from(z.slice(k * rank, (k + 1) * rank)), 0, rank) / squares[k];
    total[i] += distance(row, along[i], z, k * rank);
  }
  return {
    count: squares.length,
    ofRows: squares.length,
    rank,
    z: Float64Array.from(z),
    of,
    along,
    defect: total,
    length,
  };
}

/** With more lines, on which no row lies: they can stand in combinations. z is count×rank. */
export const withAuxiliary = (lines: Lines, z: Float64Array): Lines => ({
  ...lines,
  count: lines.count + (lines.rank > 0 ? z.length / lines.rank : 0),
  z: Float64Array.from([...lines.z, ...z]),
});

function directionKey(row: Float64Array, size: number): string {
  let leading = 0;
  for (let j = 0; j < row.length; j++) if (Math.abs(row[j]) > Math.abs(row[leading])) leading = j;
  const sign = row[leading] < 0 ? -1 : 1;
  return Array.from(row, (t) => Math.round((sign * t) / size / MERGE)).join();
}

/** ‖x − a z‖, from above. */
function distance(row: Float64Array, a: number, z: readonly number[], start: number): number {
  const rest = row.map((t, j) => t - a * z[start + j]);
  if (a === 1 && rest.every((t) => t === 0)) return 0;
  return above(norm(rest), row.length + 8) + gamma(3) * 2 * norm(row);
}

/** θᵀ(Xu)_+ = bᵀv + Σ w_k|z_kᵀv| ± margin for ‖u‖ ≤ 1, v = Vᵀu. */
export interface LineForm {
  readonly lines: Lines;
  readonly b: Float64Array;
  readonly w: Float64Array;
  readonly margin: number;
  /** Σ|θ_i|‖x̂_i‖ ≥ |bᵀv + Σ w_k|z_kᵀv|| on the ball. */
  readonly total: number;
  readonly combinations: Combinations;
}

/** (x_iᵀu)_+ = ½x_iᵀu + ½|x_iᵀu|, summed by line. b, w and z are exact as the doubles they are; the margin counts the rest. */
export function lineForm(
  lines: Lines,
  rows: Float64Array,
  theta: Float64Array,
  combinations: Combinations = noCombinations,
): LineForm {
  const { rank, count, of, along, defect, length } = lines;
  const b = new Float64Array(rank);
  const w = new Float64Array(count);
  let size = 0;
  let margin = 0;
  for (let i = 0; i < theta.length; i++) {
    size += Math.abs(theta[i]) * length[i];
    margin += Math.abs(theta[i]) * defect[i];
    if (of[i] < 0) continue;
    for (let j = 0; j < rank; j++) b[j] += 0.5 * theta[i] * rows[i * rank + j];
    w[of[i]] += 0.5 * theta[i] * Math.abs(along[i]);
  }
  const rounding = gamma(theta.length + 2 * rank + 16) * size;
  const [widened, total] = [margin + rounding, size].map((x) => above(x, theta.length + 8));
  return { lines, b, w, margin: widened, total, combinations };
}
