/**
 * Our solves over the same patterns at descending λ, each warm from the one before, as a path of the library goes; in a process of
 * its own, one line of JSON out. The path is run four times: by the third what is hot has been compiled.
 */
import { Run } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { squared } from '../../src/losses/index.js';
import type { TwoLayerProblem } from '../../src/programs/index.js';
import { type SolvedProgram, solveOverPatterns } from '../../src/solvers/index.js';
import type { NetworkClaim } from '../speed/ours.js';
import { packed, readProblem } from '../speed/problem.js';

export interface OursPathTask {
  readonly program: 'relu' | 'gated';
  readonly problem: string;
  readonly threads: number;
  readonly lambdas: readonly number[];
  readonly gap: number;
}

export interface OursPathAnswer {
  /** Of each time. */
  readonly cpu: readonly number[];
  readonly wall: readonly number[];
  readonly claims: readonly NetworkClaim[];
  /** Largest relative gap that a solve ended with. */
  readonly gap: number;
}

async function follow(kernels: Kernels, task: OursPathTask): Promise<SolvedProgram[]> {
  const arrays = readProblem(task.problem);
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const patterns = packed(arrays);
  const { X, y } = arrays;
  const shared = { X, y, outputs: 1, loss: squared, outputBias: false, activation: task.program } as const;
  const points: SolvedProgram[] = [];
  for (const lambda of task.lambdas) {
    const problem: TwoLayerProblem = { ...shared, lambda };
    points.push(await solveOverPatterns(kernels, problem, patterns, task.gap, new Run(), points.at(-1)));
  }
  const { user, system } = process.cpuUsage(cpu);
  times.cpu.push((user + system) / 1e6);
  times.wall.push((performance.now() - wall) / 1000);
  return points;
}

const claimOf = ({ network: { z, count, sign }, blockPatterns }: SolvedProgram): NetworkClaim => ({
  z: Array.from({ length: count }, (_, j) => [...z.data.subarray(j * z.cols, (j + 1) * z.cols)]),
  sign: [...sign],
  pattern: [...blockPatterns],
  residual: null,
});

const passes = 4;
const times = { cpu: [] as number[], wall: [] as number[] };
const task: OursPathTask = JSON.parse(process.argv[2]);
const kernels = await createKernels({ threads: task.threads });
for (let time = 1; time < passes; time++) await follow(kernels, task);
const points = await follow(kernels, task);
kernels.dispose();
const gap = Math.max(...points.map(({ relativeGap }) => relativeGap));
const answer: OursPathAnswer = { ...times, claims: points.map(claimOf), gap };
process.stdout.write(`${JSON.stringify(answer)}\n`);
