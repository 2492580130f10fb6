import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { forgetJobs, runJobs } from '../../experiments/shared/jobs.js';
import { optionsIn, type Square, squares } from './options.js';

const folder = mkdtempSync(join(tmpdir(), 'jobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const squared = (count: number) =>
  Array.from({ length: count }, (_, value) => ({ square: value * value, third: value / 3 }));
const journal = (name: string): string => join(folder, name, 'work', 'squares.jsonl');
const finished = (name: string): string[] => readFileSync(journal(name), 'utf8').trim().split('\n').slice(1);

describe('runJobs', () => {
  it('gives the results in the order of the jobs, whatever the threads', async () => {
    // the first jobs are the slowest: they end last
    const jobs = { ...squares(6), jobs: squares(6).jobs.map((job) => ({ ...job, milliseconds: 60 - 10 * job.value })) };
    expect(await runJobs(jobs, optionsIn(join(folder, 'one')))).toEqual(squared(6));
    expect(await runJobs(jobs, optionsIn(join(folder, 'three'), { threads: 3 }))).toEqual(squared(6));
  });

  it('goes on after being killed: what was finished is not done again, and the results are the same', async () => {
    const script = join(import.meta.dirname, 'interrupted.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, join(folder, 'killed')], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (!existsSync(journal('killed')) || finished('killed').length < 2)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await ended;
    const before = finished('killed');
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(before.length).toBeLessThan(12);
    // killed while writing: half a line
    appendFileSync(journal('killed'), '{"job":"{\\"value\\":11,\\"mill');
    const said: string[] = [];
    const options = optionsIn(join(folder, 'killed'), { log: (line) => said.push(line) });
    expect(await runJobs(squares(12, 150), options)).toEqual(squared(12));
    expect(said).toEqual([`squares: ${before.length} jobs were finished before`]);
    expect(finished('killed').slice(0, before.length)).toEqual(before);
    expect(finished('killed')).toHaveLength(12);
  });

  it('forgets the journals of its own runs, not those of another that was interrupted beside it', async () => {
    const options = optionsIn(join(folder, 'beside'));
    await runJobs(squares(2), options);
    const other = journal('beside').replace('squares', 'other');
    appendFileSync(other, 'kept');
    forgetJobs();
    expect([existsSync(journal('beside')), existsSync(other)]).toEqual([false, true]);
  });

  it('stops when it is aborted, and keeps what is finished', async () => {
    const stop = new AbortController();
    const options = optionsIn(join(folder, 'aborted'), { signal: stop.signal, progress: () => stop.abort() });
    await expect(runJobs(squares(8, 20), options)).rejects.toThrow(/abort/i);
    expect(finished('aborted')).toHaveLength(1);
  });

  it('forgets what was finished under other settings, or when told to', async () => {
    const lines = async (settings: number, fresh = false): Promise<string[]> => {
      const said: string[] = [];
      await runJobs(
        squares(3, 0, settings),
        optionsIn(join(folder, 'settings'), { fresh, log: (line) => said.push(line) }),
      );
      return said;
    };
    const before = ['squares: 3 jobs were finished before'];
    expect([await lines(1), await lines(1), await lines(2), await lines(2, true), await lines(2)]).toEqual([
      [],
      before,
      [],
      [],
      before,
    ]);
  });

  it('names the job that failed', async () => {
    const jobs = { ...squares(1), jobs: [{ value: -3, milliseconds: 0 }] as Square[] };
    await expect(runJobs(jobs, optionsIn(join(folder, 'failed')))).rejects.toThrow(
      /^squares, \{"value":-3,"milliseconds":0\}: Error: no squares of negative numbers today/,
    );
  });
});
