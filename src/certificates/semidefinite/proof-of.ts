import { bestDualPoint } from '../dual.js';
import { symmetricEigen } from '../eigen.js';
import type { Problem } from '../problem.js';
import { checkProof, type Pairs, type Proof, type ProofSide } from '../proof/index.js';
import { dotAt, norm } from '../rounding.js';
import type { SphereData } from '../sphere/data.js';
import type { Combinations } from './combinations.js';
import type { LineForm, Lines } from './lines.js';
import type { Multipliers, SignMultipliers } from './multipliers.js';
import { withoutLines } from './quadratic-bound.js';

export interface Proved {
  readonly value: number;
  readonly proof: Proof;
  /** t ≈ scale·r. */
  readonly scale: number;
}

/** A bound that is too tight for the rounding of the check is widened by these, relative. */
const SLACKS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3];

/**
 * What multipliers for r prove, as a proof that the checker has accepted; null where it accepts none. Its numbers are as its
 * file holds them: pairs in single precision, the small ones left out; the free diagonal makes up for both.
 */
export function proofOf(
  problem: Problem,
  data: SphereData,
  form: LineForm,
  r: Float64Array,
  multipliers: Multipliers,
): Proved | null {
  const splits = [1, -1].map((sign, side) => splitOf(form, sign, multipliers[side]));
  const [first, second] = splits;
  if (first === null || second === null) return null;
  // twice the bound of F at the scale of X, for each sign
  const needed = Math.max(first.alpha + first.mu, second.alpha + second.mu) * data.scale;
  for (const slack of SLACKS) {
    const margin = 2 * form.margin * data.scale;
    const point = bestDualPoint(problem, r, Float64Array.of(0.5 * (needed + margin) * (1 + slack)));
    if (!(point.value > 0)) return null;
    const scale = point.scale[0];
    const capacity = 2 * r.length * problem.lambda;
    const sides = [first, second].map(({ alpha, mu }, index) => {
      const spare = capacity - scale * data.scale * (alpha + mu);
      return sideOf(data, form, multipliers[index], scale, scale * data.scale * alpha + 0.5 * spare);
    });
    const { of } = form.lines;
    const { combinations } = form;
    const [lines, auxiliary] = [firstRows(form.lines), auxiliaryOf(data, form.lines)];
    const proof: Proof = { t: point.t, lines, of, auxiliary, combinations, sides: [sides[0], sides[1]] };
    const verdict = checkProof(problem, proof);
    if (verdict.accepted) return { value: verdict.value, proof, scale };
  }
  return null;
}

interface Split {
  readonly alpha: number;
  readonly mu: number;
}

/** The least alpha + μ with 2σF ≤ alpha + μ‖v‖², μ ≥ 0. */
function splitOf(form: LineForm, sign: number, multipliers: SignMultipliers): Split | null {
  const left = withoutLines(form, sign, multipliers);
  if (left === null) return null;
  const { rank } = form.lines;
  const { values, vectors } = symmetricEigen(left.square, rank);
  const squares = Float64Array.from(values, (_, i) => (0.5 * dotAt(vectors, i * rank, left.linear, 0, rank)) ** 2);
  const alphaAt = (mu: number): number =>
    squares.reduce((sum, c, i) => sum + (c === 0 ? 0 : c / (mu - values[i])), left.constant);
  const top = values.reduce((most, x) => Math.max(most, x), 0);
  let low = top;
  let high = top + norm(left.linear) + 1e-290;
  for (let round = 0; round < 200; round++) {
    const middle = 0.5 * (low + high);
    const slope = squares.reduce((sum, c, i) => sum - (c === 0 ? 0 : c / (middle - values[i]) ** 2), 1);
    if (slope < 0) low = middle;
    else high = middle;
  }
  const alpha = Math.max(0, alphaAt(high));
  return Number.isFinite(alpha) ? { alpha, mu: high } : null;
}

/** Auxiliary lines in the coordinates and the scale of X. */
function auxiliaryOf(data: SphereData, { z, rank, count, ofRows }: Lines): Float64Array {
  const own = z.slice(ofRows * rank).map((x) => data.scale * x);
  const { basis } = data.reduced;
  return basis === null ? own : turned(data, own, count - ofRows, rank, (x) => x);
}

function firstRows({ of, ofRows }: Lines): Int32Array {
  const rows = new Int32Array(ofRows).fill(-1);
  of.forEach((k, i) => {
    if (k >= 0 && rows[k] < 0) rows[k] = i;
  });
  return rows;
}

