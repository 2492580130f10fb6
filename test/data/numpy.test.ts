import { zipSync } from 'fflate';
import { dump } from 'npyjs';
import { describe, expect, it } from 'vitest';
import { parseTable, type Table } from '../../src/data/index.js';

type TypedArray = Parameters<typeof dump>[0];
const npy = (values: TypedArray, shape: number[]): Uint8Array => new Uint8Array(dump(values, shape));
const refusal = (bytes: Uint8Array, name = 'f.npy'): Promise<unknown> =>
  parseTable(bytes, { name }).then(
    () => 'accepted',
    (error: { kind: string; message: string }) => `${error.kind}: ${error.message}`,
  );
const columnsOf = (table: Table): Record<string, number[]> =>
  Object.fromEntries(table.columns.map(({ name, numbers }) => [name, [...numbers]]));

/** A version 1 npy file with any header, as numpy lays it out. */
function rawNpy(descr: string, shape: string, data: Uint8Array, fortran = false): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const prefix = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8];
  return Uint8Array.from([...prefix, ...new TextEncoder().encode(header), ...data]);
}
const bytesOf = (values: Float64Array): Uint8Array => new Uint8Array(values.buffer);

describe('npy', () => {
  it.each<[string, TypedArray]>([
    ['float64', Float64Array.of(1.5, -2, 3, 4, 5, 6)],
    ['float32', Float32Array.of(1.5, -2, 3, 4, 5, 6)],
    ['int8', Int8Array.of(1, -2, 3, 4, 5, 6)],
    ['uint8', Uint8Array.of(1, 2, 3, 4, 5, 255)],
    ['int16', Int16Array.of(1, -2, 3, 4, 5, 6)],
    ['uint16', Uint16Array.of(1, 2, 3, 4, 5, 65535)],
    ['int32', Int32Array.of(1, -2, 3, 4, 5, 6)],
    ['uint32', Uint32Array.of(1, 2, 3, 4, 5, 2 ** 32 - 1)],
    ['int64', BigInt64Array.of(1n, -2n, 3n, 4n, 5n, -(2n ** 50n))],
    ['uint64', BigUint64Array.of(1n, 2n, 3n, 4n, 5n, 6n)],
  ])('reads %s', async (_, values) => {
    const flat = Array.from(values as ArrayLike<number>, Number);
    expect(columnsOf(await parseTable(npy(values, [3, 2])))).toEqual({
      x1: [flat[0], flat[2], flat[4]],
      x2: [flat[1], flat[3], flat[5]],
    });
  });

  it('reads vectors, Fortran order, booleans and half precision', async () => {
    expect(columnsOf(await parseTable(npy(Float64Array.of(1, 2, 3), [3])))).toEqual({ x1: [1, 2, 3] });
    const columns = rawNpy('<f8', '(3, 2)', bytesOf(Float64Array.of(1, 2, 3, 4, 5, 6)), true);
    expect(columnsOf(await parseTable(columns))).toEqual({ x1: [1, 2, 3], x2: [4, 5, 6] });
    expect(columnsOf(await parseTable(rawNpy('|b1', '(3,)', Uint8Array.of(1, 0, 1))))).toEqual({ x1: [1, 0, 1] });
    expect(columnsOf(await parseTable(rawNpy('<f2', '(2,)', Uint8Array.of(0, 0x3c, 0, 0xc1))))).toEqual({
      x1: [1, -2.5],
    });
  });

  it("reads Node's Buffer, also one inside a larger block of memory", async () => {
    const bytes = npy(Float64Array.of(1.5, -2), [2]);
    const block = Buffer.concat([Buffer.alloc(3, 7), bytes, Buffer.alloc(5, 7)]);
    expect(columnsOf(await parseTable(block.subarray(3, 3 + bytes.length)))).toEqual({ x1: [1.5, -2] });
  });

  it('takes NaN as missing and keeps infinities to be refused by name', async () => {
    const [column] = (await parseTable(npy(Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY), [3]))).columns;
    expect([[...column.numbers], column.texts]).toEqual([
      [1, Number.NaN, Number.NaN],
      [undefined, undefined, '-Infinity'],
    ]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'complex numbers',
      rawNpy('<c16', '(1,)', new Uint8Array(16)),
      /^data: f\.npy: dtype c16; expected integers, floats or booleans/,
    ],
    [
      'text',
      rawNpy('<U2', '(1,)', new Uint8Array(8)),
      /^data: f\.npy: dtype U2; expected integers, floats or booleans/,
    ],
    [
      'objects',
      rawNpy('|O', '(1,)', new Uint8Array(8)),
      /^data: f\.npy: cannot be read as npy \(Unsupported dtype: \|O\)/,
    ],
    [
      'big-endian numbers',
      rawNpy('>f8', '(1,)', new Uint8Array(8)),
      /^data: f\.npy: cannot be read as npy \(Unsupported dtype: >f8\)/,
    ],
    [
      'truncated values',
      npy(Float64Array.of(1, 2, 3, 4), [2, 2]).slice(0, -8),
      /^data: f\.npy: cannot be read as npy \(shape \(2, 2\) needs 4 values, the file holds 3\)/,
    ],
    [
      'half a value',
      npy(Float64Array.of(1, 2, 3, 4), [2, 2]).slice(0, -3),
      /^data: f\.npy: cannot be read as npy \(.+\); the file is truncated, damaged or of another kind\.$/,
    ],
    ['a truncated header', npy(Float64Array.of(1, 2), [2]).slice(0, 30), /^data: f\.npy: cannot be read as npy/],
    [
      'a header that claims more than the memory holds',
      rawNpy('<f8', '(1000000000, 50)', new Uint8Array(80)),
      /^resource: f\.npy: 1000000000 rows × 50 columns take 400 GB as float64, at most 1\.5 GB fit; train on a sample/,
    ],
    ['three axes', npy(new Float64Array(8), [2, 2, 2]), /^data: f\.npy: shape \(2, 2, 2\); expected n×d/],
    ['no rows', npy(new Float64Array(0), [0, 3]), /^data: f\.npy: shape \(0, 3\); expected n×d with at least one row/],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await refusal(bytes)).toMatch(message);
  });
});

