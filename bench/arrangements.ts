/**
 * Speed of the arrangement room: cells a second by rows and rank, the exact maximum of rank 2 and 3, the local search.
 * Run: npx tsx bench/arrangements.ts
 */
import { countPatterns, enumeratePatterns, maximizeExactly, searchViolations } from '../src/arrangements/index.js';
import { createRandom } from '../src/base/index.js';
import { type Matrix, matrix } from '../src/linalg/index.js';
import { createKernels } from '../src/linalg/kernels/index.js';

function gaussian(n: number, d: number, seed: number): Matrix {
  const random = createRandom(seed);
  return matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
}

/** The shortest of three runs, in seconds, and what the last one gave. */
async function timed<T>(work: () => T | Promise<T>): Promise<{ seconds: number; result: T }> {
  let seconds = Number.POSITIVE_INFINITY;
  for (let run = 0; ; run++) {
    const started = performance.now();
    const result = await work();
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
    if (run === 2) return { seconds, result };
  }
}

async function enumeration(): Promise<void> {
  console.log('enumeration: n, rank, cells, complete, seconds, cells a second');
  const sizes = [
    [1000, 2],
    [10_000, 2],
    [100, 3],
    [300, 3],
    [20, 4],
    [30, 4],
    [60, 4],
    [20, 5],
    [30, 5],
    [20, 6],
  ];
  for (const [n, rank] of sizes) {
    const X = gaussian(n, rank, n + rank);
    const { seconds, result } = await timed(() => enumeratePatterns(X));
    const { count } = result.patterns;
    if (count !== countPatterns(n, rank)) throw new Error(`expected ${countPatterns(n, rank)} cells, found ${count}`);
    console.log(n, rank, count, result.complete, seconds.toFixed(3), Math.round(count / seconds));
  }
}

async function exactMaximum(): Promise<void> {
  console.log('exact maximum: n, rank, seconds');
  for (const [n, rank] of [
    [1000, 2],
    [10_000, 2],
    [100, 3],
    [300, 3],
    [600, 3],
  ]) {
    const X = gaussian(n, rank, 1);
    const r = gaussian(n, 1, 2).data;
    console.log(n, rank, (await timed(() => maximizeExactly(X, r))).seconds.toFixed(4));
  }
}

async function localSearch(): Promise<void> {
  const kernels = await createKernels();
  console.log(`local search on ${kernels.backend}: n, d, maxima, largest, seconds`);
  for (const [n, d] of [
    [200, 10],
    [569, 30],
    [1000, 20],
  ]) {
    const X = gaussian(n, d, 3);
    const r = gaussian(n, 1, 4).data;
    const { seconds, result } = await timed(() => searchViolations(X, r, { starts: 50, kernels }));
    console.log(n, d, result.length, result[0].value.toFixed(6), seconds.toFixed(3));
  }
  kernels.dispose();
}

await enumeration();
await exactMaximum();
await localSearch();
