import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { type FitData, reportFigures } from '../../src/report/index.js';
import { binary, certificate, classes, curve, neurons, plane, regression } from './examples.js';
import { errors, network, path, report } from './report-examples.js';

const namesOf = (fit: FitData): string[] => [...reportFigures({ fit }).keys()];

describe('reportFigures', () => {
  it('draws what there is, and nothing else', () => {
    expect([...reportFigures({}).keys()]).toEqual([]);
    expect([...reportFigures({ path: path() }).keys()]).toEqual(['path', 'gap']);
    expect([...reportFigures({ curve: errors() }).keys()]).toEqual(['cross-validation']);
    expect(namesOf(regression())).toEqual(['predicted', 'residuals']);
    expect(namesOf(binary())).toEqual(['scores', 'roc', 'confusion']);
    const points = binary().points.map((point) => ({ ...point, probability: 1 / (1 + Math.exp(-point.score)) }));
    expect(namesOf({ ...binary(), points })).toEqual(['scores', 'roc', 'calibration', 'confusion']);
    expect(namesOf(classes())).toEqual(['confusion']);
    expect([...reportFigures({ map: curve() }).keys()]).toEqual(['map']);
    // a heat map of one input, or a drawing of a hundred neurons, says nothing
    expect([...reportFigures({ neurons: neurons(4, 1) }).keys()]).toEqual([]);
    const crowded = { ...network, neurons: Array.from({ length: 200 }, () => network.neurons[0]) };
    expect([...reportFigures({ network: crowded }).keys()]).toEqual([]);
  });

  it('gives whole documents, with the axes and units that stand in the data', () => {
    const fit = { ...regression(), unit: 'kWh' };
    const figures = reportFigures({ ...report(), fit, map: plane('class'), certificate });
    for (const [name, svg] of figures) {
      const { document } = parseHTML(svg);
      const root = document.querySelector('svg');
      expect([name, root?.getAttribute('xmlns')]).toEqual([name, 'http://www.w3.org/2000/svg']);
      expect(document.querySelector('title')?.textContent).not.toBe('');
      expect(svg, name).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(figures.get('predicted')).toContain('(kWh)');
    expect(figures.get('path')).toContain('λ on the 1/n scale');
    expect(figures.get('path')).toContain(report().path?.objective.split('λ')[0].slice(0, 8));
    expect(figures.get('cross-validation')).toContain('lambda.min');
  });
});
