import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../src/index.js';
import { chromiumPath } from '../browser/chromium.js';
import { download, drop, numbers, placeOf, points, Studio, solved } from './site.js';

const run = promisify(execFile);
const cli = resolve(import.meta.dirname, '../../dist/cli/main.js');
const data = (name: string): string => readFileSync(resolve(import.meta.dirname, '../../data', name), 'utf8');
/** Small and quick. */
const moons = 'set=moons&n=40&lambda=0.02';

describe.skipIf(chromiumPath === null)('the page', () => {
  let studio: Studio;
  let page: Page;
  const scratch = mkdtempSync(join(tmpdir(), 'relucent-studio-'));

  beforeAll(async () => {
    studio = await Studio.start();
    page = await studio.open(moons);
  });
  afterAll(async () => {
    await studio?.stop();
    rmSync(scratch, { recursive: true });
  });

  const neurons = (): Promise<number> => page.locator('.neurons button').count();
  const notice = (): Promise<string | null> => page.textContent('.notice span');

  describe('to play with', () => {
    it('solves and certifies what it opens with', async () => {
      expect(await points(page)).toBe(40);
      expect(await neurons()).toBeGreaterThan(1);
      expect(await page.textContent('.words summary')).toContain('globally optimal, proved');
    });

    it('has every built-in set, each solved and proved', async () => {
      const names = await page.locator('.sets .set:not(.own)').allTextContents();
      expect(names).toEqual(['Moons', 'Spiral', 'Circles', 'XOR', 'Noisy sine', 'Planted teacher', 'Outlier']);
      for (const name of ['Noisy sine', 'Outlier']) {
        await page.getByRole('button', { name }).click();
        await page.waitForSelector('.stage.curve');
        await solved(page);
        expect(await page.locator('.words').getAttribute('data-scope')).toBe('exact');
      }
      await page.goto(`${studio.site.url}#set=teacher&n=40`);
      await solved(page);
      expect(await page.locator('.words').getAttribute('data-scope')).toBe('exact');
    });

    it('adds a point by a click, moves it by a drag, takes it away by a shift-click, and proves each anew', async () => {
      await page.goto(`${studio.site.url}#${moons}`);
      await solved(page);
      const before = await numbers(page);
      const box = await page.locator('.stage svg').first().boundingBox();
      if (box === null) throw new Error('no stage');
      await page.mouse.click(box.x + 120, box.y + box.height - 120);
      await page.waitForFunction(() => document.querySelectorAll('.point').length === 41);
      await solved(page);
      const added = await numbers(page);
      expect(added).not.toEqual(before);
      const from = await placeOf(page, 40);
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(from.x + 60, from.y - 80, { steps: 4 });
      await page.mouse.up();
      await expect.poll(async () => (await placeOf(page, 40)).y).toBeCloseTo(from.y - 80, -0.5);
      await solved(page);
      expect(await numbers(page)).not.toEqual(added);
      const to = await placeOf(page, 40);
      await page.keyboard.down('Shift');
      await page.mouse.click(to.x, to.y);
      await page.keyboard.up('Shift');
      await page.waitForFunction(() => document.querySelectorAll('.point').length === 40);
      await solved(page);
      expect(await numbers(page)).toEqual(before);
    });

    it('does the same by keys', async () => {
      await page.locator('.stage svg').first().focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.querySelectorAll('.point').length === 41);
      const from = await placeOf(page, 40);
      await page.keyboard.press('Shift+ArrowRight');
      await expect.poll(async () => (await placeOf(page, 40)).x - from.x).toBeGreaterThan(5);
      await page.keyboard.press('Delete');
      await page.waitForFunction(() => document.querySelectorAll('.point').length === 40);
    });

    it('slides along the path at once, and certifies where it stops', async () => {
      await page.goto(`${studio.site.url}#set=sine&n=40&lambda=0.05`);
      await solved(page);
      await expect.poll(() => page.textContent('.strip .frame'), { timeout: 15_000 }).toContain('path complete');
      const proved = await numbers(page);
      const slider = page.locator('#lambda');
      await slider.focus();
      for (let k = 0; k < 5; k++) await page.keyboard.press('PageUp');
      expect(await page.locator('.proof').getAttribute('class')).toContain('between');
      const [primal, dual] = (await numbers(page)).map(Number);
      expect(dual).toBeLessThan(primal);
      await expect.poll(() => page.textContent('.strip .frame')).toMatch(/frame \d+ ms/);
      await solved(page);
      const [exact, line] = (await numbers(page)).map(Number);
      expect(exact).toBeLessThanOrEqual(primal * (1 + 1e-6));
      expect(line).toBeGreaterThanOrEqual(dual * (1 - 1e-6));
      expect(await numbers(page)).not.toEqual(proved);
    });

    it('trains gated networks and other losses', async () => {
      await page.goto(`${studio.site.url}#${moons}`);
      await solved(page);
      await page.getByRole('button', { name: 'Gated' }).click();
      await page.waitForSelector('[data-solved="false"]', { timeout: 2000 }).catch(() => null);
      await expect.poll(() => page.locator('.words').getAttribute('data-scope')).toBe('sampled');
      await solved(page);
      await page.getByRole('button', { name: 'ReLU' }).click();
      await page.getByLabel('Loss').selectOption('squared-hinge');
      await expect.poll(() => page.locator('.words').getAttribute('data-scope')).toBe('exact');
      await page.getByLabel('Dual variables').check();
      await solved(page);
      expect(await page.locator('.dual').count()).toBe(40);
      expect(await page.locator('.dual[data-bound="zero"]').count()).toBeGreaterThan(0);
    });
  });

  it('trains three layers, under weight decay and path-regularised', async () => {
    await page.goto(`${studio.site.url}#set=sine&n=20&lambda=0.05&net=three`);
    await solved(page);
    expect(await page.textContent('.words summary')).toMatch(/^\d+ sub-networks? of two neurons/);
    const decay = Number((await numbers(page))[0]);
    await page.getByRole('button', { name: 'Path norm' }).click();
    await page.waitForSelector('[data-solved="false"]', { timeout: 1000 }).catch(() => null);
    await expect.poll(async () => Number((await numbers(page))[0]), { timeout: 15_000 }).not.toBe(decay);
    await solved(page);
    // λ‖·‖_F is at most λ Σ‖·‖, so the least objective is no larger
    expect(Number((await numbers(page))[0])).toBeLessThan(decay * (1 + 1e-4));
    await page.getByRole('button', { name: 'Take it away' }).click();
    const { network } = JSON.parse((await download(page, 'model.json')).toString());
    expect(network.layers).toBe(3);
    expect(await page.textContent('[data-code="script"]')).toContain("regularizer: 'path'");
    await page.getByRole('button', { name: 'Play', exact: true }).click();
  });

  describe('every intermediate', () => {
    it('links neuron, line and bar: pointing at one shows it everywhere', async () => {
      await page.goto(`${studio.site.url}#${moons}`);
      await solved(page);
      await page.locator('.neurons button').first().hover();
      expect(await page.locator('.neurons .hot').count()).toBe(1);
      expect(await page.locator('.line.hot').count()).toBe(1);
      expect(await page.locator('.line.cold').count()).toBe((await page.locator('.line').count()) - 1);
      expect(await page.locator('.sphere circle.hot').count()).toBe(1);
      await page.mouse.move(5, 5);
      await page.locator('.sphere circle').first().hover({ force: true });
      expect(await page.locator('.line.hot, .neurons .hot').count()).toBeGreaterThan(0);
      await page.mouse.move(5, 5);
      expect(await page.locator('.hot').count()).toBe(0);
    });

    it('draws the cell under the pointer and says its affine function', async () => {
      const box = await page.locator('.stage svg').first().boundingBox();
      await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 90);
      expect(await page.locator('path.cell').count()).toBe(1);
      expect(await page.textContent('.readout')).toMatch(/this cell, \d+ of \d+ on: f = .*x1.*x2/);
    });

    it('shows the dual variables, and marks points that lie on a hyperplane', async () => {
      await page.goto(`${studio.site.url}#set=sine&n=40&lambda=0.05&duals=1`);
      await solved(page);
      expect(await page.locator('.dual').count()).toBe(40);
      expect(await page.locator('.dual[data-bound="kink"]').count()).toBeGreaterThan(0);
      await page.getByLabel('Loss').selectOption('huber');
      await page.waitForTimeout(50);
      await solved(page);
      expect(await page.locator('.dual[data-bound="upper"]').count()).toBeGreaterThan(0);
    });
  });

  describe('truth against luck', () => {
    it('races descents from several seeds: all stay above the certified line', async () => {
      await page.goto(`${studio.site.url}#set=sine&n=40&lambda=0.02&tab=luck&runs=2&steps=500`);
      await solved(page);
      await page.getByRole('button', { name: 'Race' }).click();
      await page.getByRole('button', { name: 'Race again' }).waitFor({ timeout: 15_000 });
      expect(await page.locator('.run.weight-decay').count()).toBe(2);
      expect(await page.locator('.run.pathprox').count()).toBe(2);
      const above = (await page.locator('.functions li p').allTextContents()).filter((text) => text.includes('%'));
      expect(above).toHaveLength(4);
      for (const text of above) expect(text).toMatch(/(weight decay|PathProx) [12]\+[\d.e-]+ %\d+ neurons?/);
      expect(await page.textContent('.certified text')).toMatch(/nothing is below 0\.\d+/);
    });

    it('has the outlier of the PathProx paper', async () => {
      await page.getByRole('button', { name: 'One outlier' }).click();
      await solved(page);
      expect(await page.locator('.functions .certified .mini .dot').count()).toBe(41);
    });
  });

  describe('the optimal set', () => {
    const xor = 'set=xor&n=16&noise=0&seed=8&lambda=0.05&tab=set';
    const member = (): Promise<string | null> => page.textContent('[data-number="member"]');
    const map = (): Promise<string> =>
      page.locator('canvas.map').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

    it('moves through the polytope: the function moves, the objective does not', async () => {
      await page.goto(`${studio.site.url}#${xor}`);
      await page.waitForSelector('.polytope .member');
      expect(await page.textContent('.set-picture h2')).toContain('dimension 1');
      expect(await page.locator('.band circle').count()).toBeGreaterThan(100);
      const [objective, picture] = [await member(), await map()];
      await page.getByLabel('Along the set').focus();
      for (let k = 0; k < 4; k++) await page.keyboard.press('PageUp');
      await expect.poll(map).not.toBe(picture);
      expect(await member()).toBe(objective);
    });

    it('is dragged as well', async () => {
      const box = await page.locator('.polytope svg').boundingBox();
      const before = await page.locator('.polytope .member').getAttribute('cx');
      await page.mouse.click((box?.x ?? 0) + 40, (box?.y ?? 0) + 35);
      await expect.poll(() => page.locator('.polytope .member').getAttribute('cx')).not.toBe(before);
    });

    it('prunes to a minimal network by one button, with the same objective', async () => {
      const [objective, wide] = [await member(), Number(await page.textContent('[data-number="neurons"]'))];
      await page.getByRole('button', { name: /^Prune to 3 neurons/ }).click();
      await expect.poll(async () => Number(await page.textContent('[data-number="neurons"]'))).toBe(3);
      expect(wide).toBeGreaterThan(3);
      expect(await member()).toBe(objective);
      await page.getByRole('button', { name: 'Back to the chosen member' }).click();
      await expect.poll(async () => Number(await page.textContent('[data-number="neurons"]'))).toBe(wide);
    });

    it('has two directions where there are that many, and says when the optimum is unique', async () => {
      await page.getByRole('button', { name: /^Twenty points/ }).click();
      await page.getByLabel('Across the set').waitFor();
      await page.goto(`${studio.site.url}#${moons}&tab=set`);
      await expect.poll(() => page.textContent('.set-picture')).toContain('unique');
    });
  });

  describe('own tables', () => {
    it('takes a dropped CSV of any width; its numbers are those of the command line, to the last digit', async () => {
      const text = data('haberman-survival.csv').split('\n').slice(0, 61).join('\n');
      await drop(page, 'haberman.csv', text);
      await expect.poll(() => page.locator('.source').textContent()).toContain('haberman.csv');
      await page.getByRole('button', { name: 'Play' }).click();
      await solved(page);
      writeFileSync(join(scratch, 'haberman.csv'), text);
      await expectSameAsCommand();
      await page.getByRole('button', { name: 'All, averaged' }).click();
      await page.waitForTimeout(50);
      await solved(page);
      await expectSameAsCommand();
    });

    async function expectSameAsCommand(): Promise<void> {
      const shown = await numbers(page);
      await page.getByRole('button', { name: 'Take it away' }).click();
      const command = (await page.textContent('[data-code="command"]')) ?? '';
      await page.getByRole('button', { name: 'Play' }).click();
      const words = command.replaceAll('\\\n', '').trim().split(/\s+/).slice(1);
      const { stdout } = await run('node', [cli, ...words], { cwd: scratch });
      const printed = ['primal', 'dual', 'gap', 'bound'].map(
        (name) => new RegExp(`^\\s+${name}\\s+(\\S+)`, 'm').exec(stdout)?.[1],
      );
      expect(shown).toEqual(printed);
    }

    it('ends a long proof when it is told to, with the best network and what is proved by then', async () => {
      await drop(page, 'yacht.csv', data('demo/yacht.csv'));
      await page.getByRole('button', { name: 'All, averaged' }).click();
      await expect.poll(() => page.textContent('.doing'), { timeout: 15_000 }).toContain('bound');
      await page.getByRole('button', { name: 'stop' }).click();
      await solved(page);
      const [primal, dual, , bound] = (await numbers(page)).map(Number);
      expect(dual).toBeLessThanOrEqual(primal);
      expect(bound).toBeLessThanOrEqual(dual);
      await drop(page, 'haberman.csv', data('haberman-survival.csv').split('\n').slice(0, 61).join('\n'));
      // until it has been read, the network on the screen is that of the table before
      await page.getByText('haberman.csv: 60 rows').waitFor();
      await solved(page);
    });

    it('lets columns be picked, one axis too', async () => {
      const names = await page.getByLabel('Across').locator('option').allTextContents();
      expect(names.length).toBeGreaterThan(2);
      await page.getByRole('button', { name: 'These columns' }).click();
      await page.getByLabel('Up').selectOption('(none)');
      await page.waitForSelector('.stage.curve');
      await solved(page);
    });

    it('takes pasted text', async () => {
      await page.evaluate(() => {
        const data = new DataTransfer();
        data.setData('text', 'a,b,y\n1,2,3\n2,1,4.5\n3,5,1\n4,4,2.5\n');
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
      });
      await expect.poll(() => page.locator('.source').textContent()).toBe('pasted.csv: 4 rows, 3 columns');
      await solved(page);
      expect(await points(page)).toBe(4);
    });

    it.each([
      ['broken.csv', 'a,b\n1,2\n3\n4,5\n', /^broken\.csv: line 3 has 1 cell, expected 2/],
      ['one.csv', 'a,b,y\n1,2,x\n2,1,x\n3,5,x\n', /^one\.csv: .*'y'/],
      ['words.csv', 'a,y\nx,1\nz,2.5\nw,3\n', /no column of numbers/],
      ['infinite.csv', 'a,y\n1,2\ninf,3\n2,4.5\n', /^infinite\.csv: no column of numbers/],
      ['empty.csv', '', /empty\.csv/],
      ['long.csv', `a,y\n${'1,2\n3,4.5\n'.repeat(2501)}`, /^long\.csv: 5,002 rows are more than this page trains on/],
    ])('answers %s in one line and keeps what was there', async (name, text, line) => {
      const before = await numbers(page);
      await page.evaluate(() => (document.querySelector('.notice button') as HTMLElement | null)?.click());
      await drop(page, name, text);
      await expect.poll(notice, { timeout: 10_000 }).toMatch(line);
      expect(await notice()).not.toContain('\n');
      expect(await points(page)).toBe(4);
      await solved(page);
      expect(await numbers(page)).toEqual(before);
    });

    it('says what it did about missing cells', async () => {
      await drop(page, 'nan.csv', 'a,b,y\n1,NaN,3\n2,1,4.5\n3,5,1\n4,4,2.5\n');
      await expect.poll(notice).toMatch(/missing/);
      await solved(page);
      expect(await points(page)).toBe(3);
      await drop(page, 'four.csv', 'a,b,y\n1,2,3\n2,1,4.5\n3,5,1\n4,4,2.5\n');
      await expect.poll(() => points(page)).toBe(4);
      await solved(page);
    });

    it('refuses ten million points before it reads them', async () => {
      await page.evaluate(() => {
        const big = new File([new Uint8Array(21e6)], 'ten-million.csv');
        const data = new DataTransfer();
        data.items.add(big);
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      });
      await expect.poll(notice).toMatch(/^ten-million\.csv: 21 MB is more than this page reads/);
      expect(await points(page)).toBe(4);
    });
  });

  describe('to take away', () => {
    it('gives files that open again', async () => {
      await page.goto(`${studio.site.url}#${moons}&tab=take`);
      await solved(page);
      const model = readModel((await download(page, 'model.json')).toString());
      expect(model.certificate.scope).toBe('exact');
      expect(model.objective.lambda).toBe(0.02);
      const session = await InferenceSession.create(new Uint8Array(await download(page, 'model.onnx')));
      expect(session.inputNames).toEqual(['input']);
      await session.release();
      const script = (await download(page, 'model.mjs')).toString();
      const { predict } = await import(`data:text/javascript,${encodeURIComponent(script)}`);
      expect(typeof predict).toBe('function');
      expect((await download(page, 'function.svg')).toString()).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
      expect((await download(page, 'function.png')).subarray(1, 4).toString()).toBe('PNG');
      expect((await download(page, 'report.html')).toString()).toMatch(/<!doctype html>[\s\S]*moons\.csv/i);
    });

    it('gives the data and the command that make the same network, to the last digit', async () => {
      const csv = await download(page, 'data.csv');
      writeFileSync(join(scratch, 'moons.csv'), csv);
      const shown = await numbers(page);
      const command = ((await page.textContent('[data-code="command"]')) ?? '').replaceAll('\\\n', '').trim();
      const { stdout } = await run('node', [cli, ...command.split(/\s+/).slice(1)], { cwd: scratch });
      for (const value of shown) expect(stdout).toContain(` ${value} `);
    });

    it('restores the same screen from a link, own points too', async () => {
      await page.goto(`${studio.site.url}#${moons}&duals=1&lines=0`);
      await solved(page);
      const box = await page.locator('.stage svg').first().boundingBox();
      await page.mouse.click((box?.x ?? 0) + 150, (box?.y ?? 0) + 100);
      await page.waitForFunction(() => document.querySelectorAll('.point').length === 41);
      await solved(page);
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByRole('button', { name: /^Link/ }).waitFor();
      const link = await page.evaluate(() => location.hash.slice(1));
      const other = await studio.open(link);
      expect(await numbers(other)).toEqual(await numbers(page));
      expect(await points(other)).toBe(41);
      expect(await other.locator('.dual').count()).toBe(41);
      expect(await other.locator('.line').count()).toBe(0);
      await other.context().close();
    });

    it('starts without the parts of a link that cannot be read, and says so', async () => {
      const other = await studio.open('set=moons&n=40&lambda=-3&net=cubic');
      expect(await other.textContent('.notice span')).toContain('net=cubic, lambda=-3');
      await other.context().close();
    });
  });

  it('has said nothing on the console', () => {
    expect(studio.complaints).toEqual([]);
  });
});
