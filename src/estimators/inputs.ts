import { RelucentError, requireOptions, requireThat, shown } from '../base/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import { type Loss, type LossName, lossByName } from '../losses/index.js';
import { fitRules } from './option-rules.js';
import type { FitOptions } from './options.js';

/** What callers may hand over as a matrix: a Matrix or an array of rows. */
export type MatrixLike = Matrix | ReadonlyArray<ArrayLike<number>>;

/** Of larger targets the sum of 10⁶ squares, times what a solver adds, is no float64. */
const largestTarget = 1e150;

/** Bytes of float64 that one matrix may take before the call refuses it. */
const memoryLimit = 4e9;

/** X as a checked Matrix; NaN only where it means a missing value. Throws `usage` or `data` naming row and column. */
export function featureMatrix(X: MatrixLike, where: string, nan: 'missing' | 'refused' = 'refused'): Matrix {
  const m = isMatrixLike(X) ? checkedMatrix(X, 'X', where) : fromRows(X, where);
  requireThat(m.rows > 0, `${where}: X has no rows; at least one is needed.`, 'data');
  requireThat(m.cols > 0, `${where}: X has no columns; at least one feature is needed.`, 'data');
  requireThat(
    m.rows * m.cols * 8 < memoryLimit,
    `${where}: X is ${m.rows}×${m.cols}, more than ${memoryLimit / 1e9} GB; use fewer rows or columns.`,
    'resource',
  );
  for (let at = 0; at < m.data.length; at++) {
    if (!Number.isFinite(m.data[at]) && !(nan === 'missing' && Number.isNaN(m.data[at]))) {
      throw new RelucentError(
        'data',
        `${where}: X[${Math.floor(at / m.cols)}][${at % m.cols}] is ${m.data[at]}; every entry must be a finite number.`,
      );
    }
  }
  return m;
}

/** Checked targets in the form the loss wants, row-major n×outputs. */
export interface Targets {
  readonly y: Float64Array;
  readonly outputs: number;
  readonly loss: Loss;
}

const isMatrixLike = (value: unknown): value is Matrix =>
  typeof value === 'object' && value !== null && 'data' in value && 'cols' in value;

