import type { TightSets } from './ssnal-types.js';

/** Copies the tight rows of one block from one store to another. */
export function copyTightRows(d: number, from: TightSets, block: number, to: TightSets, at: number): void {
  const count = from.tightCount[block];
  to.tightCount[at] = count;
  to.tight.set(from.tight.subarray(block * d, block * d + count), at * d);
  to.multiplier.set(from.multiplier.subarray(block * d, block * d + count), at * d);
}
