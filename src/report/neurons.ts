import * as Plot from '@observablehq/plot';
import { type Fragment, fitted, label, lines, palette, px, type Size, textWidth } from './canvas.js';
import type { NeuronData, NeuronEntry } from './data.js';
import type { Panel } from './panel.js';
import { plotted } from './plotted.js';
import { formatNumber, plural } from './text.js';

const mostNeurons = 40;
const mostFeatures = 22;
const barsHeight = 64;
const barsWidth = 84;
const gap = 6;

/** What is drawn of it: the largest neurons, the most used inputs. */
interface Selection {
  readonly rows: readonly { readonly name: string; readonly norm: number; readonly index: number }[];
  readonly neurons: readonly NeuronEntry[];
}

interface Layout extends Size, Selection {
  readonly left: number;
}

/**
 * A heat map of all neurons: a column per neuron, a row per input, the colour says how the output changes with the input
 * where the neuron is active. Above it what each neuron adds to the penalty, beside it how much each input is used.
 */
export function neuronPanel(data: NeuronData): Panel {
  const drawn = selected(data);
  if (drawn.neurons.length === 0)
    return { title: 'Neurons', remark: 'none', legend: [], draw: ({ width }) => constantNote(width) };
  return {
    title: 'Neurons and the inputs they use',
    remark: remarkOf(data, drawn),
    legend: [],
    draw: (size) => {
      const layout = arranged(drawn, size);
      return neuronBars(layout) + heatMap(layout) + featureBars(layout) + scaleBar(layout);
    },
  };
}

/** Height in which the rows of the map are as high as they should be. */
export const neuronHeight = (data: NeuronData): number =>
  barsHeight + gap + bottom + 30 * Math.max(3, selected(data).rows.length);

function constantNote(width: number): Fragment {
  return lines('The network is a constant: it has no neurons.', 13, width, 3)
    .map((line, i) => label(0, 26 + 19 * i, line, { size: 13 }))
    .join('');
}

function selected({ features, neurons }: NeuronData): Selection {
  const order = new Map([...new Set(neurons.map((neuron) => neuron.output ?? ''))].map((name, k) => [name, k]));
  const strongest = [...neurons].sort((a, b) => b.norm - a.norm).slice(0, mostNeurons);
  const sorted = strongest.sort(
    (a, b) => (order.get(a.output ?? '') as number) - (order.get(b.output ?? '') as number) || b.norm - a.norm,
  );
  const used = features
    .map((name, index) => ({ name, index, norm: featureNorm(neurons, index) }))
    .filter((row) => row.norm > 0);
  const rows = used.sort((a, b) => b.norm - a.norm).slice(0, mostFeatures);
  return { rows, neurons: sorted };
}

function arranged(selection: Selection, { width, height }: Size): Layout {
  const widest = Math.max(24, ...selection.rows.map((row) => textWidth(row.name, 11)));
  return { ...selection, width, height, left: Math.min(0.3 * width, widest + 12) };
}

/** The columns' length over all neurons: √Σ_j (α_j u_jk)². */
const featureNorm = (neurons: readonly NeuronEntry[], k: number): number =>
  Math.sqrt(neurons.reduce((sum, { slopes }) => sum + slopes[k] * slopes[k], 0));

function remarkOf(data: NeuronData, { rows, neurons }: Selection): string {
  const active = data.features.filter((_, k) => featureNorm(data.neurons, k) > 0).length;
  const all = `${plural(data.neurons.length, 'neuron')}, ${active} of ${plural(data.features.length, 'input')} used`;
  const hidden = [
    neurons.length < data.neurons.length ? `${neurons.length} largest neurons` : '',
    rows.length < active ? `${rows.length} most used inputs` : '',
  ].filter(Boolean);
  return hidden.length === 0 ? all : `${all} (drawn: ${hidden.join(', ')})`;
}

const columnsOf = ({ neurons }: Layout): string[] => neurons.map((_, j) => String(j));
const rowsOf = ({ rows }: Layout): string[] => rows.map((_, k) => String(k));

const bottom = 62;
const bodyHeight = (layout: Layout): number => layout.height - barsHeight - gap - bottom;

function neuronBars(layout: Layout): Fragment {
  const bars = layout.neurons.map((neuron, j) => ({ key: String(j), norm: neuron.norm }));
  const drawn = plotted({
    width: layout.width - barsWidth,
    height: barsHeight + gap,
    marginLeft: layout.left,
    marginRight: gap,
    marginTop: 14,
    marginBottom: gap / 2,
    x: { domain: columnsOf(layout), axis: null, padding: 0.08, round: false },
    y: { axis: null },
    marks: [Plot.barY(bars, { x: 'key', y: 'norm', fill: palette.quiet }), Plot.ruleY([0], { stroke: palette.quiet })],
  });
  const largest = formatNumber(Math.max(...bars.map((bar) => bar.norm)), 3);
  return (
    drawn +
    label(layout.left, 9, `weight ‖u‖|α| of each neuron (largest ${largest})`, { size: 11, fill: palette.quiet })
  );
}