function checkedMatrix(m: Matrix, name: string, where: string): Matrix {
  const { rows, cols, data } = m;
  const fits = Number.isInteger(rows) && Number.isInteger(cols) && rows >= 0 && cols >= 0;
  requireThat(
    fits && Object.prototype.toString.call(data) === '[object Float64Array]' && data.length === rows * cols,
    `${where}: ${name} is no Matrix: expected rows, cols and a Float64Array of rows·cols entries; matrixFromRows makes one.`,
  );
  return m;
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  typeof value === 'object' && value !== null && 'length' in value && Number.isInteger(value.length);

function fromRows(X: Exclude<MatrixLike, Matrix>, where: string): Matrix {
  requireThat(isList(X), `${where}: X must be a Matrix or an array of rows, got ${shown(X)}.`);
  const out = matrix(X.length, isList(X[0]) ? X[0].length : 0);
  for (let i = 0; i < out.rows; i++) {
    const row: unknown = X[i];
    requireThat(isList(row), `${where}: row ${i} of X must be an array of numbers, got ${shown(row)}.`);
    requireThat(row.length === out.cols, `${where}: row ${i} of X has ${row.length} entries, row 0 has ${out.cols}.`);
    for (let j = 0; j < out.cols; j++) out.data[i * out.cols + j] = numberAt(row, j, `${where}: X[${i}]`);
  }
  return out;
}

function fromNumbers(y: unknown, where: string): Matrix {
  requireThat(isList(y), `${where}: y must be an array of numbers or a Matrix, got ${shown(y)}.`);
  return matrix(
    y.length,
    1,
    Float64Array.from({ length: y.length }, (_, i) => numberAt(y, i, `${where}: y`)),
  );
}

function numberAt(list: ArrayLike<unknown>, at: number, place: string): number {
  const value = list[at];
  if (typeof value === 'number') return value;
  throw new RelucentError('data', `${place}[${at}] is ${shown(value)}; every entry must be a finite number.`);
}

/** y for the loss asked; `auto` takes logistic for labels −1/+1 and squared otherwise. */
export function targets(
  y: ArrayLike<number> | Matrix,
  rows: number,
  lossOption: FitOptions['loss'],
  where: string,
): Targets {
  const raw = isMatrixLike(y) ? checkedMatrix(y, 'y', where) : fromNumbers(y, where);
  requireThat(raw.cols > 0, `${where}: y has no columns; at least one target a row is needed.`, 'data');
  requireThat(raw.rows === rows, `${where}: X has ${rows} rows but y has ${raw.rows}; they must agree.`, 'data');
  const bad = raw.data.findIndex((v) => !Number.isFinite(v));
  requireThat(bad < 0, `${where}: y[${bad}] is ${raw.data[bad]}; every target must be a finite number.`, 'data');
  const huge = raw.data.findIndex((v) => Math.abs(v) > largestTarget);
  requireThat(
    huge < 0,
    `${where}: y[${huge}] is ${raw.data[huge]}; squares of targets beyond ±${largestTarget} exceed the numbers there are: divide y by a constant.`,
    'data',
  );
  const loss = lossByName(lossOption === undefined || lossOption === 'auto' ? automaticLoss(raw) : lossOption);
  if (loss.targets === 'one-hot') return { loss, ...oneHot(raw, where) };
  if (loss.targets === 'label') checkLabels(raw, loss.name, where);
  return { loss, y: raw.data, outputs: raw.cols };
}

function automaticLoss(y: Matrix): LossName {
  return y.cols === 1 && y.data.every((v) => v === 1 || v === -1) ? 'logistic' : 'squared';
}

function checkLabels(y: Matrix, loss: LossName, where: string): void {
  const bad = y.data.findIndex((v) => v !== 1 && v !== -1);
  requireThat(bad < 0, `${where}: the ${loss} loss takes labels −1 and +1, but y[${bad}] is ${y.data[bad]}.`, 'data');
  requireThat(y.data.includes(1) && y.data.includes(-1), `${where}: y has one class only; two are needed.`, 'data');
}

function oneHot(y: Matrix, where: string): { y: Float64Array; outputs: number } {
  if (y.cols > 1) {
    for (let i = 0; i < y.rows; i++) {
      const row = y.data.subarray(i * y.cols, (i + 1) * y.cols);
      const valid = row.every((v) => v === 0 || v === 1) && row.reduce((s, v) => s + v, 0) === 1;
      requireThat(
        valid,
        `${where}: the softmax loss takes one-hot rows or class numbers, but row ${i} of y is neither.`,
        'data',
      );
    }
    return { y: y.data, outputs: y.cols };
  }
  const bad = y.data.findIndex((v) => !Number.isInteger(v) || v < 0 || v >= 10_000);
  requireThat(
    bad < 0,
    `${where}: the softmax loss takes class numbers 0, 1, 2, …, but y[${bad}] is ${y.data[bad]}.`,
    'data',
  );
  const outputs = y.data.reduce((most, v) => Math.max(most, v), 0) + 1;
  requireThat(outputs > 1, `${where}: y has one class only; two are needed.`, 'data');
  const out = new Float64Array(y.rows * outputs);
  for (let i = 0; i < y.rows; i++) out[i * outputs + y.data[i]] = 1;
  return { y: out, outputs };
}

/** Options with their defaults, checked. */
export interface CheckedOptions {
  readonly lambda: number;
  readonly activation: 'relu' | 'gated';
  readonly patterns: 'auto' | 'exact' | number;
  readonly gap: number;
  readonly seed: number;
  readonly threads: number;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
}

/** Throws `usage` naming the option, what it takes and what came. */
export function checkOptions(options: FitOptions, where: string): CheckedOptions {
  requireOptions(options, fitRules, where);
  const { lambda = 1e-3, activation = 'relu', patterns = 'auto', gap = 1e-6, seed = 0 } = options;
  return {
    lambda,
    activation,
    patterns,
    gap,
    seed,
    threads: threadsOf(options.threads),
    outputBias: options.outputBias ?? true,
    hiddenBias: options.hiddenBias ?? false,
  };
}

/** Threads on a core that may be asked for: more only wait for one another, and a thousand took longer to start than to work. */
const mostOnCore = 4;

/** As many as are asked for (no more than four a core, or eight), by default one a core. */
export const threadsOf = (threads: 'auto' | number = 'auto'): number =>
  threads === 'auto' ? Math.min(8, cores()) : Math.min(threads, Math.max(8, mostOnCore * cores()));

/** 1 where that cannot be known. Node 20 has no navigator. */
const cores = (): number => Math.max(1, globalThis.navigator?.hardwareConcurrency ?? nodeCores());

function nodeCores(): number {
  const probe = (
    globalThis as { process?: { getBuiltinModule?: (name: string) => { availableParallelism?: () => number } } }
  ).process;
  return probe?.getBuiltinModule?.('node:os')?.availableParallelism?.() ?? 1;
}
