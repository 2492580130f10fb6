import { Run, type RunOptions, requireThat } from '../../base/index.js';
import { createKernels } from '../../linalg/kernels/index.js';
import { createSpectral } from '../../linalg/spectral/index.js';
import type { NetworkWeights } from '../../networks/index.js';
import { bestDualPoint } from '../dual.js';
import type { Problem } from '../problem.js';
import { checkProof, type Proof, type SolverState } from '../proof/index.js';
import { norm } from '../rounding.js';
import { type SphereData, sphereData } from '../sphere/data.js';
import { auxiliaryLines } from './auxiliary.js';
import { type Combinations, withCombinations } from './combinations.js';
import { type LineForm, type Lines, lineForm, linesOf } from './lines.js';
import { proofOf } from './proof-of.js';
import { relaxationOf, type Units } from './relaxation.js';
import { repair } from './repair.js';
import { restore, stateOf } from './restore.js';
import { Splitting } from './splitting.js';
import { violated } from './violated.js';
import { Workspace } from './workspace.js';

export interface ProveOptions extends RunOptions {
  /** A bound this large is enough. Default Infinity: as tight as can be. */
  readonly goal?: number;
  /** Most iterations. Default 2000. */
  readonly iterations?: number;
  /** Iterations without 0.1 % more after which it ends as `stalled`. Default Infinity. */
  readonly patience?: number;
  /** Iterations between two bounds. Default 25. */
  readonly every?: number;
  /** A good network to start from; changes the speed, not what is proved. */
  readonly start?: NetworkWeights;
  /** What an earlier run has proved on these data, and where it stood: this one goes on from there. */
  readonly resume?: KeptProof;
  /** Threads of the dense products and of the positive parts; the answer does not depend on it. Default 1. */
  readonly threads?: number;
  /** Called with every better proof, before the next iteration. */
  readonly onProof?: (kept: KeptProof) => void | Promise<void>;
}

/** A proof that the check has accepted, and where the solver can go on from. */
export interface KeptProof {
  readonly bound: number;
  readonly proof: Proof;
  readonly state?: SolverState;
}

export interface SemidefiniteBound {
  /** Proved lower bound on the objective of every network of any width; at least 0. */
  readonly value: number;
  /** Null where nothing better than 0 was found. */
  readonly kept: KeptProof | null;
  readonly iterations: number;
  readonly status: 'solved' | 'stalled' | 'iteration-limit' | 'aborted' | 'time-limit';
}

/** Whether the relaxation covers a problem: one output, a separable loss, λ > 0. */
export const isProvable = ({ outputs, loss, lambda }: Problem): boolean =>
  outputs === 1 && loss.separable && lambda > 0;

/** Iterations between two searches for combinations of lines that the moments violate. */
const SEARCH_EVERY = 100;
/** Combinations in all, and for each line. */
const MOST_COMBINATIONS = 1500;
const MOST_PER_LINE = 3;
/** Auxiliary lines come from this iteration on, until all lines are so many times those of rows, or so many in all. */
const FIRST_AUXILIARY = 200;
const MOST_AUXILIARY = 1.6;
const MOST_LINES = 600;
/** Multipliers of a sign that a repair may change: so many, and these times the size of its matrix; more with every iteration. */
const MOST_CHANGED = [700, 2, 1600];
const CHANGED_WORK = [3e5, 1500];
/** Least share of all iterations between two offers, and least number: an offer costs about as much as so many. */
const PAUSE = 0.2;
const OFFER = 75;

/**
 * A lower bound on (1/n)Σℓ + λΣ‖u_j‖|α_j| over all ReLU networks of any width by the semidefinite relaxation of
 * docs/semidefinite.md, the dual point chosen together with its multipliers. Every bound is one that `checkProof` has
 * accepted, rounding included, so that the call may be stopped at any moment. Deterministic unless it is.
 *
 * @throws `usage` for a problem that `isProvable` refuses.
 */
export async function semidefiniteLowerBound(problem: Problem, options: ProveOptions = {}): Promise<SemidefiniteBound> {
  requireThat(isProvable(problem), 'semidefiniteLowerBound: one output, a separable loss and λ > 0 are needed.');
  const { threads } = options;
  const kernels = await createKernels({ threads });
  const spectral = await createSpectral({ threads });
  try {
    return await prove(problem, options, new Workspace(kernels, spectral));
  } finally {
    kernels.dispose();
    spectral.dispose();
  }
}

