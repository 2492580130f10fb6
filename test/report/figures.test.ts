import { join, resolve } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { roc, scoreBins } from '../../src/report/binary.js';
import { axisNumber, axisTicks, extent, fitted, textWidth, thinned } from '../../src/report/canvas.js';
import {
  certificateFigure,
  type FitData,
  fitFigure,
  type MapData,
  mapFigure,
  modelPicture,
  neuronFigure,
  type PictureData,
} from '../../src/report/index.js';
import { clipped } from '../../src/report/map.js';
import { binary, certificate, classes, curve, neurons, plane, regression } from './examples.js';

const page = (fit: FitData, map?: MapData, nodes = neurons()): PictureData => ({
  title: 'price from houses.csv',
  subtitle: '1,460 rows',
  caption: 'Weights on standardised inputs.',
  fit,
  neurons: nodes,
  certificate,
  map,
});

const pictures: Record<string, PictureData> = {
  regression: page(regression()),
  binary: page(binary(), undefined, neurons(60, 30)),
  classes: page(classes(5), undefined, neurons(12, 4, ['setosa', 'versicolor', 'virginica'])),
  'many classes': page(classes(20)),
  'one input': page(regression(50), curve(), neurons(3, 1)),
  'two inputs': page(regression(50), plane('value'), neurons(6, 2)),
  'two inputs, two classes': page(binary(50), plane('score'), neurons(6, 2)),
  'two inputs, three classes': page(classes(3), plane('class'), neurons(6, 2)),
  'no neurons': page(regression(10), undefined, { features: ['a'], neurons: [] }),
};

const folder = resolve(import.meta.dirname, '../../node_modules/@expo-google-fonts/inter');
const fontFiles = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
  join(folder, file),
);

/** Box of all that is drawn, the white ground apart, in page coordinates. */
function inkBox(svg: string) {
  const ink = svg.replace(/<rect width="\d+" height="\d+" fill="white"\/>/, '');
  expect(ink.length).toBeLessThan(svg.length);
  return new Resvg(ink, { font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'Inter' } }).getBBox();
}

function expectInside(svg: string): void {
  const box = inkBox(svg) ?? { x: -1, y: -1, width: 0, height: 0 };
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(1200);
  expect(box.y + box.height).toBeLessThanOrEqual(800);
}

const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);

