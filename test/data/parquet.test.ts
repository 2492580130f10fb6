import { readFileSync } from 'node:fs';
import { gzipSync } from 'fflate';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { parseTable, parseTableStream, placeOf } from '../../src/data/index.js';

type WriteOptions = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>;
const write = (columnData: ColumnSource[], options: WriteOptions = {}): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ columnData, ...options }));
const refusal = (bytes: Uint8Array): Promise<unknown> =>
  parseTable(bytes, { name: 'f.parquet' }).then(
    () => 'accepted',
    (error: { kind: string; message: string }) => `${error.kind}: ${error.message}`,
  );

const n = 2500;
const numbers = Array.from({ length: n }, (_, i) => Math.sin(i) * 10 ** (i % 9));
const words = Array.from({ length: n }, (_, i) => ['low', 'mid', 'high'][i % 3]);
const sample = (): ColumnSource[] => [
  { name: 'value', data: numbers, type: 'DOUBLE' },
  { name: 'word', data: words, type: 'STRING' },
];

describe('Parquet', () => {
  it.each([undefined, 100, [7, 1000]])('reads back numbers and text over row groups of %j', async (rowGroupSize) => {
    const table = await parseTable(write(sample(), { rowGroupSize }), { name: 'f.parquet' });
    expect(table.rowCount).toBe(n);
    expect([...table.columns[0].numbers]).toEqual(numbers);
    expect(table.columns[1].texts).toEqual(words);
    expect(placeOf(table, 4)).toBe('f.parquet: row 5');
  });

  it('reads uncompressed and gzip files, whole and in chunks', async () => {
    const plain = write(sample(), { codec: 'UNCOMPRESSED' });
    const gzip = write(sample(), { codec: 'GZIP', compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) } });
    const expected = await parseTable(write(sample()));
    expect(await parseTable(plain)).toEqual(expected);
    expect(await parseTable(gzip)).toEqual(expected);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < gzip.length; at += 3) yield gzip.slice(at, at + 3);
    }
    expect(await parseTableStream(chunks())).toEqual(expected);
  });

  it('reads zstd as Arrow writes it: dictionary, missing cells, many different numbers', async () => {
    const bytes = readFileSync(new URL('fixtures/zstd.parquet', import.meta.url));
    const [value, word, count] = (await parseTable(bytes)).columns;
    const rows = Array.from({ length: 300 }, (_, i) => i);
    expect([...value.numbers]).toEqual(rows.map((i) => ((i * 7919) % 1000) / 8));
    expect(word.texts).toEqual(rows.map((i) => words[i]));
    expect([...count.numbers]).toEqual(rows.map((i) => (i % 50 === 7 ? Number.NaN : i * i)));
  });

  it('reads integers, booleans, dates and missing cells', async () => {
    const table = await parseTable(
      write([
        { name: 'int', data: [1, -2, null], type: 'INT32' },
        { name: 'long', data: [1n, 2n ** 40n, null], type: 'INT64' },
        { name: 'float', data: [0.5, Number.NaN, Number.POSITIVE_INFINITY], type: 'FLOAT' },
        { name: 'flag', data: [true, false, null], type: 'BOOLEAN' },
        { name: 'day', data: [new Date('2024-02-29'), new Date('2024-02-29T12:00:00Z'), null], type: 'TIMESTAMP' },
      ]),
    );
    const [int, long, float, flag, day] = table.columns;
    expect([...int.numbers]).toEqual([1, -2, Number.NaN]);
    expect([...long.numbers]).toEqual([1, 2 ** 40, Number.NaN]);
    expect([...float.numbers]).toEqual([0.5, Number.NaN, Number.NaN]);
    expect(float.texts).toEqual([undefined, undefined, 'Infinity']);
    expect(flag.texts).toEqual(['true', 'false', undefined]);
    expect(day.texts).toEqual(['2024-02-29', '2024-02-29T12:00:00.000Z', undefined]);
  });
});

describe('Parquet refuses', () => {
  it('a truncated file', async () => {
    const bytes = write(sample());
    expect(await refusal(bytes.slice(0, bytes.length - 9))).toMatch(
      /^data: f\.parquet: cannot be read as Parquet \(.+\); the file is truncated or damaged\.$/,
    );
    expect(await refusal(bytes.slice(0, 5))).toMatch(/^data: f\.parquet: cannot be read as Parquet/);
  });

  it('a file whose pages are damaged', async () => {
    const bytes = write(sample());
    bytes.fill(0xff, 4, 400);
    expect(await refusal(bytes)).toMatch(/^data: f\.parquet: cannot be read as Parquet/);
  });

  it('a file without rows', async () => {
    expect(await refusal(write([{ name: 'a', data: [], type: 'DOUBLE' }]))).toBe(
      'data: f.parquet: the Parquet file has no rows; expected at least one.',
    );
  });

  it('lists and records', async () => {
    const bytes = write(
      [
        { name: 'a', data: [1, 2] },
        { name: 'tags', data: [['x'], ['y', 'z']] },
      ],
      {
        schema: [
          { name: 'root', num_children: 2 },
          { name: 'a', type: 'INT32', repetition_type: 'REQUIRED' },
          { name: 'tags', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
          { name: 'element', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL', converted_type: 'UTF8' },
        ],
      },
    );
    expect(await refusal(bytes)).toBe(
      "data: f.parquet: column 'tags' holds lists or records; expected one value a row: flatten it or leave it out.",
    );
  });

  it('values that are neither number nor text', async () => {
    const bytes = write([{ name: 'doc', data: [{ a: 1 }, { a: 2 }], type: 'JSON' }]);
    expect(await refusal(bytes)).toBe(
      "data: f.parquet: row 1, column 'doc' holds neither number nor text; leave the column out.",
    );
  });

  it('a compression it cannot undo', async () => {
    const bytes = write(sample(), { codec: 'BROTLI', compressors: { BROTLI: (content: Uint8Array) => content } });
    expect(await refusal(bytes)).toBe(
      'data: f.parquet: compressed with BROTLI; write the Parquet file with snappy, zstd, gzip or no compression.',
    );
  });

  it.each(['ZSTD', 'GZIP'] as const)('pages that are not %s', async (codec) => {
    const bytes = write(sample(), { codec, compressors: { [codec]: (content: Uint8Array) => content.slice(1) } });
    expect(await refusal(bytes)).toMatch(
      /^data: f\.parquet: cannot be read as Parquet \(.+\); the file is truncated or damaged\.$/,
    );
  });

  it('two columns of one name', async () => {
    expect(await refusal(write([sample()[0], sample()[0]]))).toContain("columns 1 and 2 are both named 'value'");
  });
});
