import type { Run, Status } from '../base/index.js';
import type { LiftedProgram } from '../programs/index.js';
import { type JudgedPoint, judged, norm } from './gated-judge.js';
import { GatedLift, pricesLater, supportOf } from './gated-lift.js';
import { GatedOutput } from './gated-output.js';
import { blockNorms } from './gated-trail.js';
import type { SsnalOptions, SsnalStart } from './ssnal.js';
import { mostNewton } from './ssnal-types.js';

/** Curvature added to every row, as a share of the loss's bound: far tails have none. */
const [firstFloor, leastFloor, largestFloor] = [1e-2, 1e-7, 1];
/** The model is solved to this share of the present gap, in so many steps at most. */
const modelAccuracy = 0.02;
const modelSteps = 8;
const outerLimit = 100;
const halvings = 20;

/**
 * Gated programs with a smooth separable loss: proximal Newton. At f with residual r and curvatures w the loss is replaced by
 * ½ Σ w_i (t_i − f_i)², t = f + r/w: a squared-loss program with rows √w_i x_i and the same patterns, which GatedOutput
 * solves from the present norms; then Armijo's rule along the way to its solution. Every point is judged by its own residual.
 */
export class CurvedSolve {
  steps = 0;
  evaluations = 0;
  point: JudgedPoint;
  #floor = firstFloor;

  constructor(
    readonly program: LiftedProgram,
    start: SsnalStart,
  ) {
    const z = start.z ? Float64Array.from(start.z) : new Float64Array(program.blocks * program.d);
    this.point = this.#inKernels(z, start.bias ?? new Float64Array(program.outputs));
  }

  /** `status` 'stalled' means: another solver should go on from here. */
  async run(options: SsnalOptions, run: Run): Promise<Status> {
    const maxSteps = options.maxNewton ?? mostNewton;
    for (let outer = 0; outer < outerLimit; outer++) {
      const { primal, dual, relativeGap, neurons } = this.point;
      options.onStep?.({ primal, dual, relativeGap, neurons, newtonSteps: this.steps });
      if (relativeGap <= options.gap) return 'solved';
      if (run.stop) return run.stop;
      if (this.steps >= maxSteps) return 'iteration-limit';
      if (!this.#improve() && this.#floor >= largestFloor) return 'stalled';
      await run.pause();
    }
    return 'stalled';
  }

  /** One model and a step towards its solution; a worse one makes the next model more cautious. */
  #improve(): boolean {
    const { kernels } = this.program;
    const mark = kernels.mark();
    const { z, bias } = this.#modelSolution();
    const t = this.#search(z, bias);
    kernels.release(mark);
    this.#floor = Math.min(largestFloor, Math.max(leastFloor, this.#floor * (t === 1 ? 0.1 : t > 0.2 ? 1 : 10)));
    return t > 0;
  }

  #modelSolution(): { z: Float64Array; bias: Float64Array } {
    const { d, n, outputs, blocks } = this.program;
    const curvature = new Float64Array(n * outputs * outputs);
    this.program.curvature(this.point.f, curvature);
    const z = new Float64Array(blocks * d);
    const bias = new Float64Array(outputs);
    const accuracy = (modelAccuracy * n * (this.point.primal - this.point.dual)) / outputs;
    for (let k = 0; k < outputs; k++) {
      const output = this.#model(k, curvature);
      for (let step = 0; step < modelSteps; step++) {
        if (output.point.primal - output.point.dual <= accuracy || !output.step()) break;
      }
      this.steps += output.steps;
      this.evaluations += output.evaluations;
      bias[k] = output.point.bias;
      output.point.support.patterns.forEach((p, j) => {
        z.set(output.point.z.subarray(j * d, (j + 1) * d), this.program.blockOf(k, 1, p) * d);
      });
    }
    return { z, bias };
  }

  /** The squared-loss program of one output at the present point. */
  #model(output: number, curvature: Float64Array): GatedOutput {
    const { program, point } = this;
    const { kernels, n, d, outputs, threshold, outputBias } = program;
    const [x, y, unit] = [kernels.float64(n * d), kernels.float64(n), kernels.float64(n)];
    const floor = this.#floor * program.loss.curvatureBound;
    for (let i = 0; i < n; i++) {
      const w = curvature[(i * outputs + output) * outputs + output] + floor;
      const root = Math.sqrt(w);
      unit[i] = root;
      y[i] = root * point.f[output * n + i] + point.residual[output * n + i] / root;
      for (let j = 0; j < d; j++) x[i * d + j] = root * program.x[i * d + j];
    }
    const lift = new GatedLift(program, x);
    const [pricesOfY, pricesOfUnit] = [pricesLater(lift, y), pricesLater(lift, unit)];
    const target = { lift, threshold, outputBias, y, unit, pricesOfY, pricesOfUnit };
    return new GatedOutput(target, supportOf(program, blockNorms(program, point.z), output));
  }

  /** Armijo's rule towards (z, bias); moves there and returns how far, 0 when nothing was better. */
  #search(z: Float64Array, bias: Float64Array): number {
    const { program, point } = this;
    const { d, n, rows, blocks, threshold } = program;
    const ahead = program.kernels.float64(rows);
    program.forward(z, bias, ahead);
    let slope = 0;
    for (let i = 0; i < rows; i++) slope -= point.residual[i] * (ahead[i] - point.f[i]);
    for (let b = 0; b < blocks; b++) slope += threshold * (norm(z, b * d, d) - norm(point.z, b * d, d));
    if (!(slope < 0)) return 0;
    const primal = point.primal * n;
    for (let k = 0, t = 1; k < halvings; k++, t /= 2) {
      const f = between(point.f, ahead, t);
      const next = between(point.z, z, t);
      const value = program.lossValue(f) + threshold * program.groupNorm(next);
      if (value <= primal + 1e-4 * t * slope + 1e-14 * Math.abs(primal)) {
        this.point = this.#inKernels(next, between(point.bias, bias, t));
        return t;
      }
    }
    return 0;
  }

  /** `judged` wants its z from the kernels' memory. */
  #inKernels(z: Float64Array, bias: Float64Array): JudgedPoint {
    const { kernels } = this.program;
    const mark = kernels.mark();
    const own = kernels.float64(z.length);
    own.set(z);
    const point = { ...judged(this.program, own, bias), z };
    kernels.release(mark);
    return point;
  }
}

const between = (a: Float64Array, b: Float64Array, t: number): Float64Array =>
  t === 1 ? Float64Array.from(b) : Float64Array.from(a, (v, i) => v + t * (b[i] - v));
