/**
 * Time of one training step beside PyTorch on the same CPU, in turns in one run: wall and CPU milliseconds, median over
 * rounds, ratio ours / PyTorch; and the share of the machine's own matrix product that our step reaches.
 *
 * `npx tsx bench/deep.ts [case filter] [threads, default 1,2] [rounds] [--write]`; PyTorch from bench/peers/.venv
 * (bench/peers/setup.sh). Everything takes about three minutes on two idle cores, which it needs. --write: docs/benchmarks/deep.md
 * and deep.json.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '../src/base/index.js';
import { architecture, findGroups, initialise, initialState, type Method, Stepper } from '../src/deep/index.js';
import { Graph } from '../src/deep/ir/graph.js';
import { GraphSession } from '../src/deep/onnx/index.js';
import { type Machine, page, type StepRow, type Times, tableHead, tableLine } from './deep/page.js';

interface Case {
  readonly name: string;
  readonly batch: number;
  readonly input: readonly number[];
  readonly steps: number;
  /** Turns that each side takes. */
  readonly rounds: number;
  /** 10⁹ floating-point operations of one step: products of forward, gradients in weights and in activations. */
  readonly work: number;
  /** What the ratio of wall times must not exceed, and what we aim at. */
  readonly limit: number;
  readonly aim: number;
}

const cases: readonly Case[] = [
  { name: 'mlp-6-400', batch: 200, input: [784], steps: 20, rounds: 7, work: 1.024, limit: 1, aim: 0.7 },
  { name: 'mlp-3-400-factorised', batch: 200, input: [784], steps: 20, rounds: 7, work: 1.024, limit: 1, aim: 0.7 },
  { name: 'cnn-small', batch: 128, input: [1, 28, 28], steps: 4, rounds: 7, work: 3.53, limit: 1.5, aim: 1 },
  { name: 'vgg19', batch: 16, input: [3, 32, 32], steps: 1, rounds: 3, work: 38.1, limit: 1.5, aim: 1 },
];
const methods: readonly Method[] = ['weight-decay', 'pathprox'];
const given = process.argv.slice(2);
const [filter = '', threadList = '1,2', roundsAsked] = given.filter((argument) => argument !== '--write');

const peer = spawn(resolve(import.meta.dirname, 'peers/.venv/bin/python'), [
  resolve(import.meta.dirname, 'deep/torch_step.py'),
]);
peer.stderr.pipe(process.stderr);
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const ask = async (question: string): Promise<Times> => {
  peer.stdin.write(`${question}\n`);
  const [wall, cpu] = String((await lines.next()).value)
    .split(' ')
    .map(Number);
  return { wall, cpu };
};

async function timed(count: number, run: () => Promise<unknown>): Promise<Times> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < count; i++) await run();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / count, cpu: (user + system) / 1000 / count };
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

async function ours({ name, batch, input }: Case, method: Method, threads: number): Promise<() => Promise<number>> {
  const network = architecture(name, input, 10);
  const grouping = findGroups(network);
  const options = {
    architecture: network,
    grouping,
    method,
    loss: 'cross-entropy',
    optimiser: { kind: 'sgd' },
    batch,
  } as const;
  const stepper = await Stepper.create(options, initialState(options, initialise(network, 0, 'float32')), 'float32', {
    threads,
  });
  const random = createRandom(1);
  const x = Float32Array.from({ length: batch * input.reduce((a, b) => a * b) }, () => random.normal());
  const target = new Float32Array(10 * batch);
  for (let i = 0; i < batch; i++) target[10 * i + random.integer(10)] = 1;
  return () => stepper.step({ x, target, rate: 0.01, lambda: 1e-4 });
}

/** 10⁹ operations a second of ONNX Runtime's product of two 1024 × 1024 matrices, per second of CPU: the best of several. */
async function peak(): Promise<number> {
  const graph = new Graph();
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, [1024, 1024]));
  const session = await GraphSession.create({ c: graph.matmul(a, b) }, 'float32');
  const values = new Float32Array(1024 * 1024).fill(0.5);
  const into = { c: new Float32Array(1024 * 1024) };
  let best = 0;
  for (let i = 0; i < 12; i++) {
    const { cpu } = await timed(1, () => session.run({ a: values, b: values }, into));
    best = Math.max(best, (2 * 1024 ** 3) / 1e6 / cpu);
  }
  await session.release();
  return best;
}

/** Both sides in turns; a pause before ours, so that PyTorch's threads have come to rest. */
async function measure(test: Case, method: Method, threads: number): Promise<StepRow> {
  const step = await ours(test, method, threads);
  await timed(2, step);
  const [mine, theirs]: [Times[], Times[]] = [[], []];
  for (let round = 0; round < Number(roundsAsked ?? test.rounds); round++) {
    await pause(250);
    mine.push(await timed(test.steps, step));
    theirs.push(await ask(`${test.name} ${method} ${threads} ${test.steps}`));
  }
  const of = (list: Times[]): Times => ({
    wall: median(list.map(({ wall }) => wall)),
    cpu: median(list.map(({ cpu }) => cpu)),
  });
  const { name, batch, limit, aim } = test;
  const own = of(mine);
  return {
    name,
    batch,
    method,
    threads,
    ours: own,
    theirs: of(theirs),
    share: (1000 * test.work) / own.cpu / top,
    limit,
    aim,
  };
}

const torch = String((await lines.next()).value);
const top = await peak();
const machine: Machine = {
  ...{ cores: availableParallelism(), node: process.versions.node, torch, peak: top, load: loadavg()[0] },
  commit: execFileSync('git', ['log', '-1', '--format=%h', '--', 'src/deep'], { encoding: 'utf8' }).trim(),
};
console.log(`PyTorch ${torch}; product of 1024 x 1024 float32 matrices: ${top.toFixed(0)} GF/s per second of CPU`);
console.log(tableHead);
const rows: StepRow[] = [];
for (const test of cases.filter(({ name }) => name.includes(filter))) {
  for (const threads of threadList.split(',').map(Number)) {
    for (const method of methods) {
      rows.push(await measure(test, method, threads));
      console.log(tableLine(rows[rows.length - 1]));
    }
  }
}
peer.stdin.end();
if (given.includes('--write')) {
  const folder = resolve(import.meta.dirname, '../docs/benchmarks');
  mkdirSync(folder, { recursive: true });
  writeFileSync(resolve(folder, 'deep.json'), `${JSON.stringify({ machine, rows }, null, 1)}\n`);
  writeFileSync(resolve(folder, 'deep.md'), page(machine, rows));
}
