import type { LiftedProgram } from '../programs/index.js';

/** The share after a Newton step over that before; below the least one it is zero. */
const decay = 1 / 4;
const leastShare = 0.01;

/**
 * Which blocks count as active in a solve, and how far beyond the threshold the others have to be to join them. Far from the optimum
 * most blocks that a step takes beyond the threshold would soon be idle again, and to project one from nothing costs d² times many
 * rows: only those far beyond join at once, and the rest when they still are beyond it with these.
 */
export class Newcomers {
  /** By which share of the threshold a block has to be beyond it to join. */
  share = 0;
  readonly #idle: Float64Array;
  readonly #joined: Uint8Array;
  readonly #held: Uint8Array;

  /** Kernel memory above the caller's mark. */
  constructor({ kernels, blocks }: LiftedProgram) {
    this.#idle = kernels.float64(blocks);
    this.#joined = new Uint8Array(blocks);
    this.#held = new Uint8Array(blocks);
  }

  /** Less is asked for from now on. */
  relent(): void {
    this.share *= decay;
    if (this.share < leastShare) this.share = 0;
  }

  /** Sets the norms up to which blocks stay idle, for the next proximal step with that threshold; those that joined are expected to be active. */
  prepare(threshold: number): void {
    const beyond = threshold * (1 + this.share);
    for (let b = 0; b < this.#idle.length; b++) this.#idle[b] = this.#joined[b] ? 0 : beyond;
  }

  /** Norms up to which the blocks from … to−1 stay idle. */
  of(from: number, to: number): Float64Array {
    return this.#idle.subarray(from, to);
  }

  /** After the step at a point that is kept: the blocks it found active have joined, and those in the iterate stay. */
  join(norm: Float64Array, threshold: number): void {
    for (let b = 0; b < norm.length; b++)
      this.#joined[b] = norm[b] > Math.max(threshold, this.#idle[b]) || this.#held[b] ? 1 : 0;
  }

  /** These blocks are the iterate's now. */
  hold(active: readonly number[]): void {
    this.#held.fill(0);
    for (const b of active) this.#held[b] = this.#joined[b] = 1;
  }
}
