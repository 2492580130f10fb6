import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeModel } from '../../src/index.js';
import { relucent } from '../cli/run.js';
import { smallProblem } from './small-problems.js';
import { csvOf, forgedModels, modelOf, tableFaults } from './tables.js';

const problems = Array.from({ length: 20 }, (_, k) => smallProblem(3000 + k));
const folder = mkdtempSync(join(tmpdir(), 'relucent-verifier-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('verifyModel accepts a model file as written and rejects it changed', () => {
  let learnt = 0;
  it.each(problems.map((problem) => [problem.name, problem] as const))('%s', async (_, problem) => {
    const faults = await tableFaults(problem);
    learnt += faults === null ? 0 : 1;
    expect(faults ?? []).toEqual([]);
  });

  it('and most of them could be learnt', () => expect(learnt).toBeGreaterThanOrEqual(15));
});

describe('relucent verify', () => {
  const problem = smallProblem(3000);
  const data = join(folder, 'table.csv');

  const verify = async (text: string) => {
    const path = join(folder, 'model.json');
    writeFileSync(path, text);
    return relucent(['verify', path, data]);
  };

  it('exits with 0 for the model as written and with 7 for every forged one', async () => {
    writeFileSync(data, csvOf(problem));
    const model = await modelOf(problem);
    if (model === null) throw new Error('expected a table that can be learnt from');
    expect((await verify(writeModel(model))).code).toBe(0);
    const forged = Object.values(forgedModels(problem, model));
    expect(forged.length).toBe(4);
    for (const other of forged) {
      const { code, stderr } = await verify(writeModel(other));
      expect(code).toBe(7);
      expect(stderr).toMatch(/^relucent: .*model\.json: rejected: .+/m);
    }
  });
});
