import type { LiftedProgram } from '../programs/index.js';

/** The masked products over a choice of the program's patterns (repeats allowed): the work of these alone. */
export class ChosenPatterns {
  readonly count: number;
  readonly #pattern: Int32Array;
  readonly #transposed: Uint8Array;
  readonly #ones: Float64Array;

  /** Kernel memory above the caller's mark. */
  constructor(
    readonly program: LiftedProgram,
    chosen: readonly number[],
  ) {
    const { kernels, bytes, stride } = program;
    this.count = chosen.length;
    this.#pattern = kernels.int32(this.count);
    this.#pattern.set(chosen);
    this.#ones = kernels.float64(this.count).fill(1);
    this.#transposed = kernels.uint8(this.count * stride);
    const mark = kernels.mark();
    const own = kernels.uint8(this.count * stride);
    chosen.forEach((p, k) => {
      own.set(bytes.subarray(p * stride, (p + 1) * stride), k * stride);
    });
    kernels.transposePatterns(this.count, stride, own, this.#transposed);
    kernels.release(mark);
  }

  /** Row k of g (count×d) ← XᵀD_{p(k)} v. */
  transposeProduct(v: Float64Array, g: Float64Array): void {
    const { kernels, n, d, x } = this.program;
    if (this.count > 0) kernels.maskedTransposeProduct(n, d, this.count, x, this.#transposed, v, g);
  }

  /** f ← f + Σ_k D_{p(k)} X z_k with z_k row k of z (count×d). */
  addForward(z: Float64Array, f: Float64Array): void {
    const { kernels, n, d, x, bytes, stride } = this.program;
    if (this.count > 0) kernels.maskedForward(n, d, this.count, x, bytes, stride, this.#pattern, this.#ones, z, f);
  }
}
