import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { calibrationBins } from '../../src/report/calibration.js';
import {
  calibrationFigure,
  curveFigure,
  gapFigure,
  importanceFigure,
  networkFigure,
  networkIsSmall,
  pathFigure,
  residualFigure,
  trackNeurons,
} from '../../src/report/index.js';
import { place } from '../../src/report/lambda-axis.js';
import { binary, regression } from './examples.js';
import { errors, network, path } from './report-examples.js';

const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);

const withProbabilities = (rows = 300) => {
  const data = binary(rows);
  return { ...data, points: data.points.map((point) => ({ ...point, probability: 1 / (1 + Math.exp(-point.score)) })) };
};

const figures: Record<string, () => string> = {
  path: () => pathFigure(path()),
  'path of 100 λ': () => pathFigure(path(100)),
  'path of one λ': () => pathFigure({ ...path(), points: path().points.slice(4, 5), marks: [] }),
  gap: () => gapFigure(path()),
  curve: () => curveFigure(errors()),
  'narrow curve': () => curveFigure(errors(), { width: 360, height: 320 }),
  residuals: () => residualFigure({ ...regression(100), unit: 'k€' }),
  calibration: () => calibrationFigure(withProbabilities()),
  importance: () => importanceFigure({ inputs: [{ name: 'a & b', weight: 2 }] }),
  'importance of nothing': () => importanceFigure({ inputs: [{ name: 'a', weight: 0 }] }),
  network: () => networkFigure(network),
};

describe.each(Object.entries(figures))('figure: %s', (_, draw) => {
  it('is well-formed, with numbers everywhere, the same each time', () => {
    const svg = draw();
    expect(() => new Resvg(svg)).not.toThrow();
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(draw()).toBe(svg);
  });
});

describe('pathFigure', () => {
  it('draws a line per neuron and run, and none for a neuron that is away', () => {
    const svg = pathFigure({ ...path(), marks: [] });
    const lines = svg.match(/aria-label="line"/g)?.length;
    expect(lines).toBe(new Set(path().points.flatMap((point) => point.neurons.map(({ key }) => key))).size);
  });

  it('brings a neuron to zero at the λ before it enters and after it leaves', () => {
    const at = (lambda: number, ...keys: string[]) => ({
      ...path().points[0],
      lambda,
      neurons: keys.map((key) => ({ key, norm: 1 })),
    });
    const svg = pathFigure({ ...path(), points: [at(1), at(0.5, 'a'), at(0.25), at(0.125, 'a')], marks: [] });
    const document = parseHTML(`<html><body>${svg}</body></html>`).document;
    const runs = [...document.querySelectorAll('[aria-label="line"] path')].map((run) => run.getAttribute('d') ?? '');
    expect(runs.map((d) => d.split('L').length)).toEqual([3, 2]);
    const heights = runs.map((d) => [...d.matchAll(/,([\d.]+)/g)].map((match) => Number(match[1])));
    expect(heights[0][0]).toBe(heights[0][2]);
    expect(heights[0][1]).toBeLessThan(heights[0][0]);
    expect(heights[1][0]).toBe(heights[0][0]);
  });

  it('says the objective, its scale, the counts of neurons and the marks', () => {
    const texts = textsOf(pathFigure(path()));
    expect(texts.join('\n')).toContain('(1/n) Σ ½(f − y)² + λ Σ ‖u‖|α|');
    expect(texts.some((text) => text.includes('λ on the 1/n scale'))).toBe(true);
    expect(texts).toContain('neurons');
    expect(texts).toContain('lambda.min');
    expect(texts).toContain('lambda.1se');
    expect(texts).toContain('raises price');
  });

  it('puts λ where a logarithm has it, descending to the right', () => {
    const frame = { width: 200, height: 100, marginLeft: 50, marginRight: 50, domain: [1, 0.01] } as const;
    expect([1, 0.1, 0.01].map((lambda) => place(lambda, frame))).toEqual([50, 100, 150]);
  });

  it('names two marks at one λ together and leaves λ = 0 out', () => {
    const base = path();
    const zero = { ...base.points[13], lambda: 0 };
    const lambda = base.points[5].lambda;
    const marks = [
      { lambda, name: 'lambda.min' },
      { lambda, name: 'lambda.1se' },
    ];
    const texts = textsOf(pathFigure({ ...base, points: [...base.points, zero], marks }));
    expect(texts).toContain('lambda.min = lambda.1se');
    expect(texts.join('\n')).toContain('14 values of λ');
  });

  it('leaves out marks beyond its λ, and takes a path at λ = 0 alone', () => {
    const base = path();
    const svg = pathFigure({ ...base, marks: [{ lambda: 1e-9, name: 'elsewhere' }] });
    expect(textsOf(svg)).not.toContain('elsewhere');
    const zero = pathFigure({ ...base, points: [{ ...base.points[13], lambda: 0 }] });
    expect(zero).not.toMatch(/NaN|Infinity/);
    expect(textsOf(zero).join('\n')).toContain('0 values of λ');
  });

  it('has coordinates of at most two decimals, so that engines agree on every byte', () => {
    const all = Object.values(figures).map((draw) => draw());
    for (const [, value] of all.join('').matchAll(/ (?:d|x|y|x1|x2|y1|y2|cx|cy|width|transform)="([^"]*)"/g)) {
      expect(value).not.toMatch(/\d\.\d{3}/);
    }
  });

  it('refuses λ that do not descend, none, and norms that are no numbers, in one line', () => {
    const base = path();
    const bad = (points: typeof base.points) => () => pathFigure({ ...base, points });
    expect(bad([...base.points].reverse())).toThrow(/pathFigure: λ must descend, but points\[1\].lambda/);
    expect(bad([])).toThrow(/pathFigure: expected at least one λ, got none/);
    expect(bad([{ ...base.points[0], neurons: [{ key: 'a', norm: Number.NaN }] }])).toThrow(
      /norms must be finite numbers ≥ 0, got NaN for neuron 'a'/,
    );
    expect(() => gapFigure({ ...base, tolerance: 0 })).toThrow(/gapFigure: tolerance must be a number above 0, got 0/);
  });
});

