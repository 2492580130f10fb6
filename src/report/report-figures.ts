import { probableRows } from './calibration.js';
import type { FitData } from './data.js';
import { networkIsSmall } from './network.js';
import {
  calibrationFigure,
  certificateFigure,
  curveFigure,
  decisionFigure,
  fitFigure,
  gapFigure,
  importanceFigure,
  mapFigure,
  networkFigure,
  neuronFigure,
  pathFigure,
  residualFigure,
  rocFigure,
  scoreFigure,
} from './picture.js';
import type { ReportData } from './report-data.js';

/** The parts of a report that are drawn. */
export type DrawnData = Partial<
  Pick<ReportData, 'curve' | 'path' | 'fit' | 'map' | 'importance' | 'network' | 'neurons' | 'certificate'>
>;

/**
 * Every figure that a report has, each as an SVG document of its own, by name: `path`, `gap`, `cross-validation`,
 * `predicted`, `residuals`, `scores`, `roc`, `calibration`, `confusion`, `map`, `importance`, `network`, `neurons`,
 * `certificate`. Those without data are left out.
 */
export function reportFigures(data: DrawnData): ReadonlyMap<string, string> {
  const { curve, path, fit, map, importance, network, neurons, certificate } = data;
  const figures = new Map<string, string>();
  if (path) figures.set('path', pathFigure(path)).set('gap', gapFigure(path));
  if (curve) figures.set('cross-validation', curveFigure(curve));
  if (fit) for (const [name, svg] of fitFigures(fit)) figures.set(name, svg);
  if (map) figures.set('map', mapFigure(map));
  if (importance) figures.set('importance', importanceFigure(importance));
  if (network && networkIsSmall(network)) figures.set('network', networkFigure(network));
  if (neurons && neurons.neurons.length > 0 && neurons.features.length > 1)
    figures.set('neurons', neuronFigure(neurons));
  if (certificate) figures.set('certificate', certificateFigure(certificate));
  return figures;
}

function fitFigures(fit: FitData): [name: string, svg: string][] {
  if (fit.kind === 'regression')
    return [
      ['predicted', fitFigure(fit)],
      ['residuals', residualFigure(fit)],
    ];
  if (fit.kind === 'classes') return [['confusion', fitFigure(fit)]];
  return [
    ['scores', scoreFigure(fit)],
    ['roc', rocFigure(fit)],
    ...(probableRows(fit).length === 0 ? [] : [['calibration', calibrationFigure(fit)] as [string, string]]),
    ['confusion', decisionFigure(fit)],
  ];
}
