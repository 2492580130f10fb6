import { norm } from '../rounding.js';
import { Block, type Products, productNames, rowProducts, zeroProducts } from './block.js';
import { type Combinations, noCombinations } from './combinations.js';
import { grown, grownFactor } from './grow.js';
import type { Lines } from './lines.js';
import { coneHeight, LossStep } from './loss-step.js';
import { type Multipliers, noSlackMultipliers, type SignMultipliers, type SlackMultipliers } from './multipliers.js';
import { type Errors, move, obeyRow } from './obey.js';
import { type Relaxation, relaxationOf, type Units } from './relaxation.js';
import { type SlackProducts, slackNames, zeroSlackProducts } from './slack-block.js';
import type { Workspace } from './workspace.js';

/** The penalty is balanced so that the dual error is this much the smaller one: bounds are what is wanted. */
const BALANCE = 0.1;
/** The penalty stays within this factor of its natural size λ/(α² + Σ‖u‖²). */
const RANGE = 1000;

/** αŝ and ŝu of one sign of α before the cones are obeyed, with the copy from the factor. */
interface Pending {
  /** Slot 2k is s⁺_k, 2k + 1 is s⁻_k. */
  readonly alpha: Float64Array;
  readonly u: Float64Array;
  readonly length: Float64Array;
  readonly factorAlpha: Float64Array;
  readonly factorU: Float64Array;
}

/**
 * The alternating direction method of multipliers for the relaxed training problem: a positive semidefinite copy of the moment
 * matrices (one for either sign of α) and one that obeys the sign rules and pays the loss. Its multipliers prove a bound after
 * any iteration, once they are read by `quadraticBound`; the better they are, the nearer it is to the relaxed optimum.
 */
export class Splitting {
  #blocks: readonly [Block, Block];
  #loss: LossStep;
  #pending: readonly [Pending, Pending];
  readonly #natural: number;
  #penalty: number;
  iterations = 0;

  #relaxation: Relaxation;

  constructor(
    relaxation: Relaxation,
    start: readonly [Units, Units],
    readonly workspace: Workspace,
  ) {
    this.#relaxation = relaxation;
    this.#blocks = [new Block(relaxation, start[0], workspace), new Block(relaxation, start[1], workspace)];
    this.#loss = new LossStep(relaxation);
    this.#pending = [pending(relaxation), pending(relaxation)];
    const trace = this.#blocks[0].trace + this.#blocks[1].trace || this.#traceAtMost();
    this.#natural = relaxation.lambda / trace;
    this.#penalty = this.#natural;
  }

  /** α² + Σ‖u‖² of an optimum without a start: no more than the objective of the best constant allows. */
  #traceAtMost(): number {
    const { lambda, y } = this.relaxation;
    const slots = new Float64Array(2 * this.relaxation.lines.count);
    this.#loss.solve({ alpha: [slots, slots], length: [slots, slots] }, 1e300);
    return Math.max(this.#loss.value / (y.length * lambda), 1e-300);
  }

