import { patternStride } from '../linalg/index.js';
import type { LiftedProgram } from '../programs/index.js';

/** What the Newton system needs to know of an evaluated residual. */
export interface NewtonPoint {
  readonly zPlus: Float64Array;
  /** ‖P_K(c_b)‖ of each block. */
  readonly norm: Float64Array;
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  readonly sigma: number;
  readonly sigmaBias: number;
  /** Inverse of the loss part of the Hessian: n numbers, or a block of outputs² per sample. */
  readonly weights: Float64Array;
  readonly gradient: Float64Array;
}

/** Columns of one active block: rows of `basis` are √σ S^{1/2} N with N the null space of its tight rows. */
interface ActiveBlock {
  readonly block: number;
  readonly basis: Float64Array;
  readonly dimension: number;
}

/** Entries of a panel of M kept at a time. */
const panelEntries = 1 << 21;

/**
 * The generalised Hessian of the dual subproblem, W⁻¹ + M Mᵀ, with one column of M for each free dimension of each active
 * block. Solved in the smaller of its two forms: m×m by Woodbury's identity or N×N. M is built in panels only.
 */
export class NewtonSystem {
  /** The direction of the last call to `solve`. */
  readonly step: Float64Array;
  readonly #weighted: Float64Array;
  readonly #prices: Float64Array;

  constructor(readonly program: LiftedProgram) {
    const { kernels } = program;
    this.step = kernels.float64(program.rows);
    this.#weighted = kernels.float64(program.rows);
    this.#prices = kernels.float64(program.outputs * program.patternCount * program.d);
  }

  /** step ← −(W⁻¹ + M Mᵀ)⁻¹ gradient. Returns false when the factorisation failed. */
  solve(at: NewtonPoint): boolean {
    const { kernels, outputs } = this.program;
    const mark = kernels.mark();
    const active = this.#activeBlocks(at);
    const columns = active.reduce((sum, block) => sum + block.dimension, 0) + (this.program.outputBias ? outputs : 0);
    const woodbury = outputs > 1 || columns <= this.program.n;
    const solved = woodbury ? this.#solveColumns(at, active, columns) : this.#solveRows(at, active);
    kernels.release(mark);
    return solved;
  }

  #activeBlocks(at: NewtonPoint): ActiveBlock[] {
    return this.program.activeBlocks(at.zPlus).map((block) => this.#activeBlock(at, block));
  }

