import { unzipSync } from 'fflate';
import { type NpyArray, parse } from 'npyjs';
import { RelucentError } from '../base/index.js';
import { listNames } from './cells.js';
import { maxMatrixBytes, requireFits } from './limits.js';
import { type Column, ColumnBuilder, type Table } from './table.js';

/** An array with its name inside the npz file. */
interface NamedArray {
  readonly name: string;
  readonly array: NpyArray;
}

/** Numbers of any shape: row-major, or column-major where `fortranOrder` says so. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number | bigint | boolean>;
  readonly fortranOrder: boolean;
}

/** An npy file of any shape, for readers of other things than tables. Throws `data` as `readNpy` does. */
export function readNpyArray(bytes: Uint8Array, source: string): NumberArray {
  const { shape, data, fortranOrder } = parseArray(bytes, source);
  return { shape, values: data as unknown as ArrayLike<number | bigint | boolean>, fortranOrder };
}

/**
 * An npy file: n×d numbers (or n) as columns x1 … xd. Integers, float16 to float64 and booleans (0, 1), in C or Fortran
 * order. Throws `data` for other kinds and damaged files.
 */
export function readNpy(bytes: Uint8Array, source: string): Table {
  return tableOf(source, parseArray(bytes, source), null);
}

/**
 * An npz file: features X (n×d) as columns x1 … xd and, where there is one, a target y (n or n×1) as column y. Without
 * these names the one 2-D array is X and the one 1-D array y.
 */
export function readNpz(bytes: Uint8Array, source: string): Table {
  const arrays = unzipArrays(bytes, source);
  const features = choose(arrays, 'X', isMatrix, source);
  if (features === null)
    throw new RelucentError('data', `${source}: no n×d array inside (${describe(arrays)}); save arrays named X and y.`);
  const rest = arrays.filter((other) => other !== features);
  return tableOf(source, features.array, choose(rest, 'y', isVector, source)?.array ?? null);
}

function unzipArrays(bytes: Uint8Array, source: string): NamedArray[] {
  let total = 0;
  const wanted = (file: { name: string; originalSize: number }): boolean => {
    total += file.originalSize;
    if (total > maxMatrixBytes)
      throw new RelucentError(
        'resource',
        `${source}: the arrays unpack to more than ${maxMatrixBytes / 1e9} GB; save a sample of the rows.`,
      );
    return file.name.endsWith('.npy');
  };
  const files = unzip(bytes, wanted, source);
  const arrays = Object.entries(files).map(([path, content]) => ({
    name: path.slice(0, -'.npy'.length),
    array: parseArray(content, `${source}: ${path}`),
  }));
  if (arrays.length > 0) return arrays;
  throw new RelucentError(
    'data',
    `${source}: a zip file without npy arrays; expected npz (a workbook: save the sheet as CSV).`,
  );
}

function unzip(
  bytes: Uint8Array,
  filter: (file: { name: string; originalSize: number }) => boolean,
  source: string,
): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter });
  } catch (cause) {
    if (cause instanceof RelucentError) throw cause;
    throw damaged(source, 'npz', cause);
  }
}

function choose(
  arrays: NamedArray[],
  name: string,
  fits: (array: NpyArray) => boolean,
  source: string,
): NamedArray | null {
  const named =
    arrays.find((entry) => entry.name === name) ??
    arrays.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
  if (named !== undefined) return named;
  const candidates = arrays.filter((entry) => fits(entry.array));
  if (candidates.length < 2) return candidates[0] ?? null;
  throw new RelucentError(
    'data',
    `${source}: which array is ${name}? ${listNames(candidates.map((entry) => entry.name))}; save it under the name ${name}.`,
  );
}

const isMatrix = ({ shape }: NpyArray): boolean => shape.length === 2;
const isVector = ({ shape }: NpyArray): boolean => shape.length === 1;
const describe = (arrays: NamedArray[]): string =>
  listNames(arrays.map(({ name, array }) => `${name} ${shapeText(array)}`));
const shapeText = ({ shape }: NpyArray): string => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`);

function parseArray(bytes: Uint8Array, source: string): NpyArray {
  let array: NpyArray;
  try {
    // A copy of these bytes alone: the slice of a Buffer would share its pool.
    array = parse(new Uint8Array(bytes).buffer);
  } catch (cause) {
    throw damaged(source, 'npy', cause);
  }
  const expected = array.shape.reduce((product, size) => product * size, 1);
  const found = (array.data as unknown as ArrayLike<unknown>).length;
  const [rows = 1] = array.shape;
  requireFits(source, rows, expected / Math.max(1, rows));
  if (!/^[iufb]\d+$/.test(array.dtype)) {
    throw new RelucentError(
      'data',
      `${source}: dtype ${array.dtype}; expected integers, floats or booleans (text labels: save integers, or use CSV).`,
    );
  }
  if (found !== expected)
    throw damaged(
      source,
      'npy',
      new Error(`shape ${shapeText(array)} needs ${expected} values, the file holds ${found}`),
    );
  return array;
}

function tableOf(source: string, features: NpyArray, target: NpyArray | null): Table {
  const [rows, cols = 1] = features.shape;
  if (features.shape.length === 0 || features.shape.length > 2 || rows * cols === 0) {
    throw new RelucentError(
      'data',
      `${source}: shape ${shapeText(features)}; expected n×d with at least one row and column (images: reshape to one row each).`,
    );
  }
  requireFits(source, rows, cols);
  const columns = Array.from({ length: cols }, (_, j) => columnOf(`x${j + 1}`, features, j, rows, cols));
  if (target !== null) columns.push(targetColumn(source, target, rows));
  return { source, rowCount: rows, columns, lines: null };
}

function targetColumn(source: string, target: NpyArray, rows: number): Column {
  const [length, width = 1, ...more] = target.shape;
  if (length === rows && width === 1 && more.length === 0) return columnOf('y', target, 0, rows, 1);
  throw new RelucentError(
    'data',
    `${source}: y has shape ${shapeText(target)}; expected (${rows},): one target a row, as X has ${rows} rows.`,
  );
}

function columnOf(name: string, array: NpyArray, j: number, rows: number, cols: number): Column {
  const values = array.data as unknown as ArrayLike<number | bigint | boolean>;
  const builder = new ColumnBuilder(name, rows);
  for (let i = 0; i < rows; i++) builder.push(Number(values[array.fortranOrder ? j * rows + i : i * cols + j]));
  return builder.finish();
}

const damaged = (source: string, kind: string, cause: unknown): RelucentError =>
  new RelucentError(
    'data',
    `${source}: cannot be read as ${kind} (${cause instanceof Error ? cause.message : String(cause)}); the file is truncated, damaged or of another kind.`,
    { cause },
  );
