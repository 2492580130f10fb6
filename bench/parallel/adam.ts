/**
 * Three layers, d = 10, m₁ = 2: column generation to a gap of 1e-2 against the best of several runs of Adam on the non-convex problem that
 * share a multiple of its time; CPU seconds.
 * npx tsx bench/parallel/adam.ts [n=500] [runs=20] [times=10] [regularizer=both] [seed=3]
 */
import { createRandom } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { fitParallel, trainParallelByAdam } from '../../src/parallel/index.js';

const [n = 500, runs = 20, times = 10] = process.argv.slice(2, 5).map(Number);
const [, , , , , only = 'both', seed = '3'] = process.argv;
const d = 10;
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const round = (t: number): number => Number(t.toFixed(2));

for (const regularizer of (['path', 'weight-decay'] as const).filter((r) => only === 'both' || only === r)) {
  const random = createRandom(Number(seed));
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
  let from = cpu();
  let training = 0;
  const fitted = await fitParallel(X, y, {
    ...problem,
    gap: 1e-2,
    threads: 1,
    onProgress: ({ phase }) => {
      if (phase === 'pricing' || phase === 'local training') training = cpu() - from;
    },
  });
  const seconds = cpu() - from;
  // Steps for the time that one run may take
  from = cpu();
  await trainParallelByAdam(X, y, { ...problem, steps: 200, every: 200 });
  const steps = Math.round((200 * times * training) / runs / (cpu() - from));
  from = cpu();
  const ends: number[] = [];
  for (let k = 0; k < runs; k++)
    ends.push((await trainParallelByAdam(X, y, { ...problem, seed: k, steps, every: steps })).objective);
  ends.sort((a, b) => a - b);
  const { objective, status, subnetworks, certificate } = fitted;
  const convex = { objective, status, subnetworks, gap: certificate.relativeGap, scope: certificate.scope };
  const own = { seconds: round(seconds), training: round(training) };
  const adam = { runs, steps, best: ends[0], median: ends[Math.floor(runs / 2)], seconds: round(cpu() - from) };
  console.log(
    JSON.stringify({ regularizer, n, seed: Number(seed), ...convex, ...own, adam, ratio: objective / ends[0] }),
  );
}
