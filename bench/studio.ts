/**
 * Figures of the studio (`npm run build` first): frames of the λ slider, cold solves of the built-in sets, bytes and loading times.
 * `npx tsx bench/studio.ts` writes docs/benchmarks/studio.md; with `--gallery` also the pictures of docs/gallery.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { builtIns } from '../studio/src/core/sets.js';
import { folder, Studio, solved } from '../test/studio/site.js';

const docs = resolve(import.meta.dirname, '../docs');
const kB = (bytes: number): string => (bytes / 1000).toFixed(1);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Frames of a slide along the whole path, in milliseconds, once the path is there. */
async function frames(page: Page): Promise<number[]> {
  await page.waitForFunction(
    () => document.querySelector('.strip .frame')?.textContent?.includes('path complete'),
    null,
    {
      timeout: 180_000,
    },
  );
  const slider = page.locator('#lambda');
  const times: number[] = [];
  for (let step = 120; step <= 590; step += 10) {
    await slider.evaluate((input, value) => {
      (input as HTMLInputElement).value = String(value);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }, step);
    await page.waitForTimeout(40);
    const text = await page.textContent('.strip .frame');
    const found = /frame (\d+) ms/.exec(text ?? '');
    if (found) times.push(Number(found[1]));
  }
  return times;
}

interface SetFigures {
  readonly title: string;
  readonly n: number;
  readonly lambda: number;
  readonly neurons: string;
  readonly scope: string;
  readonly cold: number;
  readonly frame: number;
  readonly worst: number;
}

async function figuresOf(studio: Studio, { name, title, start }: (typeof builtIns)[number]): Promise<SetFigures> {
  const hash = `set=${name}&n=${start.n}&noise=${start.noise}&lambda=${start.lambda}`;
  const began = performance.now();
  const page = await studio.open(hash);
  const opened = performance.now() - began;
  const [neurons, scope] = [
    (await page.textContent('.strip-words span')) ?? '',
    (await page.locator('.words').getAttribute('data-scope')) ?? '',
  ];
  const times = await frames(page);
  await solved(page);
  await page.context().close();
  return {
    title,
    n: start.n,
    lambda: start.lambda,
    neurons,
    scope,
    cold: opened,
    frame: median(times),
    worst: Math.max(...times),
  };
}

interface Load {
  readonly paint: number;
  readonly ready: number;
  readonly solved: number;
}

async function load(studio: Studio): Promise<Load> {
  const began = performance.now();
  const page = await studio.open('set=moons');
  const solvedAt = performance.now() - began;
  const [paint, ready] = (await page.evaluate(`[
    performance.getEntriesByName('first-contentful-paint')[0].startTime,
    performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
  ]`)) as [number, number];
  await page.context().close();
  return { paint, ready, solved: solvedAt };
}

/** Files of the site with their bytes, as they are and compressed. */
function sizes() {
  const assets = join(folder, 'assets');
  const files = readdirSync(assets).map((name) => ({ name, bytes: readFileSync(join(assets, name)) }));
  const rows = files.map(({ name, bytes }) => ({
    name,
    raw: bytes.length,
    zipped: gzipSync(bytes, { level: 9 }).length,
  }));
  const first = rows.filter(({ name }) => /^(index|worker)-/.test(name));
  const report = rows.filter(({ name }) => name.startsWith('report-'));
  const rest = rows.filter((row) => !first.includes(row) && !report.includes(row));
  return { first, report, rest };
}

const sum = (rows: readonly { readonly zipped: number }[]): number =>
  rows.reduce((total, { zipped }) => total + zipped, 0);

async function measure(studio: Studio): Promise<string> {
  const loads = [await load(studio), await load(studio), await load(studio)];
  const sets: SetFigures[] = [];
  for (const set of builtIns) sets.push(await figuresOf(studio, set));
  const { first, report, rest } = sizes();
  const middle = (of: (load: Load) => number): string => median(loads.map(of)).toFixed(0);
  return `# The studio in figures

Written by \`npx tsx bench/studio.ts\`: headless Chromium without a GPU, one thread in the page, a shared two-core machine (times are upper bounds). The frame is from the
event of the λ slider to the drawn map, along the whole path at the n of the set; its aim is 50 ms. The cold solve is from the navigation to a proved network, page load
included.

| set | n | λ | network | certificate | cold solve, ms | frame, median ms | frame, worst ms |
| --- | ---: | ---: | --- | --- | ---: | ---: | ---: |
${sets.map((s) => `| ${s.title} | ${s.n} | ${s.lambda} | ${s.neurons} | ${s.scope} | ${s.cold.toFixed(0)} | ${s.frame} | ${s.worst} |`).join('\n')}

| from localhost (median of 3) | ms |
| --- | ---: |
| first contentful paint | ${middle((l) => l.paint)} |
| document ready | ${middle((l) => l.ready)} |
| first network proved (moons, 200 points) | ${middle((l) => l.solved)} |

| bytes | kB gzipped |
| --- | ---: |
${first.map(({ name, zipped }) => `| ${name.replace(/-[\w-]{8}\./, '.')} | ${kB(zipped)} |`).join('\n')}
| **loaded at the start** | **${kB(sum(first))}** |
| figures and reports, when the first is asked for | ${kB(sum(report))} |
| everything else, in pieces, when it is needed | ${kB(sum(rest))} |

The page loads no font, no ONNX Runtime, and nothing from any other host.
`;
}

const shots = [
  ['play', 'set=moons', ''],
  ['curve', 'set=sine&n=60&duals=1', ''],
  ['luck', 'set=moons&tab=luck&steps=4000', 'race'],
  ['set', 'set=xor&n=16&noise=0&seed=8&lambda=0.05&u=0.35&tab=set', ''],
  ['take', 'set=moons&tab=take', ''],
] as const;

async function gallery(studio: Studio): Promise<void> {
  const target = join(docs, 'gallery');
  mkdirSync(target, { recursive: true });
  for (const [name, hash, act] of shots) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1440, 390]) {
        const page = await studio.open(hash, { colorScheme, viewport: { width, height: width > 800 ? 900 : 844 } });
        if (act === 'race') {
          await page.getByRole('button', { name: 'Race' }).click();
          await page.getByRole('button', { name: 'Race again' }).waitFor({ timeout: 120_000 });
        }
        if (name !== 'take' && name !== 'luck')
          await page.waitForFunction(
            () => /complete/.test(document.querySelector('.strip .frame')?.textContent ?? ''),
            null,
            { timeout: 120_000 },
          );
        await page.waitForTimeout(300);
        const session = await page.context().newCDPSession(page);
        const height = (await page.evaluate('document.documentElement.scrollHeight')) as number;
        const clip = { x: 0, y: 0, width, height, scale: 1 };
        const { data } = await session.send('Page.captureScreenshot', {
          format: 'webp',
          quality: 82,
          clip,
          captureBeyondViewport: true,
        });
        const file = join(target, `${name}-${width}-${colorScheme}.webp`);
        writeFileSync(file, Buffer.from(data, 'base64'));
        console.log(`${file}: ${kB(statSync(file).size)} kB`);
        await page.context().close();
      }
    }
  }
}

const studio = await Studio.start();
try {
  if (process.argv.includes('--gallery')) await gallery(studio);
  else {
    const text = await measure(studio);
    writeFileSync(join(docs, 'benchmarks/studio.md'), text);
    console.log(text);
  }
} finally {
  await studio.stop();
}
