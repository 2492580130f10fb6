import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatNumber } from 'relucent/report';
import type { Cells, Dataset, Point } from '../core/dataset.js';
import { classColours } from '../draw/colours.js';
import { box, type Corner, cellAt, type Line, segment, zeroLine } from '../draw/geometry.js';
import { gridValues, neuronValues, paintClasses, paintValues, type Shade } from '../draw/raster.js';
import { extentOf, linear, type Scale, ticksOf, tickText } from '../draw/scale.js';
import { isOn, lineOf, type View, valueAt } from '../draw/view.js';
import { useEdit } from './edit.js';
import { Points, shapeOf } from './points.js';
import { useSize } from './size.js';
import { studio, use, useChoice, useDark, viewOfState } from './studio.js';
import { neuronTone } from './tones.js';

const margin = { left: 34, right: 8, top: 8, bottom: 24 } as const;

/** Domains that do not move while a point is dragged inside them. */
export function useDomains(dataset: Dataset | null, points: readonly Point[], height: (point: Point) => number) {
  const kept = useRef<{ key: string; x: [number, number]; y: [number, number] } | null>(null);
  const key = dataset ? `${dataset.table.source.replace(/^my-/, '')} ${dataset.axes.join()} ${dataset.target}` : '';
  const [x, y] = [extentOf(points.map((p) => p.x)), extentOf(points.map(height))];
  const last = kept.current;
  const inside = (wide: readonly [number, number], narrow: readonly [number, number]): boolean =>
    narrow[0] >= wide[0] - 0.02 * (wide[1] - wide[0]) &&
    narrow[1] <= wide[1] + 0.02 * (wide[1] - wide[0]) &&
    narrow[1] - narrow[0] > 0.6 * (wide[1] - wide[0]);
  if (last === null || last.key !== key || !inside(last.x, x) || !inside(last.y, y)) kept.current = { key, x, y };
  return kept.current ?? { key, x, y };
}

const second = (point: Point): number => point.y;
const noPoints: readonly Point[] = [];

export function Plane({ overlay }: { overlay?: (scales: { x: Scale; y: Scale }) => ComponentChildren }) {
  const [ref, size] = useSize<HTMLDivElement>();
  const dataset = use((state) => state.dataset);
  const points = use((state) => (state.dataset?.axes.length === 2 ? state.points : noPoints));
  const domains = useDomains(dataset, points, second);
  const [brush, setBrush] = useState(0);
  const [pointer, setPointer] = useState<Corner | null>(null);
  const [x, y] = useMemo(
    () => [
      linear(domains.x, [margin.left, Math.max(60, size.width - margin.right)]),
      linear(domains.y, [Math.max(60, size.height - margin.bottom), margin.top]),
    ],
    [domains, size.width, size.height],
  );
  const range = useMemo(
    () =>
      extentOf(
        points.map((p) => p.value),
        0,
      ),
    [points],
  );
  const cellsAt = (a: number, b: number, isNew: boolean): Cells => {
    if (dataset === null) return {};
    const target =
      dataset.task === 'regression'
        ? range[Math.min(1, brush)]
        : dataset.classes[Math.min(brush, dataset.classes.length - 1)];
    const value = dataset.task === 'classification' && numericTarget(dataset) ? Number(target) : target;
    return { [dataset.axes[0]]: a, [dataset.axes[1]]: b, ...(isNew && { [dataset.target]: value }) };
  };
  const { chosen, said, handlers } = useEdit({ dataset, points, x, y, height: second, cellsAt });
  const middle = (range[0] + range[1]) / 2;
  const half = (range[1] - range[0]) / 2 || 1;
  const regression = dataset?.task === 'regression';
  const shade: Shade = regression ? { middle, reach: half } : { middle: 0, reach: 3 };
  const shadeOf = useMemo(
    () => (regression ? (value: number) => (value - middle) / half : undefined),
    [regression, middle, half],
  );
  const names = regression ? ['low', 'high'] : (dataset?.classes ?? []);
  const track = (event: PointerEvent): void => {
    const frame = (event.currentTarget as Element).getBoundingClientRect();
    setPointer([x.back(event.clientX - frame.left), y.back(event.clientY - frame.top)]);
    handlers.onPointerMove(event);
  };
  return (
    <figure class="stage plane">
      <div class="canvas" ref={ref as never}>
        {size.width > 0 && (
          <Raster x={x} y={y} size={size} shade={shade} multi={!regression && (dataset?.classes.length ?? 0) > 2} />
        )}
        <svg
          width={size.width}
          height={size.height}
          role="application"
          tabindex={0}
          aria-label={`Map of the network over ${dataset?.axes.join(' and ') ?? 'the data'} with ${points.length} points. [ and ] choose a point, arrows move it, Delete takes it away, Enter adds one.`}
          {...handlers}
          onPointerMove={track}
          onPointerLeave={() => setPointer(null)}
        >
          <Axes x={x} y={y} size={size} names={dataset?.axes ?? []} />
          {overlay?.({ x, y })}
          <Hyperplanes x={x} y={y} pointer={pointer} />
          {dataset && (
            <Points dataset={dataset} points={points} x={x} y={y} height={second} chosen={chosen} shade={shadeOf} />
          )}
        </svg>
      </div>
      <figcaption>
        <Brush names={names} brush={brush} onChoose={setBrush} disabled={!dataset?.editable} />
        <Readout pointer={pointer} axes={dataset?.axes ?? []} />
        <span class="hidden" role="status">
          {said >= 0 && pointWords(points[said], dataset, said, points.length)}
        </span>
      </figcaption>
    </figure>
  );
}

