import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readModel } from '../../src/index.js';
import { regressionCsv, relucent, workFolder } from './run.js';

const folder = workFolder();
const textOf = (name: string): string => readFileSync(folder.at(name), 'utf8');
const fit = (threads: number, output: string): string[] =>
  `fit houses.csv --target price --threads ${threads} -o ${output}`.split(' ');

beforeAll(() => writeFileSync(folder.at('houses.csv'), regressionCsv(40)));
afterAll(() => folder.remove());

it('a cross-validated fit gives the same bytes on any number of threads', async () => {
  for (const threads of [1, 2, 4]) {
    const outcome = await relucent([...fit(threads, `${threads}.json`), '--quiet'], { cwd: folder.path });
    expect([outcome.code, outcome.stderr]).toEqual([0, '']);
    expect(textOf(`${threads}.json`)).toBe(textOf('1.json'));
  }
  // else the folds have not ended before their last λ, where threads are at different ones
  expect(readModel(textOf('1.json')).choice?.end).toBe('risen');
});

it('is interrupted on several threads, and goes on to the same bytes on one', async () => {
  let sent = false;
  const cut = await relucent(fit(3, 'cut.json'), {
    cwd: folder.path,
    onStderr: (stderr, kill) => {
      if (!sent && /cross-validation/.test(stderr)) {
        sent = true;
        kill('SIGINT');
      }
    },
  });
  expect([cut.code, sent]).toEqual([130, true]);
  expect(JSON.parse(textOf('cut.folds.json')).unfinished.folds).toHaveLength(10);
  const outcome = await relucent([...fit(1, 'cut.json'), '--resume', '--quiet'], { cwd: folder.path });
  expect([outcome.code, outcome.stderr]).toEqual([0, '']);
  expect(textOf('cut.json')).toBe(textOf('1.json'));
});