function heatMap(layout: Layout): Fragment {
  const cells = layout.rows.flatMap((row, k) =>
    layout.neurons.map((neuron, j) => ({ x: String(j), y: String(k), slope: neuron.slopes[row.index] })),
  );
  const most = largestSlope(layout);
  return (
    plotted(
      {
        width: layout.width - barsWidth,
        height: bodyHeight(layout) + 36,
        marginLeft: layout.left,
        marginRight: gap,
        marginTop: 0,
        marginBottom: 36,
        x: { domain: columnsOf(layout), axis: null, padding: 0.04, round: false },
        y: {
          domain: rowsOf(layout),
          label: null,
          tickSize: 0,
          padding: 0.06,
          round: false,
          tickFormat: (key: string) => fitted(layout.rows[Number(key)].name, 11, layout.left - 10),
        },
        color: { type: 'diverging', scheme: 'RdBu', reverse: true, domain: [-most, most] },
        marks: [Plot.cell(cells, { x: 'x', y: 'y', fill: 'slope' }), Plot.frame({ stroke: palette.faint })],
      },
      0,
      barsHeight + gap,
    ) + columnNames(layout)
  );
}

/** Below the map: the classes the columns speak for, or what the columns are. */
function columnNames(layout: Layout): Fragment {
  const y = barsHeight + gap + bodyHeight(layout) + 15;
  const inner = layout.width - barsWidth - gap - layout.left;
  const step = inner / layout.neurons.length;
  const runs: { name: string; from: number; to: number }[] = [];
  layout.neurons.forEach(({ output = '' }, j) => {
    if (runs.at(-1)?.name === output) runs[runs.length - 1].to = j + 1;
    else runs.push({ name: output, from: j, to: j + 1 });
  });
  if (runs.length === 1)
    return label(layout.left + inner / 2, y, 'neurons, heaviest first', { size: 11, anchor: 'middle' });
  return runs
    .map(({ name, from, to }) => {
      const [start, end] = [layout.left + from * step + 1, layout.left + to * step - 1];
      const rule = `<path d="M${px(start)} ${px(y - 11)}H${px(end)}" stroke="${palette.quiet}" stroke-width="1.5"/>`;
      return (
        rule +
        label((start + end) / 2, y + 2, fitted(name, 11, Math.max(10, end - start + 2)), { size: 11, anchor: 'middle' })
      );
    })
    .join('');
}

const largestSlope = ({ rows, neurons }: Layout): number =>
  Math.max(Number.MIN_VALUE, ...rows.flatMap((row) => neurons.map((neuron) => Math.abs(neuron.slopes[row.index]))));

function featureBars(layout: Layout): Fragment {
  const bars = layout.rows.map((row, k) => ({ key: String(k), norm: row.norm }));
  const x = layout.width - barsWidth;
  const drawn = plotted(
    {
      width: barsWidth,
      height: bodyHeight(layout) + 36,
      marginLeft: 2,
      marginRight: 2,
      marginTop: 0,
      marginBottom: 36,
      x: { axis: null },
      y: { domain: rowsOf(layout), axis: null, padding: 0.06, round: false },
      marks: [
        Plot.barX(bars, { y: 'key', x: 'norm', fill: palette.quiet, insetTop: 1, insetBottom: 1 }),
        Plot.ruleX([0], { stroke: palette.quiet }),
      ],
    },
    x,
    barsHeight + gap,
  );
  return drawn + label(x + 2, barsHeight + gap + bodyHeight(layout) + 15, 'use of input', { size: 11 });
}

const steps = 25;

/** The colours of the map with their numbers. */
function scaleBar(layout: Layout): Fragment {
  const most = largestSlope(layout);
  const length = 150;
  const y = layout.height - 20;
  const middle = layout.left + (layout.width - barsWidth - gap - layout.left) / 2;
  const cells = Array.from({ length: steps }, (_, i) => ({ x: i, value: -most + (2 * most * i) / (steps - 1) }));
  const bar = plotted(
    {
      width: length,
      height: 10,
      margin: 0,
      padding: 0,
      x: { domain: cells.map((cell) => cell.x), axis: null, padding: 0, round: false },
      color: { type: 'diverging', scheme: 'RdBu', reverse: true, domain: [-most, most] },
      marks: [Plot.cellX(cells, { x: 'x', fill: 'value', inset: 0 })],
    },
    middle - length / 2,
    y,
  );
  const ends =
    label(middle - length / 2 - 6, y + 9, `−${formatNumber(most, 3)}`, { size: 11, anchor: 'end' }) +
    label(middle + length / 2 + 6, y + 9, `+${formatNumber(most, 3)} slope α·u`, { size: 11 });
  return bar + ends;
}
