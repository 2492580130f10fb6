/**
 * The gated programs of bench/peers (squared loss, no bias) to a relative gap of 1e-6 on one thread: CPU seconds of the
 * whole solve, warm, best of several. Run: npx tsx bench/gated.ts [--problems a,b] [--lambdas 1e-2,…] [--repeats 5]
 * [--method adelie-gated-1e-10] [--peers rows.json,…]
 *
 * References come from bench/peers/references.json; the peer's seconds from rows that run_peers.py wrote (default: whatever
 * lies in bench/peers/results). What is not there is left out.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Run } from '../src/base/index.js';
import { createKernels, type Kernels } from '../src/linalg/kernels/index.js';
import { squared } from '../src/losses/index.js';
import type { TwoLayerProblem } from '../src/programs/index.js';
import { type SolvedProgram, solveOverPatterns } from '../src/solvers/index.js';
import { packed, readProblem } from './speed/problem.js';

const folder = resolve(import.meta.dirname, 'peers');
const small = ['syn200x10', 'diabetes', 'breast', 'syn1000x20'].flatMap((name) => [`${name}_P100`, `${name}_P500`]);
const { values } = parseArgs({
  options: {
    problems: { type: 'string', default: [...small, 'syn1000x20_P2000', 'syn5000x50_P100'].join(',') },
    lambdas: { type: 'string', default: '1e-2,1e-3,1e-4' },
    repeats: { type: 'string', default: '5' },
    method: { type: 'string', default: 'adelie-gated-1e-10' },
    peers: { type: 'string' },
  },
});

interface PeerRow {
  readonly problem: string;
  readonly lambda: number;
  readonly method: string;
  readonly threads: number;
  readonly seconds_cpu: number | null;
}

function peerRows(): PeerRow[] {
  const results = resolve(folder, 'results');
  const found = existsSync(results) ? readdirSync(results).filter((name) => name.endsWith('.json')) : [];
  const files = values.peers?.split(',') ?? found.map((name) => resolve(results, name));
  return files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).rows as PeerRow[]);
}

/** The least CPU seconds among the rows of one problem, undefined without any. */
function peerSeconds(rows: readonly PeerRow[], problem: string, lambda: number): number | undefined {
  const own = rows.filter((row) => row.problem === problem && row.lambda === lambda && row.method === values.method);
  const seconds = own.flatMap((row) => (row.threads === 1 && row.seconds_cpu !== null ? [row.seconds_cpu] : []));
  return seconds.length > 0 ? Math.min(...seconds) : undefined;
}

/** Best of several; a long solve is run once. */
async function measured(kernels: Kernels, name: string, lambda: number): Promise<[number, SolvedProgram]> {
  const arrays = readProblem(name);
  const shared = { loss: squared, outputs: 1, outputBias: false, activation: 'gated' as const };
  const problem: TwoLayerProblem = { X: arrays.X, y: arrays.y, lambda, ...shared };
  const patterns = packed(arrays);
  let least = Number.POSITIVE_INFINITY;
  for (let repeat = 1; ; repeat++) {
    const before = process.cpuUsage();
    const solved = await solveOverPatterns(kernels, problem, patterns, 1e-6, new Run());
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1e6);
    if (repeat >= Number(values.repeats) || least > 5) return [least, solved];
  }
}

const kernels = await createKernels();
const references = JSON.parse(readFileSync(resolve(folder, 'references.json'), 'utf8')).gated;
const rows = peerRows();
const ratios: number[] = [];
console.log('problem            λ        objective     gap      over ref.  neurons  steps   CPU s    peer s   ratio');
for (const name of values.problems.split(',')) {
  for (const text of values.lambdas.split(',')) {
    const lambda = Number(text);
    const [seconds, { primal, relativeGap, network, newtonSteps }] = await measured(kernels, name, lambda);
    const reference: number | undefined = references[name]?.[String(lambda)];
    const excess = reference === undefined ? '–' : (primal / reference - 1).toExponential(1);
    const peer = peerSeconds(rows, name, lambda);
    if (peer !== undefined) ratios.push(seconds / peer);
    console.log(
      `${name.padEnd(18)} ${lambda.toExponential(0)}  ${primal.toPrecision(9).padStart(13)}  ${relativeGap.toExponential(1)}`,
      excess.padStart(10),
      String(network.count).padStart(8),
      String(newtonSteps).padStart(6),
      seconds.toFixed(4).padStart(8),
      (peer?.toFixed(4) ?? '–').padStart(8),
      peer === undefined ? '' : (seconds / peer).toFixed(2).padStart(7),
    );
  }
}
const mean = Math.exp(ratios.reduce((s, r) => s + Math.log(r), 0) / ratios.length);
if (ratios.length > 0) console.log(`geometric mean of ${ratios.length} ratios to ${values.method}: ${mean.toFixed(3)}`);
kernels.dispose();
