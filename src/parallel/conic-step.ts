import { dot } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type ConicLayout, type ConicProgram, predictions, pricesOf } from './conic.js';
import { ConicPoint } from './conic-point.js';
import { type LossGram, lossGram, type NewtonSystem, newtonSystem, SampleSpace } from './newton.js';
import { ConeScaling } from './second-order-cone.js';

/** Steps stop this share short of the boundary. */
const towardsBoundary = 0.99;

/** What the conditions of optimality other than complementarity lack at a point. */
interface Gaps {
  readonly stationarity: Float64Array;
  readonly bias: Float64Array;
  readonly rows: Float64Array;
  readonly cones: Float64Array;
}

/** W⁻¹ρ of the complementarity equations, for cone rows and second-order cones. */
interface Targets {
  readonly rows: Float64Array;
  readonly cones: Float64Array;
}

/** Predictor-corrector steps with Nesterov–Todd scaling. */
export class ConicStepper {
  readonly #scalings: readonly ConeScaling[];
  readonly #degree: number;
  readonly #space: SampleSpace | null;
  #constantGram: LossGram | null = null;

  constructor(
    readonly program: ConicProgram,
    readonly layout: ConicLayout,
    readonly kernels?: Kernels,
  ) {
    this.#space = SampleSpace.of(program, kernels);
    this.#scalings = Array.from(layout.groupSize, (size) => new ConeScaling(size + 1));
    this.#degree = layout.rows + layout.groups;
  }

