import type { PositiveFactor } from '../../linalg/spectral/index.js';
import { dotAt } from '../rounding.js';
import { type Relaxation, sides, type Units } from './relaxation.js';
import { SlackBlock, type SlackProducts } from './slack-block.js';
import { unwhiten, whiten } from './slacks.js';
import type { Workspace } from './workspace.js';

/** Products of the variables of one sign of α: pairs (count×count), with α (count), with u (count×rank). */
export interface Products {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
  /** s⁺_k s⁻_l. */
  readonly cross: Float64Array;
  readonly alphaPlus: Float64Array;
  readonly alphaMinus: Float64Array;
  readonly uPlus: Float64Array;
  readonly uMinus: Float64Array;
}

export const productNames = ['plus', 'minus', 'cross', 'alphaPlus', 'alphaMinus', 'uPlus', 'uMinus'] as const;

export function zeroProducts(count: number, rank: number): Products {
  const pairs = (): Float64Array => new Float64Array(count * count);
  const ones = (): Float64Array => new Float64Array(count);
  const rows = (): Float64Array => new Float64Array(count * rank);
  const [alphaPlus, alphaMinus, uPlus, uMinus] = [ones(), ones(), rows(), rows()];
  return { plus: pairs(), minus: pairs(), cross: pairs(), alphaPlus, alphaMinus, uPlus, uMinus };
}

/**
 * The moment matrix of the neurons with α > 0, or with α < 0 (|α| then), in three copies: `inside`, whose products obey the
 * sign rules, the factor of a positive semidefinite one, and the scaled multipliers of their difference.
 */
export class Block {
  readonly inside: Products;
  readonly multipliers: Products;
  /** Null without combinations. */
  readonly slack: SlackBlock | null;
  /** α², αu and uuᵀ (turned): they obey no rule, so the two copies agree on them. */
  #free: { square: number; mixed: Float64Array; full: Float64Array };
  /** Rows of the last factor as ŝ⁺, ŝ⁻ (count×columns), u (rank×columns) and α. */
  sPlus: Float64Array = new Float64Array(0);
  sMinus: Float64Array = new Float64Array(0);
  u: Float64Array = new Float64Array(0);
  alpha: Float64Array = new Float64Array(0);
  #gram: Float64Array = new Float64Array(0);

  constructor(
    readonly relaxation: Relaxation,
    start: Units,
    workspace: Workspace,
  ) {
    const { count, rank } = relaxation.lines;
    this.inside = zeroProducts(count, rank);
    this.multipliers = zeroProducts(count, rank);
    this.slack = relaxation.slacks && new SlackBlock(relaxation, relaxation.slacks);
    this.#free = { square: 0, mixed: new Float64Array(rank), full: new Float64Array(rank * rank) };
    this.#fromUnits(start, workspace);
  }

