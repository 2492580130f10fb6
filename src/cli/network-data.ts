import { type Model, neuronNorms, type Table } from '../index.js';
import type { FormulaData, FormulaInput, ImportanceData, NetworkData } from '../report/index.js';

const activeNeurons = ({ weights }: Model): number[] => {
  const norms = neuronNorms(weights);
  return Array.from(norms.keys()).filter((j) => norms[j] > 0);
};

/** The network in encoded units, to be drawn. */
export function networkData(model: Model): NetworkData {
  const { weights, preprocessing } = model;
  const { hidden, output } = weights;
  return {
    inputs: preprocessing.features,
    outputs: outputNames(model),
    neurons: activeNeurons(model).map((j) => ({
      weights: Array.from(hidden.data.subarray(j * hidden.cols, (j + 1) * hidden.cols)),
      outputs: Array.from(output.data.subarray(j * output.cols, (j + 1) * output.cols)),
    })),
  };
}

function outputNames({ weights, preprocessing: { target } }: Model): readonly string[] {
  if (target.kind === 'number') return [target.name];
  return weights.output.cols > 1 ? target.classes : [`score for ${target.classes[1]}`];
}

/** One input of the network in the units of the table: input = (value − shift) / scale. */
interface RawInput {
  readonly input: FormulaInput;
  readonly shift: number;
  readonly scale: number;
}

function rawInputs({ preprocessing }: Model): RawInput[] {
  return preprocessing.columns.flatMap((column): RawInput[] => {
    const { name } = column;
    if (column.kind === 'dropped') return [];
    const zeroOne = (value: string): RawInput => ({ input: { name, value }, shift: 0, scale: 1 });
    if (column.kind === 'number') {
      const number = { input: { name }, shift: column.shift, scale: column.scale };
      return column.missingIndicator ? [number, zeroOne('missing')] : [number];
    }
    const levels = column.binary ? column.levels.slice(1) : column.levels;
    return [...levels, ...(column.missingLevel ? ['missing'] : [])].map(zeroOne);
  });
}

function withRange(raw: RawInput, table: Table): RawInput {
  const { name, value } = raw.input;
  const numbers = table.columns.find((column) => column.name === name)?.numbers.filter((x) => !Number.isNaN(x));
  if (value !== undefined || numbers === undefined || numbers.length === 0) return raw;
  const range = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))] as const;
  return { ...raw, input: { name, range } };
}

/** The network in the units of the table; nothing for several outputs. */
export function formulaData(model: Model, table: Table): FormulaData | undefined {
  const { weights, preprocessing } = model;
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  if (output.cols > 1) return undefined;
  const { target } = preprocessing;
  const { shift, scale } = target.kind === 'number' ? target : { shift: 0, scale: 1 };
  const raw = rawInputs(model).map((input) => withRange(input, table));
  const folded = (u: Float64Array, offset: number, factor: number) => {
    const w = raw.map((input, k) => (factor * u[k]) / input.scale);
    return { weights: w, offset: raw.reduce((sum, input, k) => sum - w[k] * input.shift, factor * offset) };
  };
  const row = (m: { cols: number; data: Float64Array }, j: number) => m.data.subarray(j * m.cols, (j + 1) * m.cols);
  return {
    output: target.kind === 'number' ? target.name : `score (above 0: ${target.classes[1]})`,
    inputs: raw.map(({ input }) => input),
    bias: shift + scale * outputBias[0],
    neurons: activeNeurons(model).map((j) => {
      const alpha = scale * output.data[j];
      const gate = gates && gateBias && { gate: folded(row(gates, j), gateBias[j], 1) };
      return { sign: alpha < 0 ? -1 : 1, ...folded(row(hidden, j), hiddenBias[j], Math.abs(alpha)), ...gate };
    }),
  };
}

/** How much the network uses each column: √Σ (α_j u_jk)² over its neurons and encoded inputs. */
export function importanceData(model: Model): ImportanceData {
  const { hidden, output } = model.weights;
  const squares = new Map<string, number>();
  rawInputs(model).forEach(({ input: { name } }, k) => {
    let sum = squares.get(name) ?? 0;
    for (let j = 0; j < hidden.rows; j++) {
      const alphas = output.data.subarray(j * output.cols, (j + 1) * output.cols);
      const size = alphas.reduce((total, alpha) => total + alpha * alpha, 0);
      sum += size * hidden.data[j * hidden.cols + k] ** 2;
    }
    squares.set(name, sum);
  });
  return { inputs: Array.from(squares, ([name, sum]) => ({ name, weight: Math.sqrt(sum) })) };
}
