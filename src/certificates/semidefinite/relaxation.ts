import { type Matrix, matrix } from '../../linalg/index.js';
import type { Loss } from '../../losses/index.js';
import { symmetricEigen } from '../eigen.js';
import { dotAt, norm } from '../rounding.js';
import { type Combinations, noCombinations } from './combinations.js';
import type { Lines } from './lines.js';
import { type Slacks, slacksOf } from './slacks.js';

/** The relaxed training problem in the coordinates that its solver works in. */
export interface Relaxation {
  readonly lines: Lines;
  readonly loss: Loss;
  /** n targets. */
  readonly y: Float64Array;
  readonly lambda: number;
  readonly outputBias: boolean;
  /** Scale of line k: its variables are ŝ± = heights_k (|z_kᵀu| ± z_kᵀu)/√2. */
  readonly heights: Float64Array;
  /** count×rank: â = plane·ã, and u = turn·(stretch ã): [plane; diag stretch] has orthonormal columns. */
  readonly plane: Float64Array;
  readonly stretch: Float64Array;
  /** rank×rank, orthogonal: column j is a principal axis of the lines. */
  readonly turn: Matrix;
  /** λ/2 on the diagonal of the coordinates (α, ã). */
  readonly cost: Float64Array;
  /** For each row of X: 2k for s⁺_k, 2k + 1 for s⁻_k, −1 for a row that every network maps to 0. */
  readonly slot: Int32Array;
  /** f_i = Σα(x_iᵀu)_+ is this times the product αŝ of its slot. */
  readonly factor: Float64Array;
  /** More rows; null where there are no combinations. */
  readonly slacks: Slacks | null;
}

/** Σ heights² ‖z‖² = this²: how much a row counts beside α and u. Measured: 16 to 32 are alike, below 8 is much slower. */
const ROW_WEIGHT = 24;

export function relaxationOf(
  lines: Lines,
  loss: Loss,
  y: Float64Array,
  lambda: number,
  outputBias: boolean,
  combinations: Combinations = noCombinations,
): Relaxation {
  const { count, rank, z, of, along } = lines;
  const heights = new Float64Array(count).fill(ROW_WEIGHT / Math.max(norm(z, 0, lines.ofRows * rank), 1e-300));
  const turn = principalAxes(z, count, rank);
  const plane = new Float64Array(count * rank);
  const squares = new Float64Array(rank).fill(1);
  for (let k = 0; k < count; k++) {
    for (let j = 0; j < rank; j++) {
      let sum = 0;
      for (let i = 0; i < rank; i++) sum += z[k * rank + i] * turn.data[i * rank + j];
      plane[k * rank + j] = heights[k] * sum;
      squares[j] += plane[k * rank + j] ** 2;
    }
  }
  for (let at = 0; at < plane.length; at++) plane[at] /= Math.sqrt(squares[at % rank]);
  const stretch = squares.map((s) => 1 / Math.sqrt(s));
  const cost = Float64Array.from([1, ...stretch], (s) => 0.5 * lambda * s * s);
  const slot = Int32Array.from(of, (k, i) => (k < 0 ? -1 : 2 * k + (along[i] < 0 ? 1 : 0)));
  const factor = Float64Array.from(along, (a, i) => (of[i] < 0 ? 0 : Math.abs(a) / (Math.SQRT2 * heights[of[i]])));
  const slacks = slacksOf(combinations, count);
  return { lines, loss, y, lambda, outputBias, heights, plane, stretch, turn, cost, slot, factor, slacks };
}

/** Eigenvectors of ZᵀZ as columns. */
function principalAxes(z: Float64Array, count: number, rank: number): Matrix {
  const gram = new Float64Array(rank * rank);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < rank; i++)
      for (let j = 0; j < rank; j++) gram[i * rank + j] += z[k * rank + i] * z[k * rank + j];
  }
  const { vectors } = symmetricEigen(gram, rank);
  const turn = matrix(rank, rank);
  for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) turn.data[j * rank + i] = vectors[i * rank + j];
  return turn;
}

/** Neurons as points of the relaxation, of one sign of α: α > 0 here, and u balanced to the same length. */
export interface Units {
  readonly alpha: Float64Array;
  /** One row a unit, in the coordinates of the lines. */
  readonly u: readonly Float64Array[];
}

/** ŝ⁺ and ŝ⁻ of line k at u. */
export function sides({ lines, heights }: Relaxation, k: number, u: Float64Array): [number, number] {
  const a = Math.SQRT2 * heights[k] * dotAt(lines.z, k * lines.rank, u, 0, lines.rank);
  return [Math.max(0, a), Math.max(0, -a)];
}
