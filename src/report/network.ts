import { type Fragment, fitted, label, palette, px, type Size, textWidth } from './canvas.js';
import type { NetworkData } from './data.js';
import type { Panel } from './panel.js';
import { formatNumber, plural } from './text.js';

const most = { inputs: 14, neurons: 12, outputs: 6 };

/** A network that a person can take in as a drawing: at most 14 used inputs, 12 neurons, 6 outputs. */
export function networkIsSmall(data: NetworkData): boolean {
  const { inputs, neurons } = activeOf(data);
  return (
    neurons.length > 0 &&
    neurons.length <= most.neurons &&
    inputs.length <= most.inputs &&
    data.outputs.length <= most.outputs
  );
}

interface Active {
  readonly inputs: readonly { readonly name: string; readonly index: number }[];
  /** Scaled so that ‖u‖ = ‖α‖, the balance that weight decay brings. */
  readonly neurons: readonly { readonly weights: readonly number[]; readonly outputs: readonly number[] }[];
}

function activeOf({ inputs, neurons }: NetworkData): Active {
  const active = neurons
    .map(({ weights, outputs }) => balanced(Array.from(weights), Array.from(outputs)))
    .filter(({ outputs }) => outputs.some((weight) => weight !== 0));
  const used = inputs
    .map((name, index) => ({ name, index }))
    .filter(({ index }) => active.some(({ weights }) => weights[index] !== 0));
  return { inputs: used, neurons: active };
}

const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

function balanced(weights: readonly number[], outputs: readonly number[]): Active['neurons'][number] {
  const [inner, outer] = [norm(weights), norm(outputs)];
  if (inner === 0 || outer === 0) return { weights: weights.map(() => 0), outputs: outputs.map(() => 0) };
  const scale = Math.sqrt(outer / inner);
  return { weights: weights.map((x) => x * scale), outputs: outputs.map((x) => x / scale) };
}

/** Inputs, neurons and outputs with their connections: the heavier the weight, the wider the line. */
export function networkPanel(data: NetworkData): Panel {
  const active = activeOf(data);
  const unused = data.inputs.length - active.inputs.length;
  return {
    title: 'The network',
    remark: [
      `${plural(active.neurons.length, 'neuron')}; line width: weight in standardised units`,
      unused > 0 ? `${plural(unused, 'unused input')} not drawn` : '',
    ]
      .filter(Boolean)
      .join(' · '),
    legend: [
      { name: 'positive', fill: palette.blue, mark: 'line' },
      { name: 'negative', fill: palette.orange, mark: 'line', dash: negativeDash },
    ],
    draw: (size) => drawn(active, data.outputs, size),
  };
}

/** Height in which names and neurons do not crowd. */
export function networkHeight(data: NetworkData): number {
  const { inputs, neurons } = activeOf(data);
  return 34 * Math.max(3, inputs.length, neurons.length, data.outputs.length);
}

const negativeDash = '6 3';
const radius = 13;

interface Columns {
  readonly inputs: number;
  readonly neurons: number;
  readonly outputs: number;
  readonly nameWidth: number;
  readonly outputWidth: number;
}

function columnsOf(active: Active, outputs: readonly string[], width: number): Columns {
  const widest = (names: readonly string[]): number => Math.max(10, ...names.map((name) => textWidth(name, 12)));
  const nameWidth = Math.min(0.32 * width, widest(active.inputs.map(({ name }) => name)));
  const outputWidth = Math.min(0.32 * width, widest(outputs));
  const [left, right] = [nameWidth + 16, width - outputWidth - 16];
  return { inputs: left, neurons: left + 0.56 * (right - left), outputs: right, nameWidth, outputWidth };
}

/** Centre of the k-th of `count` things on the height. */
const at = (k: number, count: number, height: number): number => ((k + 0.5) * height) / count;

function drawn(active: Active, outputs: readonly string[], { width, height }: Size): Fragment {
  const columns = columnsOf(active, outputs, width);
  const { inputs, neurons } = active;
  const heaviest = Math.max(...neurons.flatMap((neuron) => [...neuron.weights, ...neuron.outputs]).map(Math.abs));
  const edges = neurons.flatMap(({ weights, outputs: alphas }, j) => {
    const y = at(j, neurons.length, height);
    return [
      ...inputs.map(({ index }, k) =>
        edge([columns.inputs, at(k, inputs.length, height)], [columns.neurons - radius, y], weights[index], heaviest),
      ),
      ...alphas.map((alpha, k) =>
        edge([columns.neurons + radius, y], [columns.outputs, at(k, outputs.length, height)], alpha, heaviest),
      ),
    ];
  });
  // Thin lines over wide ones, so that none is hidden.
  const ordered = edges.filter((line) => line.width > 0).sort((a, b) => b.width - a.width);
  return ordered.map(({ path }) => path).join('') + nodes(active, outputs, columns, height);
}

interface Edge {
  readonly width: number;
  readonly path: Fragment;
}

function edge([x1, y1]: readonly number[], [x2, y2]: readonly number[], weight: number, heaviest: number): Edge {
  if (weight === 0) return { width: 0, path: '' };
  const width = 0.6 + (6.4 * Math.abs(weight)) / heaviest;
  const style =
    weight > 0 ? `stroke="${palette.blue}"` : `stroke="${palette.orange}" stroke-dasharray="${negativeDash}"`;
  const middle = px((x1 + x2) / 2);
  const curve = `M${px(x1)} ${px(y1)}C${middle} ${px(y1)} ${middle} ${px(y2)} ${px(x2)} ${px(y2)}`;
  const title = `<title>weight ${formatNumber(weight, 3)}</title>`;
  return {
    width,
    path: `<path d="${curve}" fill="none" ${style} stroke-width="${px(width)}" stroke-opacity="0.8">${title}</path>`,
  };
}

function nodes({ inputs, neurons }: Active, outputs: readonly string[], columns: Columns, height: number): Fragment {
  const dot = (x: number, y: number): Fragment => `<circle cx="${px(x)}" cy="${px(y)}" r="4.5" fill="${palette.ink}"/>`;
  const left = inputs.map(({ name }, k) => {
    const y = at(k, inputs.length, height);
    const text = label(columns.inputs - 11, y + 4, fitted(name, 12, columns.nameWidth), { anchor: 'end' });
    return dot(columns.inputs, y) + text;
  });
  const middle = neurons.map((_, j) => {
    const y = at(j, neurons.length, height);
    const circle = `<circle cx="${px(columns.neurons)}" cy="${px(y)}" r="${radius}" fill="white" stroke="${palette.ink}" stroke-width="1.5"/>`;
    return circle + label(columns.neurons, y + 4, String(j + 1), { anchor: 'middle', weight: 600 });
  });
  const right = outputs.map((name, k) => {
    const y = at(k, outputs.length, height);
    return dot(columns.outputs, y) + label(columns.outputs + 11, y + 4, fitted(name, 12, columns.outputWidth));
  });
  return [...left, ...middle, ...right].join('');
}
