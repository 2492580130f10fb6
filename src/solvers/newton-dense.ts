import type { LiftedProgram } from '../programs/index.js';
import { applyWeights } from './newton-blocks.js';
import { type Columns, columnGram, writePanel } from './newton-columns.js';
import { ChosenPatterns } from './newton-patterns.js';

/** Numbers of M that are kept rather than written anew. */
const keptEntries = 1 << 22;

/**
 * out ← (W⁻¹ + M Mᵀ)⁻¹ v with M given by some columns, as Woodbury has it: W(v − M (I + MᵀWM)⁻¹ MᵀWv). The factor is made
 * once and lives in kernel memory above the caller's mark; W may be singular.
 */
export class ColumnFactor {
  readonly #product: ColumnProduct;
  readonly #system: Float64Array;
  readonly #t: Float64Array;
  readonly #weighted: Float64Array;
  /** Whether the matrix was positive definite to working precision. */
  readonly regular: boolean;

  constructor(
    readonly program: LiftedProgram,
    readonly columns: Columns,
    readonly weights: Float64Array,
  ) {
    const { kernels, rows } = program;
    this.#t = kernels.unset(columns.total);
    this.#weighted = kernels.unset(rows);
    this.#product = rows * columns.total <= keptEntries ? new Kept(program, columns) : new Masked(program, columns);
    this.#system = columnGram(program, columns, weights, this.#product.panel);
    this.regular = kernels.cholesky(columns.total, this.#system) < 0;
  }

  /** `before` ← what W is applied to in the end: out = W before, and so W⁻¹out without a W⁻¹. */
  solve(v: Float64Array, out: Float64Array, before = this.#weighted): void {
    const { program, weights } = this;
    applyWeights(program, weights, v, this.#weighted);
    this.#product.transposed(this.#weighted, this.#t);
    program.kernels.choleskySolve(this.columns.total, this.#system, this.#t);
    this.#product.plain(this.#t, before);
    subtractFrom(v, before);
    applyWeights(program, weights, before, out);
  }
}

/** out ← v − out. */
function subtractFrom(v: Float64Array, out: Float64Array): void {
  for (let i = 0; i < v.length; i++) out[i] = v[i] - out[i];
}

interface ColumnProduct {
  /** See PanelSource. */
  panel(output: number, from: number, rows: number, room: () => Float64Array): Float64Array;
  /** t ← Mᵀv. */
  transposed(v: Float64Array, t: Float64Array): void;
  /** f ← M t. */
  plain(t: Float64Array, f: Float64Array): void;
}

/** M written out once. */
class Kept implements ColumnProduct {
  readonly #whole: Float64Array[];

  constructor(
    readonly program: LiftedProgram,
    readonly columns: Columns,
  ) {
    const { kernels, n } = program;
    this.#whole = columns.widths.map((width, k) => {
      const whole = kernels.unset(n * width);
      writePanel(program, columns, k, 0, n, whole);
      return whole;
    });
  }

  panel = (output: number, from: number, rows: number): Float64Array => {
    const width = this.columns.widths[output];
    return this.#whole[output].subarray(from * width, (from + rows) * width);
  };

  transposed(v: Float64Array, t: Float64Array): void {
    this.#each((whole, width, offset, from, n) => {
      const tk = t.subarray(offset, offset + width);
      this.program.kernels.gemm(width, 1, n, 1, whole, true, v.subarray(from, from + n), false, 0, tk);
    });
  }

  plain(t: Float64Array, f: Float64Array): void {
    f.fill(0);
    this.#each((whole, width, offset, from, n) => {
      const tk = t.subarray(offset, offset + width);
      this.program.kernels.gemm(n, 1, width, 1, whole, false, tk, false, 0, f.subarray(from, from + n));
    });
  }

  #each(use: (whole: Float64Array, width: number, offset: number, from: number, n: number) => void): void {
    const { widths } = this.columns;
    for (let k = 0, offset = 0; k < widths.length; offset += widths[k++]) {
      if (widths[k] > 0) use(this.#whole[k], widths[k], offset, k * this.program.n, this.program.n);
    }
  }
}

/** M through the masked kernels, written out in panels for its Gram matrix alone. */
class Masked implements ColumnProduct {
  readonly #chosen: ChosenPatterns[];
  readonly #z: Float64Array;

  constructor(
    readonly program: LiftedProgram,
    readonly columns: Columns,
  ) {
    this.#chosen = columns.groups.map(
      (group) =>
        new ChosenPatterns(
          program,
          group.map(({ pattern }) => pattern),
        ),
    );
    const most = Math.max(...columns.groups.map((group) => group.length));
    this.#z = program.kernels.float64(most * program.d);
  }

  panel = (output: number, from: number, rows: number, room: () => Float64Array): Float64Array => {
    const panel = room();
    writePanel(this.program, this.columns, output, from, rows, panel);
    return panel;
  };

  transposed(v: Float64Array, t: Float64Array): void {
    const { n, d, outputBias } = this.program;
    let at = 0;
    this.columns.groups.forEach((group, k) => {
      const vk = v.subarray(k * n, (k + 1) * n);
      this.#chosen[k].transposeProduct(vk, this.#z);
      group.forEach(({ basis, width }, b) => {
        for (let row = 0; row < width; row++) {
          let sum = 0;
          for (let j = 0; j < d; j++) sum += basis[row * d + j] * this.#z[b * d + j];
          t[at++] = sum;
        }
      });
      if (outputBias) t[at++] = this.columns.rootSigmaBias * vk.reduce((sum, value) => sum + value, 0);
    });
  }

  plain(t: Float64Array, f: Float64Array): void {
    const { n, d, outputBias } = this.program;
    let at = 0;
    this.columns.groups.forEach((group, k) => {
      const z = this.#z.fill(0);
      group.forEach(({ basis, width }, b) => {
        for (let row = 0; row < width; row++, at++)
          for (let j = 0; j < d; j++) z[b * d + j] += t[at] * basis[row * d + j];
      });
      const fk = f.subarray(k * n, (k + 1) * n).fill(outputBias ? this.columns.rootSigmaBias * t[at++] : 0);
      this.#chosen[k].addForward(z, fk);
    });
  }
}
