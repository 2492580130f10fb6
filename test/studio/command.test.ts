import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { serveSite } from '../../src/cli/site.js';
import { chromiumPath } from '../browser/chromium.js';
import { folder, points, Studio, solved } from './site.js';

const cli = resolve(import.meta.dirname, '../../dist/cli/main.js');
const scratch = mkdtempSync(join(tmpdir(), 'relucent-serve-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Status of a raw path, which fetch would tidy up. */
function statusOf(url: string, path: string, method = 'GET'): Promise<number | undefined> {
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, method }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    });
    asked.on('error', fail).end();
  });
}

describe('the server of the page', () => {
  it('gives the files of its folder, and nothing from outside', async () => {
    const site = await serveSite(folder, {}, 0);
    try {
      const page = await fetch(site.url);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await page.text()).toContain('<title>Relucent Studio</title>');
      for (const path of ['/none', '/assets', '/../index.js', '/%2e%2e/index.js', '/..%2findex.js', '/%00', '/%zz'])
        expect([path, await statusOf(site.url, path)]).toEqual([path, 404]);
      expect(await statusOf(site.url, '/', 'POST')).toBe(405);
      expect(await statusOf(site.url, '/', 'HEAD')).toBe(200);
      await expect(serveSite(folder, {}, Number(new URL(site.url).port))).rejects.toThrow(/^--port: \d+ is taken/);
    } finally {
      await site.close();
    }
  });
});

describe('relucent studio', () => {
  async function start(...args: string[]): Promise<{ child: ChildProcess; said: () => string }> {
    const child = spawn('node', [cli, 'studio', '--port', '0', ...args], { cwd: scratch });
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
    });
    child.stderr.on('data', (piece) => {
      text += piece;
    });
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    return { child, said: () => text };
  }

  it.skipIf(chromiumPath === null)('opens the page with the table, and stops when it is told to', async () => {
    writeFileSync(join(scratch, 'own data.csv'), 'a,b,y\n1,2,3\n2,1,4.5\n3,5,1\n4,4,2.5\n5,1,0.5\n');
    const { child, said } = await start('own data.csv');
    const url = /http:\S+/.exec(said())?.[0] ?? '';
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#file=data\/own%20data\.csv$/);
    const studio = await Studio.start();
    try {
      const page = await (await studio.browser.newContext()).newPage();
      await page.goto(url);
      await solved(page);
      expect(await points(page)).toBe(5);
      expect(await page.textContent('.source')).toBe('own data.csv: 5 rows, 3 columns');
    } finally {
      await studio.stop();
    }
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['missing.csv', 4, /missing\.csv/],
    ['-', 2, /stdin/],
    ['.', 4, /expected a file/],
  ])('refuses %s in one line', async (name, code, line) => {
    const { child, said } = await start(name);
    expect(await (child.exitCode === null ? once(child, 'close') : [child.exitCode, null])).toEqual([code, null]);
    expect(said()).toMatch(line);
    expect(said().trim().split('\n')).toHaveLength(1);
  });
});
