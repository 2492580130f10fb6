/**
 * Time of one training step beside PyTorch on the same CPU, in turns in one run: wall and CPU milliseconds, median over
 * rounds, ratio ours / PyTorch; and the share of the machine's own matrix product that our step reaches.
 *
 * `npx tsx bench/deep.ts [case filter] [threads, default 1,2] [rounds]`; PyTorch from bench/peers/.venv (bench/peers/setup.sh).
 * Everything takes about three minutes on two idle cores, which it needs.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createRandom } from '../src/base/index.js';
import { architecture, findGroups, initialise, initialState, type Method, Stepper } from '../src/deep/index.js';
import { Graph } from '../src/deep/ir/graph.js';
import { GraphSession } from '../src/deep/onnx/index.js';

interface Case {
  readonly name: string;
  readonly batch: number;
  readonly input: readonly number[];
  readonly steps: number;
  /** Turns that each side takes. */
  readonly rounds: number;
  /** 10⁹ floating-point operations of one step: products of forward, gradients in weights and in activations. */
  readonly work: number;
}

const cases: readonly Case[] = [
  { name: 'mlp-6-400', batch: 200, input: [784], steps: 20, rounds: 7, work: 1.024 },
  { name: 'mlp-3-400-factorised', batch: 200, input: [784], steps: 20, rounds: 7, work: 1.024 },
  { name: 'cnn-small', batch: 128, input: [1, 28, 28], steps: 4, rounds: 7, work: 3.53 },
  { name: 'vgg19', batch: 16, input: [3, 32, 32], steps: 1, rounds: 3, work: 38.1 },
];
const methods: readonly Method[] = ['weight-decay', 'pathprox'];
const [filter = '', threadList = '1,2', roundsAsked] = process.argv.slice(2);

interface Times {
  readonly wall: number;
  readonly cpu: number;
}

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

const torch = String((await lines.next()).value);
const top = await peak();
console.log(`PyTorch ${torch}; product of 1024 x 1024 float32 matrices: ${top.toFixed(0)} GF/s per second of CPU`);
console.log(
  'case | method | threads | ours wall, CPU (ms) | PyTorch wall, CPU (ms) | ratio wall | ratio CPU | share of peak',
);
for (const test of cases.filter(({ name }) => name.includes(filter))) {
  for (const threads of threadList.split(',').map(Number)) {
    for (const method of methods) {
      const step = await ours(test, method, threads);
      await timed(2, step);
      const [mine, theirs]: [Times[], Times[]] = [[], []];
      for (let round = 0; round < Number(roundsAsked ?? test.rounds); round++) {
        mine.push(await timed(test.steps, step));
        theirs.push(await ask(`${test.name} ${method} ${threads} ${test.steps}`));
      }
      const of = (list: Times[]): Times => ({
        wall: median(list.map(({ wall }) => wall)),
        cpu: median(list.map(({ cpu }) => cpu)),
      });
      const [a, b] = [of(mine), of(theirs)];
      const ratio = (key: keyof Times): string => (a[key] / b[key]).toFixed(2);
      const share = (100 * test.work * 1e3) / a.cpu / top;
      console.log(
        `${test.name} (${test.batch}) | ${method} | ${threads} | ${a.wall.toFixed(1)}, ${a.cpu.toFixed(1)} | ` +
          `${b.wall.toFixed(1)}, ${b.cpu.toFixed(1)} | ${ratio('wall')} | ${ratio('cpu')} | ${share.toFixed(0)} %`,
      );
    }
  }
}
peer.stdin.end();
