/**
 * Our own solves of one case, in a process of their own; prints one line of JSON (`OursAnswer`). Counted: from arrays in
 * memory to the network, the packing of patterns included. Not counted: loading modules, compiling WebAssembly, starting
 * threads. The network goes to the judge as it is; what the solver says of its own value is not used.
 */
import { searchViolations } from '../../src/arrangements/index.js';
import { type ProgressEvent, Run, type Status } from '../../src/base/index.js';
import { fit } from '../../src/estimators/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { squared } from '../../src/losses/index.js';
import type { TwoLayerProblem } from '../../src/programs/index.js';
import { type LiftedNetwork, solveOverPatterns, solveTwoLayer } from '../../src/solvers/index.js';
import { type ProblemArrays, packed, readProblem } from './problem.js';
import type { Case } from './row.js';

export interface OursTask extends Case {
  readonly threads: number;
  readonly gap: number;
  /** Calls at most. A second one is made unless the first takes long; more only where they are short. */
  readonly calls: number;
  /** Wall seconds of one call. */
  readonly timeLimit: number;
  /** After the measured calls: a solve to this gap, for the reference value. */
  readonly referenceGap?: number;
  /** After the measured calls: a further call at each of these gaps. */
  readonly ladder?: readonly number[];
  /** Priced, after the measured calls: look for violations. */
  readonly fresh: boolean;
  /** Priced, after that: `fit`, with its certificate. */
  readonly fit: boolean;
  /** Priced: calls are told to stop as soon as they report an objective of at most this. */
  readonly stopAt?: number;
}

/** A network as the judge takes it. */
export interface NetworkClaim {
  readonly z: number[][];
  readonly sign: number[];
  /** Columns of D; empty for `priced`. */
  readonly pattern: number[];
  /** The vector whose lower bound the judge may look at. */
  readonly residual: number[] | null;
}

/** A further call at a gap of the ladder. */
export interface Rung {
  readonly gap: number;
  readonly cpu: number;
  readonly wall: number;
  readonly network: NetworkClaim;
}

export interface OursAnswer {
  readonly cpu: readonly number[];
  readonly wall: readonly number[];
  readonly status: Status;
  readonly network: NetworkClaim;
  readonly reference: NetworkClaim | null;
  readonly ladder?: readonly Rung[];
  readonly freshViolation?: number;
  readonly fitCpu?: number;
  readonly fitScope?: string;
  /** The lower bound over what the scope names. */
  readonly fitDual?: number;
}

interface Solved {
  readonly status: Status;
  readonly network: LiftedNetwork;
  readonly pattern: number[];
  readonly residual: Float64Array | null;
}

const furtherSeconds = 2;
const longCall = 5;
const freshStarts = 1000;
const freshSeed = 20_231;

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function runOf({ timeLimit, stopAt = Number.NEGATIVE_INFINITY }: OursTask): Run {
  const near = new AbortController();
  const onProgress = ({ primal = Number.POSITIVE_INFINITY }: ProgressEvent): void => {
    if (primal <= stopAt) near.abort();
  };
  return new Run({ timeLimit, signal: near.signal, onProgress });
}

async function solve(kernels: Kernels, arrays: ProblemArrays, task: OursTask): Promise<Solved> {
  const { X, y } = arrays;
  const run = runOf(task);
  const activation = task.program === 'gated' ? 'gated' : 'relu';
  const problem: TwoLayerProblem = {
    X,
    y,
    outputs: 1,
    loss: squared,
    lambda: task.lambda,
    outputBias: false,
    activation,
  };
  if (task.program === 'priced') {
    const { status, network } = await solveTwoLayer(
      kernels,
      problem,
      { patterns: 'auto', gap: task.gap, seed: 0 },
      run,
    );
    return { status, network, pattern: [], residual: null };
  }
  const solved = await solveOverPatterns(kernels, problem, packed(arrays), task.gap, run);
  return {
    status: solved.status,
    network: solved.network,
    pattern: [...solved.blockPatterns],
    residual: solved.residual,
  };
}

