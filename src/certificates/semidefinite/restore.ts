import type { Proof, ProofSide, SlackSide, SolverState } from '../proof/index.js';
import type { SphereData } from '../sphere/data.js';
import { type Lines, withAuxiliary } from './lines.js';
import { type Multipliers, noMultipliers, type SignMultipliers, type SlackMultipliers } from './multipliers.js';
import type { Splitting } from './splitting.js';

/** What a proof file keeps so that another run can go on. */
export function stateOf(splitting: Splitting, scale: number): SolverState {
  const { penalty, factors, columns } = splitting.state;
  // a run goes on from the multipliers of the proof as they are
  const lifts = new Float64Array(splitting.relaxation.lines.count);
  const side = (index: 0 | 1) => ({ lifts, columns: columns[index], factor: factors[index] });
  return { iterations: splitting.iterations, penalty, scale, sides: [side(0), side(1)] };
}

/** Goes on where the run stood that wrote a proof; false, and nothing is changed, when the state is not one of these data. */
export function restore(
  splitting: Splitting,
  data: SphereData,
  lines: Lines,
  proof: Proof,
  state: SolverState,
): boolean {
  const whole = withAuxiliary(lines, auxiliaryBack(data, proof.auxiliary, lines.rank));
  const { count, rank } = whole;
  const fits = state.sides.every(
    ({ lifts, columns, factor }) => lifts.length === count && factor.length === columns * (1 + rank + count),
  );
  if (!fits || proof.lines.length !== whole.ofRows) return false;
  splitting.become(whole, proof.combinations);
  const multipliers: Multipliers = [
    multipliersOf(data, whole, proof.sides[0], state.sides[0].lifts, state.scale),
    multipliersOf(data, whole, proof.sides[1], state.sides[1].lifts, state.scale),
  ];
  const [a, b] = state.sides;
  const kept = {
    penalty: state.penalty,
    factors: [a.factor, b.factor] as const,
    columns: [a.columns, b.columns] as const,
  };
  splitting.restore(
    kept,
    state.iterations,
    proof.t.map((x) => x / state.scale),
    multipliers,
  );
  return true;
}

/** Auxiliary lines of a proof in the coordinates of the lines. */
function auxiliaryBack(data: SphereData, auxiliary: Float64Array, rank: number): Float64Array {
  const { x } = data;
  return rank === 0 ? new Float64Array(0) : turnedBack(data, auxiliary, auxiliary.length / x.cols, data.scale);
}

/** The inverse of what `proofOf` does, the lifts taken off again. */
function multipliersOf(
  data: SphereData,
  lines: Lines,
  side: ProofSide,
  lifts: Float64Array,
  scale: number,
): SignMultipliers {
  const { count, rank } = lines;
  const slacks = side.slack.q.length;
  const out = noMultipliers(count, rank, slacks);
  const factor = scale / data.scale;
  for (const [pairs, into, mirrored] of [
    [side.plus, out.nPlus, true],
    [side.minus, out.nMinus, true],
    [side.cross, out.nCross, false],
  ] as const) {
    pairs.at.forEach((place, e) => {
      const [k, l] = [Math.floor(place / count), place % count];
      const value = pairs.value[e] / ((k === l ? 1 : 2) * factor);
      into[place] = value;
      if (mirrored) into[l * count + k] = value;
    });
  }
  for (let k = 0; k < count; k++) {
    out.nCross[k * count + k] = side.diagonal[k] / (2 * factor) + 0.5 * lifts[k];
    out.qPlus[k] = side.qPlus[k] / scale;
    out.qMinus[k] = side.qMinus[k] / scale;
  }
  out.pPlus.set(turnedBack(data, side.pPlus, count, scale));
  out.pMinus.set(turnedBack(data, side.pMinus, count, scale));
  restoreSlack(data, side.slack, out.slack, factor, scale);
  return out;
}

function restoreSlack(data: SphereData, slack: SlackSide, out: SlackMultipliers, factor: number, scale: number): void {
  const slacks = slack.q.length;
  out.q.set(slack.q.map((x) => x / scale));
  out.p.set(turnedBack(data, slack.p, slacks, scale));
  for (const [pairs, into] of [
    [slack.plus, out.nPlus],
    [slack.minus, out.nMinus],
  ] as const)
    pairs.at.forEach((place, e) => void (into[place] = pairs.value[e] / (2 * factor)));
  slack.pairs.at.forEach((place, e) => {
    const [c, b] = [Math.floor(place / slacks), place % slacks];
    out.n[place] = slack.pairs.value[e] / ((c === b ? 1 : 2) * factor);
  });
}

/** Vᵀp for every line. */
function turnedBack({ reduced, x }: SphereData, p: Float64Array, count: number, scale: number): Float64Array {
  const { basis, rank } = reduced;
  if (basis === null) return p.map((t) => t / scale);
  const out = new Float64Array(count * rank);
  for (let k = 0; k < count; k++)
    for (let j = 0; j < x.cols; j++)
      for (let i = 0; i < rank; i++) out[k * rank + i] += (basis.data[j * rank + i] * p[k * x.cols + j]) / scale;
  return out;
}
