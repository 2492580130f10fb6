import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeFeatures, type Preprocessing } from '../../src/data/index.js';
import { matrixFromRows, rowOf } from '../../src/linalg/index.js';
import {
  constantNetwork,
  type NetworkWeights,
  predictScores,
  toC,
  toJavaScript,
  toNumpy,
} from '../../src/networks/index.js';
import {
  mixedFeatures,
  mixedNumbers,
  mixedPreprocessing,
  mixedRecords,
  mixedTable,
  randomMatrix,
  randomNetwork,
  relativeError,
  targets,
} from './helpers.js';

const folder = mkdtempSync(join(tmpdir(), 'relucent-code-'));

interface Case {
  readonly name: string;
  readonly weights: NetworkWeights;
  readonly preprocessing: Preprocessing;
  /** Scores of the mixed rows by our own inference. */
  readonly scores: number[][];
}

const cases: Case[] = (['relu', 'gated'] as const).flatMap((activation) =>
  (['number', 'binary', 'classes', 'two scores'] as const).map((kind) => {
    const preprocessing = mixedPreprocessing(targets[kind === 'two scores' ? 'binary' : kind]);
    const outputs = { number: 1, binary: 1, classes: 3, 'two scores': 2 }[kind];
    const weights = randomNetwork({ inputs: mixedFeatures, neurons: 9, outputs, activation });
    const scores = predictScores(weights, encodeFeatures(mixedTable(), preprocessing).X);
    const rows = Array.from({ length: scores.rows }, (_, i) => [...rowOf(scores, i)]);
    return { name: `${activation}, ${kind}`, weights, preprocessing, scores: rows };
  }),
);

const labelOf = (score: number[]): number =>
  score.length === 1 ? Number(score[0] > 0) : score.indexOf(Math.max(...score));
const inUnits = ([score]: number[]): number => score * 37.25 + 210.5;

function probabilitiesOf(score: number[]): number[] {
  const all = score.length === 1 ? [0, score[0]] : score;
  return all.map((s) => 1 / all.reduce((sum, t) => sum + Math.exp(t - s), 0));
}

describe('JavaScript', () => {
  const load = async (text: string) => import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`);

  test.each(cases)('gives the same bits from objects and arrays: $name', async ({ weights, preprocessing, scores }) => {
    const module = await load(toJavaScript(weights, { preprocessing }));
    const names = preprocessing.columns.filter((column) => column.kind !== 'dropped').map((column) => column.name);
    mixedRecords().forEach((record, i) => {
      expect(module.scores(record)).toEqual(scores[i]);
      expect(module.scores(names.map((name) => record[name]))).toEqual(scores[i]);
      const answer = module.predict(record);
      if (preprocessing.target.kind === 'number') expect(answer).toBe(inUnits(scores[i]));
      else {
        expect(answer.label).toBe(preprocessing.target.classes[labelOf(scores[i])]);
        expect(relativeError(answer.probability, probabilitiesOf(scores[i]))).toBeLessThan(1e-15);
      }
    });
  });

  test('without preprocessing, features in and scores out, the same bits', async () => {
    const weights = randomNetwork({ inputs: 5, neurons: 30, outputs: 2, dense: true });
    const module = await load(toJavaScript(weights));
    const X = randomMatrix(50, 5);
    const scores = predictScores(weights, X);
    for (let i = 0; i < X.rows; i++) expect(module.predict(rowOf(X, i))).toEqual([...rowOf(scores, i)]);
    expect(() => module.predict([1])).toThrow('row: expected 5 features, got 1');
  });

  test('cells are read as tables are read, and bad rows are refused', async () => {
    const { weights, preprocessing, scores } = cases[0];
    const module = await load(toJavaScript(weights, { preprocessing }));
    const [record] = mixedRecords();
    const asText = { ...record, age: ' 3e1 ', größe: '-2.75', member: 'true' };
    expect(module.scores(asText)).toEqual(scores[0]);
    expect(module.scores({ ...record, age: ' n/a ' })).toEqual(module.scores({ ...record, age: null }));
    expect(module.scores({ ...record, 'colour */ "1"': '7.0' })).toEqual(
      module.scores({ ...record, 'colour */ "1"': 7 }),
    );
    expect(() => module.predict({ ...record, age: 'old' })).toThrow(
      "row, column 'age': expected a finite number, got 'old'",
    );
    expect(() => module.predict({ ...record, age: Infinity })).toThrow("got 'Infinity'");
    expect(() => module.predict({ age: 1 })).toThrow('row: no column \'colour */ "1"\'');
    expect(() => module.predict([1, 2])).toThrow('row: expected 5 cells, got 2');
  });

  test('probabilities can be left out', async () => {
    const { weights, preprocessing } = cases[1];
    const module = await load(toJavaScript(weights, { preprocessing, probability: false }));
    expect(Object.keys(module.predict(mixedRecords()[0]))).toEqual(['label', 'score']);
  });

  test('a network without neurons', async () => {
    const module = await load(toJavaScript(constantNetwork(2, [0.1, -7])));
    expect(module.predict([1, 2])).toEqual([0.1, -7]);
  });
});

const compiler = spawnSync('gcc', ['--version']).status === 0;
const python = process.env.PYTHON ?? 'python3';
const numpy = spawnSync(python, ['-c', 'import numpy']).status === 0;

/** Numbers as a C or Python program takes them on its command line: 17 digits, nan. */
const argument = (value: number): string => (Number.isNaN(value) ? 'nan' : value.toPrecision(17));

describe.skipIf(!compiler)(`C99${compiler ? '' : ' (skipped: no gcc here)'}`, () => {
  const flags = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic'];

  /** Compiles the code together with a main that prints what `call` computes for each row. */
  function build(name: string, code: string, main: string): string {
    const source = join(folder, `${name}.c`);
    const driver = join(folder, `${name}_main.c`);
    writeFileSync(source, code);
    writeFileSync(driver, `#include <stdio.h>\n#include <stdlib.h>\n${main}`);
    execFileSync('gcc', [...flags, '-o', join(folder, name), source, driver, '-lm'], { stdio: 'pipe' });
    return join(folder, name);
  }

  test.each(cases)('compiles without a warning and agrees: $name', ({ name, weights, preprocessing, scores }) => {
    const classes = preprocessing.target.kind === 'number' ? 0 : preprocessing.target.classes.length;
    const main = `void my_model_predict(const double *row, double *out);
${classes ? 'int my_model_label(const double *row);\nvoid my_model_probability(const double *row, double *out);' : ''}
int main(int argc, char **argv) {
  double row[5], out[3];
  for (int i = 1; i + 4 < argc; i += 5) {
    for (int k = 0; k < 5; k++) row[k] = strtod(argv[i + k], NULL);
    my_model_predict(row, out);
    for (int k = 0; k < ${weights.outputBias.length}; k++) printf("%.17g ", out[k]);
    ${classes ? `printf("%d ", my_model_label(row)); my_model_probability(row, out); for (int k = 0; k < ${classes}; k++) printf("%.17g ", out[k]);` : ''}
  }
  return 0;
}`;
    const program = build(name.replace(/\W+/g, '_'), toC(weights, { preprocessing, name: 'my-model' }), main);
    const printed = execFileSync(program, mixedNumbers().flat().map(argument), { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number);
    const expected = scores.flatMap((score) =>
      classes ? [...score, labelOf(score), ...probabilitiesOf(score)] : [inUnits(score)],
    );
    expect(relativeError(printed, expected)).toBeLessThan(1e-12);
  });

  test('without preprocessing it takes features', () => {
    const weights = randomNetwork({ inputs: 3, neurons: 4, outputs: 2 });
    const main = `void model_predict(const double *row, double *out);
int main(void) { double row[3] = {0.5, -1.25, 3}, out[2]; model_predict(row, out); printf("%.17g %.17g", out[0], out[1]); return 0; }`;
    const printed = execFileSync(build('plain', toC(weights), main), { encoding: 'utf8' })
      .split(' ')
      .map(Number);
    expect(relativeError(printed, predictScores(weights, matrixFromRows([[0.5, -1.25, 3]])).data)).toBeLessThan(1e-15);
  });

  test('a network without neurons compiles', () => {
    const main = `void model_predict(const double *row, double *out);
int main(void) { double row[1] = {1}, out[1]; model_predict(row, out); printf("%g", out[0]); return 0; }`;
    expect(execFileSync(build('constant', toC(constantNetwork(1, [-2.5], 'gated')), main), { encoding: 'utf8' })).toBe(
      '-2.5',
    );
  });

  test('names that C cannot take become ones it can', () => {
    const weights = randomNetwork({ inputs: 1, neurons: 1 });
    expect(toC(weights, { name: '3 größe/x' })).toContain(
      'void model_3_gr_e_x_predict(const double *row, double *out)',
    );
    expect(toC(weights, { name: '///' })).toContain('void model_predict(');
  });
});

