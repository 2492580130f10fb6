import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Fence, fencesOf, isRun } from './fences.js';
import { Workplace } from './workplace.js';

const root = resolve(import.meta.dirname, '../..');
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
  .sort();
const documents = ['test/readme/sample.md', 'README.md', ...docs].filter((name) => existsSync(join(root, name)));
const runnable = documents
  .map((name) => ({ name, fences: fencesOf(readFileSync(join(root, name), 'utf8')).filter(isRun) }))
  .filter(({ fences }) => fences.length > 0);

describe.each(runnable)('the code in $name', ({ name, fences }) => {
  const workplace = new Workplace();
  afterAll(() => workplace.remove());

  it.each(fences.map((fence): [number, string, Fence] => [fence.line, fence.language, fence]))(
    'runs: line %i, %s',
    async (_line, _language, fence) => {
      const { code, output } = await workplace.run(fence);
      expect(code, `${name}, line ${fence.line}:\n${fence.code}\n${output}`).toBe(0);
    },
  );

  const typed = fences.filter(({ language }) => language === 'ts');
  it.skipIf(typed.length === 0)('has its types right', async () => {
    expect(await workplace.typeErrors(typed)).toBe('');
  });
});

describe.each(documents)('links of %s', (name) => {
  const text = readFileSync(join(root, name), 'utf8').replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);

  it('lead somewhere inside the repository', () => {
    const inside = targets.filter((target) => !/^(https?:|mailto:|#)/.test(target));
    const missing = inside.filter((target) => !existsSync(join(root, dirname(name), target.split('#')[0])));
    expect(missing).toEqual([]);
  });
});

describe('fences', () => {
  it('of the sample are these', () => {
    const fences = fencesOf(readFileSync(join(import.meta.dirname, 'sample.md'), 'utf8'));
    expect(fences.map(({ language, marks, line }) => [language, ...marks, line])).toEqual([
      ['sh', 5],
      ['sh', 'no-run', 10],
      ['sh', 16],
      ['ts', 'run', 20],
      ['ts', 29],
    ]);
    expect(fences.map(isRun)).toEqual([true, false, true, true, false]);
    expect(fences[2].code).toBe('test -s version.txt\n');
  });

  it('with an error are found out', async () => {
    const workplace = new Workplace();
    const fence = (language: string, code: string): Fence => ({ language, marks: ['run'], code, line: 1 });
    try {
      for (const code of ['false\ntrue', 'relucent fit nowhere.csv | cat', 'npx other', 'test -e ../somewhere'])
        expect((await workplace.run(fence('sh', code))).code, code).not.toBe(0);
      expect(await workplace.run(fence('ts', `throw new Error('no');`))).toMatchObject({
        code: 1,
        output: expect.stringContaining('Error: no'),
      });
      const wrong = fence('ts', `import { fit } from 'relucent';\nfit(1);`);
      expect(await workplace.typeErrors([wrong])).toContain('line-1.ts(2,');
    } finally {
      workplace.remove();
    }
  });
});