  /** What the next iteration starts from, beside the multipliers. */
  get state(): { penalty: number; factors: readonly [Float64Array, Float64Array]; columns: readonly [number, number] } {
    const [a, b] = this.#blocks;
    return { penalty: this.#penalty, factors: [a.factor, b.factor], columns: [a.columns, b.columns] };
  }

  /** Goes on where another run stood: its state, its iterations, and its multipliers for the residual r. */
  restore(state: Splitting['state'], iterations: number, r: Float64Array, multipliers: Multipliers): void {
    this.iterations = iterations;
    this.#penalty = state.penalty;
    this.#blocks.forEach((block, side) => {
      const slack = this.#slackProducts(multipliers[side].slack);
      const products = this.#products(side, r, multipliers[side]);
      block.restore(state.factors[side], state.columns[side], products, slack, this.workspace);
    });
  }

  /** Goes on with these lines and combinations, which begin with those it has. Then it has no residual before it iterates. */
  extend(lines: Lines, combinations: Combinations): void {
    const { loss, y, lambda, outputBias } = this.relaxation;
    const [old, before, r] = [this.multipliers(), this.relaxation, this.residual.slice()];
    const state = this.state;
    const after = relaxationOf(lines, loss, y, lambda, outputBias, combinations);
    const [a, b] = state.factors.map((factor, side) => grownFactor(before, after, factor, state.columns[side]));
    this.#start(after);
    const multipliers = old.map((m) => grown(m, before.lines.count, lines.count, combinations.count));
    this.restore({ ...state, factors: [a, b] }, this.iterations, r, [multipliers[0], multipliers[1]]);
  }

  /** As if it had begun with these lines and combinations; nothing is known of the moments. */
  become(lines: Lines, combinations: Combinations): void {
    const { loss, y, lambda, outputBias } = this.relaxation;
    this.#start(relaxationOf(lines, loss, y, lambda, outputBias, combinations));
  }

  #start(relaxation: Relaxation): void {
    this.#relaxation = relaxation;
    const none: Units = { alpha: new Float64Array(0), u: [] };
    this.#blocks = [new Block(relaxation, none, this.workspace), new Block(relaxation, none, this.workspace)];
    this.#loss = new LossStep(relaxation);
    this.#pending = [pending(relaxation), pending(relaxation)];
  }

  get relaxation(): Relaxation {
    return this.#relaxation;
  }

  get combinations(): Combinations {
    return this.relaxation.slacks?.combinations ?? noCombinations;
  }

  /** Rows of the factor of one sign of α: what the relaxation takes for neurons. */
  factorRows(side: 0 | 1): Block {
    return this.#blocks[side];
  }

  /** The inverse of `#slackMultipliers`. */
  #slackProducts({ q, p, nPlus, nMinus, n }: SlackMultipliers): SlackProducts | null {
    const { lines, slacks, heights, turn, y } = this.relaxation;
    if (slacks === null) return null;
    const { count, rank } = lines;
    const out = zeroSlackProducts(slacks.scale.length, count, rank);
    const unit = 2 * y.length * this.#penalty;
    const height = slacks.scale.map((s) => s * heights[0]);
    height.forEach((h, c) => {
      out.alpha[c] = q[c] / (unit * h);
      for (let j = 0; j < rank; j++)
        for (let i = 0; i < rank; i++) out.u[c * rank + j] += (turn.data[i * rank + j] * p[c * rank + i]) / (unit * h);
      for (let k = 0; k < count; k++) {
        const both = unit * h * heights[k] * Math.SQRT1_2;
        out.plus[c * count + k] = nPlus[c * count + k] / both;
        out.minus[c * count + k] = nMinus[c * count + k] / both;
      }
      height.forEach((other, b) => {
        out.slack[c * height.length + b] = n[c * height.length + b] / (unit * h * other);
      });
    });
    return out;
  }

  /** A slack is `scale` heights of a line, ŝ± are heights/√2 of s±. */
  #slackMultipliers(side: 0 | 1): SlackMultipliers {
    const { lines, slacks, heights, turn, y } = this.relaxation;
    const { count, rank } = lines;
    const own = this.#blocks[side].slack;
    if (slacks === null || own === null) return noSlackMultipliers(0, count, rank);
    const out = noSlackMultipliers(slacks.scale.length, count, rank);
    const m = own.multipliers;
    const unit = 2 * y.length * this.#penalty;
    const height = slacks.scale.map((s) => s * heights[0]);
    height.forEach((h, c) => {
      out.q[c] = unit * h * m.alpha[c];
      for (let j = 0; j < rank; j++)
        for (let i = 0; i < rank; i++) out.p[c * rank + i] += unit * h * turn.data[i * rank + j] * m.u[c * rank + j];
      for (let k = 0; k < count; k++) {
        const both = unit * h * heights[k] * Math.SQRT1_2;
        out.nPlus[c * count + k] = both * m.plus[c * count + k];
        out.nMinus[c * count + k] = both * m.minus[c * count + k];
      }
      height.forEach((other, b) => {
        out.n[c * height.length + b] = unit * h * other * m.slack[c * height.length + b];
      });
    });
    return out;
  }

  /** The inverse of `#signMultipliers`. */
  #products(side: number, r: Float64Array, m: SignMultipliers): Products {
    const { lines, heights, turn, y, slot, factor } = this.relaxation;
    const { count, rank } = lines;
    const out = zeroProducts(count, rank);
    const unit = y.length * this.#penalty;
    const pull = new Float64Array(2 * count);
    for (let i = 0; i < r.length; i++) if (slot[i] >= 0) pull[slot[i]] += factor[i] * r[i];
    for (let k = 0; k < count; k++) {
      const share = ((side === 0 ? 1 : -1) * heights[k]) / Math.SQRT2;
      const height = Math.SQRT2 * unit * heights[k];
      out.alphaPlus[k] = (m.qPlus[k] + share * pull[2 * k]) / height;
      out.alphaMinus[k] = (m.qMinus[k] + share * pull[2 * k + 1]) / height;
      for (let j = 0; j < rank; j++) {
        for (let i = 0; i < rank; i++) {
          out.uPlus[k * rank + j] += (turn.data[i * rank + j] * m.pPlus[k * rank + i]) / height;
          out.uMinus[k * rank + j] += (turn.data[i * rank + j] * m.pMinus[k * rank + i]) / height;
        }
      }
      for (let l = 0; l < count; l++) {
        const both = unit * heights[k] * heights[l];
        out.plus[k * count + l] = m.nPlus[k * count + l] / both;
        out.minus[k * count + l] = m.nMinus[k * count + l] / both;
        out.cross[k * count + l] = m.nCross[k * count + l] / both;
      }
    }
    return out;
  }

  /** The residual r of the relaxed network: the dual candidate. */
  get residual(): Float64Array {
    return this.#loss.residual;
  }

  /** What the relaxed network predicts, and the curvatures there. */
  get prediction(): LossStep['prediction'] {
    return this.#loss.prediction;
  }

  /** Value of the relaxed objective where the copies are now: near the relaxed optimum once they agree. */
  get objective(): number {
    const { lambda, y } = this.relaxation;
    return this.#loss.value / y.length + 0.5 * lambda * (this.#blocks[0].trace + this.#blocks[1].trace);
  }

  iterate(): void {
    const errors: Errors = { apart: 0, moved: 0, size: 0, dual: 0 };
    const { lines } = this.relaxation;
    const targets = this.#blocks.map((block) => block.target(this.#penalty, this.workspace));
    const factors = this.workspace.positiveFactors(targets, 1 + lines.rank + lines.count);
    this.#blocks.forEach((block, side) => {
      block.take(factors[side], this.workspace);
      this.#obeyPairs(block, this.#pending[side], errors);
      block.slack?.obey(block, errors);
    });
    const [a, b] = this.#pending;
    this.#loss.solve({ alpha: [a.alpha, b.alpha], length: [a.length, b.length] }, this.#penalty);
    this.#blocks.forEach((block, side) => {
      this.#obeyCones(block, side, errors);
    });
    this.iterations++;
    this.#balance(errors);
  }

  /** The pair products of the other copy: at least 0, s⁺_k s⁻_k = 0. What concerns α and u waits for the loss. */
  #obeyPairs(block: Block, pending: Pending, errors: Errors): void {
    const { count, rank } = this.relaxation.lines;
    const row = rowProducts(count, rank);
    for (let k = 0; k < count; k++) {
      block.fill(k, row);
      for (const name of ['plus', 'minus', 'cross'] as const) {
        const inside = block.inside[name].subarray(k * count, (k + 1) * count);
        const multipliers = block.multipliers[name].subarray(k * count, (k + 1) * count);
        obeyRow(row[name], inside, multipliers, name === 'cross' ? k : -1, errors);
      }
      setPending(pending, block.multipliers, row, k, rank);
    }
  }

  #obeyCones(block: Block, side: number, errors: Errors): void {
    const { count, rank } = this.relaxation.lines;
    const pending = this.#pending[side];
    const gain = (side === 0 ? 1 : -1) / (2 * this.relaxation.y.length * this.#penalty);
    for (let slot = 0; slot < 2 * count; slot++) {
      const [k, plus] = [slot >> 1, slot % 2 === 0];
      const wanted = pending.alpha[slot] + gain * this.#loss.pull[slot];
      const height = coneHeight(wanted, pending.length[slot]);
      const share = wanted >= pending.length[slot] ? 1 : height / Math.max(pending.length[slot], 1e-300);
      const alpha = plus ? 'alphaPlus' : 'alphaMinus';
      move(block.inside[alpha], block.multipliers[alpha], k, height, pending.factorAlpha[slot], errors);
      const u = plus ? 'uPlus' : 'uMinus';
      for (let j = 0; j < rank; j++) {
        const at = slot * rank + j;
        const next = share * pending.u[at];
        move(block.inside[u], block.multipliers[u], k * rank + j, next, pending.factorU[at], errors);
      }
    }
  }

  /** Keeps the two errors in proportion; early often, later seldom, so that the method converges. */
  #balance(errors: Errors): void {
    if (this.iterations % 10 !== 0 || (this.iterations > 600 && this.iterations % 100 !== 0)) return;
    const ratio = (BALANCE * Math.sqrt(errors.apart / errors.size)) / Math.sqrt(errors.moved / errors.dual);
    if (!Number.isFinite(ratio) || (ratio < 3 && ratio > 1 / 3)) return;
    const factor = ratio > 1 ? 1.4 : 1 / 1.4;
    const next = (this.#penalty * factor) / this.#natural;
    if (next > RANGE || next < 1 / RANGE) return;
    this.#penalty *= factor;
    for (const { multipliers, slack } of this.#blocks) {
      for (const name of productNames) shrink(multipliers[name], factor);
      if (slack) for (const name of slackNames) shrink(slack.multipliers[name], factor);
    }
  }

  /** The multipliers as a proof reads them, for r as it is now: scale-free, they belong to 2F ≤ nλ(1 + ‖v‖²). */
  multipliers(): Multipliers {
    return [this.#signMultipliers(0), this.#signMultipliers(1)];
  }

  #signMultipliers(side: 0 | 1): SignMultipliers {
    const { lines, heights, turn, y } = this.relaxation;
    const { count, rank } = lines;
    const { multipliers } = this.#blocks[side];
    const unit = y.length * this.#penalty;
    const pairs = (values: Float64Array): Float64Array =>
      values.map((x, at) => unit * heights[Math.floor(at / count)] * heights[at % count] * x);
    const turned = (values: Float64Array): Float64Array => {
      const out = new Float64Array(count * rank);
      for (let k = 0; k < count; k++)
        for (let j = 0; j < rank; j++)
          for (let i = 0; i < rank; i++)
            out[k * rank + i] += Math.SQRT2 * unit * heights[k] * turn.data[i * rank + j] * values[k * rank + j];
      return out;
    };
    const own = (values: Float64Array, odd: number): Float64Array =>
      values.map(
        (x, k) =>
          Math.SQRT2 * unit * heights[k] * x -
          ((side === 0 ? 1 : -1) * this.#loss.pull[2 * k + odd] * heights[k]) / Math.SQRT2,
      );
    return {
      qPlus: own(multipliers.alphaPlus, 0),
      qMinus: own(multipliers.alphaMinus, 1),
      pPlus: turned(multipliers.uPlus),
      pMinus: turned(multipliers.uMinus),
      nPlus: pairs(multipliers.plus),
      nMinus: pairs(multipliers.minus),
      nCross: pairs(multipliers.cross),
      slack: this.#slackMultipliers(side),
    };
  }
}

function pending({ lines: { count, rank } }: Relaxation): Pending {
  const ones = (): Float64Array => new Float64Array(2 * count);
  const rows = (): Float64Array => new Float64Array(2 * count * rank);
  return { alpha: ones(), u: rows(), length: ones(), factorAlpha: ones(), factorU: rows() };
}

function setPending(pending: Pending, multipliers: Products, row: Products, k: number, rank: number): void {
  for (const [odd, alpha, u] of [
    [0, 'alphaPlus', 'uPlus'],
    [1, 'alphaMinus', 'uMinus'],
  ] as const) {
    const slot = 2 * k + odd;
    pending.factorAlpha[slot] = row[alpha][0];
    pending.alpha[slot] = row[alpha][0] - multipliers[alpha][k];
    for (let j = 0; j < rank; j++) {
      pending.factorU[slot * rank + j] = row[u][j];
      pending.u[slot * rank + j] = row[u][j] - multipliers[u][k * rank + j];
    }
    pending.length[slot] = norm(pending.u, slot * rank, rank);
  }
}

function shrink(values: Float64Array, factor: number): void {
  for (let at = 0; at < values.length; at++) values[at] /= factor;
}

export type { Units };
