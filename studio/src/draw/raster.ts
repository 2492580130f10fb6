import { classShade, diverging, type Rgb } from './colours.js';
import { neuronAt, unitAt, type View, type ViewNeuron, type ViewUnit } from './view.js';

export interface Grid {
  readonly cols: number;
  readonly rows: number;
  readonly x: readonly [number, number];
  /** From the top of the picture down. */
  readonly y: readonly [number, number];
}

const at = ([from, to]: readonly [number, number], k: number, count: number): number =>
  from + ((to - from) * (k + 0.5)) / count;

/** Adds a neuron's share to the values of a grid. */
function addNeuron(neuron: ViewNeuron, grid: Grid, out: Float64Array): void {
  const { cols, rows } = grid;
  if (neuron.bases.length > 1 || neuron.gate) {
    for (let j = 0; j < rows; j++)
      for (let i = 0; i < cols; i++) out[j * cols + i] += neuronAt(neuron, at(grid.x, i, cols), at(grid.y, j, rows));
    return;
  }
  const step = (neuron.a * (grid.x[1] - grid.x[0])) / cols;
  for (let j = 0; j < rows; j++) {
    let s = neuron.a * at(grid.x, 0, cols) + neuron.b * at(grid.y, j, rows) + neuron.bases[0];
    for (let i = 0, k = j * cols; i < cols; i++, k++, s += step) if (s > 0) out[k] += neuron.weight * s;
  }
}

function addUnit(unit: ViewUnit, { cols, rows, x, y }: Grid, out: Float64Array): void {
  for (let j = 0; j < rows; j++)
    for (let i = 0; i < cols; i++) out[j * cols + i] += unitAt(unit, at(x, i, cols), at(y, j, rows));
}

/** Network outputs on a grid, one array an output. */
export function gridValues(view: View, grid: Grid): Float64Array[] {
  const values = Array.from({ length: view.outputs }, (_, k) =>
    new Float64Array(grid.cols * grid.rows).fill(view.bias[k]),
  );
  if (view.units) {
    for (const unit of view.units) addUnit(unit, grid, values[unit.output]);
    return values;
  }
  for (const neuron of view.neurons) addNeuron(neuron, grid, values[neuron.output]);
  return values;
}

/** What one neuron adds, on a grid. */
export function neuronValues(neuron: ViewNeuron, grid: Grid): Float64Array {
  const values = new Float64Array(grid.cols * grid.rows);
  addNeuron(neuron, grid, values);
  return values;
}

/** How values become colours: `middle` is white, `reach` away from it the colour is full. */
export interface Shade {
  readonly middle: number;
  readonly reach: number;
}

export function paintValues(values: Float64Array, { middle, reach }: Shade, image: ImageData, dark: boolean): void {
  const pixels = new Uint32Array(image.data.buffer);
  const steps = 64;
  const colours = Uint32Array.from({ length: 2 * steps + 1 }, (_, k) => packed(diverging((k - steps) / steps, dark)));
  for (let k = 0; k < values.length; k++) {
    const share = Math.max(-1, Math.min(1, (values[k] - middle) / reach));
    pixels[k] = colours[steps + (share < 0 ? Math.floor(share * steps) : Math.ceil(share * steps))];
  }
}

/** Several outputs: the class of the largest, stronger the farther it is ahead. */
export function paintClasses(values: readonly Float64Array[], image: ImageData, dark: boolean): void {
  const pixels = new Uint32Array(image.data.buffer);
  for (let k = 0; k < pixels.length; k++) {
    let [best, second] = [0, -1];
    for (let c = 1; c < values.length; c++) {
      if (values[c][k] > values[best][k]) [second, best] = [best, c];
      else if (second < 0 || values[c][k] > values[second][k]) second = c;
    }
    const ahead = second < 0 ? 1 : (values[best][k] - values[second][k]) / 3;
    pixels[k] = packed(classShade(best, ahead, dark));
  }
}

/** Little-endian RGBA, as canvases store it on every processor that browsers run on. */
const packed = ([r, g, b]: Rgb): number => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
