/** Linear forms of few entries, one a row: those of s± and of cones have 1 + rank at most, slacks as many as lines they join. */
export class SparseForms {
  constructor(
    /** rows + 1 places in `column` and `value`. */
    readonly start: Int32Array,
    readonly column: Int32Array,
    readonly value: Float64Array,
    /** Length of a form. */
    readonly size: number,
  ) {}

  static of(forms: readonly Float64Array[], size: number): SparseForms {
    const [start, column, value]: [number[], number[], number[]] = [[0], [], []];
    for (const form of forms) {
      form.forEach((x, at) => {
        if (x === 0) return;
        column.push(at);
        value.push(x);
      });
      start.push(column.length);
    }
    return new SparseForms(Int32Array.from(start), Int32Array.from(column), Float64Array.from(value), size);
  }

  get rows(): number {
    return this.start.length - 1;
  }

  /** FM for M size×columns: rows×columns. */
  times(m: Float64Array, columns: number): Float64Array {
    const out = new Float64Array(this.rows * columns);
    for (let i = 0; i < this.rows; i++) {
      const to = i * columns;
      for (let e = this.start[i]; e < this.start[i + 1]; e++) {
        const [from, factor] = [this.column[e] * columns, this.value[e]];
        for (let k = 0; k < columns; k++) out[to + k] += factor * m[from + k];
      }
    }
    return out;
  }

  /** fᵢᵀMfⱼ for a symmetric M size×size. */
  product(i: number, m: Float64Array, j: number): number {
    let sum = 0;
    for (let e = this.start[i]; e < this.start[i + 1]; e++) {
      const row = this.column[e] * this.size;
      let along = 0;
      for (let g = this.start[j]; g < this.start[j + 1]; g++) along += this.value[g] * m[row + this.column[g]];
      sum += this.value[e] * along;
    }
    return sum;
  }

  /** M less change · sym(fᵢfⱼᵀ), both triangles. */
  subtract(change: number, i: number, j: number, m: Float64Array): void {
    const { start, column, value, size } = this;
    for (let e = start[i]; e < start[i + 1]; e++) {
      const [a, x] = [column[e], 0.5 * change * value[e]];
      for (let g = start[j]; g < start[j + 1]; g++) {
        const [b, y] = [column[g], x * value[g]];
        m[a * size + b] -= y;
        m[b * size + a] -= y;
      }
    }
  }
}

/** The transpose of M, rows×columns. */
export function transposed(m: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(m.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = m[i * columns + j];
  return out;
}
