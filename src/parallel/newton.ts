import { dot } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { ConicBlock, ConicProgram } from './conic.js';
import { cholesky, choleskySolve } from './dense.js';

/**
 * Newton's system: (blockdiag(H_b) + Aᵀ diag(curvature) A) bordered by the biases. `solve` replaces a right-hand side, blocks first, by
 * the solution.
 */
export interface NewtonSystem {
  solve(x: Float64Array): void;
}

/** In the space of variables or, with one output and fewer rows than variables, in that of samples. */
export function newtonSystem(
  program: ConicProgram,
  hessians: readonly Float64Array[],
  curvature: Float64Array,
  constant: LossGram | null,
  kernels?: Kernels,
  space?: SampleSpace | null,
): NewtonSystem {
  const variables = program.blocks.reduce((sum, { size }) => sum + size, 0);
  if (inSamples(program)) return sampleSystem(program, hessians, curvature, variables, kernels, space);
  return variableSystem(program, hessians, (constant ?? lossGram(program, curvature)).slice(), kernels);
}

/** Whether the system is that of the samples. */
const inSamples = ({ outputs, n, blocks }: ConicProgram): boolean =>
  outputs === 1 && n < blocks.reduce((sum, { size }) => sum + size, 0);

/** Kernel memory for the systems of one program in the space of samples; null where they are small or those of the variables. */
export class SampleSpace {
  readonly v: Float64Array;
  readonly sigma: Float64Array;
  readonly #columns: Float64Array;
  readonly #inverse: Float64Array;

  static of(program: ConicProgram, kernels?: Kernels): SampleSpace | null {
    return kernels && program.n >= LARGE && inSamples(program) ? new SampleSpace(program, kernels) : null;
  }

  private constructor(
    readonly program: ConicProgram,
    readonly kernels: Kernels,
  ) {
    const { n, blocks } = program;
    const variables = blocks.reduce((sum, { size }) => sum + size, 0);
    this.v = kernels.float64(variables * n);
    this.sigma = kernels.float64(n * n);
    this.#columns = kernels.float64(variables * n);
    this.#inverse = kernels.float64(blocks.reduce((most, { size }) => Math.max(most, size * size), 0));
    let at = 0;
    for (const { columns, size } of blocks) {
      this.#columns.set(columns.subarray(0, size * n), at);
      at += size * n;
    }
  }

