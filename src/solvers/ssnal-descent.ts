import type { Run } from '../base/index.js';
import { LiftedProgram } from '../programs/index.js';
import { sigmaUnit } from './near-start.js';
import { keptFactorsOf } from './solve-memory.js';
import { mostNewton, type SsnalOptions, type SsnalOutcome, type SsnalStart } from './ssnal-types.js';
import { solveWhole } from './ssnal-whole.js';
import { longestPrice } from './working-set-choice.js';

/** λ of a stage over that of the next, and the largest one as a share of the longest price: beyond, hardly a block is active. */
const ratio = 1.5;
const largestShare = 0.25;
/** Relative gap of the stages. */
const looseGap = 0.05;
/** First σ of a stage, as a share of the last one's. */
const sigmaShare = 1 / 4;
/** See `SsnalStart.reluctance`. */
const reluctance = 0.4;

/**
 * SSNAL at a falling sequence of λ, loosely until the last. From a cold start nearly all blocks are far beyond the threshold, and each has
 * to be projected; on the way down hardly more are than have a neuron in the end, from tight rows that are nearly right, and a few rows
 * prove that the others stay idle.
 */
export async function solveByDescent(program: LiftedProgram, options: SsnalOptions, run: Run): Promise<SsnalOutcome> {
  const factors = keptFactorsOf(program);
  let start: SsnalStart = { factors, reluctance };
  let [newtonSteps, evaluations] = [0, 0];
  const { maxNewton = mostNewton } = options;
  const stageOptions = { ...options, gap: Math.max(looseGap, options.gap), onStep: undefined };
  const lambdas = descent(longestPrice(program) / program.threshold);
  for (const [k, factor] of lambdas.entries()) {
    if (run.stop || newtonSteps >= maxNewton) break;
    const message = `on the way, λ still ${factor.toPrecision(3)} times as large`;
    run.progress({ phase: 'convex solve', fraction: k / lambdas.length, message });
    const stage = await solveStage(
      program,
      factor,
      { ...stageOptions, maxNewton: maxNewton - newtonSteps },
      run,
      start,
    );
    start = stage.start;
    newtonSteps += stage.newtonSteps;
    evaluations += stage.evaluations;
  }
  const onStep: SsnalOptions['onStep'] = (step) =>
    options.onStep?.({ ...step, newtonSteps: newtonSteps + step.newtonSteps });
  const last = await solveWhole(program, { ...options, maxNewton: maxNewton - newtonSteps, onStep }, run, start);
  return { ...last, newtonSteps: newtonSteps + last.newtonSteps, evaluations: evaluations + last.evaluations };
}

/** λ of the stages in units of the last λ, largest first, for a longest price in units of nλ. */
export function descent(longest: number): number[] {
  const factors: number[] = [];
  if (!Number.isFinite(longest)) return factors;
  for (let factor = ratio; factor <= largestShare * longest; factor *= ratio) factors.unshift(factor);
  return factors;
}

/** One stage; what the next starts from lies outside kernel memory. */
async function solveStage(
  program: LiftedProgram,
  factor: number,
  options: SsnalOptions,
  run: Run,
  start: SsnalStart,
): Promise<{ start: SsnalStart; newtonSteps: number; evaluations: number }> {
  const { kernels, problem, patterns } = program;
  const mark = kernels.mark();
  try {
    const stage = new LiftedProgram(kernels, { ...problem, lambda: factor * problem.lambda }, patterns, program);
    const { z, bias, tightSets, sigma, newtonSteps, evaluations } = await solveWhole(stage, options, run, start);
    const { tight, tightCount, multiplier } = tightSets;
    return {
      newtonSteps,
      evaluations,
      start: {
        factors: start.factors,
        reluctance,
        z: z.slice(),
        bias: bias.slice(),
        tightSets: { tight: tight.slice(), tightCount: tightCount.slice(), multiplier: multiplier.slice() },
        sigmaFactor: (sigma * sigmaShare) / sigmaUnit(program),
      },
    };
  } finally {
    kernels.release(mark);
  }
}
