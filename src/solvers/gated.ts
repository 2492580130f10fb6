import type { Run, Status } from '../base/index.js';
import type { LiftedProgram } from '../programs/index.js';
import { GatedLift, type Support } from './gated-lift.js';
import { GatedOutput } from './gated-output.js';
import { type SsnalOptions, type SsnalProgress, type SsnalStart, solveSsnal } from './ssnal.js';

export interface GatedOutcome extends SsnalProgress {
  readonly status: Status;
  /** blocks×d. */
  readonly z: Float64Array;
  readonly bias: Float64Array;
  /** Residual at that point with its best bias, output-major. */
  readonly residual: Float64Array;
  readonly evaluations: number;
}

/** Where SSNAL's proximal term starts when it goes on from a point that is nearly optimal. */
const warmSigma = 4096;
/** An output's own gap is asked for with this much to spare, and tenfold more when the joint one then fails. */
const spare = 0.9;
const tightenings = 4;

/**
 * Solves a gated program to a relative gap over its patterns; options, start, progress and errors as `solveSsnal`, which
 * takes the programs this cannot: other losses than the squared one (their curvature changes with the point, so no
 * Gram matrix can be kept), λ = 0, ReLU programs, and what is left where the last digits cannot be had here. For the
 * squared loss each output is a problem of its own: Newton's method in the group norms (`GatedOutput`), five to twenty steps.
 */
export async function solveGatedProgram(
  program: LiftedProgram,
  options: SsnalOptions,
  run: Run,
  start: SsnalStart = {},
): Promise<GatedOutcome> {
  const suited = program.loss.name === 'squared' && !program.cones && program.threshold > 0 && program.patternCount > 0;
  if (!suited) return solveSsnal(program, options, run, start);
  const solve = new GatedSolve(program, start);
  const status = await solve.run(options, run);
  const outcome = solve.judge();
  if (status !== 'stalled') return { ...outcome, status };
  const warm = { z: outcome.z, bias: outcome.bias, sigmaFactor: warmSigma };
  const maxNewton = Math.max(0, (options.maxNewton ?? 3000) - outcome.newtonSteps);
  const finished = await solveSsnal(program, { ...options, maxNewton }, run, warm);
  return {
    ...finished,
    newtonSteps: finished.newtonSteps + outcome.newtonSteps,
    evaluations: finished.evaluations + outcome.evaluations,
  };
}

class GatedSolve {
  readonly #outputs: GatedOutput[];

  constructor(
    readonly program: LiftedProgram,
    start: SsnalStart,
  ) {
    const { kernels, n, d, outputs, threshold, outputBias, y, patternCount } = program;
    const lift = new GatedLift(program);
    const pricesOfOnes = kernels.float64(outputBias ? patternCount * d : 0);
    if (outputBias) {
      const mark = kernels.mark();
      lift.price(kernels.float64(n).fill(1), pricesOfOnes);
      kernels.release(mark);
    }
    this.#outputs = Array.from({ length: outputs }, (_, k) => {
      const own = kernels.float64(n);
      for (let i = 0; i < n; i++) own[i] = y[i * outputs + k];
      const pricesOfY = kernels.float64(patternCount * d);
      lift.price(own, pricesOfY);
      const target = { lift, threshold, outputBias, y: own, pricesOfY, pricesOfOnes };
      return new GatedOutput(target, start.z ? this.#supportOf(start.z, k) : undefined);
    });
  }

  #supportOf(z: Float64Array, output: number): Support {
    const { d, patternCount } = this.program;
    const patterns: number[] = [];
    const eta: number[] = [];
    for (let p = 0; p < patternCount; p++) {
      const at = this.program.blockOf(output, 1, p) * d;
      const size = Math.sqrt(z.subarray(at, at + d).reduce((s, v) => s + v * v, 0));
      if (size > 0) patterns.push(p);
      if (size > 0) eta.push(size);
    }
    return { patterns, eta: Float64Array.from(eta) };
  }

  /** Steps until the joint gap is reached. */
  async run(options: SsnalOptions, run: Run): Promise<Status> {
    const maxSteps = options.maxNewton ?? 3000;
    for (let round = 0, share = spare; round < tightenings; round++, share /= 10) {
      for (const output of this.#outputs) {
        for (;;) {
          options.onStep?.(this.progress());
          if (run.stop) return run.stop;
          const wanted = (share * options.gap * Math.abs(this.#total('primal'))) / this.#outputs.length;
          if (output.point.primal - output.point.dual <= wanted) break;
          if (this.#steps >= maxSteps) return 'iteration-limit';
          if (!output.step()) break;
          await run.pause();
        }
      }
      if (this.judge().relativeGap <= options.gap) return 'solved';
    }
    return 'stalled';
  }

  get #steps(): number {
    return this.#outputs.reduce((s, output) => s + output.steps, 0);
  }

  #total(what: 'primal' | 'dual'): number {
    return this.#outputs.reduce((s, output) => s + output.point[what], 0);
  }

  /** As the outputs see themselves; `judge` is what counts. */
  progress(): SsnalProgress {
    const [primal, dual] = [this.#total('primal'), this.#total('dual')];
    return {
      primal: primal / this.program.n,
      dual: dual / this.program.n,
      relativeGap: (primal - dual) / Math.max(Math.abs(primal), Number.MIN_VALUE),
      neurons: this.#outputs.reduce((s, output) => s + output.point.support.patterns.length, 0),
      newtonSteps: this.#steps,
    };
  }

  /** The point's own residual decides what it proves, as in a certificate. */
  judge(): Omit<GatedOutcome, 'status'> {
    const { program } = this;
    const { kernels, d, n, rows, blocks, outputs } = program;
    const z = kernels.float64(blocks * d);
    const residual = kernels.float64(rows);
    const mark = kernels.mark();
    const f = kernels.float64(rows);
    const prices = kernels.float64(outputs * program.patternCount * d);
    const bias = new Float64Array(outputs);
    this.#outputs.forEach(({ point }, k) => {
      bias[k] = point.bias;
      point.support.patterns.forEach((p, j) => {
        z.set(point.z.subarray(j * d, (j + 1) * d), program.blockOf(k, 1, p) * d);
      });
    });
    program.forward(z, bias, f);
    program.improveBias(f, bias);
    program.residual(f, residual);
    program.price(residual, prices);
    let largest = program.threshold;
    for (let b = 0; b < outputs * program.patternCount; b++)
      largest = Math.max(largest, Math.sqrt(prices.subarray(b * d, (b + 1) * d).reduce((s, v) => s + v * v, 0)));
    const primal = program.lossValue(f) + program.threshold * program.groupNorm(z);
    const dual = program.dualValue(residual, largest).value;
    kernels.release(mark);
    return {
      primal: primal / n,
      dual: dual / n,
      relativeGap: (primal - dual) / Math.max(Math.abs(primal), Number.MIN_VALUE),
      neurons: program.activeBlocks(z).length,
      newtonSteps: this.#steps,
      z,
      bias,
      residual,
      evaluations: this.#outputs.reduce((s, output) => s + output.evaluations, 0),
    };
  }
}
