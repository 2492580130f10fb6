import { useEffect, useMemo, useRef } from 'preact/hooks';
import { networkObjective, neuronNorms } from 'relucent';
import { formatGap, formatNumber, plural } from 'relucent/report';
import { clamped } from '../draw/member.js';
import { extentOf, linear } from '../draw/scale.js';
import type { OptimalPicture } from '../solver/protocol.js';
import { Slider } from './controls.js';
import { LambdaStrip } from './lambda-strip.js';
import { Neurons } from './neurons.js';
import { Curve } from './stage-curve.js';
import { Plane } from './stage-plane.js';
import { encodedRows, studio, use, useChoice, weightsOf } from './studio.js';

/** Places across a curve, and along each side of a map, at which the range of predictions is asked for. */
const [across, side] = [121, 21];

export function OptimalSetView() {
  const axes = use((state) => state.dataset?.axes.length ?? 2);
  useBandRows();
  const band = useBand();
  return (
    <>
      <div class="middle">
        <div class="stage-place">
          {axes === 1 ? (
            <Curve
              overlay={({ x, y }) =>
                band && (
                  <path
                    class="band"
                    d={`M${band.places.map(([a], k) => `${x(a).toFixed(1)} ${y(band.greatest[k]).toFixed(1)}`).join('L')}L${[
                      ...band.places.keys(),
                    ]
                      .reverse()
                      .map((k) => `${x(band.places[k][0]).toFixed(1)} ${y(band.least[k]).toFixed(1)}`)
                      .join('L')}Z`}
                  />
                )
              }
            />
          ) : (
            <Plane
              overlay={({ x, y }) =>
                band && (
                  <g class="band">
                    {band.places.map(([a, b], k) => {
                      const share = (band.greatest[k] - band.least[k]) / (band.widest || 1) || 0;
                      return (
                        share > 0.02 && <circle key={`${a} ${b}`} cx={x(a)} cy={y(b)} r={0.5 + 6 * Math.sqrt(share)} />
                      );
                    })}
                  </g>
                )
              }
            />
          )}
        </div>
        <LambdaStrip />
      </div>
      <div class="side">
        <SetPicture />
        <Neurons />
      </div>
    </>
  );
}

/** Tells the solver where the band is to be computed, and asks for it when that changes. */
function useBandRows(): void {
  const fitted = use((state) => state.fitted);
  const fresh = use((state) => state.fresh);
  const dataset = use((state) => state.dataset);
  useEffect(() => {
    if (!fitted || !dataset || !fresh) return;
    studio.bandRows = encodedRows(fitted, dataset, placesOf());
    void studio.findOptimal();
  }, [fitted, dataset, fresh]);
}

function placesOf(): number[][] {
  const { points, dataset } = studio.state;
  const even = ([from, to]: readonly [number, number], count: number): number[] =>
    Array.from({ length: count }, (_, k) => from + ((to - from) * (k + 0.5)) / count);
  const x = extentOf(points.map((p) => p.x));
  if (dataset?.axes.length === 1) return even(x, across).map((a) => [a]);
  const y = extentOf(points.map((p) => p.y));
  return even(y, side).flatMap((b) => even(x, side).map((a) => [a, b]));
}

interface Band {
  readonly places: readonly (readonly number[])[];
  readonly least: Float64Array;
  readonly greatest: Float64Array;
  readonly widest: number;
}

/** The band in the units that are drawn. */
function useBand(): Band | null {
  const optimal = use((state) => state.optimal);
  const fitted = use((state) => state.fitted);
  const shown = useChoice('band');
  return useMemo(() => {
    if (!optimal || !fitted || !shown || optimal.dimension === 0) return null;
    const { target } = fitted.model.preprocessing;
    const unit = target.kind === 'number' ? target : { scale: 1, shift: 0 };
    const [least, greatest] = [optimal.band.least, optimal.band.greatest].map((values) =>
      values.map((f) => f * unit.scale + unit.shift),
    );
    const places = placesOf();
    if (places.length !== least.length) return null;
    return { places, least, greatest, widest: Math.max(...greatest.map((value, k) => value - least[k] || 0)) };
  }, [optimal, fitted, shown]);
}

const fresh = {
  network: 'relu',
  loss: 'auto',
  target: '',
  x: '',
  y: '',
  along: false,
  near: 6,
  u: 0,
  v: 0,
  pruned: false,
} as const;

/** Data with many optimal networks. */
const presets = [
  {
    title: 'XOR without noise',
    says: 'the function moves',
    choices: { set: 'xor', n: 16, noise: 0, seed: 8, lambda: 0.05 },
  },
  {
    title: 'Twenty points',
    says: 'neurons trade places',
    choices: { set: 'sine', n: 20, noise: 0.15, seed: 0, lambda: 0.01 },
  },
] as const;

