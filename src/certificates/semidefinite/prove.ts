import { Run, type RunOptions, requireThat } from '../../base/index.js';
import type { NetworkWeights } from '../../networks/index.js';
import { bestDualPoint } from '../dual.js';
import type { Problem } from '../problem.js';
import { norm } from '../rounding.js';
import { type SphereData, sphereData } from '../sphere/data.js';
import { type LineForm, type Lines, lineForm, linesOf } from './lines.js';
import type { Multipliers } from './multipliers.js';
import { multiplierBound } from './quadratic-bound.js';
import { relaxationOf, type Units } from './relaxation.js';
import { type RepairChoice, repair } from './repair.js';
import { Splitting } from './splitting.js';

export interface ProveOptions extends RunOptions {
  /** A bound this large is enough. Default Infinity: as tight as can be. */
  readonly goal?: number;
  /** Most iterations. Default 2000. */
  readonly iterations?: number;
  /** Iterations between two bounds. Default 25. */
  readonly every?: number;
  /** A good network to start from; changes the speed, not what is proved. */
  readonly start?: NetworkWeights;
}

/** What proves a bound, apart from the data: everything `semidefiniteValue` reads. */
export interface SemidefiniteProof {
  /** n: the candidate r; its best multiple is the dual point. */
  readonly r: Float64Array;
  readonly multipliers: Multipliers;
}

export interface SemidefiniteBound {
  /** Proved lower bound on the objective of every network of any width; at least 0. */
  readonly value: number;
  /** Proved bound of max |rᵀ(Xu)_+| over ‖u‖ ≤ 1, for the r of the proof; Infinity without a proof. */
  readonly norm: number;
  /** Null where nothing better than 0 was found. */
  readonly proof: SemidefiniteProof | null;
  readonly iterations: number;
  readonly status: 'solved' | 'iteration-limit' | 'aborted' | 'time-limit';
}

/** Whether the relaxation covers a problem: one output, a separable loss, λ > 0. */
export const isProvable = ({ outputs, loss, lambda }: Problem): boolean =>
  outputs === 1 && loss.separable && lambda > 0;

/**
 * A lower bound on (1/n)Σℓ + λΣ‖u_j‖|α_j| over all ReLU networks of any width by the semidefinite relaxation of
 * docs/semidefinite.md, the dual point chosen together with its multipliers. Each bound is proved from the multipliers
 * by `quadraticBound`, rounding included, so that the call may be stopped at any moment. Deterministic unless it is.
 *
 * @throws `usage` for a problem that `isProvable` refuses.
 */
export async function semidefiniteLowerBound(problem: Problem, options: ProveOptions = {}): Promise<SemidefiniteBound> {
  requireThat(isProvable(problem), 'semidefiniteLowerBound: one output, a separable loss and λ > 0 are needed.');
  const data = sphereData(problem.augmented);
  const lines = linesOf(data.reduced);
  const { iterations = 2000, every = 25, goal = Number.POSITIVE_INFINITY } = options;
  const run = new Run(options);
  if (lines.count === 0)
    return { value: 0, norm: Number.POSITIVE_INFINITY, proof: null, iterations: 0, status: 'solved' };
  const relaxation = relaxationOf(lines, problem.loss, problem.y, problem.lambda / data.scale, problem.outputBias);
  const splitting = new Splitting(relaxation, startUnits(options.start, problem, data));
  const best = new Best(problem, data, lines);
  while (best.value < goal && splitting.iterations < iterations && run.stop === null) {
    splitting.iterate();
    if (splitting.iterations % every === 0 || splitting.iterations === iterations) {
      best.offer(splitting);
      run.progress({
        phase: 'proof',
        fraction: splitting.iterations / iterations,
        message: `no network is below ${best.value.toPrecision(4)}`,
      });
    }
    await run.pause();
  }
  const status = best.value >= goal ? 'solved' : (run.stop ?? 'iteration-limit');
  return { value: best.value, norm: best.norm, proof: best.proof, iterations: splitting.iterations, status };
}

/**
 * The bound that a proof proves, derived from the data and the proof alone: one Cholesky factor and one eigendecomposition
 * of rank×rank for either sign. Never above the optimum, whatever the numbers in the proof are.
 *
 * @throws `usage` when the arrays of the proof do not have the lengths that the data asks for.
 */
export function semidefiniteValue(problem: Problem, proof: SemidefiniteProof): number {
  const data = sphereData(problem.augmented);
  const lines = linesOf(data.reduced);
  requireShape(problem, lines, proof);
  const form = scaledForm(data, lines, proof.r);
  return provedBy(problem, proof.r, normFrom(data, form, multiplierBound(form, proof.multipliers)));
}

function requireShape(problem: Problem, { count, rank }: Lines, { r, multipliers }: SemidefiniteProof): void {
  const wrong = (name: string, got: number, expected: number): string =>
    `semidefiniteValue: ${name} has ${got} numbers, expected ${expected}; is the proof of other data?`;
  const check = (name: string, values: Float64Array, expected: number): void => {
    requireThat(values.length === expected, wrong(name, values.length, expected));
    requireThat(values.every(Number.isFinite), `semidefiniteValue: ${name} must hold finite numbers only.`, 'data');
  };
  requireThat(isProvable(problem), 'semidefiniteValue: one output, a separable loss and λ > 0 are needed.');
  check('r', r, problem.y.length);
  for (const m of multipliers) {
    for (const name of ['qPlus', 'qMinus'] as const) check(name, m[name], count);
    for (const name of ['pPlus', 'pMinus'] as const) check(name, m[name], count * rank);
    for (const name of ['nPlus', 'nMinus', 'nCross'] as const) check(name, m[name], count * count);
  }
}

const scaledForm = (data: SphereData, lines: Lines, r: Float64Array): LineForm =>
  lineForm(lines, data.reduced.rows.data, r);

/** max |rᵀ(Xu)_+| over the unit ball from a bound of F on that of the row space. */
function normFrom(data: SphereData, form: LineForm, bound: number): number {
  const value = bound * data.reduced.stretch + form.margin;
  return data.scale * (value * (1 + 1e-14) + 1e-290);
}

const provedBy = (problem: Problem, r: Float64Array, bound: number): number =>
  Number.isFinite(bound) ? bestDualPoint(problem, r, Float64Array.of(bound)).value : 0;

/** The best proof so far. */
class Best {
  value = 0;
  norm = Number.POSITIVE_INFINITY;
  proof: SemidefiniteProof | null = null;
  #choices: [RepairChoice | null, RepairChoice | null] = [null, null];

  constructor(
    readonly problem: Problem,
    readonly data: SphereData,
    readonly lines: Lines,
  ) {}

  /** Repairs the present multipliers and keeps what they prove if it is more. */
  offer(splitting: Splitting): void {
    const r = splitting.residual.slice();
    const form = scaledForm(this.data, this.lines, r);
    const raw = splitting.multipliers();
    const level = (r.length * this.problem.lambda) / this.data.scale;
    const repaired = [1, -1].map((sign, side) => repair(form, sign, raw[side], level, this.#choices[side]));
    this.#choices = [repaired[0].choice, repaired[1].choice];
    const bound = Math.min(form.total, Math.max(repaired[0].bound, repaired[1].bound));
    const norm = normFrom(this.data, form, bound);
    const value = provedBy(this.problem, r, norm);
    if (!(value > this.value)) return;
    this.value = value;
    this.norm = norm;
    this.proof = { r, multipliers: [repaired[0].multipliers, repaired[1].multipliers] };
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
