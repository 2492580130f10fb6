/**
 * How the convex program over random blocks grows with the rows n, the width m₁ and the rank κ of the data: processor seconds of its solution
 * to a gap of 1e-3, and by how much it lifts the peak of the resident memory. Every point is a process of its own.
 * npx tsx bench/parallel/growth.ts [blocks=40]     writes docs/results/parallel-growth.json and docs/benchmarks/parallel-growth.svg
 * npx tsx bench/parallel/growth.ts figure          draws what is in the file
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRandom, Run } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { createKernels } from '../../src/linalg/kernels/index.js';
import { blockOf } from '../../src/parallel/block.js';
import { Master } from '../../src/parallel/master.js';
import { parallelProblem } from '../../src/parallel/options.js';
import { randomSubnet } from '../../src/parallel/pipeline.js';
import { type GrowthPoint, growthFigure } from './growth-figure.js';

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
/** Highest resident memory of this process so far, MiB. */
const peak = (): number => process.resourceUsage().maxRSS / 1024;

async function measured(blocks: number, n: number, width: number, rank: number): Promise<GrowthPoint> {
  const random = createRandom(1);
  const kernels = await createKernels({ threads: 1 });
  const numbers = Float64Array.from({ length: n * rank }, () => random.normal());
  const X = matrix(n, rank, numbers);
  const y = Float64Array.from({ length: n }, (_, i) => Math.abs(X.data[i * rank]) - 1 + 0.3 * random.normal());
  const { training, shape } = parallelProblem(X, y, { lambda: 0.01, width, regularizer: 'path' }, 'growth');
  const [from, before] = [cpu(), peak()];
  const master = new Master(training, shape, kernels);
  // Few rows or a small rank have fewer blocks
  for (let k = 0; k < 20 * blocks && master.count < blocks; k++)
    master.add(blockOf(X, shape, randomSubnet(rank, shape, 0, random)));
  const { count } = master;
  await master.solve(1e-3, new Run());
  const [seconds, mebibytes] = [cpu() - from, peak() - before];
  return { n, width, rank, blocks: count, variables: count * width * rank, seconds, mebibytes };
}

/** The median of three processes. */
function point(blocks: number, n: number, width: number, rank: number): GrowthPoint {
  const own = ['--import', 'tsx', fileURLToPath(import.meta.url), 'job', ...[blocks, n, width, rank].map(String)];
  const runs = [1, 2, 3].map(
    () => JSON.parse(execFileSync(process.execPath, own, { encoding: 'utf8' })) as GrowthPoint,
  );
  const median = (key: 'seconds' | 'mebibytes', digits: number): number =>
    Number(
      runs
        .map((run) => run[key])
        .sort((a, b) => a - b)[1]
        .toFixed(digits),
    );
  return { ...runs[0], seconds: median('seconds', 3), mebibytes: median('mebibytes', 1) };
}

if (process.argv[2] === 'job') {
  const [blocks, n, width, rank] = process.argv.slice(3).map(Number);
  // The engine's own first needs, so that they count for no point
  await measured(blocks, 120, 2, 3);
  process.stdout.write(JSON.stringify(await measured(blocks, n, width, rank)));
} else if (process.argv[2] === 'figure') {
  const { along, blocks } = JSON.parse(readFileSync('docs/results/parallel-growth.json', 'utf8'));
  writeFileSync('docs/benchmarks/parallel-growth.svg', growthFigure(along, blocks));
} else {
  const blocks = Number(process.argv[2] ?? 40);
  const along = {
    n: [50, 100, 200, 400, 800, 1600].map((n) => point(blocks, n, 2, 5)),
    width: [1, 2, 4, 8, 16].map((width) => point(blocks, 200, width, 5)),
    rank: [2, 3, 5, 10, 20].map((rank) => point(blocks, 200, 2, rank)),
  };
  writeFileSync('docs/results/parallel-growth.json', `${JSON.stringify({ blocks, gap: 1e-3, along }, null, 1)}\n`);
  writeFileSync('docs/benchmarks/parallel-growth.svg', growthFigure(along, blocks));
}
