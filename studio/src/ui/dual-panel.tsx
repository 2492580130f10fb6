import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Shown } from '../core/studio.js';
import { classColours, diverging } from '../draw/colours.js';
import { directionsOf, dualsOf, price } from '../draw/dual.js';
import type { Encoded } from '../solver/protocol.js';
import { shownOf, studio, use, useDark, viewOfState } from './studio.js';

const [width, height] = [300, 132];

/** Every neuron that could exist, by how much it would help: none more than those that are there. */
export function DualPanel() {
  const shown = use(shownOf);
  const data = use((state) => (state.fresh ? (state.fitted?.data ?? null) : null));
  const inputs = data?.X.cols ?? 0;
  const drawn =
    shown && data && data.outputs === 1 && inputs <= 2 && shown.weights.activation === 'relu' ? { shown, data } : null;
  return (
    <section class="why" aria-label="Why nothing is better">
      <h2>
        Why nothing is better{' '}
        <small>
          {drawn ? (inputs === 1 ? 'every possible neuron, by its angle' : 'every possible neuron, on the sphere') : ''}
        </small>
      </h2>
      <div class="why-place">
        {drawn === null ? (
          <p class="quiet">Drawn for two-layer ReLU networks of one or two inputs and one output.</p>
        ) : inputs === 1 ? (
          <Circle {...drawn} />
        ) : (
          <Sphere {...drawn} />
        )}
      </div>
    </section>
  );
}

interface Props {
  readonly shown: Shown;
  readonly data: Encoded;
}

function useDuals({ shown, data }: Props): Float64Array {
  return useMemo(() => dualsOf(shown.weights, data), [shown, data]);
}

/** θᵀ(Xu)₊/λ over the angle of u = (weight, bias): it stays between −1 and 1, and neurons sit where it touches. */
function Circle({ shown, data }: Props) {
  const duals = useDuals({ shown, data });
  const hover = use((state) => state.hover);
  const view = use(viewOfState);
  const directions = useMemo(() => directionsOf(shown.weights), [shown]);
  const curve = useMemo(() => {
    const at = (k: number): string => {
      const angle = -Math.PI + (2 * Math.PI * k) / 360;
      return `${xOf(angle).toFixed(1)} ${yOf(price(duals, data, [Math.cos(angle), Math.sin(angle)], shown.lambda)).toFixed(1)}`;
    };
    return `M${Array.from({ length: 361 }, (_, k) => at(k)).join('L')}`;
  }, [duals, data, shown.lambda]);
  return (
    <svg
      class="circle"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label="Dual constraint over all directions: between −1 and 1, touching at the neurons"
    >
      <path class="axis" d={`M0 ${yOf(0)}H${width}`} />
      <path class="limit" d={`M0 ${yOf(1)}H${width}M0 ${yOf(-1)}H${width}`} />
      <text x={width - 2} y={yOf(1) - 4} text-anchor="end">
        λ: above it a neuron would help
      </text>
      <path class="price" d={curve} />
      {directions.map((u, j) => (
        <circle
          key={j}
          class={hover === j ? 'hot' : ''}
          cx={xOf(Math.atan2(u[1], u[0]))}
          cy={yOf(price(duals, data, u, shown.lambda))}
          r={hover === j ? 6 : 4}
          fill={classColours[(view?.neurons[j]?.weight ?? 1) > 0 ? 1 : 0]}
          onPointerEnter={() => studio.set({ hover: j })}
          onPointerLeave={() => studio.set({ hover: null })}
        />
      ))}
    </svg>
  );
}

const xOf = (angle: number): number => ((angle + Math.PI) / (2 * Math.PI)) * width;
const yOf = (value: number): number => height / 2 - value * (height / 2 - 18);

const [across, up] = [120, 56];

/** The same over the sphere of (two weights, bias): longitude by height, blue and orange where |θᵀ(Xu)₊| nears λ. */
function Sphere({ shown, data }: Props) {
  const duals = useDuals({ shown, data });
  const dark = useDark();
  const ref = useRef<HTMLCanvasElement>(null);
  const hover = use((state) => state.hover);
  const directions = useMemo(() => directionsOf(shown.weights), [shown]);
  useEffect(() => {
    const wait = setTimeout(() => ref.current && paintSphere(ref.current, duals, data, shown.lambda, dark), 40);
    return () => clearTimeout(wait);
  }, [duals, data, shown.lambda, dark]);
  return (
    <div class="sphere">
      <canvas ref={ref} width={across} height={up} aria-hidden="true" />
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Dual constraint over all directions: nowhere above λ, equal to it at the neurons"
      >
        {directions.map((u, j) => (
          <circle
            key={j}
            class={hover === j ? 'hot' : ''}
            cx={xOf(Math.atan2(u[1], u[0]))}
            cy={((1 - u[2]) / 2) * height}
            r={hover === j ? 7 : 4}
            onPointerEnter={() => studio.set({ hover: j })}
            onPointerLeave={() => studio.set({ hover: null })}
          />
        ))}
      </svg>
    </div>
  );
}

function paintSphere(
  canvas: HTMLCanvasElement,
  duals: Float64Array,
  data: Encoded,
  lambda: number,
  dark: boolean,
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const image = context.createImageData(across, up);
  for (let j = 0; j < up; j++) {
    const z = 1 - (2 * (j + 0.5)) / up;
    const radius = Math.sqrt(1 - z * z);
    for (let i = 0; i < across; i++) {
      const angle = -Math.PI + (2 * Math.PI * (i + 0.5)) / across;
      const value = price(duals, data, [radius * Math.cos(angle), radius * Math.sin(angle), z], lambda);
      image.data.set([...diverging(value, dark), 255], 4 * (j * across + i));
    }
  }
  context.putImageData(image, 0, 0);
}
