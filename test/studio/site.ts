import { resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type Site, serveSite } from '../../src/cli/site.js';
import { startChromium } from '../browser/chromium.js';

export const folder = resolve(import.meta.dirname, '../../dist/studio');

/** The built page in one browser; what pages say on the console counts as a failure. */
export class Studio {
  readonly complaints: string[] = [];

  private constructor(
    readonly site: Site,
    readonly browser: Browser,
  ) {}

  static async start(): Promise<Studio> {
    return new Studio(await serveSite(folder, {}, 0), await startChromium());
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.site.close();
  }

  /** A page at a link; waits for its first certified network. */
  async open(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    await page.goto(`${this.site.url}#${hash}`);
    await solved(page);
    return page;
  }
}

/** Waits until the network on the screen is the one that was asked for. */
export async function solved(page: Page): Promise<void> {
  await page.waitForSelector('[data-solved="true"]', { timeout: 15_000 });
}

export const number = (page: Page, name: string): Promise<string> =>
  page.textContent(`[data-number="${name}"]`).then((text) => text ?? '');

/** What is shown, in numbers. */
export const numbers = async (page: Page): Promise<string[]> =>
  Promise.all(['primal', 'dual', 'gap', 'bound'].map((name) => number(page, name)));

/** Points on the screen. */
export const points = (page: Page): Promise<number> => page.locator('.point').count();

/** Where a point is, in pixels of the window. */
export async function placeOf(page: Page, row: number): Promise<{ x: number; y: number }> {
  const box = await page.locator(`.point[data-row="${row}"]`).boundingBox();
  if (box === null) throw new Error(`point ${row} is not on the screen`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drops a file on the page, as a browser does it. */
export async function drop(page: Page, name: string, content: string): Promise<void> {
  await page.evaluate(
    ([name, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], name, { type: 'text/csv' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    [name, content] as const,
  );
}

export async function download(page: Page, name: string): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
