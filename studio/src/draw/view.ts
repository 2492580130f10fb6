import { encodeFeatures, type Model, type NetworkWeights, neuronNorms, type Preprocessing, type Table } from 'relucent';
import type { ParallelNetwork } from 'relucent/parallel';

/** Rows that stand for all when the network is averaged over the columns that are not drawn. */
const mostRows = 64;

/** A neuron over the drawn axes: max(0, a·x + b·y + base), each drawn row with a base of its own; gated: where the gate is open. */
export interface ViewNeuron {
  readonly index: number;
  readonly a: number;
  readonly b: number;
  readonly bases: Float64Array;
  readonly gate: { readonly a: number; readonly b: number; readonly bases: Float64Array } | null;
  /** Output it feeds, and its weight there, in the units that are drawn. */
  readonly output: number;
  readonly weight: number;
  /** ‖(u, h)‖|α| */
  readonly norm: number;
}

/** A unit above the first layer: weight · max(0, Σ_j weights_j · neuron_j). */
export interface ViewUnit {
  readonly parts: readonly { readonly neuron: ViewNeuron; readonly weight: number }[];
  readonly output: number;
  readonly weight: number;
}

/** A network over one or two raw columns, averaged over the others. */
export interface View {
  readonly neurons: readonly ViewNeuron[];
  /** Three layers: what stands above the neurons, whose own `output` and `weight` then only say which way they pull. */
  readonly units: readonly ViewUnit[] | null;
  readonly bias: Float64Array;
  readonly outputs: number;
}

interface Place {
  readonly at: number;
  readonly shift: number;
  readonly scale: number;
}

/** Encoded inputs that do not move with the axes, one row each; a single row of zeros where all columns are drawn. */
export function backgroundOf(
  table: Table,
  preprocessing: Preprocessing,
  axes: readonly string[],
  rows: Int32Array,
): Float64Array[] {
  const { features, columns } = preprocessing;
  const drawn = columns.filter((column) => column.kind !== 'dropped').every(({ name }) => axes.includes(name));
  if (drawn) return [new Float64Array(features.length)];
  const step = Math.max(1, rows.length / mostRows);
  const chosen = Int32Array.from({ length: Math.min(rows.length, mostRows) }, (_, k) => rows[Math.floor(k * step)]);
  const { X } = encodeFeatures(table, preprocessing, chosen);
  return Array.from(chosen, (_, i) => X.data.slice(i * X.cols, (i + 1) * X.cols));
}

/** Where each axis stands among the encoded inputs. */
function placesOf({ columns, features }: Preprocessing, axes: readonly string[]): (Place | null)[] {
  return axes.map((name) => {
    const column = columns.find((other) => other.name === name);
    if (column === undefined || column.kind !== 'number') return null;
    return { at: features.indexOf(name), shift: column.shift, scale: column.scale };
  });
}

export function viewOf(
  weights: NetworkWeights,
  { preprocessing }: Pick<Model, 'preprocessing'>,
  axes: readonly string[],
  background: readonly Float64Array[],
): View {
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  const { target } = preprocessing;
  const unit = target.kind === 'number' ? target : { shift: 0, scale: 1 };
  const places = placesOf(preprocessing, axes);
  const norms = neuronNorms(weights);
  const affine = (row: Float64Array, offset: number) => affineOf(row, offset, places, background);
  const rowOf = (m: { cols: number; data: Float64Array }, j: number): Float64Array =>
    m.data.subarray(j * m.cols, (j + 1) * m.cols);
  const neurons = Array.from(norms, (norm, j): ViewNeuron => {
    const outer = rowOf(output, j);
    const k = outer.reduce((best, value, at) => (Math.abs(value) > Math.abs(outer[best]) ? at : best), 0);
    return {
      index: j,
      ...affine(rowOf(hidden, j), hiddenBias[j]),
      gate: gates && gateBias ? affine(rowOf(gates, j), gateBias[j]) : null,
      output: k,
      weight: outer[k] * unit.scale,
      norm,
    };
  });
  const bias = outputBias.map((b) => b * unit.scale + unit.shift);
  return { neurons, units: null, bias, outputs: output.cols };
}

