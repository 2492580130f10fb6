import type { Run } from '../base/index.js';
import { dot } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { Loss } from '../losses/index.js';
import { bestDualScale } from '../programs/index.js';
import type { ConeRows } from './cone.js';

import { type LossGram, lossGram, type NewtonSystem, newtonSystem } from './newton.js';
import { ConeScaling } from './second-order-cone.js';

/** Variables that share a cone: f of `output` += columns·z, penalty threshold·Σ ‖z_group‖, cone z ≥ 0. */
export interface ConicBlock {
  readonly output: number;
  readonly size: number;
  /** size columns of n numbers. */
  readonly columns: Float64Array;
  /** Ends of the groups: group g is [ends[g−1], ends[g]); variables behind the last end are in no group. */
  readonly groupEnds: readonly number[];
  readonly cone: ConeRows | null;
}

/** min Σ_i ℓ(f_i; y_i) + threshold Σ_groups ‖z_g‖ over the cones: everything on the sum scale (n times the objective). */
export interface ConicProgram {
  readonly n: number;
  readonly outputs: number;
  readonly y: Float64Array;
  readonly loss: Loss;
  readonly threshold: number;
  readonly bias: boolean;
  readonly blocks: readonly ConicBlock[];
}

export interface ConicSolution {
  /** Of all blocks, one after the other. */
  readonly z: Float64Array;
  readonly bias: Float64Array;
  /** n×outputs. */
  readonly f: Float64Array;
  readonly residual: Float64Array;
  /** Multipliers of each block's cone rows, ≥ 0. */
  readonly nu: readonly Float64Array[];
  /** Sum scale. The dual value holds over the blocks of the program. */
  readonly primal: number;
  readonly dual: number;
  /** Of each block: the largest norm of its groups' prices at the residual and the multipliers, in units of the threshold. */
  readonly prices: Float64Array;
  readonly iterations: number;
}

const mostIterations = 80;
/** What a price that should be 0 takes from the dual value, and a point outside its cones adds to the primal one: neither may count as converged. */
const LOOSE = 1e3;
/** Steps stop this share short of the boundary. */
const towardsBoundary = 0.99;

/**
 * A primal-dual interior-point method with Nesterov–Todd scaling and Mehrotra's corrector, for any smooth convex loss (its
 * curvature is taken anew at every step). Ends at the relative gap, or where rounding allows no better; the gap is computed
 * from the point and its multipliers, whatever the method thinks.
 */
