import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../browser/chromium.js';
import { type Server, serve } from '../browser/serve.js';
import { type Answer, train } from './page/case.js';
import type { Question } from './page/page.js';

const ort = resolve(import.meta.dirname, '../../node_modules/onnxruntime-web/dist');

describe.skipIf(chromiumPath === null)('training in a worker of a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relucent-deep-page-'));
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    const script = resolve(import.meta.dirname, 'page/page.ts');
    writeFileSync(join(folder, 'index.html'), `<!doctype html><script type="module" src="${script}"></script>`);
    await build({
      ...{ root: folder, configFile: false, logLevel: 'warn', worker: { format: 'es' } },
      build: { outDir: 'dist', target: 'es2022' },
    });
    server = await serve({ '/': join(folder, 'dist'), '/ort/': ort }, false);
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  async function inPage(where: Browser, question: Question, stopAfter?: number): Promise<Answer> {
    const page = await where.newPage();
    try {
      await page.goto(server.url);
      return (await page.evaluate(`train(${JSON.stringify(question)}, ${stopAfter})`)) as Answer;
    } finally {
      await page.close();
    }
  }

  for (const kind of ['mlp', 'cnn'] as const) {
    it(`gives the losses and the bytes of Node's WebAssembly backend (${kind})`, async () => {
      const steps = kind === 'mlp' ? 60 : 20;
      const here = await train(kind, 'wasm', steps);
      const there = await inPage(browser, { kind, backend: 'wasm', steps });
      expect(here.losses.at(-1)).toBeLessThan(here.losses[0]);
      expect(there.losses).toEqual(here.losses);
      expect(there).toEqual(here);
    });
  }

  it('stops when asked and gives what it has', async () => {
    const answer = await inPage(browser, { kind: 'mlp', backend: 'wasm', steps: 10_000_000 }, 300);
    expect(answer.status).toBe('aborted');
    expect(answer.steps).toBeLessThan(10_000_000);
  });

  it('through WebGPU, where the browser has an adapter, stays near the WebAssembly losses', async (context) => {
    const gpu = await chromium.launch({
      executablePath: chromiumPath!,
      args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'],
    });
    try {
      const page = await gpu.newPage();
      await page.goto(server.url);
      const adapter = await page.evaluate(
        'navigator.gpu ? navigator.gpu.requestAdapter().then((a) => a !== null) : false',
      );
      if (!adapter) return context.skip('no WebGPU adapter in this browser');
      const here = await train('mlp', 'wasm', 20);
      const there = await inPage(gpu, { kind: 'mlp', backend: 'webgpu', steps: 20 });
      expect(there.steps).toBe(20);
      there.losses.forEach((loss, i) => {
        expect(loss).toBeCloseTo(here.losses[i], 3);
      });
    } finally {
      await gpu.close();
    }
  });
});