describe('npz', () => {
  const X = npy(Float64Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
  const y = npy(Int32Array.of(0, 1, 0), [3]);
  const expected = { x1: [1, 3, 5], x2: [2, 4, 6], y: [0, 1, 0] };

  it.each<[string, Record<string, Uint8Array>]>([
    ['X and y', { 'other.npy': npy(new Float64Array(4), [2, 2]), 'y.npy': y, 'X.npy': X }],
    ['x and Y', { 'x.npy': X, 'Y.npy': y }],
    ['the only matrix and the only vector', { 'labels.npy': y, 'images.npy': X }],
    ['a target of one column', { 'X.npy': X, 'y.npy': npy(Float64Array.of(0, 1, 0), [3, 1]) }],
  ])('reads %s', async (_, files) => {
    expect(columnsOf(await parseTable(zipSync(files)))).toEqual(expected);
    expect(columnsOf(await parseTable(zipSync(files, { level: 0 }), { format: 'npz' }))).toEqual(expected);
  });

  it('reads X alone', async () => {
    expect(columnsOf(await parseTable(zipSync({ 'X.npy': X })))).toEqual({ x1: expected.x1, x2: expected.x2 });
  });

  it.each<[string, Uint8Array, string]>([
    [
      'several matrices',
      zipSync({ 'a.npy': X, 'b.npy': X }),
      'data: f.npz: which array is X? a, b; save it under the name X.',
    ],
    ['no matrix', zipSync({ 'a.npy': y }), 'data: f.npz: no n×d array inside (a (3,)); save arrays named X and y.'],
    [
      'a target of another length',
      zipSync({ 'X.npy': X, 'y.npy': npy(Int32Array.of(1, 2), [2]) }),
      'data: f.npz: y has shape (2,); expected (3,): one target a row, as X has 3 rows.',
    ],
    [
      'a workbook',
      zipSync({ '[Content_Types].xml': y }),
      'data: f.npz: a zip file without npy arrays; expected npz (a workbook: save the sheet as CSV).',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await refusal(bytes, 'f.npz')).toBe(message);
  });

  it('refuses a truncated archive', async () => {
    expect(await refusal(zipSync({ 'X.npy': X }).slice(0, 60), 'f.npz')).toMatch(
      /^data: f\.npz: cannot be read as npz/,
    );
  });

  it('names the array that is damaged', async () => {
    expect(await refusal(zipSync({ 'X.npy': X.slice(0, -8) }), 'f.npz')).toMatch(
      /^data: f\.npz: X\.npy: cannot be read as npy/,
    );
  });
});
