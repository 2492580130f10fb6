import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatBound, formatGap, formatNumber, plural } from 'relucent/report';
import { extentOf, linear, logarithmic, type Scale, ticksOf, tickText } from '../draw/scale.js';
import type { View } from '../draw/view.js';
import { valueAt } from '../draw/view.js';
import type { Method, Trace } from '../solver/protocol.js';
import { Slider } from './controls.js';
import { useSize } from './size.js';
import { curvePath, heightOf, placesOf } from './stage-curve.js';
import { drawPlane } from './stage-plane.js';
import { shownOf, studio, use, useChoice, useDark, viewFor } from './studio.js';

const methods: readonly { readonly name: Method; readonly title: string }[] = [
  { name: 'weight-decay', title: 'weight decay' },
  { name: 'pathprox', title: 'PathProx' },
];

export function RaceControls() {
  const [width, runs, rate, steps] = [useChoice('width'), useChoice('runs'), useChoice('rate'), useChoice('steps')];
  return (
    <section>
      <h2>Gradient descent</h2>
      <Slider
        label="Neurons"
        value={width}
        min={1}
        max={200}
        step={1}
        onInput={(value) => studio.choose({ width: value })}
      />
      <Slider label="Seeds" value={runs} min={1} max={8} step={1} onInput={(value) => studio.choose({ runs: value })} />
      <Slider
        label="Rate"
        value={Math.log10(rate)}
        min={-3}
        max={0.3}
        step={0.1}
        shown={formatNumber(rate, 2)}
        onInput={(value) => studio.choose({ rate: Number((10 ** value).toPrecision(2)) })}
      />
      <Slider
        label="Steps"
        value={steps}
        min={500}
        max={20000}
        step={500}
        shown={formatNumber(steps)}
        onInput={(value) => studio.choose({ steps: value })}
      />
      <p class="quiet">
        {width} neurons each, full batches, from the seeds 1 to {runs}.
      </p>
    </section>
  );
}

function showOutlier(): void {
  studio.chooseSet('outlier');
  studio.choose({ rate: 0.05, steps: 8000 });
}

export function Luck() {
  const race = use((state) => state.race);
  const racing = use((state) => state.racing);
  const ready = use((state) => state.fresh && state.fitted !== null);
  const lambda = useChoice('lambda');
  return (
    <>
      <div class="middle luck-middle">
        <div class="race-bar">
          {racing ? (
            <button type="button" class="act" onClick={() => studio.stopRace()}>
              Stop
            </button>
          ) : (
            <button
              type="button"
              class="act"
              disabled={!ready}
              onClick={() => void studio.race(['weight-decay', 'pathprox'])}
            >
              {race ? 'Race again' : 'Race'}
            </button>
          )}
          <p>
            The convex solver proves the line; gradient descent on the same network and λ = {formatNumber(lambda)} tries
            to reach it.{' '}
            <button type="button" class="link" onClick={showOutlier}>
              One outlier
            </button>{' '}
            shows what each method keeps for a single point.
          </p>
        </div>
        <Chart race={race} />
      </div>
      <div class="side">
        <Functions race={race} />
      </div>
    </>
  );
}

const pad = { left: 58, right: 12, top: 10, bottom: 28, between: 26 } as const;

/** Objectives falling towards the certified line, and below them the gap that is left. */
function Chart({ race }: { race: readonly Trace[] | null }) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const shown = use(shownOf);
  const steps = useChoice('steps');
  const upper = pad.top + 0.56 * (height - pad.top - pad.bottom - pad.between);
  const line = shown?.certificate.dual ?? 0;
  const starts = (race ?? [])
    .map(({ objectives }) => objectives[Math.min(6, objectives.length - 1)])
    .filter(Number.isFinite);
  const top = Math.max(1.6 * line, ...starts.map((value) => Math.min(value, 6 * line)), 1e-6);
  const x = logarithmic([1, steps + 1], [pad.left, Math.max(90, width - pad.right)]);
  const y = linear([line - 0.06 * (top - line), top], [Math.max(upper, 40), pad.top]);
  const gap = logarithmic([1e-6, 10], [Math.max(60, height - pad.bottom), Math.max(50, upper + pad.between)]);
  return (
    <div class="chart" ref={ref as never}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={chartWords(race, line)}>
          <Frame x={x} y={y} gap={gap} width={width} height={height} />
          {race?.map((trace) => (
            <g key={`${trace.method} ${trace.seed}`} class={`run ${trace.method}`}>
              <path clip-path="url(#objectives)" d={tracePath(trace, x, y, (value) => value)} />
              <path
                clip-path="url(#gaps)"
                d={tracePath(trace, x, gap, (value) => (value - line) / Math.max(line, Number.MIN_VALUE))}
              />
            </g>
          ))}
          {shown && (
            <g class="certified">
              <path d={`M${pad.left} ${y(line)}H${width - pad.right}`} />
              <text x={pad.left + 8} y={y(line) - 7}>
                certified: nothing is below {formatBound(line, 6)}
              </text>
            </g>
          )}
          <clipPath id="objectives">
            <rect
              x={pad.left}
              y={pad.top}
              width={Math.max(0, width - pad.left - pad.right)}
              height={Math.max(0, y.range[0] - pad.top)}
            />
          </clipPath>
          <clipPath id="gaps">
            <rect
              x={pad.left}
              y={gap.range[1]}
              width={Math.max(0, width - pad.left - pad.right)}
              height={Math.max(0, gap.range[0] - gap.range[1])}
            />
          </clipPath>
        </svg>
      )}
    </div>
  );
}