export async function solveConic(
  program: ConicProgram,
  gap: number,
  run?: Run,
  kernels?: Kernels,
): Promise<ConicSolution> {
  const state = new InteriorPoint(program, kernels);
  let best = state.evaluate();
  let since = 0;
  for (let k = 1; k <= mostIterations; k++) {
    if (run?.stop) break;
    if (!state.step()) break;
    const now = state.evaluate();
    now.iterations = k;
    since = now.primal - now.dual < 0.9 * (best.primal - best.dual) ? 0 : since + 1;
    if (now.primal - now.dual < best.primal - best.dual) best = now;
    if (best.primal - best.dual <= gap * Math.max(Math.abs(best.primal), Number.MIN_VALUE) || since >= 15) break;
    await run?.pause();
  }
  return best;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class InteriorPoint {
  readonly #total: number;
  readonly #offsets: number[] = [];
  readonly #groupFrom: number[] = [];
  readonly #blockOf: number[] = [];
  readonly #scalings: ConeScaling[] = [];
  /** Slacks and duals of the second-order cones. */
  readonly #s: Float64Array[] = [];
  readonly #y: Float64Array[] = [];
  /** Slacks and duals of the cone rows, by block. */
  readonly #slack: Float64Array[];
  readonly #nu: Float64Array[];
  readonly #z: Float64Array;
  readonly #t: Float64Array;
  readonly #bias: Float64Array;
  readonly #size: number;
  readonly #degree: number;
  #constantGram: LossGram | null = null;

  constructor(
    readonly program: ConicProgram,
    readonly kernels?: Kernels,
  ) {
    const { blocks, outputs, bias } = program;
    let at = 0;
    blocks.forEach((block, b) => {
      this.#offsets.push(at);
      block.groupEnds.forEach((end, g) => {
        const from = g === 0 ? 0 : block.groupEnds[g - 1];
        this.#groupFrom.push(at + from);
        this.#blockOf.push(b);
        this.#scalings.push(new ConeScaling(end - from + 1));
      });
      at += block.size;
    });
    this.#total = at;
    this.#size = at + (bias ? outputs : 0);
    this.#z = new Float64Array(at);
    this.#bias = new Float64Array(outputs);
    if (bias) program.loss.bestBias(new Float64Array(program.y.length), program.y, outputs, this.#bias);
    const t = this.#firstSize();
    this.#t = new Float64Array(this.#scalings.length).fill(t);
    for (const { size } of this.#scalings) {
      this.#s.push(unit(size, t));
      this.#y.push(unit(size, program.threshold));
    }
    const rows = blocks.map((block) => block.cone?.count ?? 0);
    this.#slack = rows.map((count) => new Float64Array(count).fill(t));
    this.#nu = rows.map((count) => new Float64Array(count).fill(program.threshold / Math.sqrt(count || 1)));
    this.#degree = rows.reduce((sum, count) => sum + count, 0) + this.#scalings.length;
  }

  /** Sizes at which the penalty of all groups is the loss of the constant. */
  #firstSize(): number {
    const { loss, y, outputs, threshold } = this.program;
    const f = Float64Array.from(y, (_, i) => this.#bias[i % outputs]);
    const value = loss.value(f, y, outputs);
    const size = value / (threshold * Math.max(1, this.#scalings.length));
    return size > 0 && Number.isFinite(size) ? size : 1;
  }

  #predictions(): Float64Array {
    const { blocks, n, outputs } = this.program;
    const f = new Float64Array(n * outputs);
    for (let i = 0; i < f.length; i++) f[i] = this.#bias[i % outputs];
    blocks.forEach(({ columns, output, size }, b) => {
      for (let k = 0; k < size; k++) {
        const t = this.#z[this.#offsets[b] + k];
        if (t !== 0) for (let i = 0, at = k * n; i < n; i++) f[i * outputs + output] += t * columns[at + i];
      }
    });
    return f;
  }

  /** g ← Aᵀ r for all blocks. */
  #price(r: Float64Array): Float64Array {
    const { blocks, n, outputs } = this.program;
    const g = new Float64Array(this.#total);
    const byOutput = Array.from({ length: outputs }, (_, k) =>
      outputs === 1 ? r : Float64Array.from({ length: n }, (_, i) => r[i * outputs + k]),
    );
    blocks.forEach(({ columns, output, size }, b) => {
      for (let k = 0; k < size; k++) g[this.#offsets[b] + k] = dot(columns, k * n, byOutput[output], 0, n);
    });
    return g;
  }

  /** The point with its best bias, and the dual value that its multipliers prove over the blocks. */
  evaluate(): Mutable<ConicSolution> {
    const { loss, y, outputs, bias: hasBias, threshold, blocks } = this.program;
    const f = this.#predictions();
    const bias = this.#bias.slice();
    if (hasBias) {
      const move = new Float64Array(outputs);
      loss.bestBias(f, y, outputs, move);
      for (let k = 0; k < outputs; k++) bias[k] += move[k];
      for (let i = 0; i < f.length; i++) f[i] += move[i % outputs];
    }
    const residual = new Float64Array(f.length);
    loss.residual(f, y, outputs, residual);
    const u = this.#price(residual);
    blocks.forEach(({ cone, size }, b) => {
      cone?.addTranspose(this.#nu[b], u.subarray(this.#offsets[b], this.#offsets[b] + size));
    });
    const penalty = this.#groupNorms(this.#z).reduce((sum, t) => sum + t, 0);
    const norms = this.#groupNorms(u);
    const largest = norms.reduce((most, t) => Math.max(most, t), 0);
    const prices = new Float64Array(blocks.length);
    norms.forEach((t, g) => {
      prices[this.#blockOf[g]] = Math.max(prices[this.#blockOf[g]], t / threshold);
    });
    const limit = largest > 0 ? threshold / largest : Number.POSITIVE_INFINITY;
    return {
      z: this.#z.slice(),
      bias,
      f,
      residual,
      nu: this.#nu.map((nu) => nu.slice()),
      primal: loss.value(f, y, outputs) + threshold * (penalty + LOOSE * this.#violation()),
      dual: bestDualScale(loss, residual, y, outputs, limit).value - LOOSE * this.#freePrices(u),
      prices,
      iterations: 0,
    };
  }

  /** How far the point is outside its cones. */
  #violation(): number {
    let most = 0;
    this.program.blocks.forEach(({ cone, size }, b) => {
      if (!cone) return;
      const rows = new Float64Array(cone.count);
      cone.apply(this.#z.subarray(this.#offsets[b], this.#offsets[b] + size), rows);
      for (let r = 0; r < rows.length; r++) most = Math.max(most, -rows[r]);
    });
    return most;
  }

  /** The largest price of a variable in no group, which must be 0 for the dual value to hold. */
  #freePrices(u: Float64Array): number {
    let most = 0;
    this.program.blocks.forEach(({ groupEnds, size }, b) => {
      const from = groupEnds[groupEnds.length - 1] ?? 0;
      for (let k = from; k < size; k++) most = Math.max(most, Math.abs(u[this.#offsets[b] + k]));
    });
    return most;
  }

  #groupNorms(values: Float64Array): Float64Array {
    return Float64Array.from(this.#scalings, ({ size }, g) => {
      const from = this.#groupFrom[g];
      return Math.sqrt(dot(values, from, values, from, size - 1));
    });
  }

  /** One predictor-corrector step; false when the point cannot move any more. */
  step(): boolean {
    const { blocks, loss, y, outputs, threshold } = this.program;
    const f = this.#predictions();
    const r = new Float64Array(f.length);
    loss.residual(f, y, outputs, r);
    const stationarity = this.#price(r).map((t) => -t);
    const slackGaps = blocks.map(({ cone, size }, b) => {
      const at = this.#offsets[b];
      const gap = new Float64Array(this.#slack[b].length);
      cone?.apply(this.#z.subarray(at, at + size), gap);
      const negative = this.#nu[b].map((t) => -t);
      cone?.addTranspose(negative, stationarity.subarray(at, at + size));
      for (let k = 0; k < gap.length; k++) gap[k] -= this.#slack[b][k];
      return gap;
    });
    this.#scalings.forEach((scaling, g) => {
      const from = this.#groupFrom[g];
      for (let k = 1; k < scaling.size; k++) stationarity[from + k - 1] -= this.#y[g][k];
      scaling.update(this.#s[g], this.#y[g]);
    });
    const coneGaps = this.#scalings.map(({ size }, g) => {
      const from = this.#groupFrom[g];
      return Float64Array.from({ length: size }, (_, k) =>
        k === 0 ? this.#t[g] - this.#s[g][0] : this.#z[from + k - 1] - this.#s[g][k],
      );
    });
    const factor = this.#factorise(f);
    const biasGradient = new Float64Array(outputs);
    for (let i = 0; i < r.length; i++) biasGradient[i % outputs] -= r[i];
    const mu = this.#complementarity() / this.#degree;
    const at: Residuals = { stationarity, slackGaps, coneGaps, biasGradient, threshold };
    const affine = this.#direction(factor, at, this.#affineTargets());
    const first = this.#longest(affine);
    if (!Number.isFinite(first)) return false;
    const left = 1 - Math.min(1, first);
    const sigma = left * left * left;
    const full = this.#direction(factor, at, this.#correctedTargets(affine, sigma * mu));
    const length = Math.min(1, towardsBoundary * this.#longest(full));
    if (!(length > 1e-12) || !full.z.every(Number.isFinite)) return false;
    this.#move(full, length);
    return true;
  }

  #complementarity(): number {
    let sum = 0;
    this.#slack.forEach((s, b) => {
      sum += dot(s, 0, this.#nu[b], 0, s.length);
    });
    this.#s.forEach((s, g) => {
      sum += dot(s, 0, this.#y[g], 0, s.length);
    });
    return sum;
  }

  #factorise(f: Float64Array): NewtonSystem {
    const { loss, y, outputs, n, blocks } = this.program;
    const curvature = new Float64Array(outputs === 1 ? n : n * outputs * outputs);
    loss.curvature(f, y, outputs, curvature);
    let g = 0;
    const hessians = blocks.map(({ cone, size, groupEnds }, b) => {
      const own = new Float64Array(size * size);
      cone?.addGram(
        this.#nu[b].map((t, k) => t / this.#slack[b][k]),
        own,
      );
      for (let k = 0; k < groupEnds.length; k++, g++) {
        this.#scalings[g].addReduced(own, this.#groupFrom[g] - this.#offsets[b], size);
      }
      return own;
    });
    if (loss.name === 'squared' && n >= this.#total) this.#constantGram ??= lossGram(this.program, curvature);
    return newtonSystem(this.program, hessians, curvature, this.#constantGram, this.kernels);
  }

  /** W⁻¹ρ for ρ = −λ: the duals, negated. */
  #affineTargets(): Targets {
    return { rows: this.#nu.map((nu) => nu.map((t) => -t)), cones: this.#y.map((y) => y.map((t) => -t)) };
  }

  #correctedTargets(affine: Direction, target: number): Targets {
    const rows = this.#nu.map((nu, b) =>
      nu.map((t, k) => -t + (target - affine.slack[b][k] * affine.nu[b][k]) / this.#slack[b][k]),
    );
    const cones = this.#scalings.map((scaling, g) => {
      const { size, lambda } = scaling;
      const a = new Float64Array(size);
      const b = new Float64Array(size);
      scaling.applyInverse(affine.s[g], a);
      scaling.apply(affine.y[g], b);
      const right = new Float64Array(size);
      for (let k = 1; k < size; k++) right[k] = -2 * lambda[0] * lambda[k] - a[0] * b[k] - b[0] * a[k];
      right[0] = target - dot(lambda, 0, lambda, 0, size) - dot(a, 0, b, 0, size);
      scaling.divide(right, a);
      scaling.applyInverse(a, b);
      return b;
    });
    return { rows, cones };
  }

  #direction(factor: NewtonSystem, at: Residuals, targets: Targets): Direction {
    const { blocks, threshold, bias, outputs } = this.program;
    const x = new Float64Array(this.#size);
    for (let k = 0; k < this.#total; k++) x[k] = -at.stationarity[k];
    if (bias) for (let k = 0; k < outputs; k++) x[this.#total + k] = -at.biasGradient[k];
    blocks.forEach(({ cone, size }, b) => {
      const offset = this.#offsets[b];
      const right = targets.rows[b].map((t, k) => t - (this.#nu[b][k] / this.#slack[b][k]) * at.slackGaps[b][k]);
      cone?.addTranspose(right, x.subarray(offset, offset + size));
    });
    const scalars = new Float64Array(this.#scalings.length);
    this.#scalings.forEach((scaling, g) => {
      const right = new Float64Array(scaling.size);
      scaling.applySquare(at.coneGaps[g], right);
      for (let k = 0; k < scaling.size; k++) right[k] = targets.cones[g][k] - right[k];
      right[0] += this.#y[g][0] - threshold;
      scalars[g] = right[0];
      scaling.reduceRight(right);
      for (let k = 1; k < scaling.size; k++) x[this.#groupFrom[g] + k - 1] += right[k];
    });
    factor.solve(x);
    return this.#expanded(x, scalars, at, targets);
  }

  #expanded(x: Float64Array, scalars: Float64Array, at: Residuals, targets: Targets): Direction {
    const { blocks, bias, outputs } = this.program;
    const z = x.slice(0, this.#total);
    const slack = blocks.map(({ cone, size }, b) => {
      const out = new Float64Array(this.#slack[b].length);
      cone?.apply(z.subarray(this.#offsets[b], this.#offsets[b] + size), out);
      for (let k = 0; k < out.length; k++) out[k] += at.slackGaps[b][k];
      return out;
    });
    const nu = slack.map((ds, b) => ds.map((t, k) => targets.rows[b][k] - (this.#nu[b][k] / this.#slack[b][k]) * t));
    const t = new Float64Array(this.#scalings.length);
    const s = this.#scalings.map((scaling, g) => {
      const from = this.#groupFrom[g];
      t[g] = scaling.backSubstitute(scalars[g], z, from);
      return at.coneGaps[g].map((gap, k) => gap + (k === 0 ? t[g] : z[from + k - 1]));
    });
    const y = this.#scalings.map((scaling, g) => {
      const out = new Float64Array(scaling.size);
      scaling.applySquare(s[g], out);
      return out.map((value, k) => targets.cones[g][k] - value);
    });
    const move = bias ? x.slice(this.#total) : new Float64Array(outputs);
    return { z, bias: move, t, slack, nu, s, y };
  }

  /** How far a direction stays in the cones. */
  #longest(d: Direction): number {
    let length = 1e10;
    const along = (values: Float64Array, move: Float64Array): void => {
      for (let k = 0; k < values.length; k++) if (move[k] < 0) length = Math.min(length, -values[k] / move[k]);
    };
    d.slack.forEach((move, b) => {
      along(this.#slack[b], move);
      along(this.#nu[b], d.nu[b]);
    });
    this.#scalings.forEach((scaling, g) => {
      const scaled = new Float64Array(scaling.size);
      scaling.applyInverse(d.s[g], scaled);
      length = scaling.longestStep(scaled, length);
      scaling.apply(d.y[g], scaled);
      length = scaling.longestStep(scaled, length);
    });
    return length;
  }

  #move(d: Direction, length: number): void {
    add(this.#z, d.z, length);
    add(this.#bias, d.bias, length);
    add(this.#t, d.t, length);
    d.slack.forEach((move, b) => {
      add(this.#slack[b], move, length);
      add(this.#nu[b], d.nu[b], length);
    });
    d.s.forEach((move, g) => {
      add(this.#s[g], move, length);
      add(this.#y[g], d.y[g], length);
    });
  }
}

interface Residuals {
  readonly stationarity: Float64Array;
  readonly slackGaps: readonly Float64Array[];
  readonly coneGaps: readonly Float64Array[];
  readonly biasGradient: Float64Array;
  readonly threshold: number;
}

/** W⁻¹ρ of the complementarity equations, for cone rows and second-order cones. */
interface Targets {
  readonly rows: readonly Float64Array[];
  readonly cones: readonly Float64Array[];
}

interface Direction {
  readonly z: Float64Array;
  readonly bias: Float64Array;
  readonly t: Float64Array;
  readonly slack: readonly Float64Array[];
  readonly nu: readonly Float64Array[];
  readonly s: readonly Float64Array[];
  readonly y: readonly Float64Array[];
}

function unit(size: number, value: number): Float64Array {
  const out = new Float64Array(size);
  out[0] = value;
  return out;
}

function add(values: Float64Array, move: Float64Array, length: number): void {
  for (let k = 0; k < values.length; k++) values[k] += length * move[k];
}
