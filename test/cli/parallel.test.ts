import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { readParallelModel } from '../../src/parallel/index.js';
import { runHere } from './here.js';
import { oneLineOf, regressionCsv, relucent, workFolder } from './run.js';

const folder = workFolder();
const run = (line: string) => runHere(line.split(' '), folder.path);
const good = async (line: string): Promise<string> => {
  const { code, stdout, stderr } = await run(line);
  expect([code, stderr.split('\n').filter((text) => text.startsWith('relucent:'))]).toEqual([0, []]);
  return stdout;
};
const model = (name: string) => readParallelModel(readFileSync(folder.at(name), 'utf8'));

/** Three classes of the plane, by the angle; numbers a float32 holds. */
function anglesCsv(rows: number): string {
  const random = createRandom(5);
  const lines = Array.from({ length: rows }, () => {
    const [a, b] = [Math.fround(random.normal()), Math.fround(random.normal())];
    return `${a},${b},${a > Math.abs(b) ? 'east' : b > 0 ? 'north' : 'south'}`;
  });
  return `a,b,side\n${lines.join('\n')}\n`;
}

const common = '--gap 1e-2 --threads 1';

beforeAll(async () => {
  writeFileSync(folder.at('houses.csv'), regressionCsv(60));
  writeFileSync(folder.at('angles.csv'), anglesCsv(60));
  await good(`fit houses.csv --target price --layers 4 --lambda 0.1 ${common} --quiet -o four.json`);
  await good(`fit angles.csv --target side --regularizer path --patterns 20 --lambda 0.01 --quiet -o angles.json`);
});
afterAll(() => folder.remove());

describe('relucent fit --layers', () => {
  it('without --lambda cross-validates it, and says so', async () => {
    const line = 'fit houses.csv --target price --layers 3 --regularizer path --folds 3 --test-fraction 0.5';
    const text = await good(`${line} ${common} -o cv.json`);
    expect(text).toMatch(
      /Chosen +λ = .* \(lambda\.min\) by 3 folds, random folds of 30 rows:\s+held-out\s+mean squared\s+error/,
    );
    const { choice, problem } = model('cv.json');
    expect(problem.lambda).toBe(choice?.lambdas[choice.min]);
    expect(await good('info cv.json')).toContain('(lambda.min) by 3 folds');
    expect(await good('verify cv.json houses.csv')).toContain('✓ accepted');
  });

  it('shows scores, sub-networks of each output and what is proved', async () => {
    const text = await good('info angles.json');
    const { network, scores } = model('angles.json');
    expect(network.outputs).toBe(3);
    expect(text).toMatch(/\d+ sub-networks \(\d+, \d+, \d+ for the 3 outputs\)/);
    expect(text).toMatch(/accuracy/);
    expect(scores.train.accuracy).toBeGreaterThan(0.9);
    expect(text).toContain('sampled');
    expect(await good('verify angles.json angles.csv')).toContain('✓ accepted');
  });

  it('with --skip has a linear branch, and its objective is no higher', async () => {
    const line = `fit houses.csv --target price --layers 3 --lambda 0.1 --gap 1e-3 --threads 1 --quiet`;
    await good(`${line} -o plain.json`);
    await good(`${line} --skip -o skip.json`);
    expect(await good('info skip.json')).toContain('beside a linear branch');
    const [plain, skip] = [model('plain.json'), model('skip.json')];
    expect(plain.network.skip).toBeNull();
    expect(skip.network.skip!.data.some((c) => c !== 0)).toBe(true);
    expect(skip.certificate.primal).toBeLessThanOrEqual(plain.certificate.primal * (1 + 1e-3));
    expect(await good('verify skip.json houses.csv')).toContain('✓ accepted');
  });

  it('stopped at the time limit keeps the network it has', async () => {
    const text = await good(
      `fit houses.csv --target price --layers 4 --gap 1e-9 --time-limit 2s --threads 1 -o t.json`,
    );
    expect(text).toContain('stopped at the time limit');
    expect(model('t.json').network.layers).toBe(4);
  });

  it('interrupted keeps the network it has, exit code 130', async () => {
    const line = 'fit houses.csv --target price --layers 4 --folds 10 --gap 1e-9 --threads 1 -o i.json';
    const outcome = await relucent(line.split(' '), {
      cwd: folder.path,
      onStderr: (text, kill) => {
        if (text.includes('cross-validation') && !text.includes('interrupted')) kill('SIGINT');
      },
    });
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toContain('interrupted: the best network so far is in i.json');
    expect(model('i.json').network.layers).toBe(4);
  });
});

