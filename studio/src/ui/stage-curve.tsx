import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { formatNumber } from 'relucent/report';
import type { Cells, Point } from '../core/dataset.js';
import { linear, type Scale } from '../draw/scale.js';
import { lineOf, neuronAt, type View, valueAt } from '../draw/view.js';
import { useEdit } from './edit.js';
import { Points } from './points.js';
import { useSize } from './size.js';
import { Axes, Brush, useDomains } from './stage-plane.js';
import { studio, use, useChoice, viewOfState } from './studio.js';
import { neuronTone } from './tones.js';

const margin = { left: 40, right: 8, top: 8, bottom: 24 } as const;

/** Where points stand: at their target; classes at the two edges of the scores. */
export function heightOf(task: 'regression' | 'classification' | undefined): (point: Point) => number {
  return task === 'classification' ? ({ value }) => (value === 0 ? -2 : 2) : ({ value }) => value;
}

/** Places that show every kink of a curve, and 240 between. */
export function placesOf(view: View, [from, to]: readonly [number, number]): number[] {
  // units above the neurons bend where no neuron switches
  const count = view.units ? 960 : 240;
  const even = Array.from({ length: count + 1 }, (_, k) => from + ((to - from) * k) / count);
  const kinks = view.neurons.flatMap((neuron) => {
    const [a, , c] = lineOf(neuron);
    const at = -c / a;
    return at > from && at < to ? [at, at - 1e-9 * (to - from)] : [];
  });
  return [...even, ...kinks].sort((a, b) => a - b);
}

export const curvePath = (xs: readonly number[], f: (x: number) => number, x: Scale, y: Scale): string =>
  `M${xs.map((at) => `${x(at).toFixed(1)} ${y(f(at)).toFixed(1)}`).join('L')}`;

export interface CurveOverlay {
  readonly x: Scale;
  readonly y: Scale;
}

export function Curve({ overlay }: { overlay?: (scales: CurveOverlay) => ComponentChildren }) {
  const [ref, size] = useSize<HTMLDivElement>();
  const dataset = use((state) => state.dataset);
  const points = use((state) => state.points);
  const height = useMemo(() => heightOf(dataset?.task), [dataset?.task]);
  const domains = useDomains(dataset, points, height);
  const [brush, setBrush] = useState(0);
  const [pointer, setPointer] = useState<number | null>(null);
  const classification = dataset?.task === 'classification';
  const [x, y] = useMemo(
    () => [
      linear(domains.x, [margin.left, Math.max(60, size.width - margin.right)]),
      linear(classification ? [-3, 3] : domains.y, [Math.max(60, size.height - margin.bottom), margin.top]),
    ],
    [domains, size.width, size.height, classification],
  );
  const cellsAt = (a: number, b: number, isNew: boolean): Cells => {
    if (dataset === null) return {};
    if (!classification) return { [dataset.axes[0]]: a, [dataset.target]: b };
    return { [dataset.axes[0]]: a, ...(isNew && { [dataset.target]: dataset.classes[brush] }) };
  };
  const { chosen, said, handlers } = useEdit({ dataset, points, x, y, height, cellsAt });
  return (
    <figure class="stage curve">
      <div class="canvas" ref={ref as never}>
        <svg
          width={size.width}
          height={size.height}
          role="application"
          tabindex={0}
          aria-label={`The network as a curve over ${dataset?.axes[0] ?? 'the data'} with ${points.length} points. [ and ] choose a point, arrows move it, Delete takes it away, Enter adds one.`}
          {...handlers}
          onPointerMove={(event) => {
            const frame = event.currentTarget.getBoundingClientRect();
            setPointer(x.back(event.clientX - frame.left));
            handlers.onPointerMove(event);
          }}
          onPointerLeave={() => setPointer(null)}
        >
          <rect
            class="paper"
            x={x.range[0]}
            y={y.range[1]}
            width={Math.max(0, x.range[1] - x.range[0])}
            height={Math.max(0, y.range[0] - y.range[1])}
          />
          <Axes
            x={x}
            y={y}
            size={size}
            names={dataset ? [dataset.axes[0], classification ? 'score' : dataset.target] : []}
          />
          <clipPath id="inside">
            <rect
              x={x.range[0]}
              y={y.range[1]}
              width={Math.max(0, x.range[1] - x.range[0])}
              height={Math.max(0, y.range[0] - y.range[1])}
            />
          </clipPath>
          <g clip-path="url(#inside)">
            {overlay?.({ x, y })}
            <CurveMarks x={x} y={y} pointer={pointer} />
          </g>
          {dataset && <Points dataset={dataset} points={points} x={x} y={y} height={height} chosen={chosen} />}
        </svg>
      </div>
      <figcaption>
        {classification && (
          <Brush names={dataset?.classes ?? []} brush={brush} onChoose={setBrush} disabled={!dataset?.editable} />
        )}
        <Readout pointer={pointer} />
        <span class="hidden" role="status">
          {said >= 0 &&
            `Point ${said + 1} of ${points.length}: ${formatNumber(points[said].value)} at ${formatNumber(points[said].x)}`}
        </span>
      </figcaption>
    </figure>
  );
}

