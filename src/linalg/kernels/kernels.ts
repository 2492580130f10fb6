/**
 * The numeric kernels under everything, in float64. Two implementations of this one interface: WebAssembly SIMD
 * (`backend: 'wasm'`, with threads through shared memory where there are any) and plain TypeScript (`'plain'`), the
 * oracle and the fallback. Both add in the same order, so both give the same bytes, on any number of threads.
 *
 * Arrays handed to a kernel come from its own `float64`/`unset`/`int32`/`uint8` (they live in WebAssembly memory); others are
 * refused with a `usage` error. Matrices are dense and row-major unless said otherwise.
 */
export interface Kernels {
  readonly backend: 'wasm' | 'plain';
  readonly threads: number;

  // — memory: a stack; `release(mark)` frees everything allocated since that mark —
  /** Zero-filled; 16-byte aligned. Throws `resource` when memory is exhausted. */
  float64(length: number): Float64Array;
  /** A float64 array of any content (NaN in the plain backend): for what is written before it is read. */
  unset(length: number): Float64Array;
  int32(length: number): Int32Array;
  uint8(length: number): Uint8Array;
  mark(): number;
  release(mark: number): void;
  /** Ends the threads. The kernels cannot be used afterwards. */
  dispose(): void;

  // — dense —
  /** C (m×n) ← alpha · A B + beta · C with A m×k, B k×n; `transposeA`: A is stored k×m, `transposeB`: B is stored n×k. */
  gemm(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Float64Array,
    transposeA: boolean,
    b: Float64Array,
    transposeB: boolean,
    beta: number,
    c: Float64Array,
  ): void;
  /**
   * C (k×k, both triangles) ← beta · C + Aᵀ diag(w) A for A (n×k), w (n); w null means ones. Of the old C the lower
   * triangle is read.
   */
  weightedGram(n: number, k: number, a: Float64Array, w: Float64Array | null, beta: number, c: Float64Array): void;
  /** C (n×n, both triangles) ← beta · C + A Aᵀ for A (n×k), at half the cost of gemm. Of the old C the lower triangle is read. */
  outerGram(n: number, k: number, a: Float64Array, beta: number, c: Float64Array): void;
  /** In-place lower Cholesky factor of the symmetric A (n×n, lower triangle read). Returns −1, or the index of the first pivot ≤ 0 (then A is spoilt). */
  cholesky(n: number, a: Float64Array): number;
  /** Solves L Lᵀ x = b in place for the factor of `cholesky`. */
  choleskySolve(n: number, l: Float64Array, b: Float64Array): void;

  // — lifted operator [D₁X … D_PX], never built —
  /**
   * The patterns (pattern-major, as in PatternSet) turned to the byte-transposed layout of the pricing kernel:
   * `transposed[c * count + p]`, c the chunk of 8 rows.
   */
  transposePatterns(count: number, stride: number, bytes: Uint8Array, transposed: Uint8Array): void;
  /**
   * G (count×d): row p ← Σ_i M[i,p] r_i x_i = XᵀD_p r, by byte tables (256 subset sums of eight rows at a time).
   * X n×d, r n. The sum over rows runs in a fixed order whatever the number of threads.
   */
  maskedTransposeProduct(
    n: number,
    d: number,
    count: number,
    x: Float64Array,
    transposed: Uint8Array,
    r: Float64Array,
    g: Float64Array,
  ): void;
  /**
   * f (n) ← f + Σ_k scale_k D_{p(k)} X z_k for k < blocks: `pattern[k]` indexes the pattern-major bytes, row k of
   * Z (blocks×d) is z_k.
   */
  maskedForward(
    n: number,
    d: number,
    blocks: number,
    x: Float64Array,
    bytes: Uint8Array,
    stride: number,
    pattern: Int32Array,
    scale: Float64Array,
    z: Float64Array,
    f: Float64Array,
  ): void;
  /**
   * M[:, offset … offset+k) ← scale · D_p X Bᵀ with B (k×d) and `pattern` one packed pattern (⌈n/8⌉ bytes); M is n×ldm.
   */
  maskedColumns(
    n: number,
    d: number,
    k: number,
    x: Float64Array,
    pattern: Uint8Array,
    scale: number,
    basis: Float64Array,
    m: Float64Array,
    ldm: number,
    offset: number,
  ): void;