/** y − f of a ReLU network. */
function residualOf({ X, y }: ProblemArrays, { z, sign, count }: LiftedNetwork): Float64Array {
  const d = X.cols;
  return y.map((target, i) => {
    let f = 0;
    for (let j = 0; j < count; j++) {
      let t = 0;
      for (let k = 0; k < d; k++) t += X.data[i * d + k] * z.data[j * d + k];
      if (t > 0) f += sign[j] * t;
    }
    return target - f;
  });
}

/** The largest |r'(Xu)_+| / (nλ) that fresh starts of the oracle, of another seed, find; below 1 nothing violates. */
async function freshViolation(kernels: Kernels, arrays: ProblemArrays, task: OursTask, network: LiftedNetwork) {
  const options = { starts: freshStarts, seed: freshSeed, kernels };
  const found = await searchViolations(arrays.X, residualOf(arrays, network), options);
  return (found[0]?.value ?? 0) / (arrays.X.rows * task.lambda);
}

async function fitOnce({ X, y }: ProblemArrays, { lambda, gap, threads, timeLimit }: OursTask) {
  const before = cpuSeconds();
  const options = { lambda, gap, threads, timeLimit, loss: 'squared', outputBias: false, patterns: 'auto' } as const;
  const { certificate } = await fit(X, y, options);
  return { fitCpu: cpuSeconds() - before, fitScope: certificate.scope, fitDual: certificate.dual };
}

function rowsOf({ z, count }: LiftedNetwork): number[][] {
  return Array.from({ length: count }, (_, j) => [...z.data.subarray(j * z.cols, (j + 1) * z.cols)]);
}

const claimOf = ({ network, pattern, residual }: Solved): NetworkClaim => ({
  z: rowsOf(network),
  sign: [...network.sign],
  pattern,
  residual: residual && [...residual],
});

async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpu: number; readonly wall: number }> {
  const [cpuBefore, wallBefore] = [cpuSeconds(), performance.now()];
  const result = await work();
  return { result, cpu: cpuSeconds() - cpuBefore, wall: (performance.now() - wallBefore) / 1000 };
}

async function climbed(kernels: Kernels, arrays: ProblemArrays, task: OursTask): Promise<Rung[]> {
  const rungs: Rung[] = [];
  for (const gap of task.ladder ?? []) {
    const { result, cpu, wall } = await timed(() => solve(kernels, arrays, { ...task, gap }));
    rungs.push({ gap, cpu, wall, network: claimOf(result) });
  }
  return rungs;
}

/** How many calls to make in all, by what the first took. */
const callsFor = (first: number, most: number): number =>
  first > longCall ? 1 : Math.min(most, Math.max(2, 1 + Math.floor(furtherSeconds / first)));

async function main(task: OursTask): Promise<OursAnswer> {
  // A module like the others, but loaded with the first solve that needs it
  await import('../../src/solvers/local-training.js');
  const kernels = await createKernels({ threads: task.threads });
  const arrays = readProblem(task.problem);
  const cpu: number[] = [];
  const wall: number[] = [];
  let solved: Solved;
  do {
    const call = await timed(() => solve(kernels, arrays, task));
    solved = call.result;
    cpu.push(call.cpu);
    wall.push(call.wall);
  } while (cpu.length < callsFor(cpu[0], task.calls));
  const ladder = await climbed(kernels, arrays, task);
  const { referenceGap: gap } = task;
  const reference = gap === undefined ? null : claimOf(await solve(kernels, arrays, { ...task, gap }));
  const fresh = task.fresh ? { freshViolation: await freshViolation(kernels, arrays, task, solved.network) } : {};
  const fitted = task.fit ? await fitOnce(arrays, task) : {};
  kernels.dispose();
  return { cpu, wall, status: solved.status, network: claimOf(solved), reference, ladder, ...fresh, ...fitted };
}

process.stdout.write(`${JSON.stringify(await main(JSON.parse(process.argv[2])))}\n`);
