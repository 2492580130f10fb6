import type { Arguments } from './arguments.js';
import { type Case, dataSet, type Program, type RowKey } from './row.js';

/** As bench/peers/problems.py makes them. */
export const knownProblems: readonly string[] = [
  'syn200x10_P100',
  'syn200x10_P500',
  'diabetes_P100',
  'diabetes_P500',
  'breast_P100',
  'breast_P500',
  'digits38_P100',
  'digits38_P500',
  'syn1000x20_P100',
  'syn1000x20_P500',
  'syn1000x20_P2000',
  'syn5000x50_P100',
  'syn5000x50_P500',
];

export const peersOf: Readonly<Record<Program, readonly string[]>> = {
  relu: ['scnn-al-f32', 'scnn-al-f64-1e-8', 'adelie-relu-1e-7', 'adelie-relu-path-1e-7', 'adelie-relu-1e-10'],
  gated: [
    'scnn-rfista-f32',
    'scnn-rfista-f64-1e-8',
    'scnn-rfista-f64-to-target',
    'adelie-gated-1e-7',
    'adelie-gated-1e-10',
    'celer-gated-1e-6',
  ],
  priced: ['adam-500', 'adam-500-lr-1e-2'],
};

export const peerMethods: readonly string[] = Object.values(peersOf).flat();

/** Rows of the slowest peers that end by themselves within about a minute; elsewhere they run into the cap. */
const alDouble = [
  'syn200x10_P100 0.01',
  'syn200x10_P100 0.001',
  'syn200x10_P100 0.0001',
  'syn200x10_P500 0.001',
  'diabetes_P100 0.001',
  'syn1000x20_P100 0.001',
];

/** A small, a wide, a usual and a large problem. */
const twoThreads = ['syn200x10_P500', 'breast_P100', 'syn1000x20_P500', 'syn5000x50_P100'];

/** Why the default run leaves a peer's row out; null when it does not. */
export function leftOut({ problem, lambda, threads, method }: RowKey, quick: boolean): string | null {
  if (method === 'scnn-al-f64-1e-8') {
    if (quick || threads > 1) return 'AL in float64: one thread, not in --quick';
    return alDouble.includes(`${problem} ${lambda}`) ? null : 'AL in float64: only the six rows where it ends in time';
  }
  if (method === 'scnn-al-f32') return alSingleLeftOut(problem, lambda, threads);
  if (method.startsWith('celer')) return celerLeftOut(problem, lambda, threads);
  if (method === 'adam-500-lr-1e-2' && (lambda !== 1e-3 || threads > 1)) {
    return 'Adam at learning rate 1e-2: λ = 1e-3, one thread';
  }
  if (method === 'adelie-relu-1e-10' && lambda < 1e-3) return 'adelie-relu-1e-10: at λ = 1e-4 it runs into the cap';
  if (method.includes('path') && lambda !== 1e-3 && !problem.startsWith('digits')) {
    return 'adelie-relu-path: λ = 1e-3, and all λ where the single solve fails (digits38)';
  }
  if (threads === 1) return null;
  if (!twoThreads.includes(problem)) return `several threads: ${twoThreads.join(', ')} only`;
  if (lambda !== 1e-3) return 'several threads: λ = 1e-3 only';
  return method.includes('path') || method.endsWith('1e-10') ? 'adelie on several threads: tolerance 1e-7 only' : null;
}

function alSingleLeftOut(problem: string, lambda: number, threads: number): string | null {
  if (threads > 1) return 'AL in float32: one thread';
  if (/P2000|syn5000|(breast|digits38)_P500/.test(problem)) return 'AL in float32: runs into the cap on large problems';
  const all = ['syn200x10_P100', 'diabetes_P100'];
  return lambda === 1e-3 || all.includes(problem) ? null : `AL in float32: λ = 1e-3; all λ for ${all.join(' and ')}`;
}

function celerLeftOut(problem: string, lambda: number, threads: number): string | null {
  if (threads > 1) return 'celer uses one thread';
  if (/P2000|syn5000x50_P500/.test(problem)) return 'celer: the expanded matrix takes a gigabyte, or minutes';
  return lambda < 1e-3 && problem.endsWith('P500') ? 'celer on 500 gates: λ = 1e-4 takes up to a minute' : null;
}

/** A case on a number of threads, and who runs on it beside us. Several threads only where a peer does. */
export interface PlannedCase extends Case {
  readonly threads: number;
  readonly peers: readonly string[];
}

/** All cases with the peers that run on them; what is left out is handed to `skip`. */
export function planned(options: Arguments, skip: (row: RowKey, reason: string) => void): PlannedCase[] {
  const cases = options.programs.flatMap((program) =>
    problemsOf(program, options).flatMap((problem) =>
      options.lambdas.flatMap((lambda) => options.threads.map((threads) => ({ program, problem, lambda, threads }))),
    ),
  );
  return cases.flatMap((one) => {
    const wanted = peersOf[one.program].filter((method) => options.methods.includes(method));
    const peers = wanted.filter((method) => {
      const reason = options.full ? null : leftOut({ ...one, method }, options.quick);
      if (reason !== null) skip({ ...one, method }, reason);
      return reason === null;
    });
    return peers.length > 0 || one.threads === 1 ? [{ ...one, peers }] : [];
  });
}

/** Every problem; for `priced` one of each data set, since gates do not matter there, and only small ones in a quick run. */
function problemsOf(program: Program, { problems, quick }: Arguments): readonly string[] {
  if (program !== 'priced') return problems;
  const first = problems.filter((name, at) => problems.findIndex((other) => dataSet(other) === dataSet(name)) === at);
  return quick ? first.filter((name) => !/^syn\d{4}x/.test(name)) : first;
}