const numericTarget = ({ table, target }: Dataset): boolean =>
  table.columns.find(({ name }) => name === target)?.texts === null;

function pointWords(point: Point, dataset: Dataset | null, k: number, count: number): string {
  const value = dataset?.task === 'classification' ? dataset.classes[point.value] : formatNumber(point.value);
  return `Point ${k + 1} of ${count}: ${value}, at ${formatNumber(point.x)}${Number.isNaN(point.y) ? '' : `, ${formatNumber(point.y)}`}`;
}

/** What a click adds. */
export function Brush({
  names,
  brush,
  onChoose,
  disabled,
}: {
  names: readonly string[];
  brush: number;
  onChoose: (k: number) => void;
  disabled: boolean;
}) {
  return (
    <span class="brush" role="group" aria-label="A click adds">
      {names.slice(0, 4).map((name, k) => (
        <button
          type="button"
          key={name}
          aria-pressed={brush === k}
          disabled={disabled}
          onClick={() => onChoose(k)}
          title={`A click adds: ${name}. Drag to move, shift-click to take away.`}
        >
          <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
            <path d={shapeOf(k, 7, 7, 4.5)} fill={classColours[k % classColours.length]} />
          </svg>
          {name}
        </button>
      ))}
    </span>
  );
}

/** The affine function of the cell under the pointer. */
function Readout({ pointer, axes }: { pointer: Corner | null; axes: readonly string[] }) {
  const view = use(viewOfState);
  const hover = use((state) => state.hover);
  if (view === null) return <span class="readout" />;
  if (hover !== null && view.neurons[hover])
    return <span class="readout">neuron {hover + 1}: what it adds, where it is on</span>;
  if (pointer === null || view.units || view.outputs > 1 || view.neurons.some(({ bases }) => bases.length > 1))
    return <span class="readout quiet">click to add, drag to move</span>;
  const on = view.neurons.filter((neuron) => isOn(neuron, ...pointer));
  const [a, b] = [on.reduce((sum, n) => sum + n.weight * n.a, 0), on.reduce((sum, n) => sum + n.weight * n.b, 0)];
  const c = on.reduce((sum, n) => sum + n.weight * n.bases[0], view.bias[0]);
  const signed = (value: number): string => `${value < 0 ? '−' : '+'} ${formatNumber(Math.abs(value), 3)}`;
  return (
    <span class="readout">
      this cell, {on.length} of {view.neurons.length} on: f = {formatNumber(c, 3).replace('-', '−')} {signed(a)}·
      {axes[0]} {signed(b)}·{axes[1]}; here {formatNumber(valueAt(view, ...pointer), 3).replace('-', '−')}
    </span>
  );
}