  // — cones K_p = {u : (2D_p − I) X u ≥ 0} —
  /**
   * For every block b < blocks, with c_b = z_b + sigma · sign_b · g_{pattern(b)} (row `pattern[b]` of G):
   * w_b = P_{K_b}(c_b) (or c_b itself when `cones` is false), norm_b = ‖w_b‖,
   * out_b = max(0, 1 − threshold/‖w_b‖) w_b.
   *
   * The projection is the residual of the NNLS problem min_{ν≥0} ‖c + X_sᵀν‖ (X_s: rows signed by the pattern),
   * solved by Lawson and Hanson's active set method on unit rows, warm-started from `tight`/`tightCount` and the
   * `multiplier` of each *unit* row (≥ 0, zero where none is known), and leaving its final active set (row numbers) and
   * multipliers there (each of the three with room for d entries a block).
   * With `exact` false a block is left as soon as ‖c + X_sᵀν‖ ≤ threshold for some ν ≥ 0, be it the stored one or one that
   * sweeps of Hildreth's method find: then norm_b is that upper bound and out_b is zero. Any ν ≥ 0 is a proof, so norms are upper bounds of the support function in every case.
   * Duplicate, zero and dependent rows are allowed. `inverseNorms[i]` = 1/‖x_i‖, 0 for a zero row (skipped).
   * Returns the number of blocks whose out is not zero.
   */
  coneProximal(p: ConeProximalArguments): number;

  /** Bytes of a screen for n rows; 0 in the plain backend, which has no use for one. */
  coneScreenBytes(n: number, d: number): number;
  /**
   * Writes a screen: the unit rows in 16-bit integers. With one, `coneProximal` looks in floating point only at rows that the integers
   * leave in doubt; its answer is the same.
   */
  writeConeScreen(n: number, d: number, x: Float64Array, inverseNorms: Float64Array, screen: Uint8Array): void;

  /** Numbers of the factor of one block's tight rows: see `ConeFactors`. */
  coneFactorNumbers(n: number, d: number): number;

  /**
   * Orthonormal basis of the null space of the given rows of X (those of `rows[0 … count)`): writes d − rank rows of
   * length d to `basis` (which has room for d of them) and returns d − rank. Rank decided at 1e-11 on unit rows.
   */
  nullBasis(d: number, x: Float64Array, rows: Int32Array, count: number, basis: Float64Array): number;

  /** Orthonormal basis of the span of those rows: writes rank rows to `basis` (with room for d of them) and returns the rank. */
  spanBasis(d: number, x: Float64Array, rows: Int32Array, count: number, basis: Float64Array): number;

  /**
   * Orthonormal basis of what is orthogonal to `count` orthonormal rows, as a factor keeps them (padded with zeros to a multiple of
   * four): writes d − count rows of length d to `basis`. Quicker than `nullBasis` where these are few.
   */
  complementBasis(d: number, count: number, q: Float64Array, basis: Float64Array): void;

  // — points with their products with m rows n_g, for f(u) = half·u + ½ Σ_g weights_g |n_g·u| —
  /**
   * For every block b < blocks: the largest of sign_b f at the four unit vectors along a + factor_b steps_k v, a the point
   * `row[b]` and v the vector `alongRow[b]`. When it is above value_b the point moves there, with its products, value_b is that
   * value and moved_b 1; else moved_b is 0. No two blocks share a point, nor is one's point another's vector.
   */
  bestOnRays(p: RayArguments): void;
  /**
   * For every block the bits of its products (`row[b]`), 1 above the tolerance, 0 below its negative, else that of the ties, packed
   * into row `byteRow[b]` of the bytes; the hash of that row: the exclusive or of the words (two each) of the bits that are set.
   */
  packSides(p: SideArguments): void;
  /**
   * For every k < count, with b = block[k]: the point `row[k]` ← out_b / norm_b, its products likewise, and the numbers of the products
   * within the tolerance of zero, ascending, in row k of `touched` (with room for m).
   */
  unitRows(p: UnitRowArguments): void;

