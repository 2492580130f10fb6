import { boxLeastSquares } from '../box-least-squares.js';
import { dotAt, gamma } from '../rounding.js';
import { type Majorant, maximise, peakPoint } from './majorant.js';
import type { Moments, SharedMajorant } from './moments.js';
import type { SphereProblem } from './problem.js';

/** The rows with σw_k > 0, the heaviest first: in that order they get their signs. */
export interface SignTree {
  readonly p: SphereProblem;
  readonly sign: number;
  readonly order: Int32Array;
}

/** The v that have given signs on the first rows of the order, and the bound of σF there. */
export interface SignBranch {
  readonly tree: SignTree;
  readonly depth: number;
  /** s_k for the rows with a sign, else 0. */
  readonly signs: Int8Array;
  /** Proved: σF(v) ≤ bound for these v with ‖v‖ = 1. */
  readonly bound: number;
  /** Unit vector where the relaxation is largest. */
  readonly peak: Float64Array;
  /** By row: ν_k ≥ 0 where there is a sign, the slope of a concave row; the children start from them. */
  readonly multipliers: Float64Array;
  readonly moments: Moments;
}

/** Frank–Wolfe steps for a branch, their length, and how the sharpness grows with depth. */
const STEPS = 3;
const STEP = 0.05;
const SHARPNESS = { first: 8, growth: 0.5 };

/** @param moments fitted to the sphere, as `trustBound` does. */
export function rootBranch(p: SphereProblem, sign: number, enough: number, moments: Moments): SignBranch {
  const rows = Array.from(p.weights, (_, k) => k).filter((k) => sign * p.weights[k] > 0);
  const order = Int32Array.from(rows.sort((a, b) => Math.abs(p.weights[b]) - Math.abs(p.weights[a])));
  const whole: SignBranch = {
    tree: { p, sign, order },
    depth: 0,
    signs: new Int8Array(p.count),
    bound: p.total,
    peak: new Float64Array(p.rank),
    multipliers: new Float64Array(p.count),
    moments,
  };
  return boundBranch(whole, enough);
}

/** The branch with the next row's sign set to `side`. */
export function childBranch(parent: SignBranch, side: 1 | -1, enough: number): SignBranch {
  const signs = parent.signs.slice();
  signs[parent.tree.order[parent.depth]] = side;
  return boundBranch({ ...parent, depth: parent.depth + 1, signs, moments: parent.moments.copy() }, enough);
}

/**
 * Lowers the inherited bound: a few steps on the majorant with the multipliers at hand, then the best multipliers for
 * the best of these majorants. Every bound met is proved; ends early below `enough`.
 */
function boundBranch(branch: SignBranch, enough: number): SignBranch {
  const { tree, moments, signs, depth } = branch;
  const linear = signedLinear(branch);
  const pushed = pushedBy(branch, linear, branch.multipliers, (k) => signs[k] !== 0);
  const sharpness = depth === tree.order.length ? Number.POSITIVE_INFINITY : SHARPNESS.first + SHARPNESS.growth * depth;
  let best: { bound: number; peak: Float64Array; shared: SharedMajorant } | null = null;
  for (let step = 0; step < STEPS; step++) {
    const shared = moments.majorant(tree.sign, sharpness, pushed.w, signs);
    const top = maximise(shared.majorant);
    const bound = top.bound + pushed.margin;
    if (best === null || bound < best.bound) best = { bound, peak: peakPoint(top), shared };
    if (bound <= enough) break;
    moments.moveTowards(top, STEP);
  }
  if (best === null) return branch;
  const lowered = { ...branch, bound: Math.min(branch.bound, best.bound), peak: best.peak };
  return best.bound <= enough ? lowered : withBestMultipliers(lowered, linear, best.shared, enough);
}

/** Chooses slopes and multipliers anew for a given majorant of the rest. */
function withBestMultipliers(
  branch: SignBranch,
  linear: Float64Array,
  { majorant, linearShare }: SharedMajorant,
  enough: number,
): SignBranch {
  const multipliers = bestMultipliers(branch, linear, majorant, linearShare, enough);
  const { w, margin } = pushedBy(branch, linear, multipliers, () => true);
  const top = maximise({ ...majorant, linear: w });
  branch.moments.moveTowards(top, STEP);
  return { ...branch, bound: Math.min(branch.bound, top.bound + margin), peak: peakPoint(top), multipliers };
}