/** Work per frame that keeps a slide smooth: neurons × rows averaged × pixels. */
const budget = 4e6;

interface RasterProps {
  readonly x: Scale;
  readonly y: Scale;
  readonly size: { readonly width: number; readonly height: number };
  readonly shade: Shade;
  readonly multi: boolean;
  readonly view?: View | null;
}

function Raster({ x, y, size, shade, multi }: RasterProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const view = use(viewOfState);
  const hover = use((state) => state.hover);
  const dark = useDark();
  const kind = use((state) => (state.fresh ? 'fresh' : 'old'));
  useLayoutEffect(() => {
    if (ref.current && view) {
      drawPlane(ref.current, { view, x, y, shade, multi, hover, dark });
      studio.drew();
    }
  }, [view, hover, dark, x, y, shade.middle, shade.reach, multi]);
  const [w, h] = [x.range[1] - x.range[0], y.range[0] - y.range[1]];
  return (
    <canvas
      ref={ref}
      class={`map ${kind}`}
      width={Math.round(2 * w)}
      height={Math.round(2 * h)}
      style={{
        left: `${x.range[0]}px`,
        top: `${y.range[1]}px`,
        width: `${w}px`,
        height: `${h}px`,
        visibility: size.width > 0 ? 'visible' : 'hidden',
      }}
      aria-hidden="true"
    />
  );
}

interface Drawing {
  readonly view: View;
  readonly x: Scale;
  readonly y: Scale;
  readonly shade: Shade;
  readonly multi: boolean;
  readonly hover: number | null;
  readonly dark: boolean;
}

const scratch = document.createElement('canvas');

export function drawPlane(canvas: HTMLCanvasElement, { view, x, y, shade, multi, hover, dark }: Drawing): void {
  const context = canvas.getContext('2d');
  if (!context || canvas.width === 0) return;
  const { domain } = x;
  const work =
    Math.max(1, view.neurons.length) * (view.neurons[0]?.bases.length ?? 1) * (view.neurons[0]?.gate ? 3 : 1);
  const aspect = canvas.height / canvas.width;
  const cols = Math.max(24, Math.min(Math.round(canvas.width / 3), Math.floor(Math.sqrt(budget / work / aspect))));
  const rows = Math.max(24, Math.round(cols * aspect));
  const grid = { cols, rows, x: domain, y: [y.domain[1], y.domain[0]] as const };
  const neuron = hover === null ? undefined : view.neurons[hover];
  [scratch.width, scratch.height] = [cols, rows];
  const inner = scratch.getContext('2d');
  if (!inner) return;
  const image = inner.createImageData(cols, rows);
  const values = neuron ? [neuronValues(neuron, grid)] : gridValues(view, grid);
  if (multi && !neuron) paintClasses(values, image, dark);
  else paintValues(values[0], neuron ? { middle: 0, reach: shade.reach } : shade, image, dark);
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(scratch, 0, 0, canvas.width, canvas.height);
  if (!neuron && !multi && shade.middle === 0) drawBoundary(context, values[0], cols, rows, dark);
}

/** Where the network is undecided. */
function drawBoundary(
  context: CanvasRenderingContext2D,
  values: Float64Array,
  cols: number,
  rows: number,
  dark: boolean,
): void {
  const [sx, sy] = [context.canvas.width / cols, context.canvas.height / rows];
  const segments = zeroLine(values, cols, rows);
  context.beginPath();
  for (let k = 0; k < segments.length; k += 4) {
    context.moveTo((segments[k] + 0.5) * sx, (segments[k + 1] + 0.5) * sy);
    context.lineTo((segments[k + 2] + 0.5) * sx, (segments[k + 3] + 0.5) * sy);
  }
  context.lineWidth = 3;
  context.lineCap = 'round';
  context.strokeStyle = dark ? '#f0f1ee' : '#1b1d20';
  context.stroke();
}

