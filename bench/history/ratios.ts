/**
 * The fixed set of `npm run bench`, each as seconds of a baseline over ours: kernels against their plain twins, solves against a
 * fixed amount of plain arithmetic. Baseline and ours take turns; the least CPU seconds of each count.
 */
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom, Run } from '../../src/base/index.js';
import { fitPath } from '../../src/estimators/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { squared } from '../../src/losses/index.js';
import type { TwoLayerProblem } from '../../src/programs/index.js';
import { solveOverPatterns, solveTwoLayer } from '../../src/solvers/index.js';
import { cpuMilliseconds, kernelCases } from '../kernels/cases.js';

interface Benchmark {
  readonly name: string;
  readonly rounds: number;
  /** Runs of ours for one of the baseline: ours are quick, and the clock has a grain. */
  readonly times?: number;
  ours(): Promise<void> | void;
  baseline(): void;
}

const compared = [
  'gemm 500x500x500 Aᵀ',
  'gram 1000x300',
  'cholesky 300',
  'maskedTransposeProduct 1000,20,500',
  'maskedForward 1000,20,500',
  'coneProximal 200,10,1000 (blocks/µs)',
];

function kernelBenchmarks(fast: Kernels, plain: Kernels): Benchmark[] {
  return compared.map((name) => {
    const found = kernelCases.find(([other]) => other === name);
    if (!found) throw new Error(`bench: no kernel case '${name}' in bench/kernels/cases.ts.`);
    const [ours, baseline] = [found[1](fast), found[1](plain)];
    return { name, rounds: 5, times: 8, ours: repeated(() => ours.run(), 8), baseline: () => baseline.run() };
  });
}

function repeated(run: () => void, times: number): () => void {
  return () => {
    for (let k = 0; k < times; k++) run();
  };
}

/** Standard normal X, a teacher of eight ramps of unit variance and noise 0.1. */
function planted(n: number, d: number): { X: Matrix; y: Float64Array } {
  const random = createRandom(3);
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal() / Math.sqrt(n)),
  );
  const y = Float64Array.from({ length: n }, () => 0.1 * random.normal());
  for (let k = 0; k < 8; k++) {
    const direction = Float64Array.from({ length: d }, () => random.normal() * Math.sqrt(n / d));
    for (let i = 0; i < n; i++) {
      let t = 0;
      for (let j = 0; j < d; j++) t += X.data[i * d + j] * direction[j];
      if (t > 0) y[i] += (k % 2 === 0 ? 1 : -1) * t;
    }
  }
  return { X, y };
}

/** Plain products of 250 × 250 matrices: about 50 ms of one core. */
function arithmetic(plain: Kernels): () => void {
  const random = createRandom(4);
  const n = 250;
  const [a, b, c] = [0, 1, 2].map(() => plain.float64(n * n));
  for (const values of [a, b]) for (let i = 0; i < n * n; i++) values[i] = random.normal();
  return repeated(() => plain.gemm(n, n, n, 1, a, false, b, false, 0, c), 4);
}

function solveBenchmarks(fast: Kernels, plain: Kernels): Benchmark[] {
  const { X, y } = planted(300, 12);
  const { patterns } = samplePatterns(X, 300, { seed: 7 });
  const baseline = arithmetic(plain);
  const problem = (activation: 'relu' | 'gated'): TwoLayerProblem => ({
    ...{ X, y, outputs: 1, loss: squared, lambda: 1e-3, outputBias: false, activation },
  });
  const sampled = (activation: 'relu' | 'gated') => async () => {
    await solveOverPatterns(fast, problem(activation), patterns, 1e-6, new Run());
  };
  const small = planted(100, 4);
  return [
    { name: 'ReLU solve 300x12, 300 patterns, gap 1e-6', rounds: 7, ours: sampled('relu'), baseline },
    { name: 'gated solve 300x12, 300 patterns, gap 1e-6', rounds: 7, ours: sampled('gated'), baseline },
    {
      name: 'training 100x4, gap 1e-6',
      rounds: 4,
      async ours() {
        const all = { ...problem('relu'), ...small, lambda: 1e-3 };
        await solveTwoLayer(fast, all, { patterns: 'auto', gap: 1e-6, seed: 0 }, new Run());
      },
      baseline,
    },
    {
      name: 'path 100x4, 20 λ',
      rounds: 3,
      async ours() {
        await fitPath(small.X, small.y, { loss: 'squared', lambdas: 20, minRatio: 1e-2, threads: 1 });
      },
      baseline,
    },
  ];
}

async function seconds(task: () => Promise<void> | void): Promise<number> {
  const start = cpuMilliseconds();
  await task();
  return cpuMilliseconds() - start;
}

async function ratioOf({ rounds, times = 1, ours, baseline }: Benchmark): Promise<number> {
  const [own, theirs]: [number[], number[]] = [[], []];
  for (let k = 0; k < rounds + 1; k++) {
    own.push(await seconds(ours));
    theirs.push(await seconds(baseline));
  }
  // the first of each compiles
  return (times * Math.min(...theirs.slice(1))) / Math.min(...own.slice(1));
}

/** All ratios, in the order of the set; `each` hears of them as they come. */
export async function measuredRatios(each: (name: string, ratio: number) => void): Promise<Record<string, number>> {
  const ratios: Record<string, number> = {};
  const [fast, plain] = [await createKernels({ threads: 1 }), await createKernels({ backend: 'plain' })];
  for (const benchmark of [...kernelBenchmarks(fast, plain), ...solveBenchmarks(fast, plain)]) {
    const ratio = await ratioOf(benchmark);
    ratios[benchmark.name] = Number(ratio.toPrecision(4));
    each(benchmark.name, ratios[benchmark.name]);
  }
  fast.dispose();
  plain.dispose();
  return ratios;
}
