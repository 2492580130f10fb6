import type { FineState, StateNeuron } from './state.js';
import { continued } from './track.js';

/** What happens to a neuron of the least-norm network as λ falls. */
export type FineEventKind =
  /** Its norm grows from zero. */
  | 'enters'
  /** Its norm falls to zero. */
  | 'leaves'
  /** The slope of its norm changes; its weights do not. */
  | 'kink'
  /** Its weights change at once. */
  | 'jump';

/** A neuron at one end of the bracket of an event. */
export interface EventSide {
  readonly lambda: number;
  /** ‖u‖|α|, 0 where it is not there. */
  readonly norm: number;
  /** ∂norm/∂λ, null where it is not known. */
  readonly slope: number | null;
  /** Rows on whose hyperplane it lies. */
  readonly tightRows: readonly number[];
}

export interface FineEvent {
  /** Between the two sides. */
  readonly lambda: number;
  readonly kind: FineEventKind;
  /** Its name along the path. */
  readonly neuron: string;
  /** A kink: the neuron's own cell or tight rows change, or only the neurons around it do. */
  readonly cause: 'own' | 'others' | null;
  /** At the larger λ. */
  readonly above: EventSide;
  /** At the smaller λ. */
  readonly below: EventSide;
  /** Distance of the neuron's weights w = u|α| from one side to the other; for a jump it stays as the bracket shrinks. */
  readonly distance: number;
}

/** Two ends of a bracket within which the active set changes, and the larger one that it was bisected from. */
export interface Bracket {
  readonly above: FineState;
  readonly below: FineState;
  readonly wide: { readonly above: FineState; readonly below: FineState };
}

/** A difference that is still this share of that in a bracket many times as wide does not go to zero with it. */
const stays = 0.5;
/** Without the same change in the wider bracket (another event is in it), this share of all norms in so narrow a one is a jump. */
const large = 1e-3;
/** Differences below this share of all norms are rounding. */
const visible = 1e-6;
/** Slopes that differ by less than this share of the largest are one. */
const sameSlope = 1e-3;

/**
 * Brackets closer than `resolution` as one: at a jump the optimum in between is a point of its own, and what lies within
 * rounding of its bound there says nothing about either side.
 */
export function clustered(brackets: readonly Bracket[], resolution: number): Bracket[] {
  const out: Bracket[] = [];
  for (const next of [...brackets].sort((a, b) => b.above.lambda - a.above.lambda)) {
    const last = out.at(-1);
    if (last && last.below.lambda <= next.above.lambda * (1 + resolution / 4)) out[out.length - 1] = joined(last, next);
    else out.push(next);
  }
  return out.filter(({ above, below }) => above.signature !== below.signature);
}

const joined = (a: Bracket, b: Bracket): Bracket => ({
  above: a.above,
  below: b.below,
  wide: { above: a.wide.above, below: b.wide.below },
});

/** The events of a bracket; `names` of the neurons at its ends. */
export function eventsOf(
  { above, below, wide }: Bracket,
  names: { readonly above: readonly string[]; readonly below: readonly string[] },
  gated: boolean,
): FineEvent[] {
  const now = changes(above, below, gated);
  const before = changes(wide.above, wide.below, gated);
  const total = above.neurons.reduce((sum, { length }) => sum + length, 0);
  const lambda = (above.lambda + below.lambda) / 2;
  const narrow = above.lambda - below.lambda < (wide.above.lambda - wide.below.lambda) / 8;
  const out: FineEvent[] = [];
  for (const change of now) {
    const { from, to } = change;
    const earlier = before.find((other) => sameNeurons(other, change));
    const jumps =
      narrow && earlier
        ? change.distance > Math.max(visible * total, stays * earlier.distance)
        : change.distance > large * total;
    const kind = jumps ? 'jump' : kindOf(from, to, above, below);
    if (kind === null) continue;
    const neuron = to
      ? names.below[below.neurons.indexOf(to)]
      : names.above[above.neurons.indexOf(from as StateNeuron)];
    const cause = kind !== 'kink' ? null : from?.atom.key === to?.atom.key ? 'others' : 'own';
    const sides = { above: sideOf(above, from), below: sideOf(below, to) };
    out.push({ lambda, kind, neuron, cause, ...sides, distance: change.distance });
  }
  return out;
}

interface Change {
  readonly from: StateNeuron | null;
  readonly to: StateNeuron | null;
  readonly distance: number;
}

function changes(above: FineState, below: FineState, gated: boolean): Change[] {
  const partner = continued(above, below, gated);
  const stayed = new Set(partner);
  const out = below.neurons.map((to, j) => changeOf(partner[j] < 0 ? null : above.neurons[partner[j]], to));
  above.neurons.forEach((from, i) => {
    if (!stayed.has(i)) out.push(changeOf(from, null));
  });
  return out;
}

function changeOf(from: StateNeuron | null, to: StateNeuron | null): Change {
  const size = (from ?? to)?.atom.direction.length ?? 0;
  let square = 0;
  for (let k = 0; k < size; k++) {
    const a = from ? from.length * from.atom.direction[k] : 0;
    const b = to ? to.length * to.atom.direction[k] : 0;
    square += (a - b) * (a - b);
  }
  return { from, to, distance: Math.sqrt(square) };
}

const sameNeurons = (a: Change, b: Change): boolean =>
  a.from?.atom.key === b.from?.atom.key && a.to?.atom.key === b.to?.atom.key;

function kindOf(
  from: StateNeuron | null,
  to: StateNeuron | null,
  above: FineState,
  below: FineState,
): FineEventKind | null {
  if (from === null) return 'enters';
  if (to === null) return 'leaves';
  if (from.atom.key !== to.atom.key) return 'kink';
  if (from.slope === null || to.slope === null) return null;
  const scale = Math.max(largestSlope(above), largestSlope(below));
  return Math.abs(from.slope - to.slope) > sameSlope * scale ? 'kink' : null;
}

const largestSlope = ({ neurons }: FineState): number =>
  neurons.reduce((most, { slope }) => Math.max(most, Math.abs(slope ?? 0)), 0);

const sideOf = ({ lambda }: FineState, neuron: StateNeuron | null): EventSide => ({
  lambda,
  norm: neuron?.length ?? 0,
  slope: neuron?.slope ?? null,
  tightRows: neuron?.atom.tight ?? [],
});
