import type { Run, Status } from '../base/index.js';
import { type LiftedProgram, requireKernelMemory } from '../programs/index.js';
import { NewtonSystem } from './newton-system.js';
import { wholeSolveBytes } from './solve-memory.js';
import { SsnalState, sigmaCapWhenIdle } from './ssnal-state.js';
import { mostNewton, type SsnalOptions, type SsnalOutcome, type SsnalStart } from './ssnal-types.js';

/** Where σ‖X‖² stops growing: beyond it rounding grows faster than convergence; badly scaled data may need more. */
const sigmaCap = 1e7;
const maxRejections = 6;
const innerLimit = 60;
/** Steps without half the gradient, once Ψ no longer changes beyond rounding, that end a subproblem. */
const flatLimit = 12;
/** Outer steps without a smaller gap before the solve counts as stalled: while σ still grows, gaps may yet fall at once. */
const patience = 12;
const patienceWhileStiffening = 25;

/**
 * Solves a lifted program by SSNAL: the proximal point method on the primal (augmented Lagrangian on the dual), each
 * subproblem min_r Ψ(r) solved by semismooth Newton steps in the residual r, an unknown of length n however many patterns
 * there are. Every iterate is a feasible network, so the gap is a proof whenever the solve is stopped.
 *
 *   Ψ(r) = envelope of the loss + ‖z⁺(r)‖²/(2σ),  z⁺(r) = prox_{σΛ}(z + σ Aᵀr),  ∇Ψ = A z⁺(r) − f(r)
 */
export async function solveWhole(
  program: LiftedProgram,
  options: SsnalOptions,
  run: Run,
  start: SsnalStart = {},
): Promise<SsnalOutcome> {
  requireKernelMemory(program.kernels, wholeSolveBytes(program), program.sizes);
  const s = new SsnalState(program, start);
  const newton = new NewtonSystem(program, options.newton);
  const maxNewton = options.maxNewton ?? mostNewton;
  let [newtonSteps, rejections, idle, innerFactor, floorFactor] = [0, 0, 0, 0.1, 0.1];
  let status: Status = 'iteration-limit';
  s.judge(options.gap);
  s.newcomers.share = start.reluctance ?? 0;
  for (let outer = 0; newtonSteps < maxNewton; outer++) {
    options.onStep?.(s.progress(newtonSteps));
    if (s.relativeGap <= options.gap) {
      status = 'solved';
      break;
    }
    s.evaluate(0);
    const floor = floorFactor * Math.sqrt(options.gap * Math.max(s.primal, Number.MIN_VALUE));
    let [inner, flat, least] = [0, 0, Number.POSITIVE_INFINITY];
    while (inner < innerLimit && newtonSteps < maxNewton && !run.stop) {
      const tolerance = (innerFactor * s.movement()) / Math.sqrt(s.sigma) / (outer + 1);
      const enough = Math.max(floor, tolerance);
      if (s.gradientNorm() <= enough && !s.admitAll(enough)) break;
      const norm = s.gradientNorm();
      flat = norm < 0.5 * least ? 0 : flat + 1;
      least = Math.min(least, norm);
      if (s.level && flat >= flatLimit) break;
      s.newcomers.relent();
      if (!newton.solve(s, s.stepAccuracy(enough)) || !s.search(newton.step)) break;
      inner++;
      newtonSteps++;
      await run.pause();
    }
    const [primal, gap] = [s.primal, s.gap];
    s.accept();
    const reached = s.judge(options.gap);
    if (run.stop) {
      status = run.stop;
      break;
    }
    if (reached > primal * (1 + 1e-9) && rejections < maxRejections) {
      s.reject();
      rejections++;
      innerFactor *= 0.1;
      continue;
    }
    // The gap depends on ‖∇Ψ‖² through the primal but on ‖∇Ψ‖ through the scaling of the dual point: tighten when idle
    idle = s.gap < 0.9 * gap ? 0 : idle + 1;
    if (idle > 0) floorFactor *= 0.1;
    if (idle > (s.stiffest ? patience : patienceWhileStiffening)) {
      status = 'stalled';
      break;
    }
    if (inner === innerLimit) s.lowerSigma(16);
    // Rounding grows with σ; small probabilities of a coupled loss need long proximal steps all the same
    else if (flat >= flatLimit) s.lowerSigma(program.loss.separable ? 4 : 1);
    else s.raiseSigma(idle > 2 ? sigmaCapWhenIdle : sigmaCap);
  }
  return {
    status,
    ...s.progress(newtonSteps),
    z: s.keptZ,
    bias: s.keptBias,
    residual: s.keptResidual,
    sigma: s.sigma,
    largest: s.largest,
    tightSets: s,
    evaluations: s.evaluations,
  };
}