function chartWords(race: readonly Trace[] | null, line: number): string {
  if (!race) return `Certified line at ${formatBound(line, 6)}; press Race to see gradient descent`;
  const best = Math.min(...race.map(({ objectives }) => objectives[objectives.length - 1]));
  return `${race.length} descents above the certified line at ${formatBound(line, 6)}; the best is at ${formatNumber(best, 6)}`;
}

const tracePath = ({ steps, objectives }: Trace, x: Scale, y: Scale, of: (value: number) => number): string =>
  `M${steps.map((step, k) => `${x(step + 1).toFixed(1)} ${y(of(objectives[k])).toFixed(1)}`).join('L')}`;

function Frame({ x, y, gap, width, height }: { x: Scale; y: Scale; gap: Scale; width: number; height: number }) {
  const decades = [1, 10, 100, 1000, 10000].filter((step) => step <= x.domain[1]);
  return (
    <g class="axes">
      {ticksOf(y.domain, 5).map((tick) => (
        <g key={tick}>
          <path class="rule" d={`M${pad.left} ${y(tick)}H${width - pad.right}`} />
          <text x={pad.left - 8} y={y(tick) + 4} text-anchor="end">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {[1, 1e-2, 1e-4, 1e-6].map((tick) => (
        <g key={tick}>
          <path class="rule" d={`M${pad.left} ${gap(tick)}H${width - pad.right}`} />
          <text x={pad.left - 8} y={gap(tick) + 4} text-anchor="end">
            {tick === 1 ? '1' : tick.toExponential(0).replace('-', '−')}
          </text>
        </g>
      ))}
      {decades.map((step) => (
        <text key={step} x={x(step)} y={height - 8} text-anchor="middle">
          {formatNumber(step)}
        </text>
      ))}
      <text class="name" x={width - pad.right} y={pad.top + 10} text-anchor="end">
        objective
      </text>
      <text class="name" x={width - pad.right} y={gap.range[1] + 12} text-anchor="end">
        gap above the certified line, by step
      </text>
    </g>
  );
}

/** Each function that was found, beside the certified one. */
function Functions({ race }: { race: readonly Trace[] | null }) {
  const shown = use(shownOf);
  const line = shown?.certificate.dual ?? 0;
  return (
    <section class="functions" aria-label="Functions that were found">
      <h2>What was found</h2>
      <ul>
        {shown && (
          <li class="certified">
            <Miniature weights={shown.weights} />
            <p>
              <b>certified</b>
              <span>{formatNumber(shown.certificate.primal, 6)}</span>
              <span>{plural(shown.weights.hidden.rows, 'neuron')}</span>
            </p>
          </li>
        )}
        {methods.flatMap(({ name, title }) =>
          (race ?? [])
            .filter(({ method }) => method === name)
            .map((trace) => {
              const last = trace.objectives[trace.objectives.length - 1];
              return (
                <li key={`${name} ${trace.seed}`} class={name}>
                  <Miniature weights={trace.weights} />
                  <p>
                    <b>
                      {title} {trace.seed}
                    </b>
                    <span>
                      {Number.isFinite(last) ? `+${formatGap(Math.max(0, 100 * (last / line - 1)))} %` : 'diverged'}
                    </span>
                    <span>{plural(trace.neurons, 'neuron')}</span>
                  </p>
                </li>
              );
            }),
        )}
        {race === null && <li class="quiet empty">Press Race.</li>}
      </ul>
    </section>
  );
}

function Miniature({ weights }: { weights: Trace['weights'] }) {
  const dataset = use((state) => state.dataset);
  const fitted = use((state) => state.fitted);
  const view = useMemo(() => viewFor(weights, { fitted, dataset }), [weights, fitted, dataset]);
  if (!view || !dataset) return <svg class="mini" aria-hidden="true" />;
  return dataset.axes.length === 1 ? <MiniCurve view={view} /> : <MiniMap view={view} />;
}

function MiniCurve({ view }: { view: View }) {
  const points = use((state) => state.points);
  const task = use((state) => state.dataset?.task);
  const height = heightOf(task);
  const x = linear(
    extentOf(
      points.map((p) => p.x),
      0.04,
    ),
    [0, 84],
  );
  const y = linear(task === 'classification' ? [-3, 3] : extentOf(points.map(height)), [56, 0]);
  return (
    <svg class="mini" viewBox="0 0 84 56" aria-hidden="true">
      {points.map((p) => (
        <circle key={p.row} cx={x(p.x)} cy={y(height(p))} r="1" class="dot" />
      ))}
      <path class="f" d={curvePath(placesOf(view, x.domain), (at) => valueAt(view, at), x, y)} />
    </svg>
  );
}

function MiniMap({ view }: { view: View }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const points = use((state) => state.points);
  const regression = use((state) => state.dataset?.task === 'regression');
  const dark = useDark();
  useEffect(() => {
    if (!ref.current) return;
    const values = extentOf(
      points.map((p) => p.value),
      0,
    );
    const shade = regression
      ? { middle: (values[0] + values[1]) / 2, reach: (values[1] - values[0]) / 2 || 1 }
      : { middle: 0, reach: 3 };
    const x = linear(extentOf(points.map((p) => p.x)), [0, 84]);
    const y = linear(extentOf(points.map((p) => p.y)), [56, 0]);
    drawPlane(ref.current, { view, x, y, shade, multi: false, hover: null, dark });
  }, [view, points, dark, regression]);
  return <canvas class="mini" ref={ref} width={168} height={112} aria-hidden="true" />;
}
