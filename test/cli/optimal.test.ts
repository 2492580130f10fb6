import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type Matrix, type Model, matrix, readModel, weightsToJson } from '../../src/index.js';
import { orthogonalProblem } from '../optimal-set/problems.js';
import { runHere } from './here.js';
import { type Outcome, workFolder } from './run.js';

const folder = workFolder();
const run = (typed: string): Promise<Outcome> => runHere(typed.split(' '), folder.path);
const textOf = (name: string): string => readFileSync(folder.at(name), 'utf8');
const modelOf = (name: string): Model => readModel(textOf(name), name);
/** The text, words with single spaces: lines are wrapped. */
const said = ({ stdout }: Outcome): string => stdout.replace(/\s+/g, ' ');
const predictions = async (name: string, data = 'grid.csv'): Promise<number[]> =>
  (await run(`predict ${name} ${data}`)).stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',').at(-1)));

/** Small whole numbers: rows repeat, and optimal networks are many. `shift` makes other rows of the same kind. */
function gridCsv(count: number, shift = 0): string {
  const random = createRandom(3 + shift);
  const lines = Array.from({ length: count }, () => {
    const [a, b, c] = Array.from({ length: 3 }, () => random.integer(3) - 1);
    const y = Math.max(0, a + b) - Math.max(0, b - c) + 0.5 * random.normal();
    return `${a},${b},${c},7.5,${y},${y + 0.3 * random.normal() > 0.2 ? 'yes' : 'no'}`;
  });
  return `a,b,c,d,y,label\n${lines.join('\n')}\n`;
}

/** An optimal network that is known not to be the only one, as JSON weights beside its table. */
const known = orthogonalProblem(2, 'squared');
const planted = `planted.json planted.csv --target y --lambda ${known.lambda}`;

function csvOf({ rows, cols, data }: Matrix, y: ArrayLike<number>): string {
  const names = Array.from({ length: cols }, (_, k) => `x${k}`);
  const lines = Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols), y[i]].join(','));
  return `${[...names, 'y'].join(',')}\n${lines.join('\n')}\n`;
}

function newRows(count: number): string {
  const random = createRandom(9);
  const { cols } = known.X;
  const X = matrix(
    count,
    cols,
    Float64Array.from({ length: count * cols }, () => random.normal()),
  );
  return csvOf(
    X,
    Array.from({ length: count }, () => random.normal()),
  );
}

beforeAll(async () => {
  writeFileSync(folder.at('grid.csv'), gridCsv(60));
  writeFileSync(folder.at('planted.csv'), csvOf(known.X, known.y));
  writeFileSync(folder.at('planted.json'), JSON.stringify(weightsToJson(known.weights)));
  writeFileSync(folder.at('more.csv'), newRows(20));
  writeFileSync(folder.at('iris.csv'), readFileSync(join(import.meta.dirname, '../../data/iris.csv')));
  for (const typed of [
    `select ${planted} --by min-norm -o many.json`,
    'fit iris.csv --target target --activation gated --patterns 40 --lambda 0.01 --quiet -o three.json',
    'fit grid.csv --target label --drop y --lambda 0.01 --quiet --threads 1 -o classes.json',
    'fit grid.csv --target y --drop label --no-standardize --test-fraction 0 --lambda 0.02 --quiet -o raw.json',
    'path grid.csv --target y --drop label --lambdas 5 --min-ratio 0.05 --gap 1e-3 --quiet -o path.json',
  ])
    expect((await run(typed)).code).toBe(0);
  expect((await run('export raw.json --to onnx --precision float64 -o net.onnx')).code).toBe(0);
  writeFileSync(folder.at('weights.json'), JSON.stringify(JSON.parse(textOf('raw.json')).weights));
});

afterAll(() => folder.remove());

describe('relucent optimal-set', () => {
  it('says that there are others, how many neurons they have, and where they differ', async () => {
    const outcome = await run(`optimal-set ${planted} --points more.csv`);
    expect(outcome.code).toBe(0);
    expect(said(outcome)).toMatch(/not unique: the optimal networks are a set of dimension \d+/);
    expect(said(outcome)).toMatch(/among gated ReLU networks with the \d+ patterns of its own neurons/);
    expect(said(outcome)).toMatch(/from \d+ \(proved: none has fewer.*?\) to \d+ neurons/);
    expect(said(outcome)).toMatch(/on the 20 rows of more\.csv equally optimal networks differ by at most/);
    const json = await run('optimal-set many.json planted.csv --json --points more.csv');
    const { dimension, widths, ranges } = JSON.parse(json.stdout);
    expect(dimension).toBeGreaterThan(0);
    expect(widths.least).toBeLessThan(widths.greatest);
    expect(ranges.length).toBe(20);
    for (const { least, greatest } of ranges) expect(greatest[0]).toBeGreaterThan(least[0]);
  });

  it('networks from elsewhere, ONNX or JSON, and of paths', async () => {
    const options = 'grid.csv --target y --drop label --lambda 0.02';
    const [onnx, json] = [
      await run(`optimal-set net.onnx ${options}`),
      await run(`optimal-set weights.json ${options}`),
    ];
    expect([onnx.code, json.code]).toEqual([0, 0]);
    expect(onnx.stderr).toContain('warning: The preprocessing in the file is left out');
    expect(said(onnx).replace('net.onnx', '')).toBe(said(json).replace('weights.json', ''));
    // at another λ it is far from optimal: polishing says how far
    const far = said(await run(`optimal-set weights.json ${options.replace('0.02', '0.05')}`));
    expect(far).toMatch(
      /polished to the optimum of its program: objective [\d.]+ → [\d.]+ \(−[\d.e-]+ %\), outputs on the training rows moved by at most 0\.\d+/,
    );
    const lambda = JSON.parse(textOf('path.json')).points[3].lambda;
    expect((await run(`optimal-set path.json grid.csv --lambda ${lambda}`)).code).toBe(0);
  });

  it('a larger tolerance lets more neurons in, and says at what cost', async () => {
    const exact = JSON.parse((await run('optimal-set classes.json grid.csv --json')).stdout);
    const near = JSON.parse((await run('optimal-set classes.json grid.csv --json --tolerance 0.2')).stdout);
    expect(near.equicorrelation).toBeGreaterThan(exact.equicorrelation);
    expect(said(await run('optimal-set classes.json grid.csv --tolerance 0.2'))).toMatch(
      /nearly optimal ones \(--tolerance 0\.2\): the same fit, an objective at most [\d.]+ % above the optimum/,
    );
  });
});

