import type { Run, Status } from '../base/index.js';
import { selectPatterns } from '../linalg/index.js';
import { LiftedProgram } from '../programs/index.js';
import { nearFactor, sigmaUnit } from './near-start.js';
import { PatternScan } from './pattern-scan.js';
import {
  mostNewton,
  type SsnalOptions,
  type SsnalOutcome,
  type SsnalProgress,
  type SsnalStart,
  type TightSets,
} from './ssnal-types.js';
import { solveWhole } from './ssnal-whole.js';
import { copyTightRows } from './tight-rows.js';
import { paceOf } from './working-set-choice.js';

/** Rounds without a neuron after which a pattern leaves, while the answer is still loose. */
const idleRounds = 3;
const loosestGap = 0.05;
/** Share of the gap asked for below which a round that proves too little counts as stalled. */
const finestShare = 1 / 64;
/** σ of a later round, as a share of the last one's. */
const sigmaShare = 1 / 16;
/**
 * SSNAL over a few patterns at a time: solve over the working set, loosely at first; scan the others for prices beyond nλ until
 * enough are found; add these, and so on. At the end all patterns have been scanned, so the gap is proved over the whole program.
 *
 * A projection on a cone costs d² times its tight rows, and at the start every block lies deep beyond its threshold. This way
 * nearly all patterns are only projected at a residual where a few tight rows prove that they stay idle.
 */
export async function solveByWorkingSet(
  program: LiftedProgram,
  options: SsnalOptions,
  run: Run,
  start: SsnalStart = {},
): Promise<SsnalOutcome> {
  const set = new WorkingSet(program, options, start);
  const { hastySteps } = paceOf(program);
  let subGap = Math.max(options.gap / 2, loosestGap);
  for (;;) {
    const complete = set.grow(0.1 * subGap, run);
    options.onStep?.(set.progress());
    const ended = set.ended(complete, subGap, run);
    if (ended) return set.outcome(ended);
    if (complete && set.added === 0) subGap /= 4;
    else subGap = Math.max(options.gap / 2, Math.min(0.7 * subGap, complete ? 0.1 * set.relativeGap : 1));
    await set.solve(subGap, complete ? Number.POSITIVE_INFINITY : hastySteps, run);
  }
}

class WorkingSet {
  /** Patterns found by the last scan. */
  added = 0;
  readonly #scan: PatternScan;
  /** The patterns in the set, with the rounds for which they had no neuron. */
  readonly #idle = new Map<number, number>();
  readonly #z: Float64Array;
  readonly #bias: Float64Array;
  readonly #residual: Float64Array;
  #primal = Number.POSITIVE_INFINITY;
  #dual = Number.NEGATIVE_INFINITY;
  #largest = Number.POSITIVE_INFINITY;
  #ownLargest: number;
  #sigma: number;
  #newtonSteps = 0;
  #evaluations = 0;
  #subStatus: Status = 'solved';

