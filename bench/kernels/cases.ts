/** The kernels on sizes that matter, each with the operations of one run and the least bytes that it must move. */
import { createRandom } from '../../src/base/index.js';
import { coneScreen, type Kernels } from '../../src/linalg/kernels/index.js';

export interface Prepared {
  /** Dense-equivalent operations of one run. */
  readonly work: number;
  /** Inputs and outputs once each; absent where operations are not what is counted. */
  readonly bytes?: number;
  run(): void;
}

export type Case = readonly [name: string, prepare: (kernels: Kernels) => Prepared];

const random = createRandom(1);

function normals(kernels: Kernels, length: number): Float64Array {
  const out = kernels.float64(length);
  for (let i = 0; i < length; i++) out[i] = random.normal();
  return out;
}

function patterns(kernels: Kernels, n: number, count: number) {
  const stride = (n + 7) >> 3;
  const bytes = kernels.uint8(count * stride);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(256);
  if (n & 7) for (let p = 1; p <= count; p++) bytes[p * stride - 1] &= (1 << (n & 7)) - 1;
  return { stride, bytes };
}

const gemm = (m: number, n: number, k: number, ta = false, tb = false): Case => [
  `gemm ${m}x${n}x${k}${ta ? ' Aᵀ' : ''}${tb ? ' Bᵀ' : ''}`,
  (kernels) => {
    const [a, b, c] = [m * k, k * n, m * n].map((length) => normals(kernels, length));
    return {
      work: 2 * m * n * k,
      bytes: 8 * (m * k + k * n + m * n),
      run: () => kernels.gemm(m, n, k, 1, a, ta, b, tb, 0, c),
    };
  },
];

const outer = (n: number, k: number): Case => [
  `outerGram ${n}x${k}`,
  (kernels) => {
    const [a, c] = [n * k, n * n].map((length) => normals(kernels, length));
    return { work: n * (n + 1) * k, bytes: 8 * (n * k + n * n), run: () => kernels.outerGram(n, k, a, 0, c) };
  },
];

const gram = (n: number, k: number): Case => [
  `gram ${n}x${k}`,
  (kernels) => {
    const [a, w, c] = [n * k, n, k * k].map((length) => normals(kernels, length));
    return { work: n * k * (k + 1), bytes: 8 * (n * k + n + k * k), run: () => kernels.weightedGram(n, k, a, w, 0, c) };
  },
];

const cholesky = (n: number): Case => [
  `cholesky ${n}`,
  (kernels) => {
    const matrix = kernels.float64(n * n);
    for (let i = 0; i < n * n; i++) matrix[i] = i % (n + 1) === 0 ? n : 1 / (1 + (i % 7));
    const a = kernels.float64(n * n);
    return {
      work: n ** 3 / 3,
      bytes: 16 * n * n,
      run() {
        a.set(matrix);
        if (kernels.cholesky(n, a) >= 0) throw new Error('not positive definite');
      },
    };
  },
];

const choleskySolve = (n: number): Case => [
  `choleskySolve ${n}`,
  (kernels) => {
    const l = kernels.float64(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) l[i * n + j] = i === j ? 2 : 1 / n;
    const b = normals(kernels, n);
    return { work: 2 * n * n, bytes: 8 * n * n, run: () => kernels.choleskySolve(n, l, b) };
  },
];

const maskedTranspose = (n: number, d: number, count: number): Case => [
  `maskedTransposeProduct ${n},${d},${count}`,
  (kernels) => {
    const { stride, bytes } = patterns(kernels, n, count);
    const transposed = kernels.uint8(bytes.length);
    kernels.transposePatterns(count, stride, bytes, transposed);
    const [x, r, g] = [n * d, n, count * d].map((length) => normals(kernels, length));
    return {
      work: 2 * n * d * count,
      bytes: 8 * (n * d + n + count * d) + bytes.length,
      run: () => kernels.maskedTransposeProduct(n, d, count, x, transposed, r, g),
    };
  },
];

const maskedForward = (n: number, d: number, blocks: number): Case => [
  `maskedForward ${n},${d},${blocks}`,
  (kernels) => {
    const { stride, bytes } = patterns(kernels, n, blocks);
    const pattern = kernels.int32(blocks).map((_, k) => k);
    const index = kernels.int32(blocks);
    index.set(pattern);
    const [x, scale, z, f] = [n * d, blocks, blocks * d, n].map((length) => normals(kernels, length));
    return {
      work: 2 * n * d * blocks,
      bytes: 8 * (n * d + blocks * d + n) + bytes.length,
      run: () => kernels.maskedForward(n, d, blocks, x, bytes, stride, index, scale, z, f),
    };
  },
];