async function prove(problem: Problem, options: ProveOptions, workspace: Workspace): Promise<SemidefiniteBound> {
  const data = sphereData(problem.augmented);
  const lines = linesOf(data.reduced);
  const {
    iterations = 2000,
    every = 25,
    goal = Number.POSITIVE_INFINITY,
    patience = Number.POSITIVE_INFINITY,
  } = options;
  const run = new Run(options);
  if (lines.count === 0) return { value: 0, kept: null, iterations: 0, status: goal > 0 ? 'stalled' : 'solved' };
  const relaxation = relaxationOf(lines, problem.loss, problem.y, problem.lambda / data.scale, problem.outputBias);
  const splitting = new Splitting(relaxation, startUnits(options.start, problem, data), workspace);
  const best = new Best(problem, data, lines);
  if (options.resume) best.goOn(options.resume, splitting);
  const last = splitting.iterations + iterations;
  const rise = new Rise(best.value, splitting.iterations);
  while (best.value < goal && splitting.iterations < last && run.stop === null) {
    if (rise.stale(best.value, splitting.iterations) >= patience) break;
    splitting.iterate();
    if (splitting.iterations % every === 0 || splitting.iterations === last) {
      if ((best.due(splitting.iterations) || splitting.iterations === last) && (await best.offer(splitting, run)))
        await options.onProof?.(best.kept!);
      run.progress({
        phase: 'proof',
        ...(iterations < Number.MAX_SAFE_INTEGER && { fraction: 1 - (last - splitting.iterations) / iterations }),
        message: `no network is below ${best.value.toPrecision(4)}`,
      });
    }
    if (splitting.iterations % SEARCH_EVERY === 0 && best.value < goal && run.stop === null) extend(splitting);
    await run.pause();
  }
  const ended = splitting.iterations < last ? 'stalled' : 'iteration-limit';
  const status = best.value >= goal ? 'solved' : (run.stop ?? ended);
  return { value: best.value, kept: best.kept, iterations: splitting.iterations, status };
}

/** More combinations of lines, as many as the moments violate now, and lines that complete others. */
function extend(splitting: Splitting): void {
  const { lines } = splitting.relaxation;
  const known = splitting.combinations;
  const room = Math.min(MOST_COMBINATIONS, MOST_PER_LINE * lines.count) - known.count;
  const sides = [splitting.factorRows(0), splitting.factorRows(1)];
  const among = violated(lines, sides, known, room, splitting.iterations);
  const free = Math.min(Math.floor(MOST_AUXILIARY * lines.ofRows), MOST_LINES) - lines.count;
  const most = splitting.iterations < FIRST_AUXILIARY ? 0 : Math.ceil(Math.min(lines.ofRows / 3, free / 2));
  const more = most > 0 ? auxiliaryLines(lines, sides, most) : { lines, combinations: [] };
  const added = [...among, ...more.combinations];
  if (added.length > 0) splitting.extend(more.lines, withCombinations(known, added));
}

const scaledForm = (data: SphereData, lines: Lines, r: Float64Array, combinations: Combinations): LineForm =>
  lineForm(lines, data.reduced.rows.data, r, combinations);

/** max |rᵀ(Xu)_+| over the unit ball from a bound of F on that of the row space. */
function normFrom(data: SphereData, form: LineForm, bound: number): number {
  const value = bound * data.reduced.stretch + form.margin;
  return data.scale * (value * (1 + 1e-14) + 1e-290);
}

const provedBy = (problem: Problem, r: Float64Array, bound: number): number =>
  Number.isFinite(bound) ? bestDualPoint(problem, r, Float64Array.of(bound)).value : 0;

function mostChanged(iterations: number, size: number): number {
  const [first, more, last] = MOST_CHANGED;
  const [work, moreWork] = CHANGED_WORK;
  return Math.floor(Math.min(first + more * iterations, last, (work + moreWork * iterations) / size));
}

/** When the bound last rose by a part in a thousand. */
class Rise {
  constructor(
    private value: number,
    private at: number,
  ) {}

