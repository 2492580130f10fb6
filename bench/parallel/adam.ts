/**
 * Three layers at n = 500, d = 10, m₁ = 2: column generation against the best of 20 runs of Adam, CPU seconds of one thread.
 * npx tsx bench/parallel/adam.ts [n=500] [steps=2000] [runs=20]
 */
import { createRandom } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { fitParallel, trainParallelByAdam } from '../../src/parallel/index.js';

const [n = 500, steps = 2000, runs = 20] = process.argv.slice(2).map(Number);
const d = 10;
const seconds = (): number => process.cpuUsage().user / 1e6;

for (const regularizer of ['path', 'weight-decay'] as const) {
  const random = createRandom(3);
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
  const y = Float64Array.from(
    { length: n },
    (_, i) => Math.abs(X.data[i * d] - X.data[i * d + 1]) - 1 + 0.3 * random.normal(),
  );
  const problem = { lambda: 0.01, regularizer, width: 2 };
  let from = seconds();
  const fitted = await fitParallel(X, y, { ...problem, threads: 1, timeLimit: 60 });
  const convex = seconds() - from;
  from = seconds();
  let best = Number.POSITIVE_INFINITY;
  for (let seed = 0; seed < runs; seed++) {
    const trained = await trainParallelByAdam(X, y, { ...problem, seed, steps, every: steps });
    best = Math.min(best, trained.objective);
  }
  const row = { regularizer, n, convex: fitted.objective, status: fitted.status, seconds: convex };
  console.log(JSON.stringify({ ...row, adam: best, adamSeconds: seconds() - from, ratio: fitted.objective / best }));
}
