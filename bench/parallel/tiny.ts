/**
 * Random tiny problems (n 4–10, d = 2, m₁ 1–3, both penalties): the proved optimum against the best of many starts of Adam on the
 * non-convex problem. Prints one line a problem and the tally as JSON.
 * npx tsx bench/parallel/tiny.ts [problems=200] [starts=500] [first=0]
 */
import { createRandom } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { fitParallel, trainParallelByAdam } from '../../src/parallel/index.js';

const [problems = 200, starts = 500, first = 0] = process.argv.slice(2).map(Number);
const tally = { proved: 0, above: 0, unrecovered: 0, worstAbove: -1, worstRecovery: 0, worstGap: 0 };

for (let p = first; p < first + problems; p++) {
  const random = createRandom(p + 1);
  const n = 4 + random.integer(7);
  const width = 1 + ((p >> 1) % 3);
  const regularizer = p % 2 === 0 ? 'weight-decay' : 'path';
  const X = matrix(
    n,
    2,
    Float64Array.from({ length: 2 * n }, () => random.normal()),
  );
  const y = Float64Array.from({ length: n }, () => random.normal());
  const problem = { lambda: 0.01 + 0.05 * random.uniform(), regularizer, width } as const;
  const fitted = await fitParallel(X, y, { ...problem, patterns: 'exact', gap: 1e-6, threads: 1 });
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < starts; k++) {
    const trained = await trainParallelByAdam(X, y, { ...problem, seed: k, subnetworks: 12, steps: 300, every: 300 });
    best = Math.min(best, trained.objective);
  }
  const above = fitted.objective / best - 1;
  const recovery = Math.abs(fitted.objective - fitted.program) / fitted.objective;
  if (fitted.certificate.scope === 'exact') tally.proved++;
  if (above > 1e-6) tally.above++;
  if (recovery > 1e-8) tally.unrecovered++;
  tally.worstAbove = Math.max(tally.worstAbove, above);
  tally.worstRecovery = Math.max(tally.worstRecovery, recovery);
  tally.worstGap = Math.max(tally.worstGap, fitted.certificate.relativeGap);
  console.log(p, n, width, regularizer, fitted.certificate.scope, fitted.objective, above.toExponential(2));
}
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ problems, starts, ...tally, seconds: Math.round((user + system) / 1e6) }));