  /** Rows at … at + size − 1 of V, as `fillRows`, by the inverse of L. */
  fill(size: number, l: Float64Array, roots: Float64Array, at: number): void {
    const { n } = this.program;
    invertLower(l, size, this.#inverse);
    const own = this.v.subarray(at * n, (at + size) * n);
    const columns = this.#columns.subarray(at * n, (at + size) * n);
    this.kernels.gemm(size, n, size, 1, this.#inverse.subarray(0, size * size), false, columns, false, 0, own);
    if (roots.some((t) => t !== 1)) for (let k = 0; k < own.length; k++) own[k] *= roots[k % n];
  }

  /** VᵀV. */
  gram(): Float64Array {
    const { n } = this.program;
    this.kernels.weightedGram(this.v.length / n, n, this.v, null, 0, this.sigma);
    return this.sigma;
  }
}

/** out ← L⁻¹, row-major, zeros above the diagonal. */
function invertLower(l: Float64Array, size: number, out: Float64Array): void {
  out.fill(0, 0, size * size);
  for (let k = 0; k < size; k++) {
    out[k * size + k] = 1;
    for (let i = k; i < size; i++) {
      let sum = out[i * size + k];
      for (let j = k; j < i; j++) sum -= l[i * size + j] * out[j * size + k];
      out[i * size + k] = sum / l[i * size + i];
    }
  }
}

/** Lower triangle, row-major, of the Hessian of the loss in all variables and biases. */
export type LossGram = Float64Array;

function variableSystem(
  { blocks, outputs, bias }: ConicProgram,
  hessians: readonly Float64Array[],
  h: Float64Array,
  kernels?: Kernels,
): NewtonSystem {
  const size = blocks.reduce((sum, block) => sum + block.size, bias ? outputs : 0);
  let at = 0;
  hessians.forEach((own, b) => {
    const m = blocks[b].size;
    for (let k = 0; k < m; k++) for (let l = 0; l <= k; l++) h[(at + k) * size + at + l] += own[k * m + l];
    at += m;
  });
  const factor = factored(h, size, kernels);
  return { solve: (x) => choleskySolve(factor, size, x) };
}

/**
 * Woodbury: with B = √D A, H = blockdiag(H_b), Σ = I + B H⁻¹ Bᵀ and w = B H⁻¹ p, the bias is β = (q − aᵀΣ⁻¹w)/(aᵀΣ⁻¹a), a = √D 1, and
 * x = H⁻¹(p − BᵀΣ⁻¹(w + β a)).
 */
function sampleSystem(
  { blocks, n, bias }: ConicProgram,
  hessians: readonly Float64Array[],
  curvature: Float64Array,
  variables: number,
  kernels?: Kernels,
  space?: SampleSpace | null,
): NewtonSystem {
  const roots = curvature.map(Math.sqrt);
  // Column i: L_b⁻¹ (B_b)_i of every block
  const v = space?.v ?? new Float64Array(n * variables);
  let at = 0;
  blocks.forEach((block, b) => {
    cholesky(hessians[b], block.size);
    if (space) space.fill(block.size, hessians[b], roots, at);
    else fillRows(v, block, hessians[b], roots, at);
    at += block.size;
  });
  const gram = space ? space.gram() : samplesGram(v, n, variables, kernels);
  for (let i = 0; i < n; i++) gram[i * n + i] += 1;
  const sigma = factored(gram, n, kernels);
  const ones = roots.slice();
  choleskySolve(sigma, n, ones);
  const pivot = dot(ones, 0, roots, 0, n);
  return {
    solve(x) {
      const half = halfSolved(blocks, hessians, x);
      const w = new Float64Array(n);
      for (let k = 0; k < variables; k++) addScaled(w, 0, half[k], v, k * n, n);
      choleskySolve(sigma, n, w);
      if (bias) {
        const beta = pivot > 0 ? (x[variables] - dot(roots, 0, w, 0, n)) / pivot : 0;
        for (let i = 0; i < n; i++) w[i] += beta * ones[i];
        x[variables] = beta;
      }
      for (let k = 0; k < variables; k++) half[k] -= dot(v, k * n, w, 0, n);
      otherHalf(blocks, hessians, half, x);
    },
  };
}

/** Sizes from which the kernels are worth the copies. */
const LARGE = 100;

/** VᵀV, lower triangle, V width×n. */
const samplesGram = (v: Float64Array, n: number, width: number, kernels?: Kernels): Float64Array =>
  kernels && n >= LARGE ? kernelGram(v, n, width, kernels) : plainGram(v, n, width);

function plainGram(v: Float64Array, n: number, width: number): Float64Array {
  const sigma = new Float64Array(n * n);
  for (let k = 0; k < width; k++) for (let i = 0; i < n; i++) addScaled(sigma, i * n, v[k * n + i], v, k * n, i + 1);
  return sigma;
}

function kernelGram(v: Float64Array, n: number, width: number, kernels: Kernels): Float64Array {
  const mark = kernels.mark();
  try {
    const a = kernels.float64(n * width);
    const c = kernels.float64(n * n);
    a.set(v);
    kernels.weightedGram(width, n, a, null, 0, c);
    return c.slice();
  } finally {
    kernels.release(mark);
  }
}

/** The Cholesky factor of h; where the kernels meet a pivot that rounding made negative, the one that lifts such pivots. */
function factored(h: Float64Array, size: number, kernels?: Kernels): Float64Array {
  if (!kernels || size < LARGE) {
    cholesky(h, size);
    return h;
  }
  const mark = kernels.mark();
  try {
    const a = kernels.float64(size * size);
    a.set(h);
    if (kernels.cholesky(size, a) < 0) return a.slice();
  } finally {
    kernels.release(mark);
  }
  cholesky(h, size);
  return h;
}

/** Rows at … at + size − 1 of V: L⁻¹ of the block's columns, times the roots. */
function fillRows(
  v: Float64Array,
  { columns, size }: ConicBlock,
  l: Float64Array,
  roots: Float64Array,
  at: number,
): void {
  const n = roots.length;
  for (let k = 0; k < size; k++) {
    const row = (at + k) * n;
    for (let i = 0; i < n; i++) v[row + i] = columns[k * n + i] * roots[i];
    for (let j = 0; j < k; j++) addScaled(v, row, -l[k * size + j], v, (at + j) * n, n);
    const pivot = l[k * size + k];
    for (let i = 0; i < n; i++) v[row + i] /= pivot;
  }
}

/** out[to …] += factor · values[from …], count numbers. */
function addScaled(
  out: Float64Array,
  to: number,
  factor: number,
  values: Float64Array,
  from: number,
  count: number,
): void {
  if (factor !== 0) for (let i = 0; i < count; i++) out[to + i] += factor * values[from + i];
}

/** L⁻¹ x of every block. */
function halfSolved(blocks: readonly ConicBlock[], factors: readonly Float64Array[], x: Float64Array): Float64Array {
  const out = x.slice();
  let at = 0;
  blocks.forEach(({ size }, b) => {
    const l = factors[b];
    for (let k = 0; k < size; k++) {
      for (let j = 0; j < k; j++) out[at + k] -= l[k * size + j] * out[at + j];
      out[at + k] /= l[k * size + k];
    }
    at += size;
  });
  return out;
}

/** x ← L⁻ᵀ half of every block. */
function otherHalf(
  blocks: readonly ConicBlock[],
  factors: readonly Float64Array[],
  half: Float64Array,
  x: Float64Array,
): void {
  let at = 0;
  blocks.forEach(({ size }, b) => {
    const l = factors[b];
    for (let k = size - 1; k >= 0; k--) {
      const t = half[at + k] / l[k * size + k];
      x[at + k] = t;
      for (let j = 0; j < k; j++) half[at + j] -= l[k * size + j] * t;
    }
    at += size;
  });
}

/** Aᵀ diag(curvature) A with a column of ones for each bias behind it; lower triangle. */
export function lossGram({ blocks, n, outputs, bias }: ConicProgram, curvature: Float64Array): LossGram {
  const first = blocks.reduce((sum, block) => sum + block.size, 0);
  const size = first + (bias ? outputs : 0);
  const h = new Float64Array(size * size);
  const all = blocks.flatMap(({ columns, output, size: own }) =>
    Array.from({ length: own }, (_, k) => ({ columns, from: k * n, output })),
  );
  const ones = new Float64Array(n).fill(1);
  if (bias) for (let k = 0; k < outputs; k++) all.push({ columns: ones, from: 0, output: k });
  const weighted = Array.from({ length: outputs }, () => new Float64Array(n));
  all.forEach(({ columns, from, output }, at) => {
    weighted.forEach((w, k) => {
      for (let i = 0, c = output * outputs + k; i < n; i++)
        w[i] = curvature[i * outputs * outputs + c] * columns[from + i];
    });
    for (let j = 0; j <= at; j++) {
      const other = all[j];
      h[at * size + j] = dot(other.columns, other.from, weighted[other.output], 0, n);
    }
  });
  return h;
}
