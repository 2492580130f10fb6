import { dotAt, norm } from '../rounding.js';
import { coneHeight } from './loss-step.js';
import { type Errors, move, obeyRow } from './obey.js';
import type { Relaxation } from './relaxation.js';
import type { Slacks } from './slacks.js';
import type { Workspace } from './workspace.js';

/** Products of the slacks of one sign of α: with ŝ⁺ and ŝ⁻ (C×K), with each other (C×C, lower triangle), with α (C) and u (C×rank). */
export interface SlackProducts {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
  readonly slack: Float64Array;
  readonly alpha: Float64Array;
  readonly u: Float64Array;
}

export const slackNames = ['plus', 'minus', 'slack', 'alpha', 'u'] as const;

export function zeroSlackProducts(slacks: number, count: number, rank: number): SlackProducts {
  const [plus, minus] = [0, 1].map(() => new Float64Array(slacks * count));
  const slack = new Float64Array(slacks * slacks);
  return { plus, minus, slack, alpha: new Float64Array(slacks), u: new Float64Array(slacks * rank) };
}

/** Rows of the factor of a block: ŝ⁺, ŝ⁻ (count×columns), u (rank×columns) and α. */
export interface FactorRows {
  readonly sPlus: Float64Array;
  readonly sMinus: Float64Array;
  readonly u: Float64Array;
  readonly alpha: Float64Array;
}

/** With the products of ŝ⁺, ŝ⁻ and the slacks with each other. */
export interface FactorProducts extends FactorRows {
  readonly gram: Float64Array;
}

/** The rows of a moment matrix that belong to slacks, in the copies that `Block` has of its own. */
export class SlackBlock {
  readonly inside: SlackProducts;
  readonly multipliers: SlackProducts;
  /** C×columns: ρ̂ of the factor. */
  rows: Float64Array = new Float64Array(0);
  readonly count: number;

  constructor(
    readonly relaxation: Relaxation,
    readonly slacks: Slacks,
  ) {
    const { count, rank } = relaxation.lines;
    this.count = slacks.combinations.count;
    this.inside = zeroSlackProducts(this.count, count, rank);
    this.multipliers = zeroSlackProducts(this.count, count, rank);
  }

  /** The copies agree where no sign rule forbids it. */
  start(factor: FactorProducts): void {
    const row = this.#row();
    const { rank } = this.relaxation.lines;
    for (let c = 0; c < this.count; c++) {
      this.#fill(c, factor, row);
      for (const [name, size, length] of this.#pairs(c))
        for (let l = 0; l < length; l++) this.inside[name][c * size + l] = Math.max(0, row[name][l]);
      this.inside.alpha[c] = row.alpha[0];
      this.inside.u.set(row.u, c * rank);
    }
  }

  /** Takes over the multipliers of the slacks that were there before; those of new ones are 0. */
  continueFrom(old: SlackProducts): void {
    const before = old.alpha.length;
    for (const name of ['plus', 'minus', 'alpha', 'u'] as const) this.multipliers[name].set(old[name]);
    for (let c = 0; c < before; c++)
      this.multipliers.slack.set(old.slack.subarray(c * before, (c + 1) * before), c * this.count);
  }

  /** ρ̂ of a new factor: t̂ = (ŝ⁺ + ŝ⁻)/√2. */
  follow({ sPlus, sMinus, alpha }: FactorRows): void {
    const { weight, combinations } = this.slacks;
    const columns = alpha.length;
    this.rows = new Float64Array(this.count * columns);
    for (let c = 0; c < this.count; c++) {
      for (let e = combinations.start[c]; e < combinations.start[c + 1]; e++) {
        const at = combinations.line[e] * columns;
        const w = weight[e] * Math.SQRT1_2;
        for (let j = 0; j < columns; j++) this.rows[c * columns + j] += w * (sPlus[at + j] + sMinus[at + j]);
      }
    }
  }

  /** The copy that obeys the sign rules, and the cones ⟨αρ⟩ ≥ ‖⟨uρ⟩‖. */
  obey(factor: FactorProducts, errors: Errors): void {
    const row = this.#row();
    for (let c = 0; c < this.count; c++) {
      this.#fill(c, factor, row);
      for (const [name, size, length] of this.#pairs(c)) {
        const [from, to] = [c * size, c * size + length];
        const inside = this.inside[name].subarray(from, to);
        obeyRow(row[name].subarray(0, length), inside, this.multipliers[name].subarray(from, to), -1, errors);
      }
      this.#obeyCone(c, row, errors);
    }
  }

  /** Names, row lengths and used lengths of the products of slack c that are at least 0: with other slacks the lower triangle. */
  #pairs(c: number): readonly ['plus' | 'minus' | 'slack', number, number][] {
    const { count } = this.relaxation.lines;
    return [
      ['plus', count, count],
      ['minus', count, count],
      ['slack', this.count, c + 1],
    ];
  }