  constructor(
    readonly program: LiftedProgram,
    readonly options: SsnalOptions,
    start: SsnalStart,
  ) {
    const { blocks, d, rows, outputs, threshold } = program;
    this.#scan = new PatternScan(program);
    this.#z = start.z ? Float64Array.from(start.z) : new Float64Array(blocks * d);
    this.#bias = start.bias ? Float64Array.from(start.bias) : new Float64Array(outputs);
    this.#residual = new Float64Array(rows);
    this.#sigma = sigmaUnit(program) * (start.sigmaFactor ?? (start.near ? nearFactor(start.joined) : 1));
    this.#ownLargest = threshold;
    for (const b of program.activeBlocks(this.#z)) this.#idle.set(program.patternOf(b), 0);
    this.#judgeStart();
  }

  get relativeGap(): number {
    return (this.#primal - this.#dual) / Math.max(Math.abs(this.#primal), Number.MIN_VALUE);
  }

  progress(): SsnalProgress {
    const { n } = this.program;
    return {
      primal: this.#primal / n,
      dual: this.#dual / n,
      relativeGap: this.relativeGap,
      neurons: this.program.activeBlocks(this.#z).length,
      newtonSteps: this.#newtonSteps,
    };
  }

  #judgeStart(): void {
    const { program } = this;
    const { kernels } = program;
    const mark = kernels.mark();
    const f = kernels.float64(program.rows);
    program.forward(this.#z, this.#bias, f);
    program.improveBias(f, this.#bias);
    this.#primal = program.lossValue(f) + program.threshold * program.groupNorm(this.#z);
    program.residual(f, this.#residual);
    kernels.release(mark);
    // A residual of zero proves what any data does
    this.#prove(Number.POSITIVE_INFINITY);
    // Norms of the start's own blocks are not known before the first solve
    if (this.#idle.size > 0) this.#ownLargest = Number.POSITIVE_INFINITY;
  }

  /** Adds violating patterns; returns whether all others were looked at, and then knows what the residual proves. */
  grow(slack: number, run: Run): boolean {
    const { program } = this;
    const want = Math.max(paceOf(program).firstBatch, this.#idle.size);
    const stop = (): boolean => run.stop !== null;
    const scan = this.#scan.find(this.#residual, this.#idle, program.threshold * (1 + slack), want, stop);
    this.added = scan.found.length;
    for (const p of scan.found) this.#idle.set(p, 0);
    if (scan.complete) this.#prove(Math.max(program.threshold, this.#ownLargest, scan.largest));
    return scan.complete;
  }

  #prove(largest: number): void {
    const { value } = this.program.dualValue(this.#residual, largest);
    if (!(value > this.#dual)) return;
    this.#dual = value;
    this.#largest = largest;
  }

  /** Why the work ends here, or null. */
  ended(complete: boolean, subGap: number, run: Run): Status | null {
    const { gap, maxNewton = mostNewton } = this.options;
    if (this.relativeGap <= gap) return 'solved';
    if (run.stop) return run.stop;
    if (this.#newtonSteps >= maxNewton) return 'iteration-limit';
    const nothingLeft = complete && this.added === 0;
    return nothingLeft && (this.#subStatus === 'stalled' || subGap < finestShare * gap) ? 'stalled' : null;
  }

  /** Solves over the patterns of the set. */
  async solve(gap: number, most: number, run: Run): Promise<void> {
    const { program, options } = this;
    const { kernels } = program;
    const mark = kernels.mark();
    try {
      const chosen = [...this.#idle.keys()].sort((a, b) => a - b);
      const sub = new LiftedProgram(kernels, program.problem, selectPatterns(program.patterns, chosen), program);
      const start = this.#startOf(sub, chosen);
      const onStep = (step: SsnalProgress): void => this.#report(step);
      const maxNewton = Math.min(most, (options.maxNewton ?? mostNewton) - this.#newtonSteps);
      const outcome = await solveWhole(sub, { ...options, gap, maxNewton, onStep }, run, start);
      this.#take(sub, chosen, outcome);
    } finally {
      kernels.release(mark);
    }
    this.#retire(gap);
  }

  /** The gap over the set alone says nothing yet: what is proved over the whole program is reported instead. */
  #report({ primal, neurons, newtonSteps }: SsnalProgress): void {
    const [sum, dual] = [primal * this.program.n, this.#dual];
    const relativeGap = (sum - dual) / Math.max(Math.abs(sum), Number.MIN_VALUE);
    const steps = this.#newtonSteps + newtonSteps;
    this.options.onStep?.({ primal, dual: dual / this.program.n, relativeGap, neurons, newtonSteps: steps });
  }

  #startOf(sub: LiftedProgram, chosen: readonly number[]): SsnalStart {
    const { d } = this.program;
    const z = new Float64Array(sub.blocks * d);
    const tightSets: TightSets = {
      tight: new Int32Array(sub.blocks * d),
      tightCount: new Int32Array(sub.blocks),
      multiplier: new Float64Array(sub.blocks * d),
    };
    for (let b = 0; b < sub.blocks; b++) {
      const whole = this.#wholeBlock(sub, chosen, b);
      z.set(this.#z.subarray(whole * d, (whole + 1) * d), b * d);
      copyTightRows(d, this.#scan, whole, tightSets, b);
    }
    return { z, bias: this.#bias, tightSets, sigmaFactor: this.#sigma / sigmaUnit(this.program) };
  }

  #wholeBlock(sub: LiftedProgram, chosen: readonly number[], block: number): number {
    return this.program.blockOf(sub.outputOf(block), sub.signOf(block), chosen[sub.patternOf(block)]);
  }

  #take(sub: LiftedProgram, chosen: readonly number[], outcome: SsnalOutcome): void {
    const { program } = this;
    const { d } = program;
    this.#z.fill(0);
    for (let b = 0; b < sub.blocks; b++) {
      const whole = this.#wholeBlock(sub, chosen, b);
      this.#z.set(outcome.z.subarray(b * d, (b + 1) * d), whole * d);
      copyTightRows(d, outcome.tightSets, b, this.#scan, whole);
    }
    this.#bias.set(outcome.bias);
    this.#residual.set(outcome.residual);
    this.#primal = outcome.primal * program.n;
    this.#ownLargest = outcome.largest;
    this.#newtonSteps += outcome.newtonSteps;
    this.#evaluations += outcome.evaluations;
    this.#subStatus = outcome.status;
    this.#sigma = Math.max(sigmaUnit(program), outcome.sigma * sigmaShare);
  }

  /** Patterns without a neuron for some rounds leave, unless the end is near: then they would only come back. */
  #retire(gap: number): void {
    const active = new Set(this.program.activeBlocks(this.#z).map(this.program.patternOf));
    for (const [p, rounds] of this.#idle) {
      if (active.has(p)) this.#idle.set(p, 0);
      else if (rounds >= idleRounds && gap > this.options.gap) this.#idle.delete(p);
      else this.#idle.set(p, rounds + 1);
    }
  }

  outcome(status: Status): SsnalOutcome {
    return {
      status,
      ...this.progress(),
      z: this.#z,
      bias: this.#bias,
      residual: this.#residual,
      sigma: this.#sigma,
      largest: this.#largest,
      tightSets: this.#scan,
      evaluations: this.#evaluations,
    };
  }
}