  #fromUnits({ alpha, u }: Units, workspace: Workspace): void {
    const { relaxation } = this;
    const { count, rank } = relaxation.lines;
    const columns = u.length;
    this.alpha = alpha;
    this.sPlus = new Float64Array(count * columns);
    this.sMinus = new Float64Array(count * columns);
    this.u = new Float64Array(rank * columns);
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < count; k++)
        [this.sPlus[k * columns + j], this.sMinus[k * columns + j]] = sides(relaxation, k, u[j]);
      for (let a = 0; a < rank; a++)
        for (let i = 0; i < rank; i++) this.u[a * columns + j] += relaxation.turn.data[i * rank + a] * u[j][i];
    }
    this.#startInside(workspace);
  }

  #startInside(workspace: Workspace): void {
    const { count, rank } = this.relaxation.lines;
    this.#setFree();
    this.#follow(workspace);
    const row = rowProducts(count, rank);
    for (let k = 0; k < count; k++) {
      this.fill(k, row);
      row.cross[k] = 0;
      for (const name of ['plus', 'minus', 'cross'] as const)
        row[name].forEach((x, l) => void (row[name][l] = Math.max(0, x)));
      for (const name of productNames) this.inside[name].set(row[name], k * row[name].length);
    }
    this.slack?.start(this);
  }

  /** The last factor: α (columns), u (rank×columns), t̂ (count×columns), one after the other. */
  get factor(): Float64Array {
    const t = this.sPlus.map((x, at) => (x + this.sMinus[at]) * Math.SQRT1_2);
    return Float64Array.from([...this.alpha, ...this.u, ...t]);
  }

  /** Goes on from a factor and the multipliers that belong to it; those of slacks may be of the first few alone. */
  restore(
    factor: Float64Array,
    columns: number,
    multipliers: Products,
    slack: SlackProducts | null,
    workspace: Workspace,
  ): void {
    const { lines, plane, stretch } = this.relaxation;
    const { count, rank } = lines;
    this.alpha = factor.slice(0, columns);
    this.u = factor.slice(columns, (1 + rank) * columns);
    this.sPlus = factor.slice((1 + rank) * columns);
    this.sMinus = this.sPlus.slice();
    for (let k = 0; k < count; k++) {
      for (let j = 0; j < columns; j++) {
        let a = 0;
        for (let i = 0; i < rank; i++) a += (plane[k * rank + i] / stretch[i]) * this.u[i * columns + j];
        const t = this.sPlus[k * columns + j];
        this.sPlus[k * columns + j] = (t + a) * Math.SQRT1_2;
        this.sMinus[k * columns + j] = (t - a) * Math.SQRT1_2;
      }
    }
    this.#startInside(workspace);
    for (const name of productNames) this.multipliers[name].set(multipliers[name]);
    if (slack !== null) this.slack?.continueFrom(slack);
  }

  /** Number of columns of the factor: the rank of the positive semidefinite copy. */
  get columns(): number {
    return this.alpha.length;
  }

  /** α² + Σ‖u‖², which λ/2 multiplies. */
  get trace(): number {
    const { rank } = this.relaxation.lines;
    let sum = this.#free.square;
    for (let j = 0; j < rank; j++) sum += this.#free.full[j * rank + j];
    return sum;
  }

  /** The sum of the other two copies less the cost (size×size, lower triangle), whose positive part `take` takes. */
  target(penalty: number, workspace: Workspace): Float64Array {
    const { slacks, lines } = this.relaxation;
    const size = 1 + lines.rank + lines.count;
    const target = this.#target(penalty, workspace);
    this.slack?.addTo(target, size, workspace);
    if (slacks) whiten(slacks, target, size, lines.count, workspace);
    return target;
  }

  /** The nearest positive semidefinite copy to the other two, less the cost. */
  take(factor: PositiveFactor, workspace: Workspace): void {
    const { plane, stretch } = this.relaxation;
    this.#split(factor, plane, stretch);
    this.#setFree();
    this.#follow(workspace);
  }

  /** What goes with a new factor. */
  #follow(workspace: Workspace): void {
    this.slack?.follow(this);
    this.#gram = workspace.gram([this.sPlus, this.sMinus, ...(this.slack ? [this.slack.rows] : [])], this.columns);
  }

  /** Rows of ŝ⁺, ŝ⁻ and the slacks in products with each other, as `project` left them; gone with the next product. */
  get gram(): Float64Array {
    return this.#gram;
  }

  /** Products of line k with everything, from the factor and its `gram`. */
  fill(k: number, out: Products): void {
    const { count, rank } = this.relaxation.lines;
    const c = this.columns;
    const at = k * c;
    const width = 2 * count + (this.slack?.count ?? 0);
    if (c === 0) {
      for (const name of ['plus', 'minus', 'cross'] as const) out[name].fill(0);
    } else {
      out.plus.set(this.#gram.subarray(k * width, k * width + count));
      out.cross.set(this.#gram.subarray(k * width + count, k * width + 2 * count));
      const minus = (count + k) * width + count;
      out.minus.set(this.#gram.subarray(minus, minus + count));
    }
    out.alphaPlus[0] = dotAt(this.sPlus, at, this.alpha, 0, c);
    out.alphaMinus[0] = dotAt(this.sMinus, at, this.alpha, 0, c);
    for (let a = 0; a < rank; a++) {
      out.uPlus[a] = dotAt(this.sPlus, at, this.u, a * c, c);
      out.uMinus[a] = dotAt(this.sMinus, at, this.u, a * c, c);
    }
  }

  #setFree(): void {
    const { rank } = this.relaxation.lines;
    const c = this.columns;
    const { mixed, full } = this.#free;
    const square = dotAt(this.alpha, 0, this.alpha, 0, c);
    for (let a = 0; a < rank; a++) {
      mixed[a] = dotAt(this.alpha, 0, this.u, a * c, c);
      for (let b = 0; b < rank; b++) full[a * rank + b] = dotAt(this.u, a * c, this.u, b * c, c);
    }
    this.#free = { square, mixed, full };
  }

  /** The sum of the copies in the coordinates (α, ã, t̂), lower triangle: ŝ± = (t̂ ± â)/√2, â = plane·ã, u = stretch ã. */
  #target(penalty: number, workspace: Workspace): Float64Array {
    const { lines, stretch, cost } = this.relaxation;
    const { count, rank } = lines;
    const size = 1 + rank + count;
    const m = new Float64Array(size * size);
    this.#addPairs(m, size, workspace);
    this.#addSingles(m, size);
    const { square, mixed, full } = this.#free;
    m[0] += square;
    for (let i = 0; i < rank; i++) {
      m[(1 + i) * size] += stretch[i] * mixed[i];
      for (let j = 0; j <= i; j++) m[(1 + i) * size + 1 + j] += stretch[i] * full[i * rank + j] * stretch[j];
    }
    for (let j = 0; j <= rank; j++) m[j * size + j] -= cost[j] / penalty;
    return m;
  }

  /** ½(ŝ⁺ŝ⁺ + ŝ⁻ŝ⁻ ± ŝ⁺ŝ⁻ ± ŝ⁻ŝ⁺) of t̂t̂ and ââ, with the difference of the outer and of the inner two of t̂â. */
  #addPairs(m: Float64Array, size: number, workspace: Workspace): void {
    const { lines, plane } = this.relaxation;
    const { count, rank } = lines;
    const [even, odd, cross] = this.#pairSums();
    addSymmetric(m, size, 1 + rank, even, cross, count);
    for (let at = 0; at < even.length; at++) {
      even[at] -= cross[at];
      odd[at] -= 0.5 * cross[at];
      cross[at] *= 0.5;
    }
    const square = workspace.product(count, rank, count, even, plane).slice();
    const ahead = workspace.product(rank, rank, count, plane, square, true);
    for (let i = 0; i < rank; i++)
      for (let j = 0; j <= i; j++) m[(1 + i) * size + 1 + j] += 0.5 * (ahead[i * rank + j] + ahead[j * rank + i]);
    const mixed = workspace.product(count, rank, count, odd, plane).slice();
    const turned = workspace.product(count, rank, count, cross, plane, true);
    for (let k = 0; k < count; k++)
      for (let j = 0; j < rank; j++) m[(1 + rank + k) * size + 1 + j] += mixed[k * rank + j] + turned[k * rank + j];
  }

  /** ½(ŝ⁺ŝ⁺ ± ŝ⁻ŝ⁻) and ŝ⁺ŝ⁻ of inside + multipliers. */
  #pairSums(): [Float64Array, Float64Array, Float64Array] {
    const { inside: w, multipliers: p } = this;
    const length = w.plus.length;
    const [even, odd, cross] = [0, 1, 2].map(() => new Float64Array(length));
    for (let at = 0; at < length; at++) {
      const plus = w.plus[at] + p.plus[at];
      const minus = w.minus[at] + p.minus[at];
      even[at] = 0.5 * (plus + minus);
      odd[at] = 0.5 * (plus - minus);
      cross[at] = w.cross[at] + p.cross[at];
    }
    return [even, odd, cross];
  }

  /** What α and u have with ŝ±. */
  #addSingles(m: Float64Array, size: number): void {
    const { lines, plane, stretch } = this.relaxation;
    const { count, rank } = lines;
    const { inside: w, multipliers: p } = this;
    const both = new Float64Array(rank * rank);
    for (let k = 0; k < count; k++) {
      const row = (1 + rank + k) * size;
      const [plus, minus] = [w.alphaPlus[k] + p.alphaPlus[k], w.alphaMinus[k] + p.alphaMinus[k]];
      m[row] += (plus + minus) * Math.SQRT1_2;
      const a = (plus - minus) * Math.SQRT1_2;
      for (let i = 0; i < rank; i++) m[(1 + i) * size] += plane[k * rank + i] * a;
      for (let j = 0; j < rank; j++) {
        const at = k * rank + j;
        const [above, below] = [w.uPlus[at] + p.uPlus[at], w.uMinus[at] + p.uMinus[at]];
        m[row + 1 + j] += stretch[j] * (above + below) * Math.SQRT1_2;
        const difference = stretch[j] * (above - below) * Math.SQRT1_2;
        for (let i = 0; i < rank; i++) both[i * rank + j] += plane[k * rank + i] * difference;
      }
    }
    // âu comes once from either side
    for (let i = 0; i < rank; i++)
      for (let j = 0; j <= i; j++) m[(1 + i) * size + 1 + j] += both[i * rank + j] + both[j * rank + i];
  }

  #split({ rank: columns, rows }: PositiveFactor, plane: Float64Array, stretch: Float64Array): void {
    const { count, rank } = this.relaxation.lines;
    const { slacks } = this.relaxation;
    const size = 1 + rank + count;
    if (slacks) for (let j = 0; j < columns; j++) unwhiten(slacks, rows, j * size + 1 + rank, count);
    this.alpha = Float64Array.from({ length: columns }, (_, j) => rows[j * size]);
    this.sPlus = new Float64Array(count * columns);
    this.sMinus = new Float64Array(count * columns);
    this.u = new Float64Array(rank * columns);
    for (let j = 0; j < columns; j++) {
      for (let a = 0; a < rank; a++) this.u[a * columns + j] = stretch[a] * rows[j * size + 1 + a];
      for (let k = 0; k < count; k++) {
        const a = dotAt(plane, k * rank, rows, j * size + 1, rank);
        const t = rows[j * size + 1 + rank + k];
        this.sPlus[k * columns + j] = (t + a) * Math.SQRT1_2;
        this.sMinus[k * columns + j] = (t - a) * Math.SQRT1_2;
      }
    }
  }
}