  /** S = (1−t) I + t q qᵀ with t = σΛ/‖w‖ and q the unit iterate: its square root applied to N. */
  #activeBlock(at: NewtonPoint, block: number): ActiveBlock {
    const { kernels, d, x, threshold, cones } = this.program;
    const full = kernels.float64(d * d);
    const count = cones ? at.tightCount[block] : 0;
    const dimension = kernels.nullBasis(d, x, at.tight.subarray(block * d, (block + 1) * d), count, full);
    const basis = full.subarray(0, dimension * d);
    const z = at.zPlus.subarray(block * d, (block + 1) * d);
    let squares = 0;
    for (let j = 0; j < d; j++) squares += z[j] * z[j];
    const t = Math.min(1, (at.sigma * threshold) / at.norm[block]);
    const root = Math.sqrt(1 - t);
    const scale = Math.sqrt(at.sigma);
    for (let k = 0; k < dimension; k++) {
      let along = 0;
      for (let j = 0; j < d; j++) along += basis[k * d + j] * z[j];
      const factor = ((1 - root) * along) / squares;
      for (let j = 0; j < d; j++) basis[k * d + j] = scale * (root * basis[k * d + j] + factor * z[j]);
    }
    return { block, basis, dimension };
  }

  /** Woodbury: W g − W M (I + Mᵀ W M)⁻¹ Mᵀ W g. */
  #solveColumns(at: NewtonPoint, active: readonly ActiveBlock[], columns: number): boolean {
    const { kernels } = this.program;
    this.#applyWeights(at.weights, at.gradient, this.#weighted);
    const system = this.#gram(at, active, columns);
    const t = kernels.float64(columns);
    this.#transposeApply(at, active, this.#weighted, t);
    if (kernels.cholesky(columns, system) >= 0) return false;
    kernels.choleskySolve(columns, system, t);
    this.#apply(at, active, t, this.step);
    for (let i = 0; i < this.step.length; i++) this.step[i] -= at.gradient[i];
    this.#applyWeights(at.weights, this.step, this.#weighted);
    this.step.set(this.#weighted);
    return true;
  }

  /** I + Mᵀ W M, by panels of rows. */
  #gram(at: NewtonPoint, active: readonly ActiveBlock[], columns: number): Float64Array {
    const { kernels, n, outputs, outputBias } = this.program;
    const system = kernels.float64(columns * columns);
    const groups = groupByOutput(active, outputs, (block) => this.program.outputOf(block));
    const widths = groups.map((group) => group.reduce((s, b) => s + b.dimension, 0) + (outputBias ? 1 : 0));
    const panelRows = Math.max(64, Math.min(n, Math.floor(panelEntries / Math.max(1, columns)) & ~7));
    let offsetRow = 0;
    for (let a = 0; a < outputs; a++) {
      let offsetColumn = offsetRow;
      for (let b = a; b < outputs; b++) {
        if (a === b || !this.program.loss.separable) {
          this.#gramBlock(
            at,
            groups[a],
            groups[b],
            widths[a],
            widths[b],
            a,
            b,
            panelRows,
            system,
            columns,
            offsetRow,
            offsetColumn,
          );
        }
        offsetColumn += widths[b];
      }
      offsetRow += widths[a];
    }
    for (let i = 0; i < columns; i++) system[i * columns + i] += 1;
    return system;
  }

  #gramBlock(
    at: NewtonPoint,
    left: readonly ActiveBlock[],
    right: readonly ActiveBlock[],
    leftWidth: number,
    rightWidth: number,
    a: number,
    b: number,
    panelRows: number,
    system: Float64Array,
    columns: number,
    offsetRow: number,
    offsetColumn: number,
  ): void {
    const { kernels, n, outputs } = this.program;
    const mark = kernels.mark();
    const panel = kernels.float64(panelRows * leftWidth);
    const other = a === b ? panel : kernels.float64(panelRows * rightWidth);
    const target = kernels.float64(leftWidth * rightWidth);
    const w = kernels.float64(panelRows);
    for (let from = 0; from < n; from += panelRows) {
      const rows = Math.min(panelRows, n - from);
      for (let i = 0; i < rows; i++)
        w[i] = at.weights[outputs === 1 ? from + i : ((from + i) * outputs + a) * outputs + b];
      this.#panel(at, left, leftWidth, from, rows, panel);
      if (a === b) {
        kernels.weightedGram(rows, leftWidth, panel, w, from === 0 ? 0 : 1, target);
      } else {
        this.#panel(at, right, rightWidth, from, rows, other);
        for (let i = 0; i < rows; i++) for (let k = i * rightWidth; k < (i + 1) * rightWidth; k++) other[k] *= w[i];
        kernels.gemm(leftWidth, rightWidth, rows, 1, panel, true, other, false, from === 0 ? 0 : 1, target);
      }
    }
    for (let i = 0; i < leftWidth; i++) {
      for (let j = 0; j < rightWidth; j++) {
        const value = target[i * rightWidth + j];
        system[(offsetRow + i) * columns + offsetColumn + j] = value;
        system[(offsetColumn + j) * columns + offsetRow + i] = value;
      }
    }
    kernels.release(mark);
  }

  /** Rows [from, from+rows) of the columns of some blocks of one output, the bias column last. */
  #panel(
    at: NewtonPoint,
    blocks: readonly ActiveBlock[],
    width: number,
    from: number,
    rows: number,
    panel: Float64Array,
  ): void {
    const { kernels, d, x, bytes, stride, outputBias } = this.program;
    const xs = x.subarray(from * d, (from + rows) * d);
    let offset = 0;
    for (const { block, basis, dimension } of blocks) {
      if (dimension > 0) {
        const at8 = this.program.patternOf(block) * stride + (from >> 3);
        kernels.maskedColumns(
          rows,
          d,
          dimension,
          xs,
          bytes.subarray(at8, at8 + patternStride(rows)),
          this.program.signOf(block),
          basis,
          panel,
          width,
          offset,
        );
      }
      offset += dimension;
    }
    if (outputBias) {
      const root = Math.sqrt(at.sigmaBias);
      for (let i = 0; i < rows; i++) panel[i * width + offset] = root;
    }
  }

  /** t ← Mᵀ v, through the prices of v. */
  #transposeApply(at: NewtonPoint, active: readonly ActiveBlock[], v: Float64Array, t: Float64Array): void {
    const { n, d, outputs, patternCount, outputBias } = this.program;
    this.program.price(v, this.#prices);
    let k = 0;
    for (let output = 0; output < outputs; output++) {
      for (const { block, basis, dimension } of active) {
        if (this.program.outputOf(block) !== output) continue;
        const sign = this.program.signOf(block);
        const g = (output * patternCount + this.program.patternOf(block)) * d;
        for (let row = 0; row < dimension; row++) {
          let dot = 0;
          for (let j = 0; j < d; j++) dot += basis[row * d + j] * this.#prices[g + j];
          t[k++] = sign * dot;
        }
      }
      if (outputBias) {
        let sum = 0;
        for (let i = output * n; i < (output + 1) * n; i++) sum += v[i];
        t[k++] = Math.sqrt(at.sigmaBias) * sum;
      }
    }
  }

  /** f ← M t. */
  #apply(at: NewtonPoint, active: readonly ActiveBlock[], t: Float64Array, f: Float64Array): void {
    const { kernels, d, n, outputs, outputBias, x, bytes, stride } = this.program;
    let k = 0;
    for (let output = 0; output < outputs; output++) {
      const own = active.filter(({ block }) => this.program.outputOf(block) === output);
      const mark = kernels.mark();
      const z = kernels.float64(own.length * d);
      const pattern = kernels.int32(own.length);
      const scale = kernels.float64(own.length);
      own.forEach(({ block, basis, dimension }, b) => {
        pattern[b] = this.program.patternOf(block);
        scale[b] = this.program.signOf(block);
        for (let row = 0; row < dimension; row++, k++)
          for (let j = 0; j < d; j++) z[b * d + j] += t[k] * basis[row * d + j];
      });
      const fk = f.subarray(output * n, (output + 1) * n);
      fk.fill(outputBias ? Math.sqrt(at.sigmaBias) * t[k++] : 0);
      if (own.length > 0) kernels.maskedForward(n, d, own.length, x, bytes, stride, pattern, scale, z, fk);
      kernels.release(mark);
    }
  }

  /** out ← W v. */
  #applyWeights(weights: Float64Array, v: Float64Array, out: Float64Array): void {
    const { n, outputs } = this.program;
    if (outputs === 1) {
      for (let i = 0; i < n; i++) out[i] = weights[i] * v[i];
      return;
    }
    for (let i = 0; i < n; i++) {
      for (let a = 0; a < outputs; a++) {
        let sum = 0;
        for (let b = 0; b < outputs; b++) sum += weights[(i * outputs + a) * outputs + b] * v[b * n + i];
        out[a * n + i] = sum;
      }
    }
  }

  /** One output, fewer rows than columns: the n×n matrix W⁻¹ + M Mᵀ itself. */
  #solveRows(at: NewtonPoint, active: readonly ActiveBlock[]): boolean {
    const { kernels, n } = this.program;
    const system = kernels.float64(n * n);
    const limit = Math.max(1, Math.floor(panelEntries / n));
    let group: ActiveBlock[] = [];
    let width = 0;
    const flush = (bias: boolean): void => {
      const total = width + (bias ? 1 : 0);
      if (total === 0) return;
      const mark = kernels.mark();
      const panel = kernels.float64(n * total);
      this.#panelWithout(at, group, total, panel, bias);
      kernels.gemm(n, n, total, 1, panel, false, panel, true, 1, system);
      kernels.release(mark);
      group = [];
      width = 0;
    };
    for (const block of active) {
      if (width > 0 && width + block.dimension > limit) flush(false);
      group.push(block);
      width += block.dimension;
    }
    flush(this.program.outputBias);
    for (let i = 0; i < n; i++) system[i * n + i] += 1 / at.weights[i];
    if (kernels.cholesky(n, system) >= 0) return false;
    for (let i = 0; i < n; i++) this.step[i] = -at.gradient[i];
    kernels.choleskySolve(n, system, this.step);
    return true;
  }

  #panelWithout(
    at: NewtonPoint,
    blocks: readonly ActiveBlock[],
    width: number,
    panel: Float64Array,
    bias: boolean,
  ): void {
    const { kernels, n, d, x, bytes, stride } = this.program;
    let offset = 0;
    for (const { block, basis, dimension } of blocks) {
      const start = this.program.patternOf(block) * stride;
      if (dimension > 0)
        kernels.maskedColumns(
          n,
          d,
          dimension,
          x,
          bytes.subarray(start, start + stride),
          this.program.signOf(block),
          basis,
          panel,
          width,
          offset,
        );
      offset += dimension;
    }
    if (bias) for (let i = 0; i < n; i++) panel[i * width + offset] = Math.sqrt(at.sigmaBias);
  }
}

function groupByOutput(
  active: readonly ActiveBlock[],
  outputs: number,
  outputOf: (block: number) => number,
): ActiveBlock[][] {
  return Array.from({ length: outputs }, (_, k) => active.filter(({ block }) => outputOf(block) === k));
}
