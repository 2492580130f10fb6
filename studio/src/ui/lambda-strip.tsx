import { useMemo } from 'preact/hooks';
import { neuronNorms } from 'relucent';
import { formatNumber, plural, trackNeurons } from 'relucent/report';
import { regularizerOf } from '../core/choices.js';
import { gridLambdas, type State } from '../core/studio.js';
import { classColours } from '../draw/colours.js';
import { directionsOf } from '../draw/dual.js';
import { logarithmic } from '../draw/scale.js';
import { useSize } from './size.js';
import { studio, use, useChoice, viewOfState } from './studio.js';

const top = gridLambdas[0];
const low = gridLambdas[gridLambdas.length - 1];
/** Positions of the slider. */
const steps = 600;
const height = 84;

const lambdaAt = (step: number): number => Number((top * (low / top) ** (step / steps)).toPrecision(3));
const stepAt = (lambda: number): number => Math.round((steps * Math.log(lambda / top)) / Math.log(low / top));

/** The path of all neurons over λ; the slider on it moves along the warm-started networks. */
export function LambdaStrip() {
  const lambda = useChoice('lambda');
  const frame = use((state) => state.frame);
  const count = use((state) => viewOfState(state)?.neurons.length ?? 0);
  const deep = useChoice('network');
  const done = use(({ path }) => path.length);
  const [ref, { width }] = useSize<HTMLDivElement>();
  const slide = (step: number): void => {
    studio.slideStarted = performance.now();
    studio.choose({ lambda: lambdaAt(step) });
  };
  const x = logarithmic([top, low], [10, Math.max(20, width - 10)]);
  return (
    <section class="strip" aria-label="Regularisation">
      <div class="strip-words">
        <label for="lambda">
          λ = <b>{formatNumber(lambda)}</b>
        </label>
        <span>{plural(count, 'neuron')}</span>
        <span class="frame">
          {regularizerOf(deep)
            ? 'solved at each λ'
            : done < gridLambdas.length
              ? `path ${done} of ${gridLambdas.length}`
              : 'path complete'}
          {frame !== null && `, frame ${frame.toFixed(0)} ms`}
        </span>
      </div>
      <div class="tracks" ref={ref as never}>
        <svg width={width} height={height} aria-hidden="true">
          {width > 0 && <Tracks width={width} />}
          <path class="cursor" d={`M${x(lambda)} 0V${height - 14}`} />
        </svg>
        <input
          id="lambda"
          type="range"
          min="0"
          max={steps}
          step="1"
          value={stepAt(lambda)}
          aria-label="λ, regularisation strength"
          aria-valuetext={`λ ${formatNumber(lambda)}, ${plural(count, 'neuron')}`}
          onInput={({ currentTarget }) => slide(Number(currentTarget.value))}
        />
      </div>
    </section>
  );
}

interface Track {
  readonly key: string;
  readonly sign: 0 | 1;
  readonly at: readonly (readonly [lambda: number, norm: number])[];
}

function tracksOf(path: State['path']): Track[] {
  const neurons = path.map(({ weights }) => {
    const directions = directionsOf(weights);
    return Array.from(neuronNorms(weights), (norm, j) => {
      const outer = weights.output.data.subarray(j * weights.output.cols, (j + 1) * weights.output.cols);
      const sign = outer.some((alpha) => alpha > 0) ? 1 : 0;
      return {
        norm,
        direction: directions[j],
        group: `${outer.findIndex((alpha) => alpha !== 0)} ${sign}`,
        sign,
      } as const;
    });
  });
  const keys = trackNeurons(neurons);
  const tracks = new Map<string, { key: string; sign: 0 | 1; at: [number, number][] }>();
  path.forEach(({ lambda }, k) => {
    neurons[k].forEach(({ norm, sign }, j) => {
      const key = keys[k][j];
      const track = tracks.get(key) ?? { key, sign, at: k > 0 ? [[path[k - 1].lambda, 0]] : [] };
      tracks.set(key, track);
      track.at.push([lambda, norm]);
    });
  });
  return [...tracks.values()];
}

function Tracks({ width }: { width: number }) {
  const path = use((state) => state.path);
  const tracks = useMemo(() => tracksOf(path), [path]);
  const x = logarithmic([top, low], [10, width - 10]);
  const largest = Math.max(...tracks.flatMap(({ at }) => at.map(([, norm]) => norm)), 1e-9);
  const y = (norm: number): number => height - 18 - ((height - 24) * norm) / largest;
  const reach = path.length > 0 ? x(path[path.length - 1].lambda) : 10;
  return useMemo(
    () => (
      <>
        <rect class="reached" x="10" y="4" width={Math.max(0, reach - 10)} height={height - 18} />
        {tracks.map(({ key, sign, at }) => (
          <polyline
            key={key}
            points={at.map(([lambda, norm]) => `${x(lambda).toFixed(1)},${y(norm).toFixed(1)}`).join(' ')}
            fill="none"
            stroke={classColours[sign]}
            stroke-width="1.2"
            opacity="0.75"
          />
        ))}
        <path class="axis" d={`M10 ${height - 14}H${width - 10}`} />
        {[0.5, 0.1, 0.01, 0.001].map((value) => (
          <text key={value} x={x(value)} y={height - 2} text-anchor={value === 0.5 ? 'start' : 'middle'}>
            {value}
          </text>
        ))}
      </>
    ),
    [tracks, width],
  );
}