describe('models of parallel networks', () => {
  it('predict, ONNX and JavaScript agree, classes with probabilities', async () => {
    await good('predict angles.json angles.csv -o p.csv');
    const [head, ...rows] = readFileSync(folder.at('p.csv'), 'utf8').trim().split('\n');
    expect(head).toBe('side,P(east),P(north),P(south)');
    expect(await good('export angles.json --to onnx -o m.onnx')).toContain(
      'takes the columns of the table as they are',
    );
    await good('export angles.json --to js -o m.mjs');
    const cells = anglesCsv(60).trim().split('\n').slice(1);
    const input = cells.map((line) => line.split(',').slice(0, 2).map(Number));
    const session = await InferenceSession.create(readFileSync(folder.at('m.onnx')));
    const tensor = new Tensor('float32', Float32Array.from(input.flat()), [60, 2]);
    const { probability } = await session.run({ input: tensor });
    const code = (await import(/* @vite-ignore */ pathToFileURL(folder.at('m.mjs')).href)) as {
      predict(row: number[]): { label: string; probability: number[] };
    };
    rows.forEach((row, i) => {
      const [label, ...shares] = row.split(',');
      const one = code.predict(input[i]);
      expect(one.label).toBe(label);
      shares.forEach((share, k) => {
        expect(Math.abs(one.probability[k] - Number(share))).toBeLessThan(1e-12);
        expect(Math.abs(Number(probability.data[3 * i + k]) - Number(share))).toBeLessThan(1e-6);
      });
    });
  });

  it('predict numbers in units of the target', async () => {
    const text = await good('predict four.json houses.csv');
    const [head, first] = text.split('\n');
    expect(head).toBe('price');
    expect(Number(first)).not.toBeNaN();
  });

  it.each([
    ['info cut.json', 5, /cut\.json: expected a relucent model file, but it is not JSON, or cut off/],
    ['predict cut.json houses.csv', 5, /cut\.json: .* cut off/],
    ['verify cut.json houses.csv', 5, /cut\.json: .* cut off/],
    ['export cut.json --to js', 5, /cut\.json: .* cut off/],
    ['info edited.json', 5, /edited\.json: network\.subnetworks\[0\]\.alpha: expected number, .*damaged or was edited/],
    ['verify forged.json houses.csv', 7, /forged\.json: rejected: the objective of the network is/],
    ['verify four.json angles.csv', 2, /angles\.csv/],
    ['verify four.json houses.csv --target price', 2, /--target: is for ONNX networks; four\.json is a model file/],
    ['verify four.json houses.csv --prove', 2, /--prove: is for two-layer networks; four\.json is a parallel one/],
    ['export four.json --to c', 2, /--to: parallel networks are written as onnx or js, got c/],
    ['export four.json --to js --lambda 1', 2, /--lambda: is for path files; four\.json is a model file/],
    ['predict four.json houses.csv --lambda 1', 2, /--lambda: is for path files/],
    ['info four.json --lambda 1', 2, /--lambda: is for path files/],
    [
      'prune four.json houses.csv',
      5,
      /four\.json: expected a relucent model file \(format 'relucent-model'\), got format/,
    ],
    ['optimal-set four.json houses.csv', 5, /four\.json: expected a relucent model file/],
  ])('%s is refused in one line', async (line, code, message) => {
    const text = readFileSync(folder.at('four.json'), 'utf8');
    writeFileSync(folder.at('cut.json'), text.slice(0, text.length / 2));
    writeFileSync(folder.at('edited.json'), text.replace(/"alpha": [^,]+/, '"alpha": "big"'));
    writeFileSync(
      folder.at('forged.json'),
      text.replace(/"primal": ([^,]+)/, (_, value) => `"primal": ${0.5 * value}`),
    );
    const outcome = await run(line);
    expect(outcome.code).toBe(code);
    expect(oneLineOf(outcome)).toMatch(message);
  });
});