const maskedColumns = (n: number, d: number, k: number): Case => [
  `maskedColumns ${n},${d},${k}`,
  (kernels) => {
    const { bytes } = patterns(kernels, n, 1);
    const [x, basis, m] = [n * d, k * d, n * 100].map((length) => normals(kernels, length));
    return {
      work: 2 * n * d * k,
      bytes: 8 * (n * d + k * d + n * k) + bytes.length,
      run: () => kernels.maskedColumns(n, d, k, x, bytes, 1, basis, m, 100, 10),
    };
  },
];

const cones = (n: number, d: number, count: number): Case => [
  `coneProximal ${n},${d},${2 * count} (blocks/µs)`,
  (kernels) => {
    const blocks = 2 * count;
    const x = normals(kernels, n * d);
    const { stride, bytes } = patterns(kernels, n, count);
    const gates = normals(kernels, count * d);
    bytes.fill(0);
    const inverseNorms = kernels.float64(n);
    for (let i = 0; i < n; i++) {
      inverseNorms[i] = 1 / Math.hypot(...x.subarray(i * d, i * d + d));
      for (let p = 0; p < count; p++) {
        let dot = 0;
        for (let j = 0; j < d; j++) dot += x[i * d + j] * gates[p * d + j];
        if (dot >= 0) bytes[p * stride + (i >> 3)] |= 1 << (i & 7);
      }
    }
    const transposed = kernels.uint8(bytes.length);
    kernels.transposePatterns(count, stride, bytes, transposed);
    const g = kernels.float64(count * d);
    kernels.maskedTransposeProduct(n, d, count, x, transposed, normals(kernels, n), g);
    const pattern = kernels.int32(blocks);
    const sign = kernels.float64(blocks);
    for (let b = 0; b < blocks; b++) {
      pattern[b] = b % count;
      sign[b] = b < count ? 1 : -1;
    }
    const norm = kernels.float64(blocks);
    const tightCount = kernels.int32(blocks);
    const [z, multiplier, out] = [0, 0, 0].map(() => kernels.float64(blocks * d));
    const tight = kernels.int32(blocks * d);
    const screen = coneScreen(kernels, n, d, x, inverseNorms);
    const rows = { n, d, x, inverseNorms, screen };
    const common = { ...rows, blocks, bytes, stride, pattern, sign, z, g, sigma: 1, threshold: 0 };
    return {
      work: 1000 * blocks,
      run() {
        tightCount.fill(0);
        kernels.coneProximal({ ...common, cones: true, exact: true, tight, tightCount, multiplier, norm, out });
      },
    };
  },
];

export const kernelCases: readonly Case[] = [
  gemm(1000, 1000, 1000),
  gemm(500, 500, 500, true),
  gemm(1000, 500, 20, false, true),
  gemm(500, 20, 1000, true),
  gemm(200, 200, 200, false, true),
  gemm(10000, 1, 100),
  gemm(100, 1, 10000, true),
  gram(10000, 100),
  gram(1000, 300),
  gram(1000, 1000),
  gram(1000, 20),
  outer(1000, 300),
  cholesky(100),
  cholesky(300),
  cholesky(1000),
  cholesky(3000),
  choleskySolve(300),
  choleskySolve(1000),
  maskedTranspose(200, 10, 500),
  maskedTranspose(1000, 20, 50),
  maskedTranspose(1000, 20, 500),
  maskedTranspose(1000, 20, 2000),
  maskedTranspose(569, 30, 500),
  maskedTranspose(1000, 100, 500),
  maskedTranspose(10000, 10, 2000),
  maskedTranspose(10000, 100, 2000),
  maskedTranspose(10000, 784, 2000),
  maskedForward(1000, 20, 100),
  maskedForward(1000, 20, 500),
  maskedForward(10000, 100, 200),
  maskedForward(10000, 100, 2000),
  maskedColumns(1000, 20, 2),
  maskedColumns(1000, 20, 10),
  maskedColumns(10000, 100, 30),
  cones(1000, 20, 500),
  cones(200, 10, 500),
];

/** CPU milliseconds of this process: what other work on the machine does not lengthen. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Best rate, in 10⁹ operations a second, of runs that take about `budget` milliseconds together. */
export function rate({ work, run }: Prepared, budget: number, clock: () => number = () => performance.now()): number {
  run();
  let best = Infinity;
  const end = performance.now() + budget;
  do {
    const start = clock();
    run();
    best = Math.min(best, clock() - start);
  } while (performance.now() < end);
  return work / best / 1e6;
}
