import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { throughJpeg } from '../../src/deep/data/corruptions/jpeg.js';
import { chromiumPath, startChromium } from '../browser/chromium.js';
import { type Server, serve } from '../browser/serve.js';
import { checkSums, picture } from './page/corruptions.js';

/** Runs in the page: RGBA bytes of a 32 × 32 picture after the browser's own JPEG. */
const jpegInPage = `async ({ rgba, quality }) => {
  const canvas = new OffscreenCanvas(32, 32);
  const context = canvas.getContext('2d');
  context.putImageData(new ImageData(new Uint8ClampedArray(rgba), 32, 32), 0, 0);
  const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: quality / 100 });
  context.drawImage(await createImageBitmap(file), 0, 0);
  return Array.from(context.getImageData(0, 0, 32, 32).data);
}`;

describe.skipIf(chromiumPath === null)('corruptions in a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relucent-corruptions-page-'));
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const script = resolve(import.meta.dirname, 'page/corruptions.ts');
    writeFileSync(join(folder, 'index.html'), `<!doctype html><script type="module" src="${script}"></script>`);
    const output = { outDir: 'dist', target: 'es2022' };
    await build({ root: folder, configFile: false, logLevel: 'warn', build: output });
    server = await serve({ '/': join(folder, 'dist') }, false);
    browser = await startChromium();
    page = await browser.newPage();
    await page.goto(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  it('have the bytes that they have in Node', async () => {
    const here = checkSums();
    expect(Object.keys(here)).toHaveLength(34);
    expect(new Set(Object.values(here)).size).toBe(34);
    expect(await page.evaluate('checkSums()')).toEqual(here);
  });

  it.each([80, 50, 30])('JPEG of quality %d is what the browser makes of it, but for rounding', async (quality) => {
    const [size, bytes] = [1024, picture(3, 32).map(Math.round)];
    const data = Float64Array.from(bytes, (byte) => byte / 255);
    const ours = throughJpeg({ channels: 3, height: 32, width: 32, data }, quality).data;
    const rgba = Array.from({ length: 4 * size }, (_, k) => (k % 4 === 3 ? 255 : bytes[(k % 4) * size + (k >> 2)]));
    const page4 = (await page.evaluate(`(${jpegInPage})(${JSON.stringify({ rgba, quality })})`)) as number[];
    const theirs = bytes.map((_, k) => page4[4 * (k % size) + Math.floor(k / size)]);
    const apart = (a: (k: number) => number, b: (k: number) => number): number =>
      Math.sqrt(bytes.reduce((sum, _, k) => sum + (a(k) - b(k)) ** 2, 0) / bytes.length);
    const [lostHere, lostThere] = [
      apart(
        (k) => 255 * ours[k],
        (k) => bytes[k],
      ),
      apart(
        (k) => theirs[k],
        (k) => bytes[k],
      ),
    ];
    expect(lostThere).toBeGreaterThan(4);
    expect(Math.abs(lostHere / lostThere - 1)).toBeLessThan(0.03);
    expect(
      apart(
        (k) => 255 * ours[k],
        (k) => theirs[k],
      ),
    ).toBeLessThan(lostThere / 3);
  });
});
