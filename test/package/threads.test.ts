import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const entry = new URL('../../dist/index.js', import.meta.url).href;

/** What a script that imports the built package as `relucent` notes, in a process of its own. */
async function noted(script: string): Promise<unknown> {
  const source = `import * as relucent from ${JSON.stringify(entry)};
    const note = (value) => console.log(JSON.stringify(value));
    const n = 60;
    const x = Array.from({ length: n }, (_, i) => Math.round(1000 * Math.sin(3 * i)) / 500);
    const z = Array.from({ length: n }, (_, i) => Math.round(1000 * Math.cos(5 * i)) / 500);
    const y = x.map((v, i) => Math.abs(v) + (z[i] > 0 ? z[i] : 0) + ((i * 7) % 5) / 10);
    const kind = y.map((v, i) => (i < 3 ? 'abc'[i] : v > 1.6 ? 'c' : v > 0.9 ? 'b' : 'a'));
    const table = relucent.tableFrom({ x, z, y });
    const kinds = relucent.tableFrom({ x, z, y: kind });
    ${script}`;
  const { stdout } = await promisify(execFile)('node', ['--input-type=module', '-e', source], {
    cwd: join(import.meta.dirname, '../..'),
  });
  return JSON.parse(stdout);
}

describe('folds on worker threads', () => {
  it('give what one thread gives, to the bit, and the model file too', async () => {
    const script = (threads: number): string => `
      const options = { target: 'y', folds: 3, lambdas: 7, minRatio: 0.02, threads: ${threads} };
      const curves = [];
      for (const own of [{ table }, { table: kinds }, { table, activation: 'gated', repeats: 2 }]) {
        const { table, ...rest } = own;
        curves.push(await relucent.crossValidate(table, { ...options, ...rest }));
      }
      const { model } = await relucent.fitTable(table, { target: 'y', folds: 3, patterns: 30, threads: ${threads} });
      note({ curves, model: relucent.writeModel(model) });`;
    const [one, two] = await Promise.all([noted(script(1)), noted(script(2))]);
    expect((one as { curves: unknown[] }).curves).toHaveLength(3);
    expect(two).toEqual(one);
  });

  it('run in workers, tell progress, and stop when asked to', async () => {
    const result = (await noted(`
      const threads = process.getBuiltinModule('node:worker_threads');
      let workers = 0;
      threads.Worker = class extends threads.Worker {
        constructor(url, options) {
          super(url, options);
          if (String(url).endsWith('fold-worker.js')) workers++;
        }
      };
      const stop = new AbortController();
      let steps = 0;
      const onProgress = ({ phase }) => {
        if (phase === 'cross-validation' && ++steps === 40) stop.abort();
      };
      // two workers beside the thread itself
      const options = { target: 'y', folds: 4, lambdas: 2000, minRatio: 1e-4, threads: 3 };
      const { end, lambdas } = await relucent.crossValidate(table, { ...options, signal: stop.signal, onProgress });
      note({ end, count: lambdas.length, steps, workers });`)) as Record<'count' | 'steps' | 'workers', number> & {
      end: string;
    };
    expect([result.end, result.workers]).toEqual(['aborted', 2]);
    expect(result.steps).toBeGreaterThanOrEqual(40);
    // no fold is more than five λ ahead
    expect(result.count).toBeGreaterThanOrEqual((40 - 15) / 4);
    expect(result.count).toBeLessThan(2000);
  });

  it('pass on what a fold cannot do, in one line', async () => {
    const message = await noted(`
      const kernels = await relucent.createKernels();
      kernels.dispose();
      const wide = relucent.tableFrom({ ...Object.fromEntries(
        Array.from({ length: 8 }, (_, k) => ['w' + k, x.map((v, i) => Math.sin((k + 2) * i + v))])), y });
      const failed = relucent.crossValidate(wide, { target: 'y', folds: 4, patterns: 'exact', threads: 2, lambdas: [0.1] });
      note(await failed.then(() => null, (error) => [error.name, error.kind, error.message]));`);
    expect(message).toEqual([
      'RelucentError',
      'resource',
      expect.stringMatching(/^fit: patterns 'exact' enumerates at most [^\n]+\.$/),
    ]);
  });
});
