import type { Operations } from './checks.js';
import { type Jobs, KERNEL } from './jobs.js';

type Dense = Pick<Operations, 'gemm' | 'weightedGram' | 'outerGram' | 'cholesky' | 'choleskySolve'>;

/** The dense kernels as jobs of the WebAssembly module. */
export function denseOperations(jobs: Jobs): Dense {
  const { exports } = jobs;
  return {
    gemm(m, n, k, alpha, a, transposeA, b, transposeB, beta, c) {
      if (m === 0 || n === 0) return;
      if (n === 1) return vectorProduct(jobs, m, k, alpha, a, transposeA, b, beta, c);
      if (m === 1) return vectorProduct(jobs, n, k, alpha, b, !transposeB, a, beta, c);
      jobs.product(
        { m, n, k, alpha, beta, lower: false },
        { array: a.byteOffset, row: transposeA ? 1 : k, step: transposeA ? m : 1, weights: 0 },
        { array: b.byteOffset, step: transposeB ? 1 : n, column: transposeB ? k : 1 },
        { array: c.byteOffset, row: n },
      );
    },
    weightedGram(n, k, a, w, beta, c) {
      if (k === 0) return;
      jobs.product(
        { m: k, n: k, k: n, alpha: 1, beta, lower: true },
        { array: a.byteOffset, row: 1, step: k, weights: w ? w.byteOffset : 0 },
        { array: a.byteOffset, step: k, column: 1 },
        { array: c.byteOffset, row: k },
      );
      exports.mirror(k, c.byteOffset);
    },
    outerGram(n, k, a, beta, c) {
      if (n === 0) return;
      jobs.product(
        { m: n, n, k, alpha: 1, beta, lower: true },
        { array: a.byteOffset, row: k, step: 1, weights: 0 },
        { array: a.byteOffset, step: 1, column: k },
        { array: c.byteOffset, row: n },
      );
      exports.mirror(n, c.byteOffset);
    },
    cholesky: (n, a) => cholesky(jobs, n, a.byteOffset),
    choleskySolve: (n, l, b) => exports.choleskySolve(n, l.byteOffset, b.byteOffset),
  };
}

/** y ← beta y + alpha A x. */
function vectorProduct(
  jobs: Jobs,
  m: number,
  k: number,
  alpha: number,
  a: Float64Array,
  transposed: boolean,
  x: Float64Array,
  beta: number,
  y: Float64Array,
): void {
  const size = 512;
  const tasks = Math.ceil(m / size);
  const stored = transposed ? m : k;
  jobs.setArguments(m, k, alpha, beta, size, a.byteOffset, stored, transposed ? 1 : 0, x.byteOffset, y.byteOffset);
  jobs.run(KERNEL.vector, tasks, 2 * m * k, 0);
}

/** A panel of columns at a time: its diagonal block, the rows below, then what it takes from the rest. */
function cholesky(jobs: Jobs, n: number, a: number): number {
  const { exports } = jobs;
  const panel = exports.PANEL.value;
  const rows = 32;
  for (let from = 0; from < n; from += panel) {
    const to = Math.min(n, from + panel);
    const failed = exports.choleskyDiagonal(n, a, from, to, jobs.memory.scratch(exports.CHOLESKY_SCRATCH.value));
    if (failed >= 0) return failed;
    const left = n - to;
    if (left === 0) break;
    jobs.setArguments(n, a, from, rows);
    jobs.run(KERNEL.choleskyRows, Math.ceil(left / rows), left * panel ** 2, exports.CHOLESKY_SCRATCH.value);
    const below = a + 8 * (to * n + from);
    jobs.product(
      { m: left, n: left, k: to - from, alpha: -1, beta: 1, lower: true },
      { array: below, row: n, step: 1, weights: 0 },
      { array: below, step: 1, column: n },
      { array: a + 8 * (to * n + to), row: n },
    );
  }
  return -1;
}
