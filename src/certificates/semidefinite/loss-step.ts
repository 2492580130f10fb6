import type { Relaxation } from './relaxation.js';

/** For every slot (s⁺ or s⁻ of a line) and both signs of α: the product αŝ before the step, and the length of ŝu. */
export interface SlotPoint {
  /** 2·count each, by sign of α. */
  readonly alpha: readonly [Float64Array, Float64Array];
  readonly length: readonly [Float64Array, Float64Array];
}

/**
 * min (1/n)Σℓ(f_i) + penalty·Σ (g − v)² over g ≥ ‖ŝu‖ in both signs and the output bias, f_i = factor_i(g⁺ − g⁻) + bias.
 * The difference φ = g⁺ − g⁻ of a slot rises with the slot's sum R of factor_i r_i, and R falls as φ rises: one root a
 * slot, by Newton's method inside a bracket, and one for the bias around them. Remembers its last answer.
 */
export class LossStep {
  readonly #phi: Float64Array;
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #slope: Float64Array;
  readonly #f: Float64Array;
  readonly #curvature: Float64Array;
  bias = 0;
  /** r = −∂ℓ/∂f at the answer. */
  readonly residual: Float64Array;
  /** R of each slot. */
  readonly pull: Float64Array;

  constructor(readonly relaxation: Relaxation) {
    const slots = 2 * relaxation.lines.count;
    const n = relaxation.y.length;
    [this.#phi, this.#low, this.#high, this.#slope, this.pull] = [0, 1, 2, 3, 4].map(() => new Float64Array(slots));
    [this.#f, this.#curvature, this.residual] = [0, 1, 2].map(() => new Float64Array(n));
  }

  /** f and the curvatures of its losses, where r was taken. */
  get prediction(): { readonly f: Float64Array; readonly curvature: Float64Array } {
    return { f: this.#f, curvature: this.#curvature };
  }

  /** Σℓ at the answer. */
  get value(): number {
    return this.relaxation.loss.value(this.#f, this.relaxation.y, 1);
  }

  solve(point: SlotPoint, penalty: number): void {
    const gain = 1 / (2 * this.relaxation.y.length * penalty);
    this.#solveSlots(point, gain);
    if (!this.relaxation.outputBias) return;
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 40; round++) {
      const [sum, slope, size] = this.#sums();
      if (Math.abs(sum) <= 1e-12 * size) return;
      if (sum > 0) low = this.bias;
      else high = this.bias;
      this.bias = inside(this.bias + sum / Math.max(slope, 1e-300), this.bias, low, high);
      this.#solveSlots(point, gain);
    }
  }

  /** Σr, −dΣr/dbias and Σ|r|. */
  #sums(): [number, number, number] {
    const { slot, factor } = this.relaxation;
    let [sum, slope, size] = [0, 0, 0];
    for (let i = 0; i < slot.length; i++) {
      sum += this.residual[i];
      size += Math.abs(this.residual[i]);
      const back = slot[i] < 0 ? 0 : factor[i] * this.#slope[slot[i]];
      slope += this.#curvature[i] * Math.max(0, 1 - back);
    }
    return [sum, slope, size];
  }

  #solveSlots(point: SlotPoint, gain: number): void {
    this.#low.fill(Number.NEGATIVE_INFINITY);
    this.#high.fill(Number.POSITIVE_INFINITY);
    for (let round = 0; round < 60; round++) {
      this.#evaluate();
      if (!this.#newton(point, gain)) return;
    }
  }

  /** f, r, curvatures and R at the present φ and bias. */
  #evaluate(): void {
    const { loss, y, slot, factor } = this.relaxation;
    for (let i = 0; i < y.length; i++) this.#f[i] = this.bias + (slot[i] < 0 ? 0 : factor[i] * this.#phi[slot[i]]);
    loss.residual(this.#f, y, 1, this.residual);
    loss.curvature(this.#f, y, 1, this.#curvature);
    this.pull.fill(0);
    for (let i = 0; i < y.length; i++) if (slot[i] >= 0) this.pull[slot[i]] += factor[i] * this.residual[i];
  }

  /** One step of every slot; false when none moved. Leaves in `slope` −dφ/dbias. */
  #newton({ alpha, length }: SlotPoint, gain: number): boolean {
    const { slot, factor } = this.relaxation;
    const [squares, singles] = [new Float64Array(this.#phi.length), new Float64Array(this.#phi.length)];
    for (let i = 0; i < slot.length; i++) {
      if (slot[i] < 0) continue;
      squares[slot[i]] += factor[i] * factor[i] * this.#curvature[i];
      singles[slot[i]] += factor[i] * this.#curvature[i];
    }
    let moved = false;
    for (let s = 0; s < this.#phi.length; s++) {
      const shift = gain * this.pull[s];
      const up = coneHeight(alpha[0][s] + shift, length[0][s]);
      const down = coneHeight(alpha[1][s] - shift, length[1][s]);
      const rate = gain * (coneSlope(alpha[0][s] + shift, length[0][s]) + coneSlope(alpha[1][s] - shift, length[1][s]));
      const wrong = this.#phi[s] - (up - down);
      if (wrong < 0) this.#low[s] = this.#phi[s];
      else this.#high[s] = this.#phi[s];
      const slope = 1 + rate * squares[s];
      this.#slope[s] = (rate * singles[s]) / slope;
      const next = inside(this.#phi[s] - wrong / slope, this.#phi[s], this.#low[s], this.#high[s]);
      if (Math.abs(next - this.#phi[s]) > 1e-12 * (up + down + Math.abs(next))) moved = true;
      this.#phi[s] = next;
    }
    return moved;
  }
}

/** `next` if it lies in the bracket, else half way there. */
function inside(next: number, from: number, low: number, high: number): number {
  if (next >= low && next <= high) return next;
  if (Number.isFinite(low) && Number.isFinite(high)) return 0.5 * (low + high);
  return from;
}

/** Projection of (g, h) onto g ≥ h ≥ 0 (the cone of the vector of length h): the first coordinate, and its slope in g. */
export const coneHeight = (g: number, h: number): number => (g >= h ? g : g <= -h ? 0 : 0.5 * (g + h));
export const coneSlope = (g: number, h: number): number => (g >= h ? 1 : g <= -h ? 0 : 0.5);
