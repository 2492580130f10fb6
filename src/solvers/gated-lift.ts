import type { Kernels } from '../linalg/kernels/index.js';
import type { LiftedProgram } from '../programs/index.js';

/** The lifted operator [D₁X … D_PX] of a gated program for one output at a time. */
export class GatedLift {
  readonly kernels: Kernels;
  readonly n: number;
  readonly d: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly stride: number;
  readonly #transposed: Uint8Array;

  constructor(
    program: LiftedProgram,
    /** The data, n×d in kernel memory: X of the program, or X with weighted rows. */
    readonly x: Float64Array = program.x,
  ) {
    const { kernels, patternCount, stride, bytes } = program;
    this.kernels = kernels;
    this.n = program.n;
    this.d = program.d;
    this.count = patternCount;
    this.bytes = bytes;
    this.stride = stride;
    this.#transposed = program.transposed;
  }

  /** g ← XᵀD_p r for every pattern, one row of d each. */
  price(r: Float64Array, g: Float64Array): void {
    this.kernels.maskedTransposeProduct(this.n, this.d, this.count, this.x, this.#transposed, r, g);
  }

  /** The byte tables of some patterns alone, in kernel memory: for `priceOf`. */
  transposed(patterns: readonly number[]): Uint8Array {
    const { kernels, bytes, stride } = this;
    const out = kernels.uint8(patterns.length * stride);
    const mark = kernels.mark();
    const own = kernels.uint8(patterns.length * stride);
    patterns.forEach((p, k) => {
      own.set(bytes.subarray(p * stride, (p + 1) * stride), k * stride);
    });
    kernels.transposePatterns(patterns.length, stride, own, out);
    kernels.release(mark);
    return out;
  }

  /** g ← XᵀD_p r for the patterns of `transposed`. */
  priceOf(count: number, transposed: Uint8Array, r: Float64Array, g: Float64Array): void {
    this.kernels.maskedTransposeProduct(this.n, this.d, count, this.x, transposed, r, g);
  }

  /** f ← Σ_k D_{p(k)} X z_k, z one row of d for each of the patterns in `support`. */
  forward(support: readonly number[], z: Float64Array, f: Float64Array): void {
    const { kernels, n, d, x, bytes, stride } = this;
    f.fill(0);
    if (support.length === 0) return;
    const mark = kernels.mark();
    const pattern = kernels.int32(support.length);
    const scale = kernels.float64(support.length).fill(1);
    const packed = kernels.unset(support.length * d);
    pattern.set(support);
    packed.set(z.subarray(0, packed.length));
    kernels.maskedForward(n, d, support.length, x, bytes, stride, pattern, scale, packed, f);
    kernels.release(mark);
  }

  /** Column k of M (n×width) ← D_{p(k)} X u_k, u one row of d each. */
  columns(patterns: readonly number[], u: Float64Array, m: Float64Array, width: number): void {
    const { kernels, n, d, x, bytes, stride } = this;
    patterns.forEach((p, k) => {
      const pattern = bytes.subarray(p * stride, (p + 1) * stride);
      kernels.maskedColumns(n, d, 1, x, pattern, 1, u.subarray(k * d, (k + 1) * d), m, width, k);
    });
  }
}

/** Where one output stands, as both forms of the linear algebra want it. Sum scale. */
export interface GatedTarget {
  readonly lift: GatedLift;
  /** nλ. */
  readonly threshold: number;
  readonly outputBias: boolean;
  /** Targets of this output, in kernel memory. */
  readonly y: Float64Array;
  /** What a bias of 1 adds to y: ones, or their weights. In kernel memory. */
  readonly unit: Float64Array;
  /** XᵀD_p y and XᵀD_p unit, one row of d for each pattern; found when they are asked for first, where no mark may be open. */
  readonly pricesOfY: () => Float64Array;
  readonly pricesOfUnit: () => Float64Array;
}

/** The prices of a vector, found once. */
export function pricesLater(lift: GatedLift, vector: Float64Array): () => Float64Array {
  let prices: Float64Array | undefined;
  return () => {
    if (!prices) {
      prices = lift.kernels.unset(lift.count * lift.d);
      lift.price(vector, prices);
    }
    return prices;
  };
}

/** Patterns with their η > 0. */
export interface Support {
  readonly patterns: readonly number[];
  readonly eta: Float64Array;
}

/** A kernel array that is replaced by a longer one when it is too short. */
export class GrowingArray {
  #array: Float64Array;
  constructor(readonly kernels: Kernels) {
    this.#array = kernels.unset(0);
  }

  /** `length` numbers of undefined content; call it where no mark is open. */
  take(length: number): Float64Array {
    if (this.#array.length < length) this.#array = this.kernels.unset(Math.max(length, 2 * this.#array.length));
    return this.#array.subarray(0, length);
  }
}

/** The patterns of an output's blocks that have a size, with these; `sizes` has one for each block. */
export function supportOf(program: LiftedProgram, sizes: Float64Array, output: number): Support {
  const first = program.blockOf(output, 1, 0);
  const own = sizes.subarray(first, first + program.patternCount);
  const patterns = Array.from(own.keys()).filter((p) => own[p] > 0);
  return { patterns, eta: Float64Array.from(patterns, (p) => own[p]) };
}