describe.skipIf(!numpy)(`NumPy${numpy ? '' : ' (skipped: no Python with numpy here)'}`, () => {
  test.each(cases)('agrees from arrays and from records: $name', ({ name, weights, preprocessing, scores }) => {
    const module = `numpy_${name.replace(/\W+/g, '_')}`;
    writeFileSync(join(folder, `${module}.py`), toNumpy(weights, { preprocessing }));
    const classes = preprocessing.target.kind !== 'number';
    const records = JSON.stringify(mixedRecords(), (_, value) => (Number.isNaN(value) ? null : value));
    const script = `
import json, sys
import numpy as np
import ${module} as m
a = np.array([float(v) for v in sys.argv[1:]]).reshape(-1, 5)
b = m.table(json.loads(${JSON.stringify(records)}))
assert np.array_equal(a, b, equal_nan=True), (a, b)
assert len(m.predict(m.table([]))) == 0
print(json.dumps({"scores": m.scores(a).tolist(), "predict": m.predict(a).tolist(), "probability": m.probability(a).tolist() if ${classes ? 'True' : 'False'} else []}))`;
    const text = execFileSync(python, ['-W', 'error', '-c', script, ...mixedNumbers().flat().map(argument)], {
      cwd: folder,
      encoding: 'utf8',
    });
    const answer = JSON.parse(text);
    expect(relativeError(answer.scores.flat(), scores.flat())).toBeLessThan(1e-12);
    if (preprocessing.target.kind === 'number')
      expect(relativeError(answer.predict, scores.map(inUnits))).toBeLessThan(1e-12);
    else {
      const { classes } = preprocessing.target;
      expect(answer.predict).toEqual(scores.map((score) => classes[labelOf(score)]));
      expect(relativeError(answer.probability.flat(), scores.flatMap(probabilitiesOf))).toBeLessThan(1e-12);
    }
  });

  test('without preprocessing, features in and scores out', () => {
    const weights = randomNetwork({ inputs: 2, neurons: 3, outputs: 2 });
    writeFileSync(join(folder, 'plain_network.py'), toNumpy(weights));
    const script = 'import plain_network as m; print(m.predict([[0.5, -2], [1, 4]]).tolist())';
    const text = execFileSync(python, ['-W', 'error', '-c', script], { cwd: folder, encoding: 'utf8' });
    const expected = predictScores(
      weights,
      matrixFromRows([
        [0.5, -2],
        [1, 4],
      ]),
    ).data;
    expect(relativeError(JSON.parse(text).flat(), expected)).toBeLessThan(1e-15);
  });
});
