/**
 * How the convex program over P random blocks grows: CPU seconds of a step of the interior-point method and bytes of its matrices, with n, m₁
 * and κ (the rank of the data). Prints JSON.
 * npx tsx bench/parallel/growth.ts [blocks=40]
 */
import { createRandom, Run } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { createKernels } from '../../src/linalg/kernels/index.js';
import { blockOf } from '../../src/parallel/block.js';
import { Master } from '../../src/parallel/master.js';
import { parallelProblem } from '../../src/parallel/options.js';
import { randomSubnet } from '../../src/parallel/pipeline.js';

const [blocks = 40] = process.argv.slice(2).map(Number);
const kernels = await createKernels({ threads: 1 });
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Seconds of one solve to 1e-3, and MiB of block columns and of the system of the smaller of samples and variables. */
async function measured(n: number, width: number, rank: number): Promise<object> {
  const random = createRandom(1);
  const X = matrix(
    n,
    rank,
    Float64Array.from({ length: n * rank }, () => random.normal()),
  );
  const y = Float64Array.from({ length: n }, (_, i) => Math.abs(X.data[i * rank]) - 1 + 0.3 * random.normal());
  const { training, shape } = parallelProblem(X, y, { lambda: 0.01, width, regularizer: 'path' }, 'growth');
  const master = new Master(training, shape, kernels);
  // Few rows or a small rank have fewer blocks
  for (let k = 0; k < 20 * blocks && master.count < blocks; k++)
    master.add(blockOf(X, shape, randomSubnet(rank, shape, 0, random)));
  const { count } = master;
  const from = cpu();
  await master.solve(1e-3, new Run());
  const variables = count * width * rank;
  const numbers = 2 * n * variables + Math.min(n, variables) ** 2 + count * (width * rank) ** 2;
  return {
    n,
    width,
    rank,
    blocks: count,
    variables,
    seconds: Number((cpu() - from).toFixed(3)),
    mebibytes: Number((numbers / 131072).toFixed(2)),
  };
}

const rows: object[] = [];
for (const n of [50, 100, 200, 400]) rows.push({ along: 'n', ...(await measured(n, 2, 5)) });
for (const width of [1, 2, 4, 8]) rows.push({ along: 'width', ...(await measured(200, width, 5)) });
for (const rank of [1, 2, 3, 5, 10]) rows.push({ along: 'rank', ...(await measured(200, 2, rank)) });
console.log(JSON.stringify(rows, null, 1));