/** The same of a parallel network of three layers. */
export function viewOfParallel(
  { subnetworks, outputBias, outputs }: ParallelNetwork,
  { preprocessing }: Pick<Model, 'preprocessing'>,
  axes: readonly string[],
  background: readonly Float64Array[],
): View {
  const { target } = preprocessing;
  const unit = target.kind === 'number' ? target : { shift: 0, scale: 1 };
  const places = placesOf(preprocessing, axes);
  const neurons: ViewNeuron[] = [];
  const units = subnetworks.map(({ weights: [first, second], bias, alpha, output }): ViewUnit => {
    const parts = Array.from(bias, (offset, j) => {
      const row = first.data.subarray(j * first.cols, (j + 1) * first.cols);
      const weight = second.data[j];
      const size = Math.hypot(...row, offset) * Math.abs(weight * alpha);
      const neuron: ViewNeuron = {
        index: neurons.length,
        ...affineOf(row, offset, places, background),
        gate: null,
        output,
        weight: weight * alpha * unit.scale,
        norm: size,
      };
      neurons.push(neuron);
      return { neuron, weight };
    });
    return { parts, output, weight: alpha * unit.scale };
  });
  return { neurons, units, bias: outputBias.map((b) => b * unit.scale + unit.shift), outputs };
}

function affineOf(
  row: Float64Array,
  offset: number,
  places: readonly (Place | null)[],
  background: readonly Float64Array[],
) {
  const slope = (place: Place | null | undefined): number => (place ? row[place.at] / place.scale : 0);
  const [a, b] = [slope(places[0]), slope(places[1])];
  const fixed = places.reduce(
    (sum, place) => (place ? sum - (row[place.at] * place.shift) / place.scale : sum),
    offset,
  );
  const drawn = places.flatMap((place) => (place ? [place.at] : []));
  const bases = Float64Array.from(background, (values) =>
    values.reduce((sum, value, k) => (drawn.includes(k) ? sum : sum + row[k] * value), fixed),
  );
  return { a, b, bases };
}

/** out += share of the neuron at (x, y). */
export function neuronAt({ a, b, bases, gate, weight }: ViewNeuron, x: number, y: number): number {
  let sum = 0;
  for (let r = 0; r < bases.length; r++) {
    const s = a * x + b * y + bases[r];
    const open = gate ? gate.a * x + gate.b * y + gate.bases[r] >= 0 : s >= 0;
    if (open) sum += s;
  }
  return (weight * sum) / bases.length;
}

/** What a unit adds at (x, y). */
export function unitAt({ parts, weight }: ViewUnit, x: number, y: number): number {
  const rows = parts[0]?.neuron.bases.length ?? 1;
  let total = 0;
  for (let r = 0; r < rows; r++) {
    let inner = 0;
    for (const { neuron, weight } of parts) {
      const s = neuron.a * x + neuron.b * y + neuron.bases[r];
      if (s > 0) inner += weight * s;
    }
    if (inner > 0) total += inner;
  }
  return (weight * total) / rows;
}

export function valueAt(view: View, x: number, y = 0, output = 0): number {
  let f = view.bias[output];
  if (view.units) {
    for (const unit of view.units) if (unit.output === output) f += unitAt(unit, x, y);
    return f;
  }
  for (const neuron of view.neurons) if (neuron.output === output) f += neuronAt(neuron, x, y);
  return f;
}

/** The line on which a neuron switches, a·x + b·y + c = 0 (averaged base). */
export function lineOf({ a, b, bases, gate }: ViewNeuron): [number, number, number] {
  const from = gate ?? { a, b, bases };
  return [from.a, from.b, from.bases.reduce((sum, base) => sum + base, 0) / from.bases.length];
}

export const isOn = (neuron: ViewNeuron, x: number, y = 0): boolean => {
  const [a, b, c] = lineOf(neuron);
  return a * x + b * y + c >= 0;
};