export function Axes({
  x,
  y,
  size,
  names,
}: {
  x: Scale;
  y: Scale;
  size: { width: number; height: number };
  names: readonly string[];
}) {
  return useMemo(
    () => (
      <g class="axes" aria-hidden="true">
        {ticksOf(x.domain, Math.max(2, size.width / 90)).map((tick) => (
          <text key={`x${tick}`} x={x(tick)} y={y.range[0] + 14} text-anchor="middle">
            {tickText(tick)}
          </text>
        ))}
        {ticksOf(y.domain, Math.max(2, size.height / 70)).map((tick) => (
          <text key={`y${tick}`} x={x.range[0] - 6} y={y(tick) + 4} text-anchor="end">
            {tickText(tick)}
          </text>
        ))}
        <text class="name" x={x.range[1] - 4} y={y.range[0] - 6} text-anchor="end">
          {names[0]}
        </text>
        <text class="name" x={x.range[0] + 6} y={y.range[1] + 14}>
          {names[1]}
        </text>
      </g>
    ),
    [x, y, size.width, size.height, names.join()],
  );
}

/** A line for each neuron, the cell under the pointer, and the half that a neuron which is pointed at is on. */
function Hyperplanes({ x, y, pointer }: { x: Scale; y: Scale; pointer: Corner | null }) {
  const show = useChoice('lines');
  const view = use(viewOfState);
  const hover = use((state) => state.hover);
  const classes = use((state) => state.dataset?.classes.length ?? 0);
  if (!show || view === null) return null;
  const outside = box(x.domain, y.domain);
  const lines = view.neurons.map(lineOf);
  const largest = Math.max(...view.neurons.map(({ norm }) => norm), 1e-12);
  const cell = pointer && hover === null && inside(pointer, x, y) ? cellAt(lines as Line[], pointer, outside) : null;
  return (
    <g class="hyperplanes">
      {cell && (
        <path class="cell" d={`M${cell.map((p) => `${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join('L')}Z`} />
      )}
      {view.neurons.map((neuron, j) => {
        const ends = segment(lines[j], outside);
        if (ends === null) return null;
        const [[x1, y1], [x2, y2]] = [
          [x(ends[0][0]), y(ends[0][1])],
          [x(ends[1][0]), y(ends[1][1])],
        ];
        const hot = hover === neuron.index;
        return (
          <g
            key={neuron.index}
            class={hot ? 'line hot' : hover === null ? 'line' : 'line cold'}
            data-neuron={neuron.index}
          >
            <path
              class="grip"
              d={`M${x1} ${y1}L${x2} ${y2}`}
              onPointerEnter={() => studio.set({ hover: neuron.index })}
              onPointerLeave={() => studio.set({ hover: null })}
            />
            <path
              d={`M${x1} ${y1}L${x2} ${y2}`}
              stroke={neuronTone(neuron, classes)}
              stroke-width={hot ? 3 : 0.8 + (1.4 * neuron.norm) / largest}
            />
            {hot && <Arrow line={lines[j]} at={[(x1 + x2) / 2, (y1 + y2) / 2]} x={x} y={y} />}
          </g>
        );
      })}
    </g>
  );
}

const inside = ([a, b]: Corner, x: Scale, y: Scale): boolean =>
  a >= x.domain[0] && a <= x.domain[1] && b >= y.domain[0] && b <= y.domain[1];

/** Points to the side where the neuron is on. */
function Arrow({ line: [a, b], at: [px, py], x, y }: { line: Line; at: [number, number]; x: Scale; y: Scale }) {
  const [dx, dy] = [a / Math.abs(x.back(1) - x.back(0)) ** -1, -b / Math.abs(y.back(1) - y.back(0)) ** -1];
  const size = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [(22 * dx) / size, (22 * dy) / size];
  return (
    <path
      class="arrow"
      d={`M${px} ${py}l${ux} ${uy}m0 0l${-0.35 * ux - 0.2 * uy} ${-0.35 * uy + 0.2 * ux}m${0.35 * ux + 0.2 * uy} ${0.35 * uy - 0.2 * ux}l${-0.35 * ux + 0.2 * uy} ${-0.35 * uy - 0.2 * ux}`}
    />
  );
}
