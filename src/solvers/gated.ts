import type { Run, Status } from '../base/index.js';
import type { LossName } from '../losses/index.js';
import type { LiftedProgram } from '../programs/index.js';
import { CurvedSolve } from './gated-curved.js';
import { judged } from './gated-judge.js';
import { GatedLift, pricesLater, supportOf } from './gated-lift.js';
import type { NearStart } from './gated-model.js';
import { GatedOutput } from './gated-output.js';
import { blockNorms, expectedResidual, expectedSizes, follows, type GatedTrail, nextTrail } from './gated-trail.js';
import { type SsnalOptions, type SsnalProgress, type SsnalStart, solveSsnal } from './ssnal.js';
import { mostNewton } from './ssnal-types.js';

export interface GatedOutcome extends SsnalProgress {
  readonly status: Status;
  /** blocks×d. */
  readonly z: Float64Array;
  readonly bias: Float64Array;
  /** Residual at that point with its best bias, output-major. */
  readonly residual: Float64Array;
  readonly evaluations: number;
  /** Squared loss: for the next λ. */
  readonly trail?: GatedTrail;
}

/** An output's own gap is asked for with this much to spare, and tenfold more when the joint one then fails. */
const spare = 0.9;
const tightenings = 4;

/**
 * Solves a gated program to a relative gap over its patterns; options, start, progress and errors as `solveSsnal`. For the
 * squared loss each output is a problem of its own: Newton's method in the group norms (`GatedOutput`), five to twenty
 * steps. The logistic loss: a few such problems (`CurvedSolve`), 0.6 of SSNAL's CPU time in the geometric mean of 15
 * programs. SSNAL takes what this cannot (softmax, whose outputs hang together, λ = 0, ReLU), what it was measured to do
 * sooner (Huber's loss and the squared hinge, whose curvature jumps), and what is left where the last digits cannot be
 * had here.
 */
export async function solveGatedProgram(
  program: LiftedProgram,
  options: SsnalOptions,
  run: Run,
  start: SsnalStart = {},
): Promise<GatedOutcome> {
  const suited = !program.cones && program.threshold > 0 && program.patternCount > 0;
  const solver = suited ? solvers[program.loss.name] : undefined;
  if (!solver) return solveSsnal(program, options, run, start);
  const { status, ...outcome } = await solver(program, options, run, start);
  if (status !== 'stalled') return { ...outcome, status };
  const warm = { z: outcome.z, bias: outcome.bias, near: true };
  const maxNewton = Math.max(0, (options.maxNewton ?? mostNewton) - outcome.newtonSteps);
  const finished = await solveSsnal(program, { ...options, maxNewton }, run, warm);
  return {
    ...finished,
    newtonSteps: finished.newtonSteps + outcome.newtonSteps,
    evaluations: finished.evaluations + outcome.evaluations,
  };
}

type Solver = (program: LiftedProgram, options: SsnalOptions, run: Run, start: SsnalStart) => Promise<GatedOutcome>;

const solveSquared: Solver = async (program, options, run, start) => {
  const solve = new GatedSolve(program, start);
  const { status, point } = await solve.run(options, run);
  return { ...point, status, trail: nextTrail(program, point.z, solve.kept(), start.trail) };
};

const solveCurved: Solver = async (program, options, run, start) => {
  const solve = new CurvedSolve(program, start);
  const status = await solve.run(options, run);
  return { ...solve.point, newtonSteps: solve.steps, evaluations: solve.evaluations, status };
};

const solvers: Partial<Record<LossName, Solver>> = { squared: solveSquared, logistic: solveCurved };

type GatedPoint = Omit<GatedOutcome, 'status' | 'trail'>;

class GatedSolve {
  readonly #outputs: GatedOutput[];

  constructor(
    readonly program: LiftedProgram,
    start: SsnalStart,
  ) {
    const { kernels, n, outputs, threshold, outputBias, y } = program;
    const lift = new GatedLift(program);
    const trail = follows(start.trail, program) ? start.trail : undefined;
    const sizes = trail ? expectedSizes(trail, threshold) : start.z && blockNorms(program, start.z);
    const unit = kernels.float64(n).fill(1);
    const pricesOfUnit = pricesLater(lift, unit);
    this.#outputs = Array.from({ length: outputs }, (_, k) => {
      const own = kernels.float64(n);
      for (let i = 0; i < n; i++) own[i] = y[i * outputs + k];
      const target = { lift, threshold, outputBias, y: own, unit, pricesOfY: pricesLater(lift, own), pricesOfUnit };
      const near = trail && expectedResidual(trail, threshold, k);
      return new GatedOutput(target, sizes && supportOf(program, sizes, k), near);
    });
  }

  /** For the next λ. */
  kept(): (NearStart | null)[] {
    return this.#outputs.map((output) => output.kept());
  }

  /** Steps until the joint gap is reached. */
  async run(options: SsnalOptions, run: Run): Promise<{ status: Status; point: GatedPoint }> {
    for (let round = 1, share = spare; ; round++, share /= 10) {
      const stopped = await this.#reach(share * options.gap, options, run);
      const point = this.judge();
      if (stopped) return { status: stopped, point };
      if (point.relativeGap <= options.gap) return { status: 'solved', point };
      if (round === tightenings) return { status: 'stalled', point };
      for (const output of this.#outputs) output.refresh();
    }
  }

  /** Steps until the outputs see that gap, or nothing better; else why the work stops. */
  async #reach(gap: number, options: SsnalOptions, run: Run): Promise<Status | null> {
    const maxSteps = options.maxNewton ?? mostNewton;
    for (const output of this.#outputs) {
      for (;;) {
        options.onStep?.(this.progress());
        if (run.stop) return run.stop;
        const wanted = (gap * Math.abs(this.#total('primal'))) / this.#outputs.length;
        if (output.point.primal - output.point.dual <= wanted) break;
        if (this.#steps >= maxSteps) return 'iteration-limit';
        if (!output.step()) break;
        await run.pause();
      }
    }
    return null;
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

  /** The point's own residual decides what it proves. */
  judge(): GatedPoint {
    const { program } = this;
    const z = program.kernels.float64(program.blocks * program.d);
    const bias = Float64Array.from(this.#outputs, ({ point }) => point.bias);
    this.#outputs.forEach(({ point }, k) => {
      point.support.patterns.forEach((p, j) => {
        z.set(point.z.subarray(j * program.d, (j + 1) * program.d), program.blockOf(k, 1, p) * program.d);
      });
    });
    const evaluations = this.#outputs.reduce((s, output) => s + output.evaluations, 0);
    return { ...judged(program, z, bias), newtonSteps: this.#steps, evaluations };
  }
}
