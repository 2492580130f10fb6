import type { Problem } from '../problem.js';
import { above, gamma, underflow } from '../rounding.js';
import { isDefinite } from './definite.js';
import { sumsToZero } from './exact-sum.js';
import { type SideForm, sideForm } from './form.js';
import { type Doubled, doubledForm } from './lines.js';
import type { LineCombinations, Pairs, Proof, ProofSide, SlackSide } from './proof.js';

/** What a proof proves: a lower bound, or why it proves nothing. */
export type ProofVerdict =
  | { readonly accepted: true; readonly value: number }
  | { readonly accepted: false; readonly reason: string };

/**
 * Checks a proof against the data alone, whatever its numbers are: shapes, the sum of t, the domain of the conjugate, and for
 * either sign one Cholesky factor of (1 + d + K)². Shares no code with what makes proofs, nor with the other certificates,
 * beyond norms, rounding bounds and the losses. `value` is below the objective of every network of any width, rounding
 * included.
 */
export function checkProof(problem: Problem, proof: Proof): ProofVerdict {
  const { augmented, outputBias, loss, outputs, lambda } = problem;
  const reason =
    outputs !== 1 || !loss.separable || !(lambda > 0)
      ? 'a proof is about one output, a separable loss and λ > 0'
      : (misshapen(proof, augmented.rows, augmented.cols) ??
        (outputBias && !sumsToZero(proof.t) ? 'its dual point does not sum to zero' : null));
  if (reason !== null) return { accepted: false, reason };
  const value = gainOf(problem, proof.t);
  if (!(value > Number.NEGATIVE_INFINITY))
    return { accepted: false, reason: 'its dual point is outside the domain of the loss' };
  const form = doubledForm(augmented, proof);
  for (const [index, sign] of [1, -1].entries()) {
    if (!sideHolds(form, sign, proof.sides[index], problem))
      return {
        accepted: false,
        reason: `its multipliers prove nothing for ${sign > 0 ? 'positive' : 'negative'} neurons`,
      };
  }
  return { accepted: true, value: Math.max(0, value) };
}

/** alpha + μ + what rounding and merged rows can add ≤ 2nλ, with diag(alpha, μI, 0) − Q positive definite. */
function sideHolds(form: Doubled, sign: number, side: ProofSide, problem: Problem): boolean {
  const quadratic = sideForm(form, sign, side);
  const mu = ballShare(form, quadratic, side.alpha, problem);
  if (!(mu >= 0)) return false;
  return isDefinite(differenceOf(quadratic, side.alpha, mu, form.d), quadratic.size);
}

/** The largest μ that alpha leaves of 2nλ. */
export function ballShare({ margin }: Doubled, { noise }: SideForm, alpha: number, { lambda, y }: Problem): number {
  const capacity = 2 * y.length * lambda;
  const lost = above(noise + margin + gamma(8) * (Math.abs(alpha) + capacity), 16);
  return capacity - alpha - 1.000001 * lost;
}

/** diag(alpha, μI, 0) − Q. */
export function differenceOf({ size, matrix }: SideForm, alpha: number, mu: number, d: number): Float64Array {
  const out = matrix.map((x) => -x);
  out[0] += alpha;
  for (let j = 1; j <= d; j++) out[j * size + j] += mu;
  return out;
}

/** −(1/n)Σℓ*(−t_i), less all that rounding can have added. */
function gainOf({ loss, y }: Problem, t: Float64Array): number {
  const conjugate = loss.conjugate(t, y, 1);
  if (!Number.isFinite(conjugate)) return Number.NEGATIVE_INFINITY;
  let size = loss.targets === 'number' ? 0 : 2 * t.length;
  for (let i = 0; i < t.length; i++) size += Math.abs(t[i]) * (Math.abs(t[i]) + Math.abs(y[i]));
  const gain = -(conjugate + gamma(t.length + 64) * size) / t.length;
  return gain - Math.abs(gain) * gamma(8) - underflow;
}

