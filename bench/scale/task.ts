/** One measurement, as a process of its own: the task as JSON in, one line of JSON out. */
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom, Run } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { lossByName } from '../../src/losses/index.js';
import { LiftedProgram, type TwoLayerProblem } from '../../src/programs/index.js';
import { type SsnalOutcome, solveSsnal } from '../../src/solvers/index.js';
import { KeptFactors } from '../../src/solvers/kept-factors.js';
import { threesAndEights } from './mnist.js';
import type { Measurement, Pass, Solve, Task } from './types.js';

interface Data {
  readonly X: Matrix;
  readonly y: Float64Array;
}

/** Standard normal X, a teacher of eight ramps of unit variance, noise 0.1. */
function planted(n: number, d: number): Data {
  const random = createRandom(1);
  const data = Float64Array.from({ length: n * d }, () => random.normal());
  const y = new Float64Array(n);
  for (let k = 0; k < 8; k++) {
    const direction = Array.from({ length: d }, () => random.normal() / Math.sqrt(d));
    const height = random.normal();
    for (let i = 0; i < n; i++) {
      const t = direction.reduce((sum, u, j) => sum + u * data[i * d + j], 0);
      if (t > 0) y[i] += height * t;
    }
  }
  const mean = y.reduce((sum, v) => sum + v, 0) / n;
  const deviation = Math.sqrt(y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n);
  return { X: matrix(n, d, data), y: y.map((v) => v / deviation + 0.1 * random.normal()) };
}

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** max ‖XᵀDr‖/n with r the residual of the zero network. */
function longestPrice(kernels: Kernels, program: LiftedProgram): number {
  const mark = kernels.mark();
  const [f, r] = [kernels.float64(program.n), kernels.float64(program.n)];
  program.residual(f, r);
  const g = kernels.float64(program.patternCount * program.d);
  program.price(r, g);
  let most = 0;
  for (let at = 0; at < g.length; at += program.d) {
    most = Math.max(most, Math.sqrt(g.subarray(at, at + program.d).reduce((s, v) => s + v * v, 0)));
  }
  kernels.release(mark);
  return most / program.n;
}

/** Price, proximal step and forward product at the solution, its tight rows and their factors known as in a solve: the median of some. */
function timePass(kernels: Kernels, program: LiftedProgram, outcome: SsnalOutcome): Pass {
  const { blocks, d, n } = program;
  const mark = kernels.mark();
  const copied = <T extends Float64Array | Int32Array>(room: T, values: T): T => {
    room.set(values);
    return room;
  };
  const [r, f] = [copied(kernels.float64(n), outcome.residual), kernels.float64(n)];
  const [g, z] = [kernels.float64(program.patternCount * d), copied(kernels.float64(blocks * d), outcome.z)];
  const { tightSets } = outcome;
  const tight = copied(kernels.int32(blocks * d), tightSets.tight);
  const tightCount = copied(kernels.int32(blocks), tightSets.tightCount);
  const multiplier = copied(kernels.float64(blocks * d), tightSets.multiplier);
  const [norm, out] = [kernels.float64(blocks), kernels.float64(blocks * d)];
  const factors = new KeptFactors(program);
  const once = (): void => {
    program.price(r, g);
    kernels.coneProximal({
      ...{
        n,
        d,
        blocks,
        x: program.x,
        inverseNorms: program.inverseNorms,
        bytes: program.bytes,
        stride: program.stride,
        screen: program.screen,
      },
      ...{ pattern: program.pattern, sign: program.sign, z, g, sigma: outcome.sigma, cones: true, exact: false },
      ...{ threshold: outcome.sigma * program.threshold, tight, tightCount, multiplier, norm, out },
      factors: factors.of(0, blocks),
    });
    factors.keep(d, norm, outcome.sigma * program.threshold);
    program.forward(out, outcome.bias, f);
  };
  once();
  const times = Array.from({ length: 15 }, () => {
    const start = process.cpuUsage();
    once();
    return cpuSince(start);
  }).sort((a, b) => a - b);
  kernels.release(mark);
  return { cpu: times[7] };
}

async function measure(task: Task): Promise<Measurement> {
  const { X, y } = task.folder ? threesAndEights(task.folder) : planted(task.n, task.d);
  const { patterns } = samplePatterns(X, task.patterns, { seed: 7 });
  const kernels = await createKernels({ threads: task.threads });
  const problem = { X, y, outputs: 1, loss: lossByName(task.loss), outputBias: false, activation: 'relu' } as const;
  const withLambda = (lambda: number): TwoLayerProblem => ({ ...problem, lambda });
  const mark = kernels.mark();
  const lambda =
    task.lambda ?? (task.ratio ?? 0.1) * longestPrice(kernels, new LiftedProgram(kernels, withLambda(1), patterns));
  kernels.release(mark);
  const [start, clock] = [process.cpuUsage(), performance.now()];
  const program = new LiftedProgram(kernels, withLambda(lambda), patterns);
  const outcome = await solveSsnal(program, { gap: task.gap }, new Run());
  const cpu = cpuSince(start);
  const wall = (performance.now() - clock) / 1000;
  const { status, primal, relativeGap, neurons, newtonSteps, evaluations } = outcome;
  const solve: Solve = {
    ...{ n: X.rows, d: X.cols, lambda, status, primal, relativeGap, neurons, newtonSteps, evaluations, cpu, wall },
  };
  const pass = task.timePass ? timePass(kernels, program, outcome) : null;
  const megabytes = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  return { task: { ...task, folder: undefined }, solve, pass, megabytes };
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]) as Task)));
process.exit(0);
