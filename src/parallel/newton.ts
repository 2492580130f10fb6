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
): NewtonSystem {
  const variables = program.blocks.reduce((sum, { size }) => sum + size, 0);
  if (program.outputs === 1 && program.n < variables)
    return sampleSystem(program, hessians, curvature, variables, kernels);
  return variableSystem(program, hessians, (constant ?? lossGram(program, curvature)).slice(), kernels);
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
): NewtonSystem {
  const roots = curvature.map(Math.sqrt);
  // Row i: L_b⁻¹ (B_b)_i of every block
  const v = new Float64Array(n * variables);
  let at = 0;
  blocks.forEach((block, b) => {
    cholesky(hessians[b], block.size);
    fillRows(v, block, hessians[b], roots, at, variables);
    at += block.size;
  });
  const sigma = factored(samplesGram(v, n, variables, kernels), n, kernels);
  const ones = roots.slice();
  choleskySolve(sigma, n, ones);
  const pivot = dot(ones, 0, roots, 0, n);
  return {
    solve(x) {
      const half = halfSolved(blocks, hessians, x);
      const w = Float64Array.from({ length: n }, (_, i) => dot(v, i * variables, half, 0, variables));
      choleskySolve(sigma, n, w);
      if (bias) {
        const beta = pivot > 0 ? (x[variables] - dot(roots, 0, w, 0, n)) / pivot : 0;
        for (let i = 0; i < n; i++) w[i] += beta * ones[i];
        x[variables] = beta;
      }
      for (let i = 0; i < n; i++) {
        const t = w[i];
        if (t !== 0) for (let k = 0, row = i * variables; k < variables; k++) half[k] -= t * v[row + k];
      }
      otherHalf(blocks, hessians, half, x);
    },
  };
}

/** Sizes from which the kernels are worth the copies. */
const LARGE = 100;

/** I + V Vᵀ, lower triangle. */
function samplesGram(v: Float64Array, n: number, width: number, kernels?: Kernels): Float64Array {
  const sigma = kernels && n >= LARGE ? kernelGram(v, n, width, kernels) : plainGram(v, n, width);
  for (let i = 0; i < n; i++) sigma[i * n + i] += 1;
  return sigma;
}

function plainGram(v: Float64Array, n: number, width: number): Float64Array {
  const sigma = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) sigma[i * n + j] = dot(v, i * width, v, j * width, width);
  return sigma;
}

function kernelGram(v: Float64Array, n: number, width: number, kernels: Kernels): Float64Array {
  const mark = kernels.mark();
  try {
    const a = kernels.float64(n * width);
    const c = kernels.float64(n * n);
    a.set(v);
    kernels.outerGram(n, width, a, 0, c);
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

function fillRows(
  v: Float64Array,
  { columns, size }: ConicBlock,
  l: Float64Array,
  roots: Float64Array,
  at: number,
  stride: number,
): void {
  const n = roots.length;
  for (let i = 0; i < n; i++) {
    const row = i * stride + at;
    for (let k = 0; k < size; k++) {
      let sum = columns[k * n + i] * roots[i];
      for (let j = 0; j < k; j++) sum -= l[k * size + j] * v[row + j];
      v[row + k] = sum / l[k * size + k];
    }
  }
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