  /** Moves the point; false when it cannot move any more. */
  step(point: ConicPoint): boolean {
    const f = predictions(this.program, this.layout, point.z, point.bias);
    const gaps = this.#gaps(point, f);
    this.#scalings.forEach((scaling, g) => {
      scaling.update(point.sOf[g], point.yOf[g]);
    });
    const factor = this.#factorise(point, f);
    const affine = this.#direction(factor, point, gaps, affineTargets(point));
    const first = this.#longest(point, affine);
    if (!Number.isFinite(first)) return false;
    const left = 1 - Math.min(1, first);
    const target = (left * left * left * complementarity(point)) / this.#degree;
    const full = this.#direction(factor, point, gaps, this.#correctedTargets(point, affine, target));
    const length = Math.min(1, towardsBoundary * this.#longest(point, full));
    if (!(length > 1e-12) || !full.z.every(Number.isFinite)) return false;
    point.move(full, length);
    return true;
  }

  #gaps(point: ConicPoint, f: Float64Array): Gaps {
    const { program, layout } = this;
    const { loss, y, outputs } = program;
    const r = new Float64Array(f.length);
    loss.residual(f, y, outputs, r);
    const stationarity = pricesOf(program, layout, r);
    layout.addRowsTranspose(point.nu, stationarity);
    for (let k = 0; k < stationarity.length; k++) stationarity[k] = -stationarity[k];
    const bias = new Float64Array(outputs);
    for (let i = 0; i < r.length; i++) bias[i % outputs] -= r[i];
    const rows = new Float64Array(layout.rows);
    layout.applyRows(point.z, rows);
    for (let k = 0; k < rows.length; k++) rows[k] -= point.slack[k];
    const cones = new Float64Array(layout.coneEntries);
    for (let g = 0; g < layout.groups; g++) {
      const at = layout.coneFrom[g];
      const from = layout.groupFrom[g];
      cones[at] = point.t[g] - point.s[at];
      for (let k = 0; k < layout.groupSize[g]; k++) {
        stationarity[from + k] -= point.y[at + 1 + k];
        cones[at + 1 + k] = point.z[from + k] - point.s[at + 1 + k];
      }
    }
    return { stationarity, bias, rows, cones };
  }

  #factorise(point: ConicPoint, f: Float64Array): NewtonSystem {
    const { program, layout } = this;
    const { loss, y, outputs, n, blocks } = program;
    const curvature = new Float64Array(outputs === 1 ? n : n * outputs * outputs);
    loss.curvature(f, y, outputs, curvature);
    const weights = new Float64Array(layout.rows);
    for (let k = 0; k < weights.length; k++) weights[k] = point.nu[k] / point.slack[k];
    let g = 0;
    const hessians = blocks.map(({ cone, size, groupEnds }, b) => {
      const own = new Float64Array(size * size);
      cone?.addGram(layout.ownRows(weights, b), own);
      for (let k = 0; k < groupEnds.length; k++, g++)
        this.#scalings[g].addReduced(own, layout.groupFrom[g] - layout.offsets[b], size);
      return own;
    });
    if (loss.name === 'squared' && n >= layout.variables) this.#constantGram ??= lossGram(program, curvature);
    return newtonSystem(program, hessians, curvature, this.#constantGram, this.kernels, this.#space);
  }

  #correctedTargets(point: ConicPoint, affine: ConicPoint, target: number): Targets {
    const rows = new Float64Array(point.nu.length);
    for (let k = 0; k < rows.length; k++)
      rows[k] = -point.nu[k] + (target - affine.slack[k] * affine.nu[k]) / point.slack[k];
    const cones = new Float64Array(point.y.length);
    const out = this.layout.cones(cones);
    this.#scalings.forEach((scaling, g) => {
      scaling.correct(affine.sOf[g], affine.yOf[g], target, out[g]);
    });
    return { rows, cones };
  }

  #direction(factor: NewtonSystem, point: ConicPoint, gaps: Gaps, targets: Targets): ConicPoint {
    const { layout } = this;
    const { outputs, bias } = this.program;
    const x = new Float64Array(layout.variables + (bias ? outputs : 0));
    const right = new Float64Array(layout.rows);
    for (let k = 0; k < right.length; k++) right[k] = targets.rows[k] - (point.nu[k] / point.slack[k]) * gaps.rows[k];
    layout.addRowsTranspose(right, x.subarray(0, layout.variables));
    for (let k = 0; k < layout.variables; k++) x[k] -= gaps.stationarity[k];
    if (bias) for (let k = 0; k < outputs; k++) x[layout.variables + k] = -gaps.bias[k];
    const scalars = this.#addConeRight(x, point, gaps, targets);
    factor.solve(x);
    return this.#expanded(x, scalars, point, gaps, targets);
  }

  /** What the second-order cones add to the right-hand side, their scalar parts eliminated: those are returned. */
  #addConeRight(x: Float64Array, point: ConicPoint, gaps: Gaps, targets: Targets): Float64Array {
    const { groups, groupFrom, coneFrom } = this.layout;
    const scalars = new Float64Array(groups);
    for (let g = 0; g < groups; g++) {
      const scaling = this.#scalings[g];
      const at = coneFrom[g];
      const right = new Float64Array(scaling.size);
      scaling.applySquare(gaps.cones.subarray(at, at + scaling.size), right);
      for (let k = 0; k < scaling.size; k++) right[k] = targets.cones[at + k] - right[k];
      right[0] += point.y[at] - this.program.threshold;
      scalars[g] = right[0];
      scaling.reduceRight(right);
      for (let k = 1; k < scaling.size; k++) x[groupFrom[g] + k - 1] += right[k];
    }
    return scalars;
  }

  /** The whole direction from that of the variables. */
  #expanded(x: Float64Array, scalars: Float64Array, point: ConicPoint, gaps: Gaps, targets: Targets): ConicPoint {
    const { layout, program } = this;
    const d = new ConicPoint(layout, program.outputs);
    d.z.set(x.subarray(0, layout.variables));
    if (program.bias) d.bias.set(x.subarray(layout.variables));
    layout.applyRows(d.z, d.slack);
    for (let k = 0; k < layout.rows; k++) {
      d.slack[k] += gaps.rows[k];
      d.nu[k] = targets.rows[k] - (point.nu[k] / point.slack[k]) * d.slack[k];
    }
    this.#scalings.forEach((scaling, g) => {
      const from = layout.groupFrom[g];
      const at = layout.coneFrom[g];
      d.t[g] = scaling.backSubstitute(scalars[g], d.z, from);
      d.s[at] = gaps.cones[at] + d.t[g];
      for (let k = 1; k < scaling.size; k++) d.s[at + k] = gaps.cones[at + k] + d.z[from + k - 1];
      scaling.applySquare(d.sOf[g], d.yOf[g]);
      for (let k = at; k < at + scaling.size; k++) d.y[k] = targets.cones[k] - d.y[k];
    });
    return d;
  }

  /** How far a direction stays in the cones. */
  #longest(point: ConicPoint, d: ConicPoint): number {
    let length = Math.min(1e10, along(point.slack, d.slack), along(point.nu, d.nu));
    this.#scalings.forEach((scaling, g) => {
      const scaled = new Float64Array(scaling.size);
      scaling.applyInverse(d.sOf[g], scaled);
      length = scaling.longestStep(scaled, length);
      scaling.apply(d.yOf[g], scaled);
      length = scaling.longestStep(scaled, length);
    });
    return length;
  }
}

/** How far values stay positive. */
function along(values: Float64Array, move: Float64Array): number {
  let length = Number.POSITIVE_INFINITY;
  for (let k = 0; k < values.length; k++) if (move[k] < 0) length = Math.min(length, -values[k] / move[k]);
  return length;
}

/** For ρ = −λ: the duals, negated. */
function affineTargets({ nu, y }: ConicPoint): Targets {
  const rows = new Float64Array(nu.length);
  for (let k = 0; k < rows.length; k++) rows[k] = -nu[k];
  const cones = new Float64Array(y.length);
  for (let k = 0; k < cones.length; k++) cones[k] = -y[k];
  return { rows, cones };
}

const complementarity = ({ slack, nu, s, y }: ConicPoint): number =>
  dot(slack, 0, nu, 0, nu.length) + dot(s, 0, y, 0, y.length);
