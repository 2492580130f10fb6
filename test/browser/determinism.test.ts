import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, answer, cases } from './cases.js';
import { chromiumPath, startChromium } from './chromium.js';
import type { Page } from './page.js';
import { serve } from './serve.js';

const data = resolve(import.meta.dirname, '../../data');
const inNode = (threads: number): Promise<Answer> => answer((file) => readFile(join(data, file)), threads);

let reference: Answer;
beforeAll(async () => {
  reference = await inNode(1);
});

/** Model by model, so that a difference is shown with the name of its case. */
function expectSame(other: Answer): void {
  cases.forEach(({ name }, i) => {
    expect(`${name}\n${other.models[i]}`).toBe(`${name}\n${reference.models[i]}`);
  });
}

describe('the same model file', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('comes from Node on one thread, with networks in it', () => {
    expect([reference.backend, reference.threads, reference.models.length]).toEqual(['wasm', 1, cases.length]);
    for (const model of reference.models) {
      const { weights, certificate } = JSON.parse(model);
      expect(weights.neurons.length).toBeGreaterThan(0);
      expect(certificate.relativeGap).toBeLessThan(1e-6);
    }
  });

  it('comes from Node on two threads', async () => {
    const other = await inNode(2);
    expect([other.backend, other.threads]).toEqual(['wasm', 2]);
    expectSame(other);
  });

  it('comes from the kernels in plain TypeScript', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    const other = await inNode(1);
    expect(other.backend).toBe('plain');
    expectSame(other);
  });
});

describe.skipIf(chromiumPath === null)('the same model file in a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relucent-page-'));
  let browser: Browser;

  beforeAll(async () => {
    await bundlePage(folder);
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function inPage(isolated: boolean, method: keyof Page, threads: number): Promise<Answer> {
    const server = await serve({ '/': join(folder, 'dist'), '/data/': data }, isolated);
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      expect(await page.evaluate('crossOriginIsolated')).toBe(isolated);
      return (await page.evaluate(`${method}(${threads})`)) as Answer;
    } finally {
      server.close();
    }
  }

  it('that is cross-origin isolated: two threads, from a worker', async () => {
    const other = await inPage(true, 'answerInWorker', 2);
    expect([other.backend, other.threads]).toEqual(['wasm', 2]);
    expectSame(other);
  });

  it('that is not: one thread, whatever was asked for, on the main thread', async () => {
    const other = await inPage(false, 'answer', 2);
    expect([other.backend, other.threads]).toEqual(['wasm', 1]);
    expectSame(other);
  });
});

/** page.ts and worker.ts with the sources, as vite makes them for a browser. */
async function bundlePage(folder: string): Promise<void> {
  const script = resolve(import.meta.dirname, 'page.ts');
  writeFileSync(join(folder, 'index.html'), `<!doctype html><script type="module" src="${script}"></script>`);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    worker: { format: 'es' },
    build: { outDir: 'dist', target: 'es2022' },
  });
}