/** σb + Σ σw_k s_k z_k over the rows with a sign. */
function signedLinear({ tree, signs }: SignBranch): Float64Array {
  const { p, sign } = tree;
  const linear = p.linear.map((x) => sign * x);
  for (let k = 0; k < p.count; k++) {
    if (signs[k] === 0) continue;
    const factor = signs[k] * Math.abs(p.weights[k]);
    for (let j = 0; j < p.rank; j++) linear[j] += factor * p.rows[k * p.rank + j];
  }
  return linear;
}

/** linear + Σ ν_k s_k z_k + Σ t_k z_k over the chosen rows, and what rounding can be in it. */
function pushedBy(
  { tree, signs }: SignBranch,
  linear: Float64Array,
  multipliers: Float64Array,
  chosen: (k: number) => boolean,
): { w: Float64Array; margin: number } {
  const { p } = tree;
  const w = linear.slice();
  let size = p.total;
  for (let k = 0; k < p.count; k++) {
    if (multipliers[k] === 0 || !chosen(k)) continue;
    size += Math.abs(multipliers[k]);
    const factor = signs[k] === 0 ? multipliers[k] : signs[k] * multipliers[k];
    for (let j = 0; j < p.rank; j++) w[j] += factor * p.rows[k * p.rank + j];
  }
  return { w, margin: gamma(4 * p.count + 4 * p.rank + 32) * size };
}

/**
 * For a linear part w the bound is min over μ of constant + μ + ¼wᵀ(μ − A)⁻¹w. A μ is fixed that would fit if the bound were
 * `enough`; in the metric (μ − A)⁻¹ the best slopes and multipliers are a box-constrained least-squares problem.
 */
function bestMultipliers(
  branch: SignBranch,
  linear: Float64Array,
  { constant, quadratic }: Majorant,
  linearShare: Float64Array,
  enough: number,
): Float64Array {
  const { tree, signs } = branch;
  const { p, sign } = tree;
  const r = p.rank;
  const mu = fittingMultiplier(quadratic.values, enough - constant);
  const metric = quadratic.vectors.map((x, at) => x / Math.sqrt(mu - quadratic.values[Math.floor(at / r)]));
  const used = Array.from(p.weights, (_, k) => k).filter((k) => signs[k] !== 0 || sign * p.weights[k] < 0);
  const columns = new Float64Array(used.length * r);
  used.forEach((k, c) => {
    const side = signs[k] === 0 ? 1 : signs[k];
    for (let i = 0; i < r; i++) columns[c * r + i] = side * dotAt(metric, i * r, p.rows, k * r, r);
  });
  const upper = Float64Array.from(used, (k) =>
    signs[k] === 0 ? Math.abs(p.weights[k]) * linearShare[k] : Number.POSITIVE_INFINITY,
  );
  const lower = Float64Array.from(used, (k, c) => (signs[k] === 0 ? -upper[c] : 0));
  const t = Float64Array.from(used, (k, c) => Math.min(upper[c], Math.max(lower[c], branch.multipliers[k])));
  const g = Float64Array.from({ length: r }, (_, i) => dotAt(metric, i * r, linear, 0, r));
  const room = 4 * (enough - constant - mu);
  const length = room > 0 ? Math.sqrt(room) * (1 - 1e-6) : 0;
  boxLeastSquares({ dimension: r, count: used.length, columns, lower, upper }, g, t, length);
  const multipliers = new Float64Array(p.count);
  used.forEach((k, c) => {
    multipliers[k] = t[c];
  });
  return multipliers;
}

/**
 * μ > max λ at which a linear part of length ρ in a generic direction is stationary, ¼ρ² mean (μ − λ)⁻² = 1, with ρ such
 * that the bound μ + ¼ρ² mean (μ − λ)⁻¹ is `room`. Any μ would do.
 */
function fittingMultiplier(values: Float64Array, room: number): number {
  const top = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const size = values.reduce((a, b) => Math.max(a, Math.abs(b)), Math.abs(room));
  let low = top;
  let high = top + 8 * size;
  for (let k = 0; k < 60; k++) {
    const mu = 0.5 * (low + high);
    let first = 0;
    let second = 0;
    for (const value of values) {
      first += 1 / (mu - value);
      second += 1 / (mu - value) ** 2;
    }
    if (mu + first / second > room) high = mu;
    else low = mu;
  }
  return Math.max(high, top + 1e-6 * size + 1e-290);
}