describe.each(Object.entries(pictures))('picture: %s', (_, data) => {
  const svg = modelPicture(data);

  it('is one SVG that a strict reader takes, with nothing outside the page', () => {
    expectInside(svg);
  });

  it('is the same text each time', () => {
    expect(modelPicture(structuredClone(data))).toBe(svg);
  });

  it('holds numbers everywhere', () => {
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('states the objective with its normalisation and the certificate', () => {
    const texts = textsOf(svg).join('\n');
    expect(texts).toContain('(1/n) Σ ½(f − y)² + λ Σ ‖u‖|α|, λ = 0.001');
    expect(texts).toContain('this network: 0.213456');
    expect(texts).toContain('no such network of any width is below: 0.0931');
    expect(texts).toContain('relative gap 7.7e-7, asked for 1e-6');
  });
});

describe('names from files', () => {
  it('are escaped, cleaned and cut', () => {
    const name = '<b>&"\u0000\u001b[31m' + 'x'.repeat(300);
    const data = page({ ...regression(20), target: name }, undefined, {
      features: [name],
      neurons: [{ norm: 1, slopes: [1], output: name }],
    });
    const svg = modelPicture({ ...data, title: name, subtitle: name });
    expectInside(svg);
    expect(svg).not.toContain('<b>');
    expect(svg).toContain('&lt;b&gt;&amp;');
  });
});

describe('single figures', () => {
  it('fill the size that is asked for', () => {
    const size = { width: 500, height: 400 };
    for (const svg of [
      fitFigure(binary(), size),
      neuronFigure(neurons(), size),
      mapFigure(curve(), size),
      certificateFigure(certificate, { width: 900, height: 216 }),
    ]) {
      const image = new Resvg(svg);
      expect([
        [500, 400],
        [900, 216],
      ]).toContainEqual([image.width, image.height]);
    }
  });

  it('draw each point of a small table once', () => {
    expect(fitFigure(regression(100)).match(/<circle /g)?.length).toBe(100 + 2);
    expect(textsOf(fitFigure(regression(20_000))).some((text) => text.includes('2,400 of 20,000 rows shown'))).toBe(
      true,
    );
  });

  it('draw a gap that was not closed in another colour and as a band', () => {
    const open = certificateFigure({ ...certificate, scope: 'bound', dual: 0.1, relativeGap: 0.5 });
    expect(textsOf(open).join('\n')).toContain('no such network of any width is below: 0.1');
    expect(Number(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="8"/.exec(open)?.[1])).toBeGreaterThan(200);
  });
});

describe('roc', () => {
  it('has the area that counting all pairs gives, ties as half', () => {
    const random = createRandom(7);
    const points = Array.from({ length: 120 }, () => ({
      score: Math.round(4 * random.normal()) / 4,
      positive: random.uniform() < 0.4,
    }));
    let [won, pairs] = [0, 0];
    for (const a of points) {
      for (const b of points) {
        if (!a.positive || b.positive) continue;
        pairs++;
        won += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0;
      }
    }
    expect(roc(points).area).toBeCloseTo(won / pairs, 12);
    expect(roc(points).curve.at(-1)).toEqual([1, 1]);
  });

  it('needs both classes', () => {
    expect(roc([{ score: 1, positive: true }]).area).toBeNaN();
    expect(() => new Resvg(fitFigure({ ...binary(), points: [{ score: 1, positive: true }] }))).not.toThrow();
  });
});

describe('scoreBins', () => {
  it('counts every row once and never mixes the two sides of 0', () => {
    const { points } = binary(500);
    const bins = scoreBins(points);
    expect(bins.reduce((sum, bin) => sum + bin.above, 0)).toBe(points.filter((point) => point.positive).length);
    expect(bins.reduce((sum, bin) => sum - bin.below, 0)).toBe(points.filter((point) => !point.positive).length);
    expect(bins.every((bin) => bin.to <= 0 || bin.from >= 0)).toBe(true);
    const right = bins.filter((bin) => bin.from >= 0).reduce((sum, bin) => sum + bin.above - bin.below, 0);
    expect(right).toBe(points.filter((point) => point.score > 0).length);
  });

  it('counts a score of 0 where the decision puts it: not above', () => {
    const bins = scoreBins([
      { score: 0, positive: true },
      { score: 3, positive: true },
    ]);
    expect(bins.find((bin) => bin.above > 0)?.to).toBe(0);
  });

  it('takes equal scores', () => {
    expect(scoreBins([{ score: 0, positive: true }]).reduce((sum, bin) => sum + bin.above, 0)).toBe(1);
  });
});

describe('clipped', () => {
  it('ends on the edge of the box and on the line', () => {
    const random = createRandom(11);
    let hits = 0;
    for (let i = 0; i < 300; i++) {
      const line = [random.normal(), random.normal(), random.normal()] as const;
      const ends = clipped(line, [-1, 2], [0, 3]);
      const signs = [
        [-1, 0],
        [-1, 3],
        [2, 0],
        [2, 3],
      ].map(([x, y]) => Math.sign(line[0] * x + line[1] * y + line[2]));
      expect(ends !== null).toBe(new Set(signs).size > 1);
      if (ends === null) continue;
      hits++;
      for (const [x, y] of [
        [ends[0], ends[1]],
        [ends[2], ends[3]],
      ]) {
        expect(Math.abs(line[0] * x + line[1] * y + line[2])).toBeLessThan(1e-9);
        expect(x >= -1 - 1e-8 && x <= 2 + 1e-8 && y >= -1e-8 && y <= 3 + 1e-8).toBe(true);
      }
    }
    expect(hits).toBeGreaterThan(100);
  });

  it('takes upright lines and lines that are none', () => {
    expect(clipped([1, 0, -1], [0, 2], [0, 2])).toEqual([1, 0, 1, 2]);
    expect(clipped([0, 0, 1], [0, 2], [0, 2])).toBeNull();
  });
});

describe('drawing helpers', () => {
  it('cut text to its width', () => {
    expect(fitted('short', 12, 200)).toBe('short');
    const cut = fitted('a name that is far too long', 12, 80);
    expect(cut.endsWith('…')).toBe(true);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(80);
  });

  it('put round ticks on an axis, as many as their labels have room', () => {
    expect(axisTicks([0, 415_000], 310)).toEqual([0, 100_000, 200_000, 300_000, 400_000]);
    expect(axisTicks([-0.31, 0.32], 500)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
    expect(axisTicks([3, 3], 500)).toEqual([3]);
    const random = createRandom(15);
    for (let trial = 0; trial < 300; trial++) {
      const low = 10 ** (12 * random.uniform() - 4) * random.normal();
      const high = low + 10 ** (12 * random.uniform() - 4);
      const ticks = axisTicks([low, high], 300);
      expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true);
      const room = ticks.reduce((sum, tick) => sum + textWidth(axisNumber(tick), 11), 0);
      expect(room).toBeLessThanOrEqual(300 + textWidth(axisNumber(ticks[0] ?? 0), 11));
    }
  });

  it('thin a list evenly and find the extent of anything', () => {
    expect(thinned([0, 1, 2, 3, 4, 5], 3)).toEqual([0, 2, 4]);
    expect(extent([], 0)).toEqual([0, 1]);
    expect(extent([2, 4], 0)).toEqual([2, 4]);
    expect(extent([3, 3])[0]).toBeLessThan(3);
  });
});
