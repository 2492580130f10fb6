import * as Plot from '@observablehq/plot';
import { axisNumber, axisTicks, extent, type Fragment, palette, type Size, tickMargin } from './canvas.js';
import type { RegressionFit, RegressionPoint } from './data.js';
import type { Panel } from './panel.js';
import { plotted } from './plotted.js';
import { chosen, named, setsOf } from './regression.js';
import { formatNumber } from './text.js';

/** What the network leaves over, against what it says: a good fit is a level cloud around 0. */
export function residualPanel(data: RegressionFit): Panel {
  const [shown, note] = chosen(data.points);
  const spread = rootMeanSquare(data.points);
  const unit = data.unit === undefined ? '' : ` ${data.unit}`;
  return {
    title: 'Residuals',
    remark: [`dashed: ± 2 RMSE of ${spread.rows} rows (RMSE ${formatNumber(spread.value)}${unit})`, note]
      .filter(Boolean)
      .join(' · '),
    legend: setsOf(shown),
    draw: (size) => scatter(data, shown, spread.value, size),
  };
}

const residual = ({ truth, predicted }: RegressionPoint): number => truth - predicted;

/** Of the test rows, or of the training rows where there is no test. */
function rootMeanSquare(points: readonly RegressionPoint[]): { rows: string; value: number } {
  const test = points.filter((point) => point.test);
  const rows = test.length > 0 ? test : points;
  const sum = rows.reduce((total, point) => total + residual(point) ** 2, 0);
  return { rows: test.length > 0 ? 'test' : 'training', value: Math.sqrt(sum / rows.length) };
}

function scatter(
  data: RegressionFit,
  shown: readonly RegressionPoint[],
  spread: number,
  { width, height }: Size,
): Fragment {
  const most = Math.max(2 * spread, ...data.points.map((point) => Math.abs(residual(point)))) * 1.05 || 1;
  const common = { x: 'predicted', y: residual } as const;
  const marginLeft = tickMargin([-most, most]);
  const domain = extent(data.points.map((point) => point.predicted));
  return plotted({
    width,
    height,
    marginLeft,
    marginBottom: 42,
    marginTop: 8,
    marginRight: 16,
    x: {
      domain,
      label: `predicted ${named(data)}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: axisTicks(domain, width - marginLeft - 16),
      grid: true,
      tickFormat: axisNumber,
    },
    y: {
      domain: [-most, most],
      label: `true − predicted${data.unit === undefined ? '' : ` (${data.unit})`}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 6,
      grid: true,
      tickFormat: axisNumber,
    },
    marks: [
      Plot.ruleY([-2 * spread, 2 * spread], { stroke: palette.quiet, strokeDasharray: '5 4' }),
      Plot.ruleY([0], { stroke: palette.ink }),
      Plot.dot(
        shown.filter((point) => !point.test),
        { ...common, r: 2.6, fill: palette.blue, fillOpacity: 0.55 },
      ),
      Plot.dot(
        shown.filter((point) => point.test),
        { ...common, r: 3.4, stroke: palette.orange, strokeWidth: 1.5 },
      ),
    ],
  });
}
