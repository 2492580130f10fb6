import { RelucentError } from '../../base/index.js';
import type { Operations } from './checks.js';
import { Jobs, KERNEL, type WasmExports } from './jobs.js';
import { createSharedMemory, SharedMemory } from './shared-memory.js';
import { createTeam } from './threads.js';
import { wasmBase64 } from './wasm.generated.js';

export interface WasmBackend {
  readonly memory: SharedMemory;
  readonly operations: Operations;
  readonly threads: number;
  dispose(): void;
}

/** The WebAssembly kernels, or null where shared memory or SIMD is missing. */
export async function createWasmBackend(threads: number): Promise<WasmBackend | null> {
  const shared = typeof WebAssembly === 'object' ? createSharedMemory() : null;
  const module = shared && (await compile());
  if (!shared || !module) return null;
  const instance = await WebAssembly.instantiate(module, { env: { memory: shared } });
  const exports = instance.exports as unknown as WasmExports;
  const team = await createTeam(threads - 1, module, shared);
  const memory = new SharedMemory(shared);
  const jobs = new Jobs(exports, memory, team.size + 1);
  return {
    memory,
    operations: wasmOperations(jobs),
    threads: jobs.threads,
    dispose() {
      jobs.stop();
      team.end();
    },
  };
}

/** Null when the engine does not know an instruction of ours: all of them are standard, but SIMD is younger. */
async function compile(): Promise<WebAssembly.Module | null> {
  const bytes = Uint8Array.from(atob(wasmBase64), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return null;
  return WebAssembly.compile(bytes);
}

function wasmOperations(jobs: Jobs): Operations {
  return { ...denseOperations(jobs), ...liftedOperations(jobs), ...coneOperations(jobs) };
}

type Dense = Pick<Operations, 'gemm' | 'weightedGram' | 'cholesky' | 'choleskySolve'>;

function denseOperations(jobs: Jobs): Dense {
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
    jobs.setArguments(n, a, from, to, rows);
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

type Lifted = Pick<Operations, 'transposePatterns' | 'maskedTransposeProduct' | 'maskedForward' | 'maskedColumns'>;

function liftedOperations(jobs: Jobs): Lifted {
  const { exports } = jobs;
  return {
    transposePatterns(count, stride, bytes, transposed) {
      exports.transposePatterns(count, stride, bytes.byteOffset, transposed.byteOffset);
    },
    maskedTransposeProduct(n, d, count, x, transposed, r, g) {
      if (n === 0) g.fill(0, 0, count * d);
      if (n === 0 || d === 0 || count === 0) return;
      const panels = exports.panelCount(d);
      const work = (n * d * count) / 2;
      const ranges = jobs.share(work) ? Math.ceil((2 * jobs.threads) / panels) : 1;
      const size = Math.ceil(count / ranges);
      jobs.setArguments(n, d, count, size, x.byteOffset, transposed.byteOffset, r.byteOffset, g.byteOffset);
      jobs.run(KERNEL.transposeProduct, panels * Math.ceil(count / size), work, exports.TABLE_SCRATCH.value);
    },
    maskedForward(n, d, blocks, x, bytes, stride, pattern, scale, z, f) {
      if (n === 0 || d === 0 || blocks === 0) return;
      const work = (n * d * blocks) / 2;
      const share = jobs.share(work) ? Math.ceil(n / (2 * jobs.threads)) : n;
      const rows = Math.min(1024, (share + 7) & ~7);
      const pointers = [x, bytes].map((array) => array.byteOffset);
      jobs.setArguments(
        n,
        d,
        blocks,
        rows,
        ...pointers,
        stride,
        pattern.byteOffset,
        scale.byteOffset,
        z.byteOffset,
        f.byteOffset,
      );
      jobs.run(KERNEL.forward, Math.ceil(n / rows), work, exports.forwardScratchBytes(blocks, rows));
    },
    maskedColumns(n, d, k, x, pattern, scale, basis, m, ldm, offset) {
      const rows = 1024;
      const [xAt, patternAt, basisAt, mAt] = [x, pattern, basis, m].map((array) => array.byteOffset);
      jobs.setArguments(n, d, k, rows, xAt, patternAt, scale, basisAt, mAt, ldm, offset);
      jobs.run(KERNEL.columns, Math.ceil(n / rows), n * d * k, 4 * rows);
    },
  };
}

function coneOperations(jobs: Jobs): Pick<Operations, 'coneProximal' | 'nullBasis'> {
  const { exports } = jobs;
  return {
    coneProximal(p) {
      const arrays = [p.pattern, p.sign, p.z, p.g].map((array) => array.byteOffset);
      const results = [p.tight, p.tightCount, p.multiplier, p.norm, p.out].map((array) => array.byteOffset);
      const size = 8;
      jobs.setArguments(
        p.n,
        p.d,
        p.x.byteOffset,
        p.inverseNorms.byteOffset,
        p.bytes.byteOffset,
        p.stride,
        ...arrays,
        p.sigma,
        p.threshold,
        p.cones ? 1 : 0,
        p.exact ? 1 : 0,
        ...results,
        size,
        p.blocks,
      );
      const work = p.blocks * p.d * (p.cones ? 4 * p.n : 8);
      return jobs.run(KERNEL.cones, Math.ceil(p.blocks / size), work, exports.coneScratchBytes(p.n, p.d));
    },
    nullBasis(d, x, rows, count, basis) {
      const scratch = jobs.memory.scratch(exports.nullBasisScratchBytes(d, count));
      return exports.nullBasis(d, x.byteOffset, rows.byteOffset, count, basis.byteOffset, scratch);
    },
  };
}

/** For `backend: 'wasm'` where it cannot be had. */
export function wasmMissing(): RelucentError {
  return new RelucentError(
    'resource',
    "createKernels: expected an engine with WebAssembly SIMD and shared memory, got one without; use backend 'plain'.",
  );
}
