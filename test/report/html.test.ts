import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { formatGap, htmlReport, printable, type ReportData } from '../../src/report/index.js';
import { binary, certificate, classes, neurons, plane } from './examples.js';
import { errors, network, path, report } from './report-examples.js';

const page = (data: ReportData) => parseHTML(htmlReport(data)).document;
const textOf = (data: ReportData): string => page(data).querySelector('main')?.textContent ?? '';
const sectionsOf = (data: ReportData): string[] => [...page(data).querySelectorAll('section')].map(({ id }) => id);
const everything = textOf(report());
const bare = (): ReportData => ({ title: report().title, data: report().data });

const kinds: Record<string, ReportData> = {
  everything: report(),
  'data alone': bare(),
  'two classes': {
    ...report(),
    fit: { ...binary(), points: binary().points.map((point) => ({ ...point, probability: 0.5 })) },
    map: plane('score'),
  },
  'three classes': { ...report(), fit: classes(3), map: plane('class') },
  'twenty classes': { ...report(), fit: classes(20), map: undefined },
  'a large network': { ...report(), network: undefined, formula: undefined, neurons: neurons(60, 30) },
  'a constant': {
    ...report(),
    choice: { lambda: 0.8, rule: 'given', neurons: 0, activeInputs: 0, inputs: 27 },
    network: { ...network, neurons: [] },
    neurons: { features: ['a', 'b'], neurons: [] },
    importance: { inputs: [{ name: 'a', weight: 0 }] },
  },
};