  /** Iterations since then. */
  stale(value: number, iteration: number): number {
    if (value > 1.001 * this.value || (this.value === 0 && value > 0)) [this.value, this.at] = [value, iteration];
    return iteration - this.at;
  }
}

/** The best proof so far. */
class Best {
  value = 0;
  kept: KeptProof | null = null;
  /** Iterations at the last offer; the first one has nothing to wait for. */
  #offered = Number.NEGATIVE_INFINITY;

  constructor(
    readonly problem: Problem,
    readonly data: SphereData,
    readonly lines: Lines,
  ) {}

  /** Takes over a proof that the check accepts for these data, and the state of its solver. */
  goOn({ proof, state }: KeptProof, splitting: Splitting): void {
    const verdict = checkProof(this.problem, proof);
    requireThat(
      verdict.accepted,
      `semidefiniteLowerBound: the proof to go on from fails: ${verdict.accepted || verdict.reason}.`,
    );
    this.value = verdict.value;
    this.kept = { bound: verdict.value, proof, state };
    if (state) restore(splitting, this.data, this.lines, proof, state);
  }

  /** An offer costs some iterations: the more there have been, the longer it waits. */
  due(iterations: number): boolean {
    return iterations - this.#offered >= Math.max(OFFER, PAUSE * iterations);
  }

  /** Repairs the present multipliers and keeps what they prove if it is more: then true. */
  async offer(splitting: Splitting, run: Run): Promise<boolean> {
    this.#offered = splitting.iterations;
    const { lines } = splitting.relaxation;
    const formOf = (r: Float64Array): LineForm => scaledForm(this.data, lines, r, splitting.combinations);
    const { f, curvature } = splitting.prediction;
    const given = { r: splitting.residual.slice(), f, curvature, multipliers: splitting.multipliers() };
    const level = (given.r.length * this.problem.lambda) / this.data.scale;
    const most = mostChanged(splitting.iterations, 1 + lines.rank + lines.count);
    const repaired = await repair(this.problem, formOf, given, level, most, splitting.workspace, run);
    const { form, r, multipliers } = repaired;
    const norm = normFrom(this.data, form, Math.min(form.total, repaired.bound));
    if (!(provedBy(this.problem, r, norm) > this.value)) return false;
    const proved = proofOf(this.problem, this.data, form, r, multipliers);
    if (proved === null || !(proved.value > this.value)) return false;
    this.value = proved.value;
    const state = stateOf(splitting, proved.scale);
    this.kept = { bound: proved.value, proof: proved.proof, state };
    return true;
  }
}

/** The neurons by the sign of α, balanced, in the coordinates of the lines. */
function startUnits(start: NetworkWeights | undefined, problem: Problem, data: SphereData): [Units, Units] {
  const found: [{ alpha: number[]; u: Float64Array[] }, { alpha: number[]; u: Float64Array[] }] = [
    { alpha: [], u: [] },
    { alpha: [], u: [] },
  ];
  for (let j = 0; j < (start?.hidden.rows ?? 0); j++) {
    const u = reducedUnit(start!, j, problem, data);
    const [length, alpha] = [norm(u), start!.output.data[j] * data.scale];
    if (length === 0 || alpha === 0) continue;
    const balanced = Math.sqrt(Math.abs(alpha) / length);
    const side = found[alpha > 0 ? 0 : 1];
    side.alpha.push(balanced * length);
    side.u.push(u.map((x) => balanced * x));
  }
  return [
    { alpha: Float64Array.from(found[0].alpha), u: found[0].u },
    { alpha: Float64Array.from(found[1].alpha), u: found[1].u },
  ];
}

/** Vᵀu of one neuron, its hidden bias included. */
function reducedUnit(weights: NetworkWeights, j: number, { hiddenBias }: Problem, data: SphereData): Float64Array {
  const { hidden } = weights;
  const u = Array.from(hidden.data.subarray(j * hidden.cols, (j + 1) * hidden.cols));
  if (hiddenBias) u.push(weights.hiddenBias[j]);
  const { basis, rank } = data.reduced;
  if (!basis) return Float64Array.from(u);
  const out = new Float64Array(rank);
  u.forEach((x, i) => {
    for (let k = 0; k < rank; k++) out[k] += x * basis.data[i * rank + k];
  });
  return out;
}
