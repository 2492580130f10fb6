import type { Kernels } from '../../linalg/kernels/index.js';

/**
 * Linear forms of (1, u, τ), one a row: dense in the first `side` = 1 + rank places, of few entries in the others (s± and cones have one
 * at most, slacks as many as lines they join). Sums over the dense part are matrix products of the kernels.
 */
export class SparseForms {
  private constructor(
    readonly rows: number,
    /** Length of a form. */
    readonly size: number,
    readonly side: number,
    /** rows×side. */
    readonly heads: Float64Array,
    /** rows + 1 places in `column` and `value`, the entries behind the head. */
    readonly start: Int32Array,
    readonly column: Int32Array,
    readonly value: Float64Array,
  ) {}

  static of(forms: readonly Float64Array[], size: number, side: number): SparseForms {
    const [start, column, value]: [number[], number[], number[]] = [[0], [], []];
    const heads = new Float64Array(forms.length * side);
    forms.forEach((form, i) => {
      heads.set(form.subarray(0, side), i * side);
      for (let at = side; at < size; at++) {
        if (form[at] === 0) continue;
        column.push(at);
        value.push(form[at]);
      }
      start.push(column.length);
    });
    const entries = [Int32Array.from(start), Int32Array.from(column), Float64Array.from(value)] as const;
    return new SparseForms(forms.length, size, side, heads, ...entries);
  }

  /** FM for M size×columns: rows×columns, in memory of the kernels. */
  times(m: Float64Array, columns: number, kernels: Kernels): Float64Array {
    const { rows, side } = this;
    const out = kernels.unset(rows * columns);
    const mark = kernels.mark();
    const [heads, top] = [kernels.unset(rows * side), kernels.unset(side * columns)];
    heads.set(this.heads);
    top.set(m.subarray(0, side * columns));
    kernels.gemm(rows, columns, side, 1, heads, false, top, false, 0, out);
    kernels.release(mark);
    for (let i = 0; i < rows; i++)
      for (let e = this.start[i]; e < this.start[i + 1]; e++)
        addRow(out, i * columns, this.value[e], m, this.column[e] * columns, columns);
    return out;
  }

  /** fᵢᵀMfⱼ from the rows FM of a symmetric M. */
  along(product: Float64Array, i: number, j: number): number {
    const { side, size, heads, start, column, value } = this;
    let sum = 0;
    for (let a = 0; a < side; a++) sum += product[i * size + a] * heads[j * side + a];
    for (let e = start[j]; e < start[j + 1]; e++) sum += product[i * size + column[e]] * value[e];
    return sum;
  }

  /** M less Σ change · sym(f_first f_secondᵀ), both triangles of M size×size. */
  subtract(changes: Float64Array, first: Int32Array, second: Int32Array, m: Float64Array, kernels: Kernels): void {
    const { rows, side, heads } = this;
    const mark = kernels.mark();
    const [left, right, square] = [
      kernels.unset(rows * side),
      kernels.float64(rows * side),
      kernels.unset(side * side),
    ];
    left.set(heads);
    for (let v = 0; v < changes.length; v++) {
      const change = 0.5 * changes[v];
      if (change === 0) continue;
      addRow(right, first[v] * side, change, heads, second[v] * side, side);
      this.#subtractRest(change, first[v], second[v], m);
    }
    kernels.gemm(side, side, rows, 1, left, true, right, false, 0, square);
    for (let a = 0; a < side; a++)
      for (let b = 0; b < side; b++) m[a * this.size + b] -= square[a * side + b] + square[b * side + a];
    kernels.release(mark);
  }

  /** change (fᵢfⱼᵀ + fⱼfᵢᵀ) but for the product of both heads. */
  #subtractRest(change: number, i: number, j: number, m: Float64Array): void {
    const { start, column, value, size } = this;
    for (let e = start[i]; e < start[i + 1]; e++) {
      const [a, x] = [column[e], change * value[e]];
      this.#subtractHead(x, a, j, m);
      for (let g = start[j]; g < start[j + 1]; g++) {
        const [b, y] = [column[g], x * value[g]];
        m[a * size + b] -= y;
        m[b * size + a] -= y;
      }
    }
    for (let g = start[j]; g < start[j + 1]; g++) this.#subtractHead(change * value[g], column[g], i, m);
  }

  /** `factor` times the head of fⱼ, from row and column a. */
  #subtractHead(factor: number, a: number, j: number, m: Float64Array): void {
    const { side, size, heads } = this;
    for (let b = 0; b < side; b++) {
      const y = factor * heads[j * side + b];
      m[a * size + b] -= y;
      m[b * size + a] -= y;
    }
  }
}

function addRow(to: Float64Array, at: number, factor: number, from: Float64Array, start: number, length: number): void {
  for (let k = 0; k < length; k++) to[at + k] += factor * from[start + k];
}

/** The transpose of M, rows×columns, in memory of the kernels. */
export function transposed(m: Float64Array, rows: number, columns: number, kernels: Kernels): Float64Array {
  const out = kernels.unset(m.length);
  for (let first = 0; first < rows; first += TILE)
    for (let left = 0; left < columns; left += TILE)
      for (let i = first; i < Math.min(rows, first + TILE); i++)
        for (let j = left; j < Math.min(columns, left + TILE); j++) out[j * rows + i] = m[i * columns + j];
  return out;
}

/** Side of the squares in which a transpose is made. */
const TILE = 32;