describe.each(Object.entries(kinds))('report: %s', (_, data) => {
  const html = htmlReport(data);

  it('is the same text each time', () => {
    expect(htmlReport(structuredClone(data))).toBe(html);
  });

  it('refers to nothing outside and runs nothing', () => {
    expect(html).not.toMatch(/https?:|\/\/|url\(|<script|<link|<img|<iframe|@import|@font-face| on\w+="|src=|href=/i);
    expect(html).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
  });

  it('holds numbers everywhere and closes what it opens', () => {
    expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expectBalanced(html);
  });
});

/** Every element that is opened is closed in its turn: a reader that is strict about XML takes the body. */
function expectBalanced(html: string): void {
  const body = html.slice(html.indexOf('<main>'), html.indexOf('</body>'));
  const open: string[] = [];
  for (const [, close, name, rest] of body.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:[^>"]|"[^"]*")*)>/g)) {
    if (close === '') {
      if (!rest.endsWith('/')) open.push(name);
    } else if (open.pop() !== name) {
      throw new Error(`</${name}> closes nothing that is open`);
    }
  }
  expect(open).toEqual([]);
}

describe('htmlReport', () => {
  it('shows the numbers it was given', () => {
    const text = everything;
    for (const number of ['1,168 rows', '292', '1,460 rows', '7 rows without a target', '11 cells missing']) {
      expect(text).toContain(number);
    }
    for (const number of ['15.95', '17.53', '0.9123', '0.8765', '0.213456', '0.0931', '7.7e-7', '27 inputs']) {
      expect(text).toContain(number);
    }
    expect(text).toContain('relucent fit houses.csv --target price --lambda cv-1se --seed 3 -o model.json');
    expect(text).toContain('relucent 9.8.7, seed 3');
    expect(text).toContain('Training took 12 s');
    expect(text).toContain('mean 512.3, deviation 99.1');
  });

  it('has a row for every λ of the path, with its numbers, the chosen one marked', () => {
    const document = page(report());
    const rows = [...document.querySelectorAll('#path tbody tr')];
    const { points } = path();
    expect(rows.length).toBe(points.length);
    rows.forEach((row, i) => {
      expect(row.textContent).toContain(String(Number(points[i].objective.toPrecision(6))));
      expect(row.textContent).toContain(formatGap(points[i].relativeGap));
      expect(row.textContent).toContain(points[i].scope);
      expect(row.className).toBe(i === 5 ? 'chosen' : '');
    });
    expect(rows[5].textContent).toContain('lambda.1se');
    expect(rows[8].textContent).toContain('lambda.min');
  });

  it('says which λ was chosen and why', () => {
    expect(everything).toContain('10-fold cross-validation, repeated 3 times (groups: street)');
    expect(everything).toContain('within one standard error of the least (lambda.1se)');
    const choice = { ...report().choice, lambda: 0.01, neurons: 2, activeInputs: 1, inputs: 3 };
    expect(textOf({ ...report(), choice: { ...choice, rule: 'min' } })).toContain(
      'it has the least held-out mean squared',
    );
    expect(textOf({ ...report(), choice: { ...choice, rule: 'given' } })).toContain('was given; it was not chosen');
    const more = { ...errors(), measure: { name: 'accuracy', better: 'more', form: 'percent' } as const };
    expect(textOf({ ...report(), curve: more })).toContain('within one standard error of the best (lambda.1se)');
  });

  it('writes an error and its standard error with like decimals', () => {
    const score = {
      measure: { name: 'm', unit: 's', better: 'less' } as const,
      cv: { mean: 4.95612, standardError: 0.3712 },
    };
    expect(textOf({ ...bare(), scores: [score] })).toContain('4.96 ± 0.37');
    const share = {
      measure: { name: 'm', better: 'more', form: 'percent' } as const,
      cv: { mean: 0.9411, standardError: 0.0412 },
    };
    expect(textOf({ ...bare(), scores: [share] })).toContain('94.1 ± 4.1 %');
  });

  it('puts the certificate in plain words by scope, and never calls an open gap closed', () => {
    const said = (change: object): string => textOf({ ...bare(), certificate: { ...certificate, ...change } });
    expect(said({ scope: 'exact' })).toContain('✓ Globally optimal, proved (gap 7.7e-7)');
    expect(said({ scope: 'exact' })).toContain('lower by more than 7.7e-5\u00a0%');
    expect(said({})).toContain('no proof');
    expect(said({ scope: 'sampled' })).toContain('✓ Optimal over the stated activation patterns');
    for (const scope of ['exact', 'priced', 'sampled', 'bound']) {
      const open = said({ scope, relativeGap: 0.02 });
      expect(open).toContain('! ');
      expect(open).toContain('0.02, above the 1e-6 asked for');
      expect(open).not.toContain('✓');
    }
  });

  it('has the sections whose data is given, and no others', () => {
    expect(sectionsOf(report())).toEqual(['data', 'choice', 'scores', 'certificate', 'network', 'path', 'again']);
    expect(sectionsOf(bare())).toEqual(['data']);
    expect(sectionsOf({ ...bare(), curve: errors() })).toEqual(['data', 'choice']);
    expect(sectionsOf({ ...bare(), path: path() })).toEqual(['data', 'path']);
    expect(sectionsOf({ ...bare(), certificate, commands: ['x'] })).toEqual(['data', 'certificate', 'again']);
    const { curve, path: along, ...fit } = report();
    expect(sectionsOf(fit)).toEqual(['data', 'choice', 'scores', 'certificate', 'network', 'again']);
    expect(textOf(fit)).not.toContain('The path');
  });

  it('draws the network and writes the formula when they are small', () => {
    expect(page(report()).querySelectorAll('.formula div').length).toBe(3);
    const large = {
      ...report(),
      network: { ...network, neurons: Array.from({ length: 40 }, () => network.neurons[0]) },
    };
    expect(textOf(large)).toContain('Neurons and the inputs they use');
    expect(everything).not.toContain('Neurons and the inputs they use');
  });

  it('names both λ and their errors where cross-validation stands alone', () => {
    expect(textOf({ ...bare(), curve: errors() })).toMatch(
      /Held-out mean squared error: at lambda.min = 0\.0312\d it is 4\.3 ± 2\.0 k€², at lambda.1se = 0\.1053 it is/,
    );
  });

  it('says when a path ended early', () => {
    expect(textOf({ ...bare(), path: { ...path(), ended: 'stopped at the time limit' } })).toContain(
      'It ended early: stopped at the time limit.',
    );
  });
});

describe('names from files', () => {
  const names = ['<script>alert(1)</script>', '"quotes" & \'more\' <b>', 'x'.repeat(400), '🦜 温度\u0000\u001b[31m'];
  const full = report();
  const hostile = (k: number): ReportData => {
    const name = names[k];
    return {
      ...full,
      title: name,
      madeBy: name,
      data: {
        ...full.data,
        source: name,
        target: name,
        task: 'classification',
        classes: [{ name, rows: 3 }],
        columns: [{ name, kind: name, detail: name }],
        notes: [name],
      },
      scores: [{ measure: { name, unit: name, better: 'less' }, test: 1 }],
      certificate: { ...certificate, words: name, objective: name },
      curve: { ...errors(), measure: { name, unit: name, better: 'less' }, manner: name },
      path: {
        ...path(),
        objective: name,
        ended: name,
        marks: [{ lambda: path().points[3].lambda, name }],
        points: path().points.map((point) => ({ ...point, neurons: [{ key: name, norm: 1, group: name }] })),
      },
      fit: { ...classes(3), target: name, classes: [name, `${name}2`, `${name}3`] },
      map: { ...plane('score'), inputs: [name, name], classes: [name, name] },
      importance: { inputs: [{ name, weight: 1 }] },
      neurons: { features: [name, name], neurons: [{ norm: 1, slopes: [1, 2], output: name }] },
      network: { ...network, inputs: [name, name, name, name], outputs: [name] },
      formula: {
        output: name,
        inputs: [{ name, value: name }],
        bias: 1,
        neurons: [{ sign: 1, weights: [1], offset: 0 }],
      },
      commands: [name],
    };
  };

  it.each(names.map((_, k) => k))('are text and nothing else: name %i', (k) => {
    const html = htmlReport(hostile(k));
    const document = parseHTML(html).document;
    expect(document.querySelectorAll('script, b b').length).toBe(0);
    expect(html).not.toContain('<script');
    expect(document.querySelector('h1')?.textContent).toBe(printable(names[k]));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(html).not.toMatch(/[\u0000-\u0008\u001b]/);
    expectBalanced(html);
  });
});

describe('bad reports', () => {
  it('are refused in one line that names the entry', () => {
    expect(() => htmlReport({ ...report(), title: '' })).toThrow(/htmlReport: title must be a text that is not empty/);
    expect(() => htmlReport({ ...report(), data: { ...report().data, rows: { train: 1.5, test: 0 } } })).toThrow(
      /data.rows.train must be a whole number, got 1.5/,
    );
    expect(() => htmlReport({ ...report(), curve: { ...errors(), min: -1 } })).toThrow(
      /htmlReport: curve: min must be/,
    );
    expect(() => htmlReport({ ...report(), path: { ...path(), points: [] } })).toThrow(/htmlReport: path: expected at/);
    expect(() => htmlReport({ ...report(), network: { ...network, outputs: [] } })).toThrow(/htmlReport: network:/);
    const choice = { lambda: Number.NaN, rule: 'min', neurons: 1, activeInputs: 1, inputs: 1 } as const;
    expect(() => htmlReport({ ...report(), choice })).toThrow(/choice.lambda must be a finite number ≥ 0, got NaN/);
  });
});