describe('gapFigure', () => {
  it('counts the λ that reach the tolerance and marks each scope by a shape of its own', () => {
    const data = path();
    const reached = data.points.filter(({ relativeGap }) => relativeGap <= data.tolerance).length;
    const svg = gapFigure(data);
    expect(textsOf(svg).join('\n')).toContain(`at ${reached} of 14 λ at most the 1e-5 asked for`);
    for (const name of ['proved globally', 'all directions searched', 'over stated patterns', 'bound, gap open']) {
      expect(textsOf(svg)).toContain(name);
    }
    const document = parseHTML(`<html><body>${svg}</body></html>`).document;
    const dots = [...document.querySelectorAll('[aria-label="dot"]')];
    expect(dots.reduce((sum, group) => sum + group.querySelectorAll('path, circle').length, 0)).toBe(14);
    expect(dots.length).toBe(4);
  });
});

describe('curveFigure', () => {
  it('names the measure with its unit, the folds and both λ', () => {
    const texts = textsOf(curveFigure(errors())).join('\n');
    expect(texts).toContain('mean squared error (k€²)');
    expect(texts).toContain('10 folds, 3 times over (groups: street)');
    expect(texts).toContain('lambda.min');
    expect(texts).toContain('lambda.1se');
  });

  it('shows shares as percentages that end at 100', () => {
    const data = errors();
    const points = data.points.map((point, i) => ({ ...point, mean: 0.9 + i / 200, standardError: 0.03, train: 1 }));
    const ticks = textsOf(
      curveFigure({ ...data, points, measure: { name: 'accuracy', better: 'more', form: 'percent' } }),
    );
    expect(ticks).toContain('100');
    expect(ticks.filter((text) => Number(text) > 100)).toEqual([]);
  });

  it('takes one fold (no standard error) and λ without a mean', () => {
    const data = errors();
    const points = data.points.map((point, i) => ({
      ...point,
      standardError: Number.NaN,
      mean: i === 2 ? Number.NaN : point.mean,
    }));
    expect(curveFigure({ ...data, points, folds: 1 })).not.toContain('NaN');
  });

  it('refuses indices that are none, and lambda.1se below lambda.min', () => {
    expect(() => curveFigure({ ...errors(), min: 14 })).toThrow(
      /min must be the index of one of the 14 points, got 14/,
    );
    expect(() => curveFigure({ ...errors(), oneStandardError: 9 })).toThrow(/lambda.1se is never below lambda.min/);
    expect(() => curveFigure({ ...errors(), folds: 0 })).toThrow(/folds must be a whole number from 1, got 0/);
  });
});