function misshapen({ t, lines, of, auxiliary, combinations, sides }: Proof, n: number, d: number): string | null {
  const count = lines.length + (d > 0 ? auxiliary.length / d : 0);
  const wrong = (name: string, got: number, expected: number): string =>
    `its ${name} has ${got} numbers, expected ${expected}`;
  // equal and parallel rows share a line; a second one for the same row would prove nothing more
  if (lines.length > n) return `it names ${lines.length} lines of ${n} rows`;
  if (!Number.isInteger(count) || !auxiliary.every(Number.isFinite))
    return 'its auxiliary lines are not whole and finite';
  if (t.length !== n) return wrong('dual point', t.length, n);
  const shapeless = misshapenCombinations(combinations, count);
  if (shapeless !== null) return shapeless;
  const slacks = combinations.count;
  if (of.length !== n) return wrong('list of lines', of.length, n);
  if (!t.every(Number.isFinite)) return 'its dual point holds a number that is not finite';
  if (lines.some((i) => !(i >= 0 && i < n)) || of.some((k) => !(k >= -1 && k < count)))
    return 'it names rows that are not there';
  for (const side of sides) {
    for (const name of ['qPlus', 'qMinus', 'diagonal'] as const)
      if (side[name].length !== count) return wrong(name, side[name].length, count);
    for (const name of ['pPlus', 'pMinus'] as const)
      if (side[name].length !== count * d) return wrong(name, side[name].length, count * d);
    for (const name of ['qPlus', 'qMinus', 'diagonal', 'pPlus', 'pMinus'] as const)
      if (!side[name].every(Number.isFinite)) return `its ${name} holds a number that is not finite`;
    const reason = misplaced(side, count) ?? misshapenSlack(side.slack, slacks, count, d);
    if (reason !== null) return reason;
  }
  return null;
}

/** Whether every place of a table of so many columns comes once, in order, where `fits` allows it, with a finite value. */
function inOrder(
  { at, value }: Pairs,
  rows: number,
  columns: number,
  fits: (k: number, l: number) => boolean = () => true,
): boolean {
  return (
    at.length === value.length &&
    value.every(Number.isFinite) &&
    at.every((p, e) => p < rows * columns && (e === 0 || p > at[e - 1]) && fits(Math.floor(p / columns), p % columns))
  );
}

const disorder = 'its products are not in order';
const lower = (k: number, l: number): boolean => l <= k;
const off = (k: number, l: number): boolean => l !== k;

/** Below or on the diagonal for equal signs, off it for different ones. */
const misplaced = (side: ProofSide, count: number): string | null =>
  inOrder(side.plus, count, count, lower) &&
  inOrder(side.minus, count, count, lower) &&
  inOrder(side.cross, count, count, off)
    ? null
    : disorder;

/** A combination has an entry at least, and every entry a line and a share that is finite. */
function misshapenCombinations({ count, start, line, share }: LineCombinations, lines: number): string | null {
  const whole =
    Number.isSafeInteger(count) &&
    start.length === count + 1 &&
    start[0] === 0 &&
    start.every((at, c) => c === 0 || at > start[c - 1]) &&
    start[count] === line.length &&
    share.length === line.length;
  if (!whole) return 'its combinations of lines are not in order';
  return line.every((k) => k >= 0 && k < lines) && share.every(Number.isFinite)
    ? null
    : 'its combinations name lines that are not there';
}

function misshapenSlack(slack: SlackSide, slacks: number, count: number, d: number): string | null {
  if (slack.q.length !== slacks || slack.p.length !== slacks * d)
    return `its slacks have ${slack.q.length} and ${slack.p.length} numbers, expected ${slacks} and ${slacks * d}`;
  if (!slack.q.every(Number.isFinite) || !slack.p.every(Number.isFinite))
    return 'its slacks hold a number that is not finite';
  return inOrder(slack.plus, slacks, count) &&
    inOrder(slack.minus, slacks, count) &&
    inOrder(slack.pairs, slacks, slacks, lower)
    ? null
    : disorder;
}
