/**
 * Random tiny problems (n 4–10, d = 2, m₁ 1–3, both penalties): the proved optimum against the best of many trainings of the non-convex
 * problem by Adam from random weights, the best few of which are trained on at smaller steps. Resumable: what is in the file is kept.
 * npx tsx bench/parallel/tiny.ts [problems=200] [starts=500] [file=docs/results/parallel-tiny.json] [fits: those alone anew]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRandom } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { fitParallel, type ParallelProblemOptions } from '../../src/parallel/index.js';
import { parallelProblem } from '../../src/parallel/options.js';
import type { LiftedParallel } from '../../src/parallel/subnet.js';
import { trainByAdam } from '../../src/parallel/train.js';

const [problems = 200, starts = 500] = process.argv.slice(2, 4).map(Number);
const file = process.argv[4] ?? 'docs/results/parallel-tiny.json';
/** Sub-networks (an optimum needs n + 1 at most), steps of a start, and of each of the best that are trained on. */
const settings = { subnetworks: 12, steps: 600, rate: 0.05, best: 5, stepsOn: 10000, rateOn: 0.0005 } as const;

interface Row {
  readonly problem: number;
  readonly n: number;
  readonly width: number;
  readonly regularizer: 'weight-decay' | 'path';
  readonly lambda: number;
  readonly scope: string;
  readonly relativeGap: number;
  readonly objective: number;
  /** Of the convex program that the network was recovered from. */
  readonly program: number;
  /** Of the non-convex trainings, before and after the best were trained on. */
  readonly bestStart: number;
  readonly best: number;
  /** Processor seconds of the fit and of the trainings. */
  readonly seconds: readonly number[];
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

interface Problem {
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly options: Required<Pick<Row, 'lambda' | 'regularizer' | 'width'>> & ParallelProblemOptions;
}

function problemOf(p: number): Problem {
  const random = createRandom(p + 1);
  const n = 4 + random.integer(7);
  const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.normal());
  const X = matrix(n, 2, numbers(2 * n));
  const y = numbers(n);
  const lambda = 0.01 + 0.05 * random.uniform();
  return { X, y, options: { lambda, regularizer: p % 2 === 0 ? 'weight-decay' : 'path', width: 1 + ((p >> 1) % 3) } };
}

/** The least objectives of the starts, and after the best few were trained on. */
async function trained({ X, y, options }: Problem): Promise<readonly [number, number]> {
  const { training, shape } = parallelProblem(X, y, options, 'tiny');
  const { subnetworks: count, best, steps, rate, stepsOn, rateOn } = settings;
  const once = async (seed: number, start?: LiftedParallel): Promise<{ end: LiftedParallel; objective: number }> => {
    let objective = Number.POSITIVE_INFINITY;
    const [length, speed] = start ? [stepsOn, rateOn] : [steps, rate];
    const onStep = (_: number, value: number): void => {
      objective = value;
    };
    const from = { count: start?.subnets.length ?? count, seed, start, steps: length, every: length };
    const end = await trainByAdam(training, shape, { ...from, rate: speed, onStep });
    return { end, objective };
  };
  const ends: { end: LiftedParallel; objective: number }[] = [];
  for (let seed = 0; seed < starts; seed++) {
    ends.push(await once(seed));
    ends.sort((a, b) => a.objective - b.objective);
    ends.length = Math.min(ends.length, best);
  }
  const bestStart = ends[0].objective;
  let least = bestStart;
  for (const { end } of ends) least = Math.min(least, (await once(0, end)).objective);
  return [bestStart, least];
}

async function rowOf(p: number, kept?: Row): Promise<Row> {
  const problem = problemOf(p);
  const { X, y, options } = problem;
  const from = cpu();
  const fitted = await fitParallel(X, y, { ...options, patterns: 'exact', gap: 1e-6, threads: 1 });
  const between = cpu();
  const [bestStart, best] = kept ? [kept.bestStart, kept.best] : await trained(problem);
  const { lambda, regularizer, width } = options;
  const { scope, relativeGap } = fitted.certificate;
  const seconds = [between - from, kept?.seconds[1] ?? cpu() - between].map((t) => Number(t.toFixed(2)));
  const own = { problem: p, n: X.rows, width, regularizer, lambda, scope, relativeGap };
  return { ...own, objective: fitted.objective, program: fitted.program, bestStart, best, seconds };
}

function tallyOf(rows: readonly Row[]): object {
  const above = rows.map(({ objective, best }) => objective / best - 1);
  const recovery = rows.map(({ objective, program }) => Math.abs(objective - program) / objective);
  const sorted = above.map((t) => -t).sort((a, b) => a - b);
  return {
    problems: rows.length,
    starts,
    proved: rows.filter(({ scope }) => scope === 'exact').length,
    above: above.filter((t) => t > 1e-6).length,
    unrecovered: recovery.filter((t) => t > 1e-8).length,
    largestAbove: Math.max(...above),
    largestRecoveryDifference: Math.max(...recovery),
    largestGap: Math.max(...rows.map(({ relativeGap }) => relativeGap)),
    /** How far the best training stayed above the optimum, relative. */
    trainingAbove: { median: sorted[sorted.length >> 1], largest: sorted[sorted.length - 1] },
    trainingWithin: {
      '1e-6': sorted.filter((t) => t < 1e-6).length,
      '1e-4': sorted.filter((t) => t < 1e-4).length,
      '1e-2': sorted.filter((t) => t < 1e-2).length,
    },
    seconds: Math.round(rows.reduce((sum, { seconds }) => sum + seconds[0] + seconds[1], 0)),
  };
}

const rows: Row[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows : [];
for (let p = process.argv[5] === 'fits' ? 0 : rows.length; p < problems; p++) {
  rows[p] = await rowOf(p, rows[p]);
  writeFileSync(file, `${JSON.stringify({ settings, tally: tallyOf(rows), rows }, null, 1)}\n`);
}
console.log(JSON.stringify(tallyOf(rows), null, 1));
