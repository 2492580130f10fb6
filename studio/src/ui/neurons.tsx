import { formatNumber } from 'relucent/report';
import { studio, use, viewOfState } from './studio.js';
import { neuronTone } from './tones.js';

/** Neurons that get a bar; the rest are counted. */
const most = 40;

/** Each neuron's share of the penalty; pointing at one shows it everywhere. */
export function Neurons() {
  const view = use(viewOfState);
  const hover = use((state) => state.hover);
  const classes = use((state) => state.dataset?.classes ?? []);
  const neurons = [...(view?.neurons ?? [])].filter(({ norm }) => norm > 0).sort((a, b) => b.norm - a.norm);
  const largest = neurons[0]?.norm ?? 1;
  const total = neurons.reduce((sum, { norm }) => sum + norm, 0);
  return (
    <section class="neurons" aria-label="Neurons">
      <h2>
        Neurons{' '}
        <small>
          {neurons.length === 0
            ? 'none: at this λ the best network is a constant'
            : `${neurons.length}, Σ‖u‖|α| = ${formatNumber(total)}`}
        </small>
      </h2>
      <ul onPointerLeave={() => studio.set({ hover: null })}>
        {neurons.slice(0, most).map((neuron) => (
          <li key={neuron.index}>
            <button
              type="button"
              class={hover === neuron.index ? 'hot' : ''}
              aria-label={`Neuron ${neuron.index + 1}, ${neuron.weight > 0 ? 'raises' : 'lowers'} the output${classes.length > 2 ? ` of ${classes[neuron.output]}` : ''}, norm ${formatNumber(neuron.norm, 3)}`}
              onPointerEnter={() => studio.set({ hover: neuron.index })}
              onFocus={() => studio.set({ hover: neuron.index })}
              onBlur={() => studio.set({ hover: null })}
            >
              <i
                style={{ width: `${(100 * neuron.norm) / largest}%`, background: neuronTone(neuron, classes.length) }}
              />
              <b>{formatNumber(neuron.norm, 3)}</b>
            </button>
          </li>
        ))}
        {neurons.length > most && <li class="more">and {neurons.length - most} smaller ones</li>}
      </ul>
    </section>
  );
}
