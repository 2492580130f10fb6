import { type PruningMethod, pruningMethods } from '../../src/optimal-set/index.js';
import { type Spread, spread } from '../shared/statistics.js';
import type { MethodCurve, PruningResult } from './pruning-job.js';

/** Which of a curve's counts; `Tied` takes a score of 0 as +1. */
export type Score = 'train' | 'test' | 'trainTied' | 'testTied';

/** Accuracy against width over the repeats of one data set: entry w − 1 is width w. */
export type Band = readonly Spread[];

export type Bands = Readonly<Record<PruningMethod, Band>>;

/** Accuracies at widths 1 … most: of the widest network that is no wider; beyond the start, the start's. */
export function atWidths(curve: MethodCurve, score: Score, rows: number, most: number): number[] {
  return Array.from({ length: most }, (_, k) => {
    const step = curve.neurons.findIndex((neurons) => neurons <= k + 1);
    return curve[score][step] / rows;
  });
}

/** Median and quartiles over the repeats at every width up to the widest start. */
export function bandsOf(results: readonly PruningResult[], score: Score): Bands {
  const most = Math.max(...results.map(({ blocks }) => blocks));
  const rowsOf = (result: PruningResult): number => (score.startsWith('train') ? result.trainRows : result.testRows);
  const bandOf = (method: PruningMethod): Band => {
    const lines = results.map((result) => atWidths(result.curves[method], score, rowsOf(result), most));
    return Array.from({ length: most }, (_, k) => spread(lines.map((line) => line[k])));
  };
  return Object.fromEntries(pruningMethods.map((method) => [method, bandOf(method)])) as Record<PruningMethod, Band>;
}

/** Mean over the widths 1 … most of the median: the area under the median curve, in [0, 1]. */
export const areaOf = (band: Band): number => band.reduce((sum, { median }) => sum + median, 0) / band.length;

export const areasOf = (bands: Bands): Record<PruningMethod, number> =>
  Object.fromEntries(pruningMethods.map((method) => [method, areaOf(bands[method])])) as Record<PruningMethod, number>;
