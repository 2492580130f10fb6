/**
 * Three layers, d = 10, m₁ = 2: column generation, ended after so many processor seconds, against the best of several runs of Adam on the
 * non-convex problem that have ten times as much in all. Resumable: what is in the file is kept.
 * npx tsx bench/parallel/adam.ts [limit=6] [runs=20] [file=docs/results/parallel-adam.json] [part=both|fits|adam]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRandom } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { fitParallel, trainParallelByAdam } from '../../src/parallel/index.js';

const [limit = 6, runs = 20] = process.argv.slice(2, 4).map(Number);
const file = process.argv[4] ?? 'docs/results/parallel-adam.json';
const part = process.argv[5] ?? 'both';
const settings = {
  ...{ n: 500, d: 10, width: 2, lambda: 0.01, gap: 1e-3, limit, times: 10, runs },
  /** Of Adam, which takes all rows a step and lets its rate fall linearly to a hundredth; runs take the rates in turn. */
  adam: { subnetworks: 100, rates: [0.05, 0.02, 0.01] },
};
const seeds = [3, 4];
const cases = seeds.flatMap((seed) =>
  (['path', 'weight-decay'] as const).map((regularizer) => ({ seed, regularizer })),
);

interface Case {
  readonly seed: number;
  readonly regularizer: 'path' | 'weight-decay';
  fit?: {
    objective: number;
    status: string;
    subnetworks: number;
    rounds: number;
    relativeGap: number | null;
    seconds: number;
  };
  adam?: { objective: number; rate: number; seconds: number }[];
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const round = (t: number): number => Number(t.toFixed(2));

function dataOf(seed: number): { X: Matrix; y: Float64Array } {
  const { n, d } = settings;
  const random = createRandom(seed);
  const numbers = Float64Array.from({ length: n * d }, () => random.normal());
  const target = (_: unknown, i: number): number => Math.abs(numbers[i * d] - numbers[i * d + 1]) - 1;
  return {
    X: matrix(n, d, numbers),
    y: Float64Array.from({ length: n }, target).map((t) => t + 0.3 * random.normal()),
  };
}

const problemOf = ({ regularizer }: Case) => ({ lambda: settings.lambda, regularizer, width: settings.width });

/** Ended when this process has used the processor for so long, whatever else the machine does. */
async function fitted(own: Case): Promise<NonNullable<Case['fit']>> {
  const { X, y } = dataOf(own.seed);
  const stop = new AbortController();
  const from = cpu();
  const timer = setInterval(() => {
    if (cpu() - from > limit) stop.abort();
  }, 50);
  let relativeGap: number | null = null;
  const onProgress = (event: { relativeGap?: number }): void => {
    if (!stop.signal.aborted) relativeGap = event.relativeGap ?? relativeGap;
  };
  const options = { ...problemOf(own), gap: settings.gap, threads: 1, signal: stop.signal, onProgress };
  const { objective, status, subnetworks, rounds } = await fitParallel(X, y, options);
  clearInterval(timer);
  return { objective, status, subnetworks, rounds, relativeGap, seconds: round(cpu() - from) };
}

/** One more run of Adam, its steps such that it takes its share of the time. */
async function run(own: Case): Promise<void> {
  const { X, y } = dataOf(own.seed);
  const { subnetworks, rates } = settings.adam;
  const done = own.adam ?? [];
  const seed = done.length;
  const rate = rates[seed % rates.length];
  const options = { ...problemOf(own), subnetworks, rate, seed };
  let from = cpu();
  await trainParallelByAdam(X, y, { ...options, steps: 300, every: 300 });
  const steps = Math.round((300 * settings.times * limit) / runs / (cpu() - from));
  from = cpu();
  const { objective } = await trainParallelByAdam(X, y, { ...options, steps, every: steps });
  own.adam = [...done, { objective, rate, seconds: round(cpu() - from) }];
}

const all: Case[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).cases : cases;
const save = (): void => writeFileSync(file, `${JSON.stringify({ settings, cases: all }, null, 1)}\n`);

for (const own of all) {
  if (part !== 'adam' && (!own.fit || part === 'fits')) own.fit = await fitted(own);
  save();
}
// Penalties in turn, so that an early end leaves as many runs of each
for (const seed of part === 'fits' ? [] : seeds)
  for (let k = 0; k < runs; k++)
    for (const own of all.filter((one) => one.seed === seed && (one.adam?.length ?? 0) === k)) {
      await run(own);
      save();
    }
for (const { seed, regularizer, fit, adam = [] } of all) {
  const ends = adam.map(({ objective }) => objective).sort((a, b) => a - b);
  const seconds = adam.reduce((sum, one) => sum + one.seconds, 0);
  console.log(
    JSON.stringify({ seed, regularizer, fit, best: ends[0], median: ends[ends.length >> 1], seconds: round(seconds) }),
  );
}