describe('relucent prune', () => {
  it('exactly: the same predictions on the training rows from fewer neurons, verified', async () => {
    const outcome = await run('prune many.json planted.csv -o minimal.json');
    expect(outcome.code).toBe(0);
    const [before, after] = [modelOf('many.json'), modelOf('minimal.json')];
    expect(after.weights.hidden.rows).toBeLessThan(before.weights.hidden.rows);
    expect(after.derivation).toMatchObject({
      operation: 'prune',
      exact: true,
      from: { neurons: before.weights.hidden.rows },
    });
    expect(after.certificate.primal).toBeLessThanOrEqual(before.certificate.primal * (1 + 1e-9));
    expect(after.scores.train.rmse).toBeCloseTo(before.scores.train.rmse, 3);
    for (const key of ['preprocessing', 'rows', 'objective', 'seed', 'dataDigest', 'patternSource'] as const)
      expect(after[key]).toEqual(before[key]);
    expect((await run('verify minimal.json planted.csv')).code).toBe(0);
    expect(said(await run('info minimal.json'))).toContain('by exact steps: fit and objective are those');
    expect((await run('export minimal.json --to js')).stdout).toContain('export');
    const fits = [await predictions('many.json', 'planted.csv'), await predictions('minimal.json', 'planted.csv')];
    fits[0].forEach((value, i) => {
      expect(value).toBeCloseTo(fits[1][i], 9);
    });
  });

  it('beyond: to a width, or as far as the loss allows; and writes a page', async () => {
    const outcome = await run('prune classes.json grid.csv --to 2 -o two.json --report two.html');
    expect(outcome.code).toBe(0);
    expect(modelOf('two.json').weights.hidden.rows).toBeLessThanOrEqual(2);
    expect(modelOf('two.json').derivation?.exact).toBe(false);
    expect((await run('verify two.json grid.csv')).code).toBe(0);
    const { document } = parseHTML(textOf('two.html'));
    expect(document.querySelectorAll('#curve svg').length).toBeGreaterThan(1);
    expect(document.querySelector('#network')?.textContent).toContain('After');
    expect(document.body.textContent).toContain('relucent prune classes.json grid.csv');
    expect(textOf('two.html')).not.toMatch(/https?:\/\/(?!www\.w3\.org)|<script/);
    const loss = (name: string): number => modelOf(name).scores.train.logLoss;
    expect((await run('prune classes.json grid.csv --max-loss-increase 5% -o near.json')).code).toBe(0);
    expect(loss('near.json')).toBeLessThanOrEqual(1.05 * loss('classes.json') * (1 + 1e-6));
    expect((await run('prune classes.json grid.csv --to 3 --method random --seed 4 -o random.json')).code).toBe(0);
    expect(modelOf('random.json').weights.hidden.rows).toBe(3);
  });

  it('--drop-inputs leaves a model alone whose columns are all read', async () => {
    expect((await run('prune many.json planted.csv --drop-inputs -o same.json')).code).toBe(0);
    expect(textOf('same.json')).toBe(textOf('minimal.json'));
  });

  it('several outputs', async () => {
    const outcome = await run('prune three.json iris.csv --to 4 -o four.json --report four.html');
    expect(outcome.code).toBe(0);
    expect(modelOf('four.json').weights.hidden.rows).toBeLessThanOrEqual(4);
    expect((await run('verify four.json iris.csv')).code).toBe(0);
    expect((await run('optimal-set three.json iris.csv')).code).toBe(0);
  });
});

describe('relucent select', () => {
  it.each(['min-norm', 'max-norm', 'fewest', 'validation'] as const)(
    '--by %s: another optimal network, verified',
    async (by) => {
      const rows = by === 'validation' ? ' --validation more.csv' : '';
      const outcome = await run(`select many.json planted.csv --by ${by}${rows} -o chosen.json`);
      expect(outcome.code).toBe(0);
      const [before, after] = [modelOf('many.json'), modelOf('chosen.json')];
      expect(after.derivation).toMatchObject({ operation: 'select', exact: true });
      expect(after.certificate.primal).toBeLessThanOrEqual(before.certificate.primal * (1 + 1e-9));
      expect(after.certificate.relativeGap).toBeLessThan(1e-6);
      expect((await run('verify chosen.json planted.csv')).code).toBe(0);
      if (by === 'fewest') expect(said(outcome)).toMatch(/neurons \(proved: none of these has fewer/);
      if (by === 'validation') expect(said(outcome)).toContain('on more.csv (proved: none of these has less)');
    },
  );

  it('goes to stdout, and uses the test rows with a warning that it did', async () => {
    const outcome = await run('select three.json iris.csv --by validation -o -');
    expect(readModel(outcome.stdout).derivation?.words).toContain('the least loss on its 30 test rows');
    expect(outcome.stderr.replace(/\s+/g, ' ')).toContain('no longer those of unseen rows');
  });
});