/** Products of one line: pairs count each, α one, u rank each. */
export function rowProducts(count: number, rank: number): Products {
  const pairs = (): Float64Array => new Float64Array(count);
  const one = (): Float64Array => new Float64Array(1);
  const row = (): Float64Array => new Float64Array(rank);
  const [alphaPlus, alphaMinus, uPlus, uMinus] = [one(), one(), row(), row()];
  return { plus: pairs(), minus: pairs(), cross: pairs(), alphaPlus, alphaMinus, uPlus, uMinus };
}

/** Side of the squares that a transpose is read in. */
const TILE = 32;

/** Adds even + ½(cross + crossᵀ), count×count, to the lower triangle of the block of m that begins at `before`. */
function addSymmetric(
  m: Float64Array,
  size: number,
  before: number,
  even: Float64Array,
  cross: Float64Array,
  count: number,
): void {
  for (let first = 0; first < count; first += TILE) {
    for (let left = 0; left <= first; left += TILE) {
      for (let k = first; k < Math.min(count, first + TILE); k++) {
        const to = (before + k) * size + before;
        for (let l = left; l < Math.min(k + 1, left + TILE); l++)
          m[to + l] += even[k * count + l] + 0.5 * (cross[k * count + l] + cross[l * count + k]);
      }
    }
  }
}