export function SetControls() {
  const near = useChoice('near');
  const band = useChoice('band');
  return (
    <section>
      <h2>Which networks</h2>
      <Slider
        label="As good to within"
        value={near}
        min={2}
        max={6}
        step={0.25}
        shown={near === 6 ? 'optimal' : formatGap(10 ** -near)}
        onInput={(value) => studio.choose({ near: value, u: 0, v: 0, pruned: false })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={band}
          onChange={({ currentTarget }) => studio.choose({ band: currentTarget.checked })}
        />
        Range of their predictions
      </label>
      {presets.map(({ title, says, choices }) => (
        <button type="button" class="plain" key={title} onClick={() => studio.choose({ ...fresh, ...choices })}>
          {title} <small>{says}</small>
        </button>
      ))}
    </section>
  );
}

/** The set itself, flattened to its two widest directions; the point in it is the network on the screen. */
function SetPicture() {
  const optimal = use((state) => state.optimal);
  const outputs = use((state) => state.fitted?.data.outputs ?? 1);
  const deep = use((state) => state.parallel !== null);
  return (
    <section class="set-picture" aria-label="The set of optimal networks">
      <h2>
        All optimal networks{' '}
        <small>
          {optimal ? `${plural(optimal.candidates, 'possible neuron')}, dimension ${optimal.dimension}` : ''}
        </small>
      </h2>
      {optimal ? (
        <Polytope optimal={optimal} />
      ) : (
        <div class="polytope">
          {(outputs > 1 || deep) && <p class="quiet">Drawn for two-layer networks of one output.</p>}
        </div>
      )}
      <Facts />
    </section>
  );
}

const sizeOf = 220;
const x = linear([-1.12, 1.12], [0, sizeOf]);

function Polytope({ optimal }: { optimal: OptimalPicture }) {
  const [u, v] = [useChoice('u'), useChoice('v')];
  const ref = useRef<SVGSVGElement>(null);
  const flat = optimal.outline.length === 2;
  const height = flat || optimal.outline.length === 0 ? 70 : sizeOf;
  const y = linear([-1.12, 1.12].map((value) => (height / sizeOf) * value) as [number, number], [height, 0]);
  const at = clamped(optimal.outline, [u, v]);
  const move = (to: readonly [number, number]): void => {
    const [a, b] = clamped(optimal.outline, to);
    studio.set({ pruning: 0 });
    studio.choose({ u: rounded(a), v: rounded(b), pruned: false });
  };
  const onPointer = (event: PointerEvent): void => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    const box = ref.current?.getBoundingClientRect();
    if (!box) return;
    ref.current?.setPointerCapture?.(event.pointerId);
    move([
      x.back(((event.clientX - box.left) / box.width) * sizeOf),
      y.back(((event.clientY - box.top) / box.height) * height),
    ]);
  };
  if (optimal.outline.length === 0)
    return (
      <div class="polytope">
        <p class="quiet">
          The optimal network is unique: the set is a single point. Loosen “as good to within”, or try XOR without
          noise.
        </p>
      </div>
    );
  return (
    <div class="polytope">
      <svg
        ref={ref}
        viewBox={`0 0 ${sizeOf} ${height}`}
        style={{ height: `${height}px` }}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
        aria-hidden="true"
      >
        <path
          class="hull"
          d={`M${optimal.outline.map((p) => `${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join('L')}Z`}
        />
        {optimal.outline.map((p) => (
          <circle class="corner" key={p.join()} cx={x(p[0])} cy={y(p[1])} r="2.5" />
        ))}
        <circle class="given" cx={x(optimal.given[0])} cy={y(optimal.given[1])} r="4" />
        <circle class="member" cx={x(at[0])} cy={y(at[1])} r="7" />
      </svg>
      <Move label="Along" value={at[0]} onInput={(value) => move([value, at[1]])} />
      {!flat && <Move label="Across" value={at[1]} onInput={(value) => move([at[0], value])} />}
    </div>
  );
}

const rounded = (value: number): number => Math.round(1000 * value) / 1000;

const Move = ({ label, value, onInput }: { label: string; value: number; onInput: (value: number) => void }) => (
  <label class="slider">
    <span>{label}</span>
    <input
      type="range"
      aria-label={`${label} the set`}
      min="-1"
      max="1"
      step="0.01"
      value={value}
      onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
    />
  </label>
);

/** What all members share, and the button that prunes. */
function Facts() {
  const optimal = use((state) => state.optimal);
  const fitted = use((state) => state.fitted);
  const weights = use(weightsOf);
  const pruned = useChoice('pruned');
  useEffect(() => {
    if (pruned && optimal) studio.set({ pruning: 1 });
  }, [optimal]);
  if (!optimal || !fitted || !weights) return <div class="facts" />;
  const { X, y, loss } = fitted.data;
  const objective = networkObjective(weights, X, y, fitted.model.objective.lambda, { loss, hiddenBias: true });
  const neurons = neuronNorms(weights).filter((norm) => norm > 1e-12).length;
  const fewest = optimal.pruning[optimal.pruning.length - 1]?.neurons ?? neurons;
  return (
    <div class="facts">
      <table>
        <tbody>
          <tr>
            <th scope="row">objective of this member</th>
            <td data-number="member">{formatNumber(objective, 7)}</td>
          </tr>
          <tr>
            <th scope="row">neurons</th>
            <td data-number="neurons">{neurons}</td>
          </tr>
          <tr>
            <th scope="row">no minimal network is wider than</th>
            <td>{optimal.rank}</td>
          </tr>
        </tbody>
      </table>
      <button type="button" class="act" onClick={() => prune(!pruned)}>
        {pruned ? 'Back to the chosen member' : `Prune to ${plural(fewest, 'neuron')}`}
      </button>
    </div>
  );
}

/** Walks straight to a minimal member (all on the way are optimal), so that neurons are seen to shrink and go. */
function prune(pruned: boolean): void {
  studio.choose({ pruned });
  const started = performance.now();
  const from = studio.state.pruning;
  const quick = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const step = (now: number): void => {
    if (studio.state.choices.pruned !== pruned) return;
    const t = quick ? 1 : Math.min(1, (now - started) / 900);
    const eased = t * t * (3 - 2 * t);
    studio.set({ pruning: from + ((pruned ? 1 : 0) - from) * eased });
    if (t < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
