import { createRandom, RelucentError, requireThat } from '../base/index.js';
import { matrix } from '../linalg/index.js';
import type { ScoredRows } from './curve.js';
import { fewestNeurons } from './fewest.js';
import type { Member, OptimalSet } from './optimal-set.js';
import { combination, length, product } from './vectors.js';

export type SelectionRule = 'min-norm' | 'max-norm' | 'fewest' | 'validation';

export const selectionRules: readonly SelectionRule[] = ['min-norm', 'max-norm', 'fewest', 'validation'];

export interface Selection {
  readonly member: Member;
  /** ‖a‖₂ (the norms of the convex program's blocks), neurons, or mean loss on the validation rows. */
  readonly value: number;
  /** No member is better: proved (to 1e-9 of the value). */
  readonly proved: boolean;
}

export interface SelectOptions {
  /** Rows for `validation`. */
  readonly validation?: ScoredRows;
  /** Starts of the searches of `max-norm` and `fewest`. Default 0. */
  readonly seed?: number;
}

/** Vertices up to which `max-norm` looks at all of them. */
const VERTICES = 500;

/**
 * The member that is best by a rule: least ‖a‖₂ (the canonical one: it moves continuously with λ), greatest ‖a‖₂, fewest neurons, or least
 * loss on validation rows; a_i = ‖(u_i, h_i)‖|α_i|. @throws `usage` for an unknown rule, or missing or misshapen rows.
 */
export function selectMember(set: OptimalSet, by: SelectionRule, options: SelectOptions = {}): Selection {
  const { validation, seed = 0 } = options;
  if (by === 'min-norm') return leastNorm(set);
  if (by === 'max-norm') return greatestNorm(set, seed);
  if (by === 'fewest') {
    const { member, proved } = fewestNeurons(set, { seed });
    return { member, value: member.neurons, proved };
  }
  if (by !== 'validation') {
    throw new RelucentError('usage', `selectMember: expected one of ${selectionRules.join(', ')}, got '${by}'.`);
  }
  requireThat(validation !== undefined, 'selectMember: the rule validation needs validation rows; give X and y.');
  return leastLoss(set, validation);
}

function leastNorm(set: OptimalSet): Selection {
  const sizes = set.polytope.smallest;
  const square = product(sizes, sizes);
  const proved = square - set.polytope.least(sizes).value <= 1e-9 * square;
  return { member: set.member(sizes), value: Math.sqrt(square), proved };
}

/** A convex function is greatest at a vertex: all of them, or uphill along its gradient from many. */
function greatestNorm(set: OptimalSet, seed: number): Selection {
  const { points, complete } = set.polytope.vertices(VERTICES);
  const found = [...points];
  if (!complete) {
    const random = createRandom(seed);
    for (let k = 0; k < 20; k++) {
      const cost = Float64Array.from(set.candidates, () => random.uniform());
      found.push(uphill(set, set.polytope.greatest(cost).point));
    }
  }
  const best = found.reduce((a, b) => (length(b) > length(a) ? b : a));
  return { member: set.member(best), value: length(best), proved: complete };
}

function uphill(set: OptimalSet, start: Float64Array): Float64Array {
  let a = start;
  for (;;) {
    const next = set.polytope.greatest(a).point;
    if (!(length(next) > length(a) * (1 + 1e-12))) return a;
    a = next;
  }
}

/** Rounds of the majorising quadratic. */
const ROUNDS = 300;

/**
 * Squared loss: the nearest point. Others: the loss is below its quadratic of the largest curvature; its nearest point, again and
 * again. `proved` by the gap of the linear model.
 */
function leastLoss(set: OptimalSet, rows: ScoredRows): Selection {
  const { loss, outputs } = set.problem;
  const { X, y } = rows;
  requireThat(
    X.cols === set.problem.X.cols && X.rows > 0 && y.length === X.rows * outputs,
    `selectMember: expected validation rows of ${set.problem.X.cols} columns and ${outputs} targets each, got ${X.cols} columns and ${y.length} targets for ${X.rows} rows.`,
  );
  const { rates, constant } = scoresOf(set, rows);
  let sizes = set.polytope.inner;
  for (let round = 0; ; round++) {
    const f = combination(rates, sizes).map((value, k) => value + constant[k % outputs]);
    const value = loss.value(f, y, outputs);
    const residual = new Float64Array(f.length);
    loss.residual(f, y, outputs, residual);
    const slope = Float64Array.from(
      set.candidates,
      (_, i) => -product(rates.data.subarray(i * rates.cols, (i + 1) * rates.cols), residual),
    );
    const gap = product(slope, sizes) - set.polytope.least(slope).value;
    const proved = gap <= 1e-9 * Math.max(value, Number.MIN_VALUE);
    if (proved || round === ROUNDS) return { member: set.member(sizes), value: value / X.rows, proved };
    const target = f.map((v, k) => v - constant[k % outputs] + residual[k] / loss.curvatureBound);
    sizes = set.polytope.nearest(rates, target);
  }
}

/** Scores of the rows as a function of the sizes, n·outputs numbers: m×(n·outputs) rates and a constant for each output. */
function scoresOf(set: OptimalSet, { X }: ScoredRows) {
  const { outputs } = set.problem;
  const rates = matrix(set.candidates.length, X.rows * outputs);
  const constant = new Float64Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const prediction = set.predictionOf(X, output);
    constant[output] = prediction.constant;
    prediction.rates.forEach((row, t) => {
      for (let i = 0; i < row.length; i++) rates.data[i * rates.cols + t * outputs + output] = row[i];
    });
  }
  return { rates, constant };
}
