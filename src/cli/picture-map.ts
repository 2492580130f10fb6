import { type Model, matrix, predictScores, type Table, type TableSplit } from '../index.js';
import type { MapData } from '../report/index.js';
import { truthOf } from './picture.js';

const curvePoints = 401;
const gridSide = 90;

/** An input of the network that is a column of numbers. */
interface Axis {
  readonly name: string;
  readonly shift: number;
  readonly scale: number;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** The network drawn over its inputs when these are one or two columns of numbers; else undefined. */
export function mapOf(model: Model, table: Table, rows: TableSplit): MapData | undefined {
  const axes = axesOf(model, table);
  const outputs = model.weights.outputBias.length;
  if (axes === null) return undefined;
  if (axes.length === 1) return outputs === 1 ? curveOf(model, table, axes[0], rows) : undefined;
  return planeOf(model, table, [axes[0], axes[1]], rows);
}

function axesOf({ preprocessing }: Model, table: Table): Axis[] | null {
  if (preprocessing.features.length > 2) return null;
  const axes: Axis[] = [];
  for (const column of preprocessing.columns) {
    if (column.kind === 'dropped') continue;
    const values = table.columns.find(({ name }) => name === column.name)?.numbers;
    if (column.kind !== 'number' || column.missingIndicator || values === undefined) return null;
    const [low, high] = values.reduce(
      ([a, b], value) => (Number.isNaN(value) ? [a, b] : [Math.min(a, value), Math.max(b, value)]),
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    );
    const space = 0.04 * (high - low);
    axes.push({ ...column, values, from: low - space, to: high + space });
  }
  return axes;
}

const encoded = ({ shift, scale }: Axis, value: number): number => (value - shift) / scale;

/** Evenly spaced values from the least to the largest. */
const spaced = ({ from, to }: Axis, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** Weights and offset of what decides whether each neuron is on: of the gate, or of the neuron itself. */
function switches({ weights }: Model): { row: Float64Array; offset: number }[] {
  const W = weights.gates ?? weights.hidden;
  const offsets = weights.gateBias ?? weights.hiddenBias;
  return Array.from(offsets, (offset, j) => ({ row: W.data.subarray(j * W.cols, (j + 1) * W.cols), offset }));
}

function curveOf(model: Model, table: Table, axis: Axis, { train, test }: TableSplit): MapData {
  const { target } = model.preprocessing;
  const xs = spaced(axis, curvePoints);
  const f = predictScores(
    model.weights,
    matrix(
      curvePoints,
      1,
      Float64Array.from(xs, (x) => encoded(axis, x)),
    ),
  ).data;
  const unit = target.kind === 'number' ? target : { shift: 0, scale: 1 };
  const curve = xs.map((x, i) => ({ x, y: f[i] * unit.scale + unit.shift }));
  const points = [train, test].flatMap((rows, part) => {
    const ys = heights(model, table, rows, curve);
    return Array.from(rows, (row, i) => ({ x: axis.values[row], y: ys[i], test: part === 1 })).filter(
      ({ x }) => !Number.isNaN(x),
    );
  });
  const kinks = switches(model)
    .filter(({ row }) => row[0] !== 0)
    .map(({ row, offset }) => axis.shift - (axis.scale * offset) / row[0]);
  const output = target.kind === 'number' ? target.name : `score (points: ${target.classes[1]} at the top)`;
  return { kind: 'curve', input: axis.name, output, curve, points, kinks };
}

/** Where points are drawn: at their target, or classes at the two edges of the curve. */
function heights(
  model: Model,
  table: Table,
  rows: Int32Array,
  curve: readonly { readonly y: number }[],
): ArrayLike<number> {
  const { target } = model.preprocessing;
  if (target.kind === 'number') {
    const column = table.columns.find(({ name }) => name === target.name);
    return Array.from(rows, (row) => column?.numbers[row] ?? Number.NaN);
  }
  const ys = curve.map(({ y }) => y);
  const edges = [Math.min(...ys, -1), Math.max(...ys, 1)];
  return truthOf(model, table, rows).map((k) => edges[k]);
}

function planeOf(model: Model, table: Table, [x, y]: readonly [Axis, Axis], { train, test }: TableSplit): MapData {
  const { target } = model.preprocessing;
  const [xs, ys] = [spaced(x, gridSide), spaced(y, gridSide)];
  const grid = matrix(
    gridSide * gridSide,
    2,
    Float64Array.from(ys.flatMap((b) => xs.flatMap((a) => [encoded(x, a), encoded(y, b)]))),
  );
  const scores = predictScores(model.weights, grid);
  const holds = target.kind === 'number' ? 'value' : scores.cols === 1 ? 'score' : 'class';
  const rows = Int32Array.from([...train, ...test]);
  const groups = target.kind === 'number' ? [] : truthOf(model, table, rows);
  const points = Array.from(rows, (row, i) => ({ x: x.values[row], y: y.values[row], group: groups[i] ?? 0 }));
  return {
    kind: 'plane',
    inputs: [x.name, y.name],
    x: [x.from, x.to],
    y: [y.from, y.to],
    size: [gridSide, gridSide],
    values:
      holds === 'class'
        ? largest(scores.data, scores.cols)
        : target.kind === 'number'
          ? scores.data.map((score) => score * target.scale + target.shift)
          : scores.data,
    holds,
    output: target.name,
    classes: target.kind === 'number' ? [] : target.classes,
    points: points.filter((point) => !Number.isNaN(point.x) && !Number.isNaN(point.y)),
    lines: switches(model).map(({ row: [u, v], offset }) => [
      u / x.scale,
      v / y.scale,
      offset - (u * x.shift) / x.scale - (v * y.shift) / y.scale,
    ]),
  };
}

/** Index of the largest score of each row, the first of equals. */
function largest(scores: Float64Array, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    return row.reduce((best, score, k) => (score > row[best] ? k : best), 0);
  });
}