/** The multipliers of scale·r in the coordinates of X: F there is data.scale times F here, s± as well. */
function sideOf(data: SphereData, form: LineForm, m: SignMultipliers, scale: number, alpha: number): ProofSide {
  const { lines, combinations } = form;
  const { count, rank } = lines;
  const diagonal = new Float64Array(count);
  const factor = scale / data.scale;
  for (let k = 0; k < count; k++) diagonal[k] = 2 * factor * m.nCross[k * count + k];
  const least = lengthsOf(lines).map((length) => Math.sqrt((LEAST * Math.abs(alpha)) / count) / (data.scale * length));
  const pairs = (n: Float64Array, lower: boolean): Pairs =>
    compact(count, least, diagonal, (k, l) => {
      if (lower ? l > k : l === k) return 0;
      return (k === l ? 1 : 2) * factor * n[k * count + l];
    });
  const { slack } = m;
  const slacks = combinations.count;
  const rows = slackRows(combinations);
  const sizes = rows.map(({ line, weight }) => line.reduce((most, k, e) => Math.max(most, weight[e] / least[k]), 0));
  const withLines = (n: Float64Array): Pairs =>
    compactSlacks(slacks, count, rows, diagonal, {
      value: (c, k) => 2 * factor * n[c * count + k],
      row: (k) => ({ line: [k], weight: [1] }),
      least: (c, k) => least[k] / sizes[c],
    });
  const single = (values: Float64Array): Float64Array => values.map((x) => Math.fround(scale * x));
  return {
    alpha,
    qPlus: single(m.qPlus),
    qMinus: single(m.qMinus),
    pPlus: turned(data, single(m.pPlus), count, rank),
    pMinus: turned(data, single(m.pMinus), count, rank),
    plus: pairs(m.nPlus, true),
    minus: pairs(m.nMinus, true),
    cross: pairs(m.nCross, false),
    diagonal,
    slack: {
      q: single(slack.q),
      p: turned(data, single(slack.p), slacks, rank),
      plus: withLines(slack.nPlus),
      minus: withLines(slack.nMinus),
      pairs: compactSlacks(slacks, slacks, rows, diagonal, {
        value: (c, b) => (b > c ? 0 : (b === c ? 1 : 2) * factor * slack.n[c * slacks + b]),
        row: (b) => rows[b],
        least: (c, b) => 1 / (sizes[c] * sizes[b]),
      }),
    },
  };
}

interface SlackRow {
  readonly line: readonly number[];
  /** Absolute. */
  readonly weight: readonly number[];
}

function slackRows(combinations: Combinations): SlackRow[] {
  const { start, line, share } = combinations;
  return Array.from({ length: combinations.count }, (_, c) => ({
    line: Array.from(line.subarray(start[c], start[c + 1])),
    weight: Array.from(share.subarray(start[c], start[c + 1]), Math.abs),
  }));
}

/** Like `compact`, for products of slacks: what a change puts on T is spread over the lines of both. */
function compactSlacks(
  slacks: number,
  width: number,
  rows: readonly SlackRow[],
  diagonal: Float64Array,
  { value, row, least }: SlackPairs,
): Pairs {
  const at: number[] = [];
  const values: number[] = [];
  for (let c = 0; c < slacks; c++) {
    for (let b = 0; b < width; b++) {
      const exact = Math.max(0, value(c, b));
      if (exact === 0) continue;
      const kept = exact > least(c, b) ? Math.fround(exact) : 0;
      spread(rows[c], row(b), 0.5000001 * Math.abs(kept - exact), diagonal);
      if (kept === 0) continue;
      at.push(c * width + b);
      values.push(kept);
    }
  }
  return { at: Uint32Array.from(at), value: Float64Array.from(values) };
}

interface SlackPairs {
  readonly value: (c: number, b: number) => number;
  readonly row: (b: number) => SlackRow;
  readonly least: (c: number, b: number) => number;
}

/** |change·weights of a × weights of b| is below this much on the diagonal. */
function spread(a: SlackRow, b: SlackRow, change: number, diagonal: Float64Array): void {
  const [ofA, ofB] = [a, b].map(({ weight }) => weight.reduce((sum, w) => sum + w, 0));
  a.line.forEach((k, e) => void (diagonal[k] -= change * a.weight[e] * ofB));
  b.line.forEach((k, e) => void (diagonal[k] -= change * b.weight[e] * ofA));
}

/** Pairs whose largest share is below this part of alpha/count are left out. */
const LEAST = 1e-7;

const lengthsOf = ({ count, rank, z }: Lines): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => Math.max(norm(z, k * rank, rank), 1e-150));

/** Vp for every line. */
function turned(
  { reduced, x }: SphereData,
  p: Float64Array,
  count: number,
  rank: number,
  rounded = Math.fround,
): Float64Array {
  const { basis } = reduced;
  if (basis === null) return p;
  const out = new Float64Array(count * x.cols);
  for (let k = 0; k < count; k++)
    for (let j = 0; j < x.cols; j++) out[k * x.cols + j] = rounded(dotAt(basis.data, j * rank, p, k * rank, rank));
  return out;
}

/** Single precision; what that changes in T is made up for on the diagonal, by row sums. */
function compact(
  count: number,
  least: Float64Array,
  diagonal: Float64Array,
  value: (k: number, l: number) => number,
): Pairs {
  const at: number[] = [];
  const values: number[] = [];
  for (let k = 0; k < count; k++) {
    for (let l = 0; l < count; l++) {
      const exact = Math.max(0, value(k, l));
      if (exact === 0) continue;
      const kept = exact > least[k] * least[l] ? Math.fround(exact) : 0;
      const change = 0.5000001 * Math.abs(kept - exact);
      diagonal[k] -= change;
      diagonal[l] -= change;
      if (kept === 0) continue;
      at.push(k * count + l);
      values.push(kept);
    }
  }
  return { at: Uint32Array.from(at), value: Float64Array.from(values) };
}