  #obeyCone(c: number, row: SlackProducts, errors: Errors): void {
    const { inside, multipliers } = this;
    const { rank } = this.relaxation.lines;
    const wanted = row.alpha[0] - multipliers.alpha[c];
    const u = row.u.map((x, j) => x - multipliers.u[c * rank + j]);
    const length = norm(u);
    const height = coneHeight(wanted, length);
    const share = wanted >= length ? 1 : height / Math.max(length, 1e-300);
    move(inside.alpha, multipliers.alpha, c, height, row.alpha[0], errors);
    for (let j = 0; j < rank; j++) move(inside.u, multipliers.u, c * rank + j, share * u[j], row.u[j], errors);
  }

  #row(): SlackProducts {
    const { count, rank } = this.relaxation.lines;
    const [plus, minus] = [0, 1].map(() => new Float64Array(count));
    return { plus, minus, slack: new Float64Array(this.count), alpha: new Float64Array(1), u: new Float64Array(rank) };
  }

  #fill(c: number, { u, alpha, gram }: FactorProducts, out: SlackProducts): void {
    const { count, rank } = this.relaxation.lines;
    const columns = alpha.length;
    const at = c * columns;
    const width = 2 * count + this.count;
    const row = gram.subarray((2 * count + c) * width, (2 * count + c + 1) * width);
    if (columns === 0) for (const name of ['plus', 'minus', 'slack'] as const) out[name].fill(0);
    else {
      out.plus.set(row.subarray(0, count));
      out.minus.set(row.subarray(count, 2 * count));
      out.slack.set(row.subarray(2 * count));
    }
    out.alpha[0] = dotAt(this.rows, at, alpha, 0, columns);
    for (let a = 0; a < rank; a++) out.u[a] = dotAt(this.rows, at, u, a * columns, columns);
  }

  /** The part of these rows in the sum of the copies, in the coordinates (α, ã, t̂), lower triangle. */
  addTo(m: Float64Array, size: number, workspace: Workspace): void {
    const { lines, plane, stretch } = this.relaxation;
    const { count, rank } = lines;
    const { inside: w, multipliers: p } = this;
    const [sum, difference] = [0, 1].map(() => new Float64Array(this.count * count));
    for (let at = 0; at < sum.length; at++) {
      const [plus, minus] = [w.plus[at] + p.plus[at], w.minus[at] + p.minus[at]];
      sum[at] = (plus + minus) * Math.SQRT1_2;
      difference[at] = (plus - minus) * Math.SQRT1_2;
    }
    const mixed = workspace.product(this.count, rank, count, difference, plane);
    for (let c = 0; c < this.count; c++)
      for (let j = 0; j < rank; j++) mixed[c * rank + j] += stretch[j] * (w.u[c * rank + j] + p.u[c * rank + j]);
    this.#addSingles(m, size, mixed);
    this.#scatterOwn(sum);
    this.#addRows(m, size, sum);
  }

  /** What α and u have with t̂. */
  #addSingles(m: Float64Array, size: number, mixed: Float64Array): void {
    const { rank } = this.relaxation.lines;
    const { weight, combinations } = this.slacks;
    for (let c = 0; c < this.count; c++) {
      const alpha = this.inside.alpha[c] + this.multipliers.alpha[c];
      for (let e = combinations.start[c]; e < combinations.start[c + 1]; e++) {
        const row = (1 + rank + combinations.line[e]) * size;
        m[row] += weight[e] * alpha;
        for (let j = 0; j < rank; j++) m[row + 1 + j] += weight[e] * mixed[c * rank + j];
      }
    }
  }

  /** Adds to the rows of the slacks what they have with each other, as products of a slack with t̂. */
  #scatterOwn(rows: Float64Array): void {
    const { count } = this.relaxation.lines;
    const { start, line } = this.slacks.combinations;
    const { weight } = this.slacks;
    const [inside, multipliers] = [this.inside.slack, this.multipliers.slack];
    for (let c = 0; c < this.count; c++) {
      const to = c * count;
      for (let b = 0; b <= c; b++) {
        // once, for both orders: the diagonal has half
        const at = c * this.count + b;
        const value = (b < c ? 1 : 0.5) * (inside[at] + multipliers[at]);
        if (value !== 0) for (let e = start[b]; e < start[b + 1]; e++) rows[to + line[e]] += weight[e] * value;
      }
    }
  }

  /** DᵀR + RᵀD for the weights D of the slacks and these rows R. */
  #addRows(m: Float64Array, size: number, rows: Float64Array): void {
    const { count, rank } = this.relaxation.lines;
    const { start, line } = this.slacks.combinations;
    const sum = new Float64Array(count * count);
    for (let c = 0; c < this.count; c++) {
      for (let e = start[c]; e < start[c + 1]; e++) {
        const [to, from, weight] = [line[e] * count, c * count, this.slacks.weight[e]];
        for (let l = 0; l < count; l++) sum[to + l] += weight * rows[from + l];
      }
    }
    for (let k = 0; k < count; k++) {
      const to = (1 + rank + k) * size + 1 + rank;
      for (let l = 0; l <= k; l++) m[to + l] += sum[k * count + l] + sum[l * count + k];
    }
  }
}
