import { useMemo } from 'preact/hooks';
import type { Dataset, Point } from '../core/dataset.js';
import { classColours, diverging } from '../draw/colours.js';
import type { Scale } from '../draw/scale.js';
import { type Duals, dualsOfState, use, useChoice, useDark } from './studio.js';

/** Shapes tell the classes apart without colour. */
export function shapeOf(group: number, x: number, y: number, r: number): string {
  if (group % 3 === 1) return `M${x} ${y - 1.25 * r}L${x + 1.15 * r} ${y + 0.8 * r}H${x - 1.15 * r}Z`;
  if (group % 3 === 2) return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}

interface Props {
  readonly dataset: Dataset;
  readonly points: readonly Point[];
  readonly x: Scale;
  readonly y: Scale;
  readonly height: (point: Point) => number;
  readonly chosen: number | null;
  /** Colours of numbers on a plane. */
  readonly shade?: (value: number) => number;
}

/** All points, with their dual variables when these are shown. */
export function Points({ dataset, points, x, y, height, chosen, shade }: Props) {
  const show = useChoice('points');
  const withDuals = useChoice('duals');
  const duals = use(dualsOfState);
  const dark = useDark();
  const r = points.length > 150 ? 3.4 : 4.2;
  const marks = useMemo(
    () =>
      points.map((point) => {
        const group = dataset.task === 'classification' ? point.value : 0;
        const fill =
          dataset.task === 'classification'
            ? classColours[group % classColours.length]
            : shade
              ? `rgb(${diverging(shade(point.value) * 1.6, dark)})`
              : 'currentColor';
        return (
          <path
            key={point.row}
            class="point"
            data-row={point.row}
            d={shapeOf(group, x(point.x), y(height(point)), r)}
            fill={fill}
          />
        );
      }),
    [points, dataset, x.range[1], y.range[0], x.domain[0], x.domain[1], y.domain[0], y.domain[1], dark, shade],
  );
  const at = chosen === null ? undefined : points.find(({ row }) => row === chosen);
  return (
    <g class="points">
      {withDuals && duals && <Rings duals={duals} points={points} x={x} y={y} height={height} />}
      {show && marks}
      {at && <circle class="chosen" cx={x(at.x)} cy={y(height(at))} r={r + 5} />}
    </g>
  );
}

/** |θ| as the area of a ring; squares around those at a bound. */
function Rings({ duals, points, x, y, height }: { duals: Duals } & Pick<Props, 'points' | 'x' | 'y' | 'height'>) {
  const place = new Map(Array.from(duals.rows, (row, i) => [row, i]));
  return (
    <>
      {points.map((point) => {
        const i = place.get(point.row);
        if (i === undefined) return null;
        const [cx, cy] = [x(point.x), y(height(point))];
        const r = 15 * Math.sqrt(Math.abs(duals.theta[i]) / (duals.largest || 1));
        const bound = duals.bounds[i];
        return (
          <g key={point.row} class="dual" data-bound={bound ?? ''}>
            <circle cx={cx} cy={cy} r={r} class={duals.theta[i] < 0 ? 'negative' : 'positive'} />
            {bound && <rect x={cx - 7} y={cy - 7} width="14" height="14" class={`bound ${bound}`} />}
          </g>
        );
      })}
    </>
  );
}
