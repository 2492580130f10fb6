import { unzipSync } from 'fflate';
import type { NpyArray } from 'npyjs';
import { RelucentError } from '../base/index.js';
import { listNames } from './cells.js';
import { maxMatrixBytes, requireFits } from './limits.js';
import { damaged, parseArray, shapeText } from './npy-array.js';
import { type Column, ColumnBuilder, type Table } from './table.js';

/** An array with its name inside the npz file. */
interface NamedArray {
  readonly name: string;
  readonly array: NpyArray;
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