  // — elementwise —
  /** x_k ← max(x_k, 0), and 0 for what is no number. */
  relu(length: number, x: Float64Array): void;
  /** x_k ← s_k where x_k > 0, else 0. */
  gate(length: number, x: Float64Array, s: Float64Array): void;
}

export interface RayArguments {
  readonly m: number;
  readonly d: number;
  readonly blocks: number;
  readonly weights: Float64Array;
  readonly half: Float64Array;
  readonly w: Float64Array;
  readonly products: Float64Array;
  readonly row: Int32Array;
  readonly along: Float64Array;
  readonly alongProducts: Float64Array;
  readonly alongRow: Int32Array;
  readonly factor: Float64Array;
  readonly sign: Float64Array;
  readonly value: Float64Array;
  readonly moved: Int32Array;
  readonly steps: readonly [number, number, number, number];
}

export interface SideArguments {
  readonly m: number;
  readonly blocks: number;
  readonly stride: number;
  readonly tolerance: number;
  readonly products: Float64Array;
  readonly row: Int32Array;
  /** Packed like the bytes, `tieStride` bytes from row to row: 0 when all share one. May be the bytes themselves. */
  readonly ties: Uint8Array;
  readonly tieStride: number;
  readonly bytes: Uint8Array;
  readonly byteRow: Int32Array;
  /** 2m. */
  readonly words: Int32Array;
  /** Two for each row of the bytes. */
  readonly hash: Int32Array;
}

export interface UnitRowArguments {
  readonly m: number;
  readonly d: number;
  readonly count: number;
  readonly tolerance: number;
  readonly out: Float64Array;
  readonly outProducts: Float64Array;
  readonly norm: Float64Array;
  readonly block: Int32Array;
  readonly w: Float64Array;
  readonly products: Float64Array;
  readonly row: Int32Array;
  readonly touched: Int32Array;
  readonly touchedCount: Int32Array;
}

export interface ConeProximalArguments {
  readonly n: number;
  readonly d: number;
  readonly blocks: number;
  readonly x: Float64Array;
  readonly inverseNorms: Float64Array;
  /** Pattern-major packed patterns and their stride in bytes. */
  readonly bytes: Uint8Array;
  readonly stride: number;
  readonly pattern: Int32Array;
  readonly sign: Float64Array;
  readonly z: Float64Array;
  readonly g: Float64Array;
  readonly sigma: number;
  readonly threshold: number;
  /**
   * For each block the norm up to which its out is zero, where that is more than the threshold; less than the threshold: the block is
   * not expected to be idle, and not swept. Default: the threshold.
   */
  readonly idle?: Float64Array;
  readonly cones: boolean;
  readonly exact: boolean;
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  readonly multiplier: Float64Array;
  readonly norm: Float64Array;
  readonly out: Float64Array;
  /** As `writeConeScreen` wrote it for the same rows. Default: none. */
  readonly screen?: Uint8Array;
  /** Default: each call factors the tight rows of its blocks anew. */
  readonly factors?: ConeFactors;
}

/**
 * Factors A = L Q of the tight rows of blocks, kept from one call to the next with the same rows, patterns and signs: what the
 * tight rows of a block have in common with those of its factor is not factored again. Zeros in `state` mean: nothing kept.
 */
export interface ConeFactors {
  /** Where the factor of each block lies, no two at one place; −1: nowhere. */
  readonly place: Int32Array;
  /** d + 2 a place: rows of the factor, rows that left it since it was made anew, row numbers. */
  readonly state: Int32Array;
  /** `coneFactorNumbers` a place: Q, its rows padded with zeros to a multiple of four, and L. */
  readonly numbers: Float64Array;
}

/** Options of `createKernels`. */
export interface KernelOptions {
  /** Threads, the caller's included. Default 1; more than one needs shared memory and workers, else 1 is used. */
  readonly threads?: number;
  /** Default: WebAssembly where it can be instantiated, else plain TypeScript. */
  readonly backend?: 'wasm' | 'plain';
}
