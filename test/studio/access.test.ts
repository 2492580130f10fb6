import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../browser/chromium.js';
import { Studio, solved } from './site.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screens = ['play', 'luck', 'set', 'take'] as const;

describe.skipIf(chromiumPath === null)('the page, for everyone', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await Studio.start();
  });
  afterAll(() => studio?.stop());

  const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
    [1440, 390].map((width) => ({ colorScheme, width })),
  );

  it.each(looks)(
    'has nothing that axe objects to: $colorScheme, $width pixels wide',
    async ({ colorScheme, width }) => {
      const page = await studio.open('set=sine&n=20&lambda=0.05&duals=1', {
        colorScheme,
        viewport: { width, height: 844 },
        bypassCSP: true,
      });
      await page.evaluate(axe);
      for (const tab of screens) {
        await page.evaluate(
          (hash) => {
            location.hash = hash;
          },
          `set=${tab === 'luck' ? 'sine' : 'xor'}&n=20&lambda=0.05&duals=1&runs=1&steps=100&tab=${tab}`,
        );
        await page.waitForSelector(`.screen-${tab}`);
        await solved(page);
        if (tab === 'luck') {
          await page.getByRole('button', { name: 'Race' }).click();
          await page.getByRole('button', { name: 'Race again' }).waitFor();
        }
        const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
        expect(violations.map(({ id, nodes }) => `${tab}: ${id}: ${nodes[0].html}`)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    },
  );

  it('does not move what is there while it works', async () => {
    const page = await studio.open('set=moons&n=40&lambda=0.02');
    const moved = await page.evaluate(async () => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: true });
      await new Promise((done) => setTimeout(done, 1500));
      return sum;
    });
    expect(moved).toBeLessThan(0.01);
    await page.context().close();
  });

  it('says on the keyboard where it is: every control can be reached and has a name', async () => {
    const page = await studio.open('set=moons&n=40&lambda=0.02');
    const names = new Set<string>();
    for (let k = 0; k < 40; k++) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => {
        const at = document.activeElement;
        const label = at instanceof HTMLInputElement ? at.labels?.[0]?.textContent : null;
        return at?.getAttribute('aria-label') ?? label ?? at?.textContent ?? '';
      });
      names.add(name);
    }
    expect([...names]).not.toContain('');
    for (const name of ['Play', 'Share', 'ReLU', 'Points', 'λ, regularisation strength']) expect(names).toContain(name);
    expect([...names].some((name) => name.startsWith('Map of the network'))).toBe(true);
    expect([...names].some((name) => name.startsWith('Neuron '))).toBe(true);
    await page.context().close();
  });
});
