import type { ConeFactors } from '../linalg/kernels/index.js';
import type { LiftedProgram } from '../programs/index.js';

/** Kernel memory of the factors at most. */
const mostBytes = 2 ** 28;

/**
 * Factors of the tight rows of a program's blocks, from one proximal step to the next: all blocks have one where there is room,
 * else those that were not zero last. Which ones is decided by results alone, never by who computed them.
 */
export class KeptFactors {
  readonly #place: Int32Array;
  readonly #state: Int32Array;
  readonly #numbers: Float64Array;
  /** Of each place: its block, and the step in which that was last not zero. */
  readonly #holder: Int32Array;
  readonly #last: Int32Array;
  #step = 0;
  #next = 0;

  /** Kernel memory above the caller's mark, no more than `bytes` for the factors themselves. */
  constructor({ kernels, n, d, blocks, cones }: LiftedProgram, bytes = mostBytes) {
    const size = kernels.coneFactorNumbers(n, d);
    const room = Math.floor(Math.min(bytes, mostBytes) / (8 * size + 4 * d + 8));
    const places = cones ? Math.max(0, Math.min(blocks, room)) : 0;
    this.#place = kernels.int32(blocks);
    this.#state = kernels.int32(places * (d + 2));
    this.#numbers = kernels.unset(places * size);
    this.#holder = new Int32Array(places);
    this.#last = new Int32Array(places);
    for (let b = 0; b < blocks; b++) this.#place[b] = places === blocks ? b : -1;
  }

  /** Those of the blocks from … to−1. */
  of(from: number, to: number): ConeFactors {
    return { place: this.#place.subarray(from, to), state: this.#state, numbers: this.#numbers };
  }

  /** The orthonormal rows of a block's factor where it has one of just these tight rows, and they are not between ½ and ¾ of d. */
  basisOf({ n, d, kernels }: LiftedProgram, block: number, tight: Int32Array): Float64Array | null {
    const at = this.#place[block];
    const count = tight.length;
    if (at < 0 || (2 * count >= d && 4 * count < 3 * d)) return null;
    const state = this.#state.subarray(at * (d + 2), (at + 1) * (d + 2));
    if (state[0] !== count) return null;
    for (let k = 0; k < count; k++) if (state[k + 2] !== tight[k]) return null;
    const from = at * kernels.coneFactorNumbers(n, d);
    return this.#numbers.subarray(from, from + count * ((d + 3) & ~3));
  }

  /** After a step, with the norms of all blocks: those beyond the threshold, and their own norm in `idle`, keep their factor from now on. */
  keep(d: number, norm: Float64Array, threshold: number, idle?: Float64Array): void {
    if (this.#holder.length === norm.length) return;
    this.#step++;
    const active = (b: number): boolean => norm[b] > threshold && !(idle && norm[b] <= idle[b]);
    for (let b = 0; b < norm.length; b++) if (active(b) && this.#place[b] >= 0) this.#last[this.#place[b]] = this.#step;
    for (let b = 0; b < norm.length; b++) if (active(b) && this.#place[b] < 0 && !this.#give(d, b)) return;
  }

  /** Gives a block the next place whose own is zero now; false when there is none. */
  #give(d: number, block: number): boolean {
    const places = this.#holder.length;
    for (let looks = 0; looks < places; looks++) {
      const at = this.#next;
      this.#next = (at + 1) % places;
      if (this.#last[at] === this.#step) continue;
      if (this.#last[at] > 0) this.#place[this.#holder[at]] = -1;
      this.#holder[at] = block;
      this.#last[at] = this.#step;
      this.#place[block] = at;
      this.#state[at * (d + 2)] = 0;
      return true;
    }
    return false;
  }
}
