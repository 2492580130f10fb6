/**
 * Figure 1 and 4 of the PathProx paper on the MNIST subset (100 images per class) with MLP-3-400 factorised: the path
 * objective, mean loss + λ Σ‖w_k‖‖v_k‖, against steps, for PathProx, SGD weight decay and SGD on the path norm.
 *
 * `npx tsx experiments/pathprox/mnist-subset.ts <folder with the four idx files> [steps] [seeds] [rate] [lambda] [methods]`
 * prints one row per method: objective at N/3 and N, active units, test accuracy; mean ± standard error over seeds.
 * Writes the curves to experiments/pathprox/results/mnist-subset.json.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRandom, shuffledIndices } from '../../src/base/index.js';
import {
  architecture,
  type Examples,
  idxExamples,
  type Measurement,
  type Method,
  normaliseExamples,
  parseIdx,
  selectExamples,
  trainDeep,
} from '../../src/deep/index.js';

const all = 'weight-decay,pathprox,pathprox-unbalanced,path-norm';
const [folder, steps = '3000', seeds = '4', rate = '0.3', lambda = '1e-3', list = all] = process.argv.slice(2);
const methods = list.split(',') as Method[];

function load(part: string): Examples {
  const file = (kind: string) => {
    const path = join(folder, `${part}-${kind}-ubyte`);
    return parseIdx(readFileSync(path), path);
  };
  return normaliseExamples(idxExamples(file('images-idx3'), file('labels-idx1')), [0.1307], [0.3081]);
}

/** The first 100 of each class in a seeded order. */
function perClass(examples: Examples, count: number, seed: number): Examples {
  const found = new Array<number>(examples.outputs).fill(0);
  const rows = shuffledIndices(examples.count, createRandom(seed, 1)).filter((row) => {
    const label = Array.from(
      { length: examples.outputs },
      (_, k) => examples.target[row * examples.outputs + k],
    ).indexOf(1);
    return found[label]++ < count;
  });
  return selectExamples(examples, rows);
}

const [train, test] = [load('train'), load('t10k')];
const subset = perClass(train, 100, 42);
const network = architecture('mlp-3-400-factorised', [1, 28, 28], 10);

async function curve(method: Method, seed: number): Promise<readonly Measurement[]> {
  const result = await trainDeep(network, subset, {
    method,
    seed,
    rate: Number(rate),
    lambda: Number(lambda),
    batch: 200,
    steps: Number(steps),
    measureEvery: 25,
  });
  const last = await trainDeep(network, subset, {
    method,
    seed,
    rate: Number(rate),
    lambda: Number(lambda),
    batch: 200,
    steps: Number(steps),
    state: result.state,
    validation: test,
  });
  if (result.status !== 'done') console.log(`${method}, seed ${seed}: ${result.message}`);
  return [...result.log.slice(0, -1), last.log.at(-1)!];
}

const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const withError = (values: number[]): string => {
  const m = mean(values);
  const variance = values.reduce((sum, x) => sum + (x - m) ** 2, 0) / Math.max(1, values.length - 1);
  return `${m.toPrecision(4)} ± ${Math.sqrt(variance / values.length).toPrecision(2)}`;
};

const curves: Record<string, (readonly Measurement[])[]> = {};
for (const method of methods) {
  curves[method] = [];
  for (let seed = 0; seed < Number(seeds); seed++) curves[method].push(await curve(method, seed));
}

/** First step at which a curve is at or below the level. */
const reaches = (log: readonly Measurement[], level: number): number =>
  log.find(({ objective }) => objective <= level)?.step ?? Number.POSITIVE_INFINITY;

for (const method of methods) {
  const logs = curves[method];
  const ends = logs.map((log) => log.at(-1)!);
  const when = logs.map((log, seed) => reaches(log, curves['weight-decay'][seed].at(-1)!.objective));
  console.log(
    [
      method.padEnd(20),
      `objective ${withError(ends.map(({ objective }) => objective))}`,
      `loss ${withError(ends.map(({ loss }) => loss))}`,
      `active ${withError(ends.map(({ active, units }) => active / units))}`,
      `test ${withError(ends.map(({ validation }) => validation!.accuracy))}`,
      `SGD weight decay's objective after ${when.join(', ')} of ${steps} steps`,
    ].join(' | '),
  );
}

const results = resolve(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
writeFileSync(
  join(results, 'mnist-subset.json'),
  `${JSON.stringify({ steps: Number(steps), rate: Number(rate), lambda: Number(lambda), curves })}\n`,
);
