import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reproduceCommand } from '../../src/cli/reproduce.js';

const folder = mkdtempSync(join(tmpdir(), 'reproduce-'));
afterAll(() => rmSync(folder, { recursive: true }));
const options = { threads: 'auto' } as const;
const root = resolve(import.meta.dirname, '../..');

describe('relucent reproduce', () => {
  it('says in one line where experiments are, when they are not here', () => {
    expect(() => reproduceCommand('optimal-sets/all', options, folder)).toThrow(
      'reproduce: experiments are not in the npm package; clone the repository, run npm install there, then npm run reproduce -- optimal-sets/all.',
    );
  });

  it('says what is missing in a checkout without its development packages', () => {
    mkdirSync(join(folder, 'experiments'));
    writeFileSync(join(folder, 'experiments', 'run.ts'), '');
    expect(() => reproduceCommand('all', options, folder)).toThrow(
      `reproduce: tsx is not installed; run npm install in ${folder}, then again: reproduce all.`,
    );
  });

  it.skipIf(process.platform === 'win32')('is content with a reader that stops early', () => {
    const list = `"${process.execPath}" --import tsx experiments/run.ts list`;
    const { stderr } = spawnSync('bash', ['-c', `set -o pipefail; ${list} | true`], { cwd: root, encoding: 'utf8' });
    expect(stderr).not.toContain('EPIPE');
  });

  it('runs an experiment of the checkout, with its exit code', async () => {
    const out = join(folder, 'out');
    expect(await reproduceCommand('optimal-sets/figure-1', { ...options, small: true, out }, root)).toBe(0);
    expect(await reproduceCommand('optimal-sets/figure-3', { ...options, small: true, out }, root)).toBe(2);
  });
});
