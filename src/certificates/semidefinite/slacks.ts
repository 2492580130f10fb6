import { choleskyFactor } from './cholesky.js';
import { type Combinations, slackSizes, slackWeight } from './combinations.js';

/**
 * The slacks of combinations as more rows of the moment matrix: ρ̂ = rows·t̂, each row of length 1/√2 like those of ŝ±. With
 * them the rows are no longer orthonormal in t̂: they are in t̃ = Lᵀt̂, I + rowsᵀrows = LLᵀ.
 */
export interface Slacks {
  readonly combinations: Combinations;
  /** Weight of each entry in ρ̂ = Σ weight t̂. */
  readonly weight: Float64Array;
  /** ρ̂_c is this times the height of a line times ρ_c. */
  readonly scale: Float64Array;
  /** lines×lines, lower: L. */
  readonly factor: Float64Array;
}

/** Null without combinations. */
export function slacksOf(combinations: Combinations, lines: number): Slacks | null {
  const { count, start, line } = combinations;
  if (count === 0) return null;
  const scale = slackSizes(combinations).map((size) => Math.SQRT1_2 / size);
  const weight = new Float64Array(line.length);
  const factor = new Float64Array(lines * lines);
  for (let k = 0; k < lines; k++) factor[k * lines + k] = 1;
  for (let c = 0; c < count; c++) {
    for (let e = start[c]; e < start[c + 1]; e++) weight[e] = scale[c] * slackWeight(combinations, c, e);
    for (let e = start[c]; e < start[c + 1]; e++)
      for (let f = start[c]; f < start[c + 1]; f++) factor[line[e] * lines + line[f]] += weight[e] * weight[f];
  }
  choleskyFactor(factor, lines);
  return { combinations, weight, scale, factor };
}

/** The t̂-block of a matrix in (α, ã, t̂), lower triangle, to (α, ã, t̃): L⁻¹ from the left and its transpose from the right. */
export function whiten({ factor }: Slacks, m: Float64Array, size: number, lines: number): void {
  const before = size - lines;
  const left = new Float64Array(lines * before);
  const square = new Float64Array(lines * lines);
  for (let k = 0; k < lines; k++) {
    const row = (before + k) * size;
    left.set(m.subarray(row, row + before), k * before);
    for (let l = 0; l <= k; l++) square[k * lines + l] = square[l * lines + k] = m[row + before + l];
  }
  forward(factor, lines, left, before);
  forward(factor, lines, square, lines);
  transpose(square, lines);
  forward(factor, lines, square, lines);
  for (let k = 0; k < lines; k++) {
    const row = (before + k) * size;
    m.set(left.subarray(k * before, (k + 1) * before), row);
    m.set(square.subarray(k * lines, k * lines + k + 1), row + before);
  }
}

/** t̂ = L⁻ᵀt̃, in place, `lines` numbers from `at`. */
export function unwhiten({ factor }: Slacks, t: Float64Array, at: number, lines: number): void {
  for (let i = lines - 1; i >= 0; i--) {
    const x = (t[at + i] /= factor[i * lines + i]);
    if (x !== 0) for (let k = 0; k < i; k++) t[at + k] -= factor[i * lines + k] * x;
  }
}

/** B ← L⁻¹B, B size×columns. */
function forward(l: Float64Array, size: number, b: Float64Array, columns: number): void {
  for (let i = 0; i < size; i++) {
    const row = b.subarray(i * columns, (i + 1) * columns);
    for (let k = 0; k < i; k++) {
      const factor = l[i * size + k];
      if (factor === 0) continue;
      const other = k * columns;
      for (let c = 0; c < columns; c++) row[c] -= factor * b[other + c];
    }
    const pivot = 1 / l[i * size + i];
    for (let c = 0; c < columns; c++) row[c] *= pivot;
  }
}

function transpose(a: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) {
      const x = a[i * size + k];
      a[i * size + k] = a[k * size + i];
      a[k * size + i] = x;
    }
  }
}
