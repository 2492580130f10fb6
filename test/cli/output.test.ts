import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { RelucentError } from '../../src/base/index.js';
import { asRelucentError, errorText, exitCodes } from '../../src/cli/errors.js';
import { Output } from '../../src/cli/files.js';
import { oneLineOf, regressionCsv, relucent, workFolder } from './run.js';

const folder = workFolder();
afterAll(() => folder.remove());

describe('Output', () => {
  it('leaves nothing behind when it is prepared', async () => {
    const files = folder.files();
    await Output.prepare(folder.at('new.json'));
    expect(folder.files()).toEqual(files);
  });

  it('writes text and bytes, over what was there', async () => {
    const output = await Output.prepare(folder.at('a.txt'));
    await output.write('long text at first');
    await output.write(Uint8Array.of(104, 105));
    expect(readFileSync(folder.at('a.txt'), 'utf8')).toBe('hi');
    expect(folder.files().filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('writes behind a symbolic link and keeps the link', async () => {
    writeFileSync(folder.at('real.txt'), 'old');
    symlinkSync('real.txt', folder.at('link.txt'));
    await (await Output.prepare(folder.at('link.txt'))).write('new');
    expect(readFileSync(folder.at('real.txt'), 'utf8')).toBe('new');
    expect(lstatSync(folder.at('link.txt')).isSymbolicLink()).toBe(true);
  });

  it('keeps the permissions of the file it replaces', async () => {
    writeFileSync(folder.at('private.txt'), 'old');
    chmodSync(folder.at('private.txt'), 0o600);
    await (await Output.prepare(folder.at('private.txt'))).write('new');
    expect(statSync(folder.at('private.txt')).mode & 0o777).toBe(0o600);
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full and leaves a device a device', async () => {
    const output = await Output.prepare('/dev/full');
    await expect(output.write('text')).rejects.toMatchObject({ kind: 'io', message: '/dev/full: the disk is full.' });
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it('removes the temporary file when the target becomes a folder meanwhile', async () => {
    const output = await Output.prepare(folder.at('later'));
    const { mkdirSync } = await import('node:fs');
    mkdirSync(folder.at('later'));
    await expect(output.write('text')).rejects.toMatchObject({ kind: 'io' });
    expect(folder.files().filter((name) => name.includes('tmp'))).toEqual([]);
  });
});

describe('a disk that takes no more', () => {
  it.runIf(process.platform === 'linux')('ends with one line, no file and no temporary file', async () => {
    writeFileSync(folder.at('many.csv'), regressionCsv(2000));
    writeFileSync(folder.at('small.csv'), regressionCsv(30));
    const cwd = folder.path;
    const trained = await relucent(['fit', 'small.csv', '--target', 'price', '--lambda', '0.1', '--quiet'], { cwd });
    expect(trained).toEqual({ code: 0, stdout: '', stderr: '' });
    const files = folder.files();
    const outcome = await relucent(['predict', 'model.json', 'many.csv', '-o', 'p.csv'], {
      cwd,
      shell: "trap '' XFSZ; ulimit -f 8",
    });
    expect(oneLineOf(outcome)).toMatch(/^relucent: p\.csv: the file would be larger than the system allows\.$/);
    expect(outcome.code).toBe(4);
    expect(folder.files()).toEqual(files);
  });
});

describe('stdout that takes no more', () => {
  it.runIf(existsSync('/dev/full'))('is one line', async () => {
    const outcome = await relucent(['info', 'model.json'], { cwd: folder.path, shell: 'exec >/dev/full' });
    expect(oneLineOf(outcome)).toBe('relucent: stdout: the disk is full.');
    expect(outcome.code).toBe(4);
  });
});

describe('errors', () => {
  it('have the exit codes that --help states', () => {
    expect(exitCodes).toEqual({ internal: 1, usage: 2, data: 3, io: 4, model: 5, resource: 6, verification: 7 });
  });

  it('of memory are told from defects', () => {
    expect(asRelucentError(new RangeError('Array buffer allocation failed')).kind).toBe('resource');
    expect(asRelucentError(new RangeError('Invalid array length')).kind).toBe('resource');
    expect(asRelucentError(new RangeError('toFixed() digits argument must be between 0 and 100')).kind).toBe(
      'internal',
    );
  });

  it('that are defects say so and how to report them', () => {
    const text = errorText(asRelucentError(new TypeError('x is undefined')), false);
    expect(text).toMatch(
      /^relucent: TypeError: x is undefined \(a defect of relucent: please report it.*RELUCENT_DEBUG=1\)\n$/,
    );
    expect(errorText(asRelucentError('thrown text'), false)).toContain('thrown text');
  });

  it('are one line whatever a file is called', () => {
    const text = errorText(new RelucentError('io', 'a\u001b[31mb\r\nc\u0007.csv: gone'), false);
    expect(text).toBe('relucent: ab c .csv: gone\n');
  });
});
