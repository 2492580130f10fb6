import * as Plot from '@observablehq/plot';
import { axisNumber, extent, type Fragment, palette, type Size, tickMargin } from './canvas.js';
import {
  type LambdaFrame,
  lambdaDomain,
  lambdaScale,
  marginBottom,
  marginTop,
  markNames,
  markRules,
  neuronCounts,
} from './lambda-axis.js';
import { formatMeasure, measureAxis, plainMeasure } from './measures.js';
import type { LegendEntry, Panel } from './panel.js';
import type { CurveData, CurvePoint } from './path-data.js';
import { plotted } from './plotted.js';
import { formatNumber, plural } from './text.js';

/** Cross-validated and training error over λ, with the two λ that glmnet made usual. */
export function curvePanel(data: CurveData): Panel {
  const points = data.points.filter(({ lambda }) => lambda > 0);
  return {
    title: 'Cross-validation',
    remark: remarkOf(data),
    legend: legendOf(points),
    draw: (size) => drawn(data, points, size),
  };
}

function remarkOf({ measure, folds, repeats = 1, manner }: CurveData): string {
  const times = repeats > 1 ? `, ${repeats} times over` : '';
  const how = manner === undefined ? '' : ` (${manner})`;
  return `${measure.name}, ${measure.better} is better; ${plural(folds, 'fold')}${times}${how}; band: ± 1 standard error`;
}

const trainDash = '7 4';

function legendOf(points: readonly CurvePoint[]): LegendEntry[] {
  const held: LegendEntry = { name: 'held-out folds ± 1 SE', fill: palette.blue, mark: 'band' };
  const train: LegendEntry = { name: 'training rows', fill: palette.orange, mark: 'line', dash: trainDash };
  return points.some((point) => isNumber(point.train)) ? [held, train] : [held];
}

const isNumber = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

function drawn(data: CurveData, points: readonly CurvePoint[], { width, height }: Size): Fragment {
  const { measure, min, oneStandardError } = data;
  const [low, high] = extent(points.flatMap(valuesOf));
  const domain: [number, number] = [low, high + 0.14 * (high - low)];
  const frame: LambdaFrame = {
    width,
    height,
    marginLeft: tickMargin(measure.form === 'percent' ? [100, 10] : domain),
    marginRight: 14,
    domain: lambdaDomain(points.map(({ lambda }) => lambda)),
  };
  const marks = [
    { lambda: data.points[oneStandardError].lambda, name: 'lambda.1se' },
    { lambda: data.points[min].lambda, name: 'lambda.min' },
  ];
  const body = plotted({
    width,
    height,
    marginLeft: frame.marginLeft,
    marginRight: frame.marginRight,
    marginTop,
    marginBottom,
    x: lambdaScale(frame),
    y: {
      domain,
      label: measureAxis(measure),
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      ...ticksOf(data, domain, height > 320 ? 7 : 5),
    },
    marks: [Plot.frame({ stroke: palette.faint }), ...curves(data, points), markRules(marks, frame)],
  });
  return body + neuronCounts(points, frame) + markNames(marks, frame);
}

/** Shares end at 100 %, whatever room the names of the verticals need above. */
function ticksOf({ measure }: CurveData, [low, high]: readonly [number, number], most: number): Plot.ScaleOptions {
  if (measure.form !== 'percent') return { ticks: most, tickFormat: axisNumber };
  const step = [1, 2, 5, 10, 20, 25].find((size) => (100 * (high - low)) / size <= most + 1) ?? 50;
  const first = Math.ceil((100 * low) / step);
  const ticks = Array.from({ length: 101 }, (_, k) => ((first + k) * step) / 100);
  return {
    ticks: ticks.filter((share) => share <= Math.min(1, high)),
    tickFormat: (share: number) => plainMeasure(share, measure, 3),
  };
}

const valuesOf = ({ mean, standardError, train }: CurvePoint): number[] => {
  const error = isNumber(standardError) ? standardError : 0;
  return [mean - error, mean + error, train].filter(isNumber);
};

function curves({ measure, points: all, min }: CurveData, points: readonly CurvePoint[]): Plot.Markish[] {
  const held = points.filter(({ mean, standardError }) => isNumber(mean) && isNumber(standardError));
  return [
    Plot.areaY(held, {
      x: 'lambda',
      y1: ({ mean, standardError }: CurvePoint) => mean - standardError,
      y2: ({ mean, standardError }: CurvePoint) => mean + standardError,
      fill: palette.blue,
      fillOpacity: 0.2,
    }),
    Plot.line(
      points.filter(({ train }) => isNumber(train)),
      { x: 'lambda', y: 'train', stroke: palette.orange, strokeWidth: 2, strokeDasharray: trainDash },
    ),
    Plot.line(points, { x: 'lambda', y: 'mean', stroke: palette.blue, strokeWidth: 2 }),
    Plot.dot(
      points.filter(({ mean }) => isNumber(mean)),
      {
        x: 'lambda',
        y: 'mean',
        r: points.length > 60 ? 1.8 : 2.8,
        fill: palette.blue,
        title: ({ lambda, mean, standardError, neurons }: CurvePoint) =>
          `λ = ${formatNumber(lambda)}: ${formatMeasure(mean, measure)} ± ${formatMeasure(standardError, measure)}${neurons === undefined ? '' : `, ${plural(neurons, 'neuron')}`}`,
      },
    ),
    Plot.dot([all[min]], { x: 'lambda', y: 'mean', r: 5.5, stroke: palette.blue, strokeWidth: 1.8, fill: 'none' }),
  ];
}
