/**
 * The priced pipeline on the problems of bench/peers (squared loss, no bias), one thread: objective, neurons, rounds, CPU
 * seconds of the whole solve, and the largest violation that fresh starts of the oracle with another seed still find
 * (as its excess over nλ; not timed). Run: npx tsx bench/priced.ts [--problems a,b] [--lambdas 1e-2,…] [--check 1000]
 * [--limit 300] [--peers rows.json,…]
 *
 * With rows that bench/peers/run_peers.py wrote for adam-500: the CPU seconds at which its trace comes within 0.1 % of our
 * objective, and their ratio to ours (above 1: we are faster); `>` where its whole run did not.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { searchViolations } from '../src/arrangements/index.js';
import { Run } from '../src/base/index.js';
import { createKernels, type Kernels } from '../src/linalg/kernels/index.js';
import { squared } from '../src/losses/index.js';
import type { TwoLayerProblem } from '../src/programs/index.js';
import { norm2, solveTwoLayer, type TwoLayerOutcome } from '../src/solvers/index.js';
import { readProblem } from './speed/problem.js';

const { values } = parseArgs({
  options: {
    problems: {
      type: 'string',
      default: 'syn200x10_P100,diabetes_P100,breast_P100,digits38_P100,syn1000x20_P100,syn5000x50_P100',
    },
    lambdas: { type: 'string', default: '1e-2,1e-3,1e-4' },
    check: { type: 'string', default: '1000' },
    limit: { type: 'string', default: '300' },
    peers: { type: 'string' },
  },
});

/** A row of run_peers.py as far as it is read here; the trace holds (CPU seconds, objective). */
interface AdamRow {
  readonly problem: string;
  readonly lambda: number;
  readonly method: string;
  readonly trace?: readonly (readonly [number, number])[];
}

const adamRows = (values.peers?.split(',') ?? [])
  .flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).rows as AdamRow[])
  .filter((row) => row.method.startsWith('adam-500'));

/** CPU seconds until Adam first comes within 0.1 % of the objective; ∞ when no run did, undefined without a run. */
function adamSeconds(problem: string, lambda: number, objective: number): number | undefined {
  const name = problem.replace(/_P\d+$/, '');
  const runs = adamRows.filter((row) => row.problem.replace(/_P\d+$/, '') === name && row.lambda === lambda);
  if (runs.length === 0) return undefined;
  const reached = runs.flatMap(({ trace = [] }) => trace.filter(([, value]) => value <= 1.001 * objective).slice(0, 1));
  return Math.min(Number.POSITIVE_INFINITY, ...reached.map(([seconds]) => seconds));
}

const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

/** y − f of the network, from its weights. */
function residualOf({ X, y }: TwoLayerProblem, { network }: TwoLayerOutcome): Float64Array {
  const r = Float64Array.from(y, (value) => value - network.bias[0]);
  for (let i = 0; i < X.rows; i++) {
    for (let j = 0; j < network.count; j++) {
      let t = 0;
      for (let k = 0; k < X.cols; k++) t += X.data[i * X.cols + k] * network.z.data[j * X.cols + k];
      if (t > 0) r[i] -= network.sign[j] * t;
    }
  }
  return r;
}

function objectiveOf(problem: TwoLayerProblem, outcome: TwoLayerOutcome, r: Float64Array): number {
  const { count, z } = outcome.network;
  let penalty = 0;
  for (let j = 0; j < count; j++) penalty += norm2(z.data.subarray(j * z.cols, (j + 1) * z.cols));
  return norm2(r) ** 2 / (2 * r.length) + problem.lambda * penalty;
}

async function benchOne(kernels: Kernels, name: string, lambda: number): Promise<void> {
  const { X, y } = readProblem(name);
  const shared = { loss: squared, outputs: 1, outputBias: false, activation: 'relu' as const };
  const problem: TwoLayerProblem = { X, y, lambda, ...shared };
  let rounds = 0;
  const onProgress = ({ phase, neurons }: { phase: string; neurons?: number }): void => {
    if (phase === 'pricing' && neurons !== undefined) rounds++;
  };
  const started = process.cpuUsage();
  const run = new Run({ timeLimit: Number(values.limit), onProgress });
  const outcome = await solveTwoLayer(kernels, problem, { patterns: 'auto', gap: 1e-6, seed: 0 }, run);
  const seconds = cpuSeconds(started);
  const r = residualOf(problem, outcome);
  const objective = objectiveOf(problem, outcome, r);
  const starts = Number(values.check);
  const [worst] = await searchViolations(X, r, { starts, seed: 4711, kernels, incumbents: outcome.network.z });
  const excess = (worst?.value ?? 0) / (lambda * X.rows) - 1;
  const adam = adamSeconds(name, lambda, objective);
  const cells = [
    name.replace(/_P\d+$/, '').padEnd(11),
    String(lambda).padEnd(7),
    outcome.status.padEnd(10),
    objective.toPrecision(9).padEnd(14),
    String(outcome.network.count).padStart(7),
    String(rounds).padStart(6),
    seconds.toFixed(2).padStart(8),
    Math.max(0, excess).toExponential(1).padStart(9),
    adam === undefined ? '' : adam.toFixed(1).replace('Infinity', '>').padStart(8),
    adam === undefined ? '' : (adam / seconds).toFixed(2).replace('Infinity', '>').padStart(6),
  ];
  console.log(cells.join('  '));
}

console.log('problem      λ        status      objective       neurons  rounds   CPU s    violation   Adam s   ratio');
const kernels = await createKernels({ threads: 1 });
for (const name of values.problems.split(',')) {
  for (const lambda of values.lambdas.split(',')) await benchOne(kernels, name, Number(lambda));
}
kernels.dispose();
