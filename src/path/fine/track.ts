import { dot } from './span.js';
import type { FineState, StateNeuron } from './state.js';

/** Neurons whose directions have a smaller cosine are two. */
const leastCosine = 0.9;

/** For each neuron at the lower λ the index of the one that it continues, or −1. */
export function continued(above: FineState, below: FineState, gated: boolean): Int32Array {
  const pairs = below.neurons.flatMap((now, j) =>
    above.neurons.flatMap((before, i) => {
      const likeness = alike(before, now, gated);
      return likeness === null ? [] : [{ i, j, likeness }];
    }),
  );
  pairs.sort((a, b) => b.likeness - a.likeness || a.j - b.j || a.i - b.i);
  const partner = new Int32Array(below.neurons.length).fill(-1);
  const taken = new Set<number>();
  for (const { i, j } of pairs) {
    if (partner[j] >= 0 || taken.has(i)) continue;
    partner[j] = i;
    taken.add(i);
  }
  return partner;
}

/** 2 on the same smooth piece, else the cosine; null for different neurons. A gated neuron is its gate. */
function alike({ atom: a }: StateNeuron, { atom: b }: StateNeuron, gated: boolean): number | null {
  if (a.key === b.key) return 2;
  if (gated || a.sign !== b.sign) return null;
  const cosine = dot(a.direction, b.direction);
  return cosine >= leastCosine ? cosine : null;
}

/** Names of the neurons along states of descending λ: keys[s][j] for neuron j of state s; one that comes back is new. */
export function namesAlong(states: readonly FineState[], gated: boolean): string[][] {
  let count = 0;
  const names: string[][] = [];
  states.forEach((state, s) => {
    const partner = s > 0 ? continued(states[s - 1], state, gated) : state.neurons.map(() => -1);
    names.push(state.neurons.map((_, j) => (partner[j] < 0 ? `n${++count}` : names[s - 1][partner[j]])));
  });
  return names;
}
