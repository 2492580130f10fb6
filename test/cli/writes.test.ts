import { spawnSync } from 'node:child_process';
import { unlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { workFolder } from './run.js';

const folder = workFolder();
afterAll(() => folder.remove());

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const from = (name: string): string => JSON.stringify(pathToFileURL(resolve(`src/cli/${name}.ts`)).href);

/** Runs some lines beside `Output` and `Interrupt` in a process of their own; its exit code and the files it leaves. */
function outcomeOf(lines: string): { code: number | null; stdout: string; files: readonly string[] } {
  for (const name of folder.files()) unlinkSync(folder.at(name));
  const script = `
    import { Output } from ${from('files')};
    import { Interrupt } from ${from('interrupt')};
    const signalled = () => process.kill(process.pid, 'SIGINT');
    const heard = () => new Promise((resolve) => setTimeout(resolve, 100));
    const data = new Uint8Array(1 << 22).fill(7);
    const [a, b] = [await Output.prepare('a.bin'), await Output.prepare('b.bin')];
    ${lines}`;
  const { status, stdout } = spawnSync(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  return { code: status, stdout, files: folder.files() };
}

describe('a signal while files are written', () => {
  it('ends the process where nobody else listens, and takes every unfinished file with it', () => {
    const outcome = outcomeOf('const writes = [a.write(data), b.write(data)]; signalled(); await Promise.all(writes);');
    expect(outcome).toEqual({ code: 130, stdout: '', files: [] });
  });

  it('lets the write end where the command ends by itself', () => {
    const outcome = outcomeOf(`
      const interrupt = new Interrupt(() => console.log('heard'));
      const writes = [a.write(data), b.write(data)];
      signalled();
      await Promise.all(writes);
      await heard();
      process.exitCode = interrupt.exitCode;`);
    expect([outcome.code, outcome.stdout.trim(), [...outcome.files].sort()]).toEqual([
      130,
      'heard',
      ['a.bin', 'b.bin'],
    ]);
  });

  it('ends it at the second signal all the same', () => {
    const outcome = outcomeOf(`
      const interrupt = new Interrupt(() => process.nextTick(signalled));
      const large = new Uint8Array(1 << 28);
      const writes = [a.write(large), b.write(large)];
      signalled();
      await Promise.all(writes);
      console.log('both written');`);
    expect(outcome).toEqual({ code: 130, stdout: '', files: [] });
  });
});