describe('residualFigure', () => {
  it('states the RMSE of the test rows', () => {
    const points = [
      { truth: 3, predicted: 1, test: true },
      { truth: 1, predicted: 1, test: true },
      { truth: 9, predicted: 0, test: false },
    ];
    const texts = textsOf(residualFigure({ kind: 'regression', target: 'y', unit: 'm', scores: '', points })).join(
      '\n',
    );
    expect(texts).toContain('± 2 RMSE of test rows (RMSE 1.414 m)');
    expect(texts).toContain('true − predicted (m)');
  });
});

describe('calibrationBins', () => {
  it('counts every row once, keeps equal probabilities together and brackets the share', () => {
    const random = createRandom(12);
    const rows = Array.from({ length: 500 }, () => {
      const probability = Math.round(20 * random.uniform()) / 20;
      return { probability, positive: random.uniform() < probability };
    });
    const bins = calibrationBins(rows);
    expect(bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(500);
    expect(bins.reduce((sum, bin) => sum + bin.rows * bin.share, 0)).toBeCloseTo(
      rows.filter(({ positive }) => positive).length,
      9,
    );
    for (const [k, bin] of bins.entries()) {
      expect(bin.low <= bin.share && bin.share <= bin.high).toBe(true);
      // Rows were drawn with these very probabilities.
      expect(Math.abs(bin.share - bin.meanProbability)).toBeLessThan(0.2);
      if (k > 0) expect(bin.meanProbability).toBeGreaterThan(bins[k - 1].meanProbability);
    }
    expect(bins.length).toBeLessThanOrEqual(10);
  });

  it("has Wilson's interval: 0 of 20 goes up to 16.1 %", () => {
    const [bin] = calibrationBins(Array.from({ length: 20 }, () => ({ probability: 0.1, positive: false })));
    expect(bin.low).toBe(0);
    expect(bin.high).toBeCloseTo(0.1611, 4);
  });

  it('needs probabilities', () => {
    expect(() => calibrationFigure(binary())).toThrow(/no point has a probability/);
    const points = [{ score: 1, positive: true, probability: 1.5 }];
    expect(() => calibrationFigure({ ...binary(), points })).toThrow(/probabilities must be from 0 to 1, got 1.5/);
  });
});

describe('networkFigure', () => {
  it('draws the weights that are there, negative ones dashed, and no unused input', () => {
    const svg = networkFigure(network);
    expect(svg.match(/<title>weight /g)?.length).toBe(6);
    expect(svg.match(/stroke-dasharray="6 3" stroke-width="[\d.]+" stroke-opacity/g)?.length).toBe(3);
    expect(textsOf(svg)).not.toContain('never read');
    expect(textsOf(svg).join('\n')).toContain('1 unused input not drawn');
  });

  it('does not depend on how a neuron shares its scale between its layers', () => {
    const scaled = network.neurons.map(({ weights, outputs }) => ({
      weights: Array.from(weights, (w) => 4 * w),
      outputs: Array.from(outputs, (w) => w / 4),
    }));
    expect(networkFigure({ ...network, neurons: scaled })).toBe(networkFigure(network));
  });

  it('is for small networks, and checks its shapes', () => {
    expect(networkIsSmall(network)).toBe(true);
    expect(networkIsSmall({ ...network, neurons: [] })).toBe(false);
    expect(networkIsSmall({ ...network, neurons: Array.from({ length: 13 }, () => network.neurons[0]) })).toBe(false);
    expect(() => networkFigure({ ...network, inputs: ['one'] })).toThrow(
      /neurons\[0\] must have 1 weights and 1 outputs, got 4 and 1/,
    );
  });
});

describe('trackNeurons', () => {
  it('follows directions that turn slowly, whatever their order, and names new ones', () => {
    const turned = (angle: number, norm = 1) => ({ direction: [Math.cos(angle), Math.sin(angle)], norm });
    const keys = trackNeurons([
      [turned(0), turned(2)],
      [turned(2.1), turned(0.1), turned(4)],
      [turned(0.2), turned(4.1), turned(2.2)],
    ]);
    expect(keys).toEqual([
      ['n1', 'n2'],
      ['n2', 'n1', 'n3'],
      ['n1', 'n3', 'n2'],
    ]);
  });

  it('never joins groups, nor two neurons into one, nor directions that are far', () => {
    const a = { direction: [1, 0], norm: 1, group: '+' };
    const far = { direction: [0, 1], norm: 1, group: '+' };
    expect(trackNeurons([[a], [{ ...a, group: '-' }]])).toEqual([['n1'], ['n2']]);
    expect(trackNeurons([[a], [a, a]])).toEqual([['n1'], ['n1', 'n2']]);
    expect(trackNeurons([[a], [far]])).toEqual([['n1'], ['n2']]);
  });
});