/** The curve, where neurons switch, and what the one that is pointed at adds. */
function CurveMarks({ x, y, pointer }: { x: Scale; y: Scale; pointer: number | null }) {
  const view = use(viewOfState);
  const hover = use((state) => state.hover);
  const show = useChoice('lines');
  const old = use((state) => !state.fresh);
  const xs = useMemo(() => (view ? placesOf(view, x.domain) : []), [view, x.domain[0], x.domain[1]]);
  useLayoutEffect(() => {
    studio.drew();
  }, [view]);
  if (view === null) return null;
  const kinks = view.neurons.flatMap((neuron) => {
    const [a, , c] = lineOf(neuron);
    return a === 0 ? [] : [{ neuron, at: -c / a, on: a > 0 }];
  });
  const cell =
    pointer === null || hover !== null
      ? null
      : cellOf(
          kinks.map(({ at }) => at),
          pointer,
          x.domain,
        );
  const hot = kinks.find(({ neuron }) => neuron.index === hover);
  const base = y(view.bias[0]);
  return (
    <g class={old ? 'function old' : 'function'}>
      {show && cell && (
        <rect
          class="cell"
          x={x(cell[0])}
          y={y.range[1]}
          width={x(cell[1]) - x(cell[0])}
          height={y.range[0] - y.range[1]}
        />
      )}
      {show && hot && (
        <rect
          class="region"
          x={hot.on ? x(hot.at) : x.range[0]}
          y={y.range[1]}
          width={Math.max(0, hot.on ? x.range[1] - x(hot.at) : x(hot.at) - x.range[0])}
          height={y.range[0] - y.range[1]}
          fill={neuronTone(hot.neuron, 2)}
        />
      )}
      {show &&
        kinks.map(({ neuron, at }) => (
          <g
            key={neuron.index}
            class={hover === neuron.index ? 'line hot' : hover === null ? 'line' : 'line cold'}
            data-neuron={neuron.index}
          >
            <path
              class="grip"
              d={`M${x(at)} ${y.range[1]}V${y.range[0]}`}
              onPointerEnter={() => studio.set({ hover: neuron.index })}
              onPointerLeave={() => studio.set({ hover: null })}
            />
            <path
              d={`M${x(at)} ${y.range[1]}V${y.range[0]}`}
              stroke={neuronTone(neuron, 2)}
              stroke-width={hover === neuron.index ? 2.5 : 1}
              stroke-dasharray="3 3"
            />
          </g>
        ))}
      {hot && (
        <>
          <path class="zero" d={`M${x.range[0]} ${base}H${x.range[1]}`} />
          <path
            class="part"
            d={curvePath(xs, (at) => view.bias[0] + neuronAt(hot.neuron, at, 0), x, y)}
            stroke={neuronTone(hot.neuron, 2)}
          />
        </>
      )}
      <path class="f" d={curvePath(xs, (at) => valueAt(view, at), x, y)} />
    </g>
  );
}

function cellOf(kinks: readonly number[], at: number, [from, to]: readonly [number, number]): [number, number] {
  return [Math.max(from, ...kinks.filter((kink) => kink <= at)), Math.min(to, ...kinks.filter((kink) => kink > at))];
}

function Readout({ pointer }: { pointer: number | null }) {
  const view = use(viewOfState);
  const hover = use((state) => state.hover);
  if (view === null) return <span class="readout" />;
  if (hover !== null && view.neurons[hover])
    return <span class="readout">neuron {hover + 1}: what it adds, where it is on</span>;
  if (pointer === null) return <span class="readout quiet">click to add, drag to move</span>;
  const step = 1e-6;
  const slope = (valueAt(view, pointer + step) - valueAt(view, pointer - step)) / (2 * step);
  return (
    <span class="readout">
      f({formatNumber(pointer, 3)}) = {formatNumber(valueAt(view, pointer), 4)}, slope {formatNumber(slope, 3)}
    </span>
  );
}
