/** A neuron at one λ, before it has a name along the path. */
export interface UntrackedNeuron {
  /** (u_j, h_j): only its direction counts. */
  readonly direction: ArrayLike<number>;
  /** ‖(u_j, h_j)‖|α_j|. */
  readonly norm: number;
  /** Neurons of different groups (sign, output) are never the same. */
  readonly group?: string;
}

/** Directions further apart than this (25°) are two neurons. */
const leastCosine = 0.9;

/**
 * Names for the neurons of a path: keys[i][j] for the j-th neuron at the i-th λ. From one λ to the next the neurons of one
 * group with the closest directions are the same, closest pairs first; who has no partner within 25° is new. The pattern of
 * a neuron is no name for it: it changes with every row that its hyperplane crosses.
 */
export function trackNeurons(path: readonly (readonly UntrackedNeuron[])[]): string[][] {
  let count = 0;
  const keys: string[][] = [];
  path.forEach((neurons, i) => {
    const before = i > 0 ? path[i - 1] : [];
    const partner = partners(before, neurons);
    keys.push(neurons.map((_, j) => (partner[j] < 0 ? `n${++count}` : keys[i - 1][partner[j]])));
  });
  return keys;
}

/** For each neuron the index of the earlier one that it continues, or −1. */
function partners(before: readonly UntrackedNeuron[], now: readonly UntrackedNeuron[]): number[] {
  const pairs = now.flatMap((neuron, j) =>
    before.flatMap((other, i) => {
      const cosine = neuron.group === other.group ? cosineOf(neuron.direction, other.direction) : -1;
      return cosine >= leastCosine ? [{ i, j, cosine }] : [];
    }),
  );
  pairs.sort((a, b) => b.cosine - a.cosine || a.j - b.j || a.i - b.i);
  const result = now.map(() => -1);
  const taken = new Set<number>();
  for (const { i, j } of pairs) {
    if (result[j] >= 0 || taken.has(i)) continue;
    result[j] = i;
    taken.add(i);
  }
  return result;
}

function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    dot += a[k] * b[k];
    aa += a[k] * a[k];
    bb += b[k] * b[k];
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : -1;
}
