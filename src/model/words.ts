import type { BoundMethod, Certificate } from '../certificates/index.js';
import type { LossName } from '../losses/index.js';
import type { Objective } from './model.js';

const lossNames: Readonly<Record<LossName, string>> = {
  squared: 'squared loss ½(f − y)²',
  huber: 'Huber loss',
  logistic: 'logistic loss',
  'squared-hinge': 'squared hinge loss',
  softmax: 'softmax cross-entropy',
};

/** The objective in one line: `mean logistic loss + 0.001 · Σ_j ‖u_j‖|α_j|, with a free output bias`. */
export function objectiveInWords({ loss, lambda, outputBias, hiddenBias }: Objective): string {
  const norm = hiddenBias ? '‖(u_j, h_j)‖|α_j| (hidden biases h_j penalised with the weights)' : '‖u_j‖|α_j|';
  return `mean ${lossNames[loss]} + ${number(lambda)} · Σ_j ${norm}, ${outputBias ? 'with a free output bias' : 'without an output bias'}`;
}

/**
 * The networks that a bound is about, as a noun: `two-layer ReLU network without hidden biases`. Only what the objective
 * penalises and frees is in them; biases that it lacks are named, for a network that has them may be better.
 *
 * @param activation default `relu`
 */
export function networkInWords(
  { hiddenBias, outputBias }: Pick<Objective, 'hiddenBias' | 'outputBias'>,
  activation: 'relu' | 'gated' = 'relu',
): string {
  const missing = [...(hiddenBias ? [] : ['hidden biases']), ...(outputBias ? [] : ['an output bias'])];
  const without = missing.length === 0 ? '' : ` without ${missing.join(' or ')}`;
  return `two-layer ${activation === 'gated' ? 'gated ReLU' : 'ReLU'} network${without}`;
}

/**
 * What the certificate proves, in one to three sentences, each ending in a full stop, and then one sentence with the gap,
 * the tolerance that was asked for and the scale of both.
 *
 * @param activation names the kind of network that the statement is about; default `relu`
 */
export function certificateInWords(
  certificate: Certificate,
  objective: Objective,
  activation: 'relu' | 'gated' = 'relu',
): string {
  const kind = networkInWords(objective, activation);
  const open = objective.lambda === 0 && certificate.relativeGap > certificate.tolerance;
  const statement = open ? withoutPenalty : statements[certificate.scope];
  return [...statement(certificate, kind), gapLine(certificate, objective)].join(' ');
}

type Statement = (certificate: Certificate, kind: string) => string[];

const statements: Readonly<Record<Certificate['scope'], Statement>> = {
  exact: ({ primal, dual, relativeGap }, kind) => [
    `Proved: no ${kind}, of any width, has an objective below ${lower(dual)} (yours: ${upper(primal)}, gap ${percent(relativeGap)}).`,
  ],
  priced: (certificate, kind) => [
    `A search over all directions${searched(certificate)} found none that violates the dual constraint: if there is none, no ${kind} has an objective below ${lower(certificate.dual)} (yours: ${upper(certificate.primal)}, gap ${percent(certificate.relativeGap)}).`,
    'That is strong evidence of global optimality, not a proof.',
    boundSentence(certificate, kind),
  ],
  sampled: (certificate, kind) => [
    overPatterns(certificate, kind),
    'Networks with other patterns may do better.',
    boundSentence(certificate, kind),
  ],
  bound: (certificate, kind) => [
    boundSentence(certificate, kind),
    `Yours has ${upper(certificate.primal)}: it may be optimal or not, the gap between the two is open.`,
  ],
};

/** At λ = 0 the dual constraint leaves next to nothing, so the gap stays open whatever the scope. */
const withoutPenalty: Statement = ({ primal, bound, boundMethod }, kind) => [
  bound > 0
    ? `Without a penalty (λ = 0) little can be proved: no ${kind} has an objective below ${lower(bound)}${methods[boundMethod]}.`
    : `Without a penalty (λ = 0) the only lower bound is 0, which holds for every ${kind}: nothing is proved about how close this one is to the best.`,
  `Yours has ${upper(primal)}, the mean loss alone; a lower loss may take ever larger weights. A small λ > 0 gives a tighter bound.`,
];

/** True however large the gap is; whether it is small stands in the last sentence. */
function overPatterns(certificate: Certificate, kind: string): string {
  const { count } = certificate.patterns;
  const set = count === 1 ? 'the one activation pattern stated' : `the ${count} activation patterns stated`;
  return `Proved over ${set}: no ${kind} that uses these alone has an objective below ${lower(certificate.dual)} (yours: ${upper(certificate.primal)}, gap ${percent(certificate.relativeGap)}).`;
}

const methods: Readonly<Record<BoundMethod, string>> = {
  none: '',
  crude: ' (norms of the data and of the residual)',
  enumeration: ' (all patterns covered)',
  'branch-and-bound': ' (branch and bound over all directions)',
  eigenvalue: ' (eigenvalue bound over all directions)',
  'low-rank': ' (low-rank bound)',
  'repeated-rows': ' (equal rows with different targets)',
};

function boundSentence({ bound, boundMethod }: Certificate, kind: string): string {
  if (boundMethod === 'none')
    return `For every ${kind} only the trivial bound is proved: no objective is below ${lower(bound)}.`;
  return `Proved over all widths: no ${kind} has an objective below ${lower(bound)}${methods[boundMethod]}.`;
}

const searched = ({ search }: Certificate): string =>
  search ? ` (${search.restarts} starts, seed ${search.seed})` : '';

function gapLine({ gap, relativeGap, tolerance, feasibility }: Certificate, { lambda }: Objective): string {
  const reached = relativeGap <= tolerance ? 'reached' : 'not reached';
  const cones = feasibility > 0 ? `; cone violation ${gapText(feasibility)}` : '';
  return `Gap ${gapText(gap)}, that is ${gapText(relativeGap)} of the objective; asked for ${number(tolerance)}: ${reached} (objectives on the 1/n scale, in encoded units, λ = ${number(lambda)}${cones}).`;
}

/** Six digits, rounded towards −∞ or +∞, so that what is said to be proved still is. */
export const lower = (value: number): string => number(directed(value, 6, -1));
const upper = (value: number): string => number(directed(value, 6, 1));

/** Two digits, never below the gap. */
export const gapText = (gap: number): string => number(directed(gap, 2, 1));
const percent = (share: number): string => `${gapText(100 * share)} %`;

function directed(value: number, digits: number, direction: 1 | -1): number {
  const rounded = Number(value.toPrecision(digits));
  if (direction * (rounded - value) >= 0) return rounded;
  const exponent = Number(value.toExponential(digits - 1).split('e')[1]);
  return rounded + direction * Number(`1e${exponent - digits + 1}`);
}

/** At most six digits without trailing zeros, small numbers as `1e-6`. */
function number(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 1e-3) return String(Number(value.toPrecision(6)));
  return String(Number(value.toPrecision(6)).toExponential());
}
