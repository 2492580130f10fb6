import { gunzipSync } from 'fflate';
import { decompress as unzstd } from 'fzstd';
import { type FileMetaData, parquetMetadata, parquetScan, parquetSchema, type SchemaTree } from 'hyparquet';
import { RelucentError } from '../base/index.js';
import { quoteCell } from './cells.js';
import { maxMatrixBytes, requireFits } from './limits.js';
import { type Column, ColumnBuilder, checkNames, type Table } from './table.js';

/** Besides snappy, which the reader has; `length` comes from the page's header, which may be damaged. */
const compressors = {
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { out: pageOf(length) }),
  ZSTD: (input: Uint8Array, length: number) => unzstd(input, pageOf(length)),
};

function pageOf(length: number): Uint8Array {
  if (length <= maxMatrixBytes) return new Uint8Array(length);
  throw new Error(`a page claims to unpack to ${length} bytes`);
}

const readable: readonly string[] = ['UNCOMPRESSED', 'SNAPPY', ...Object.keys(compressors)];

/**
 * A flat Parquet file (no lists or records); snappy, gzip, zstd or no compression. Booleans become the text `true` and `false`,
 * dates ISO text. Throws `data` for a damaged file and for what a table cannot hold, `resource` for too large a one.
 */
export async function readParquet(bytes: Uint8Array, source: string): Promise<Table> {
  const metadata = await guarded(source, async () => parquetMetadata(bytes));
  const fields = parquetSchema(metadata).children;
  const rowCount = Number(metadata.num_rows);
  checkNames(
    source,
    fields.map((field) => field.element.name),
  );
  for (const field of fields) requireFlat(source, field);
  requireCodecs(source, metadata);
  requireFits(source, rowCount, fields.length);
  if (rowCount === 0)
    throw new RelucentError('data', `${source}: the Parquet file has no rows; expected at least one.`);
  const columns: Column[] = [];
  for (const field of fields) columns.push(await readColumn(bytes, metadata, field.element.name, source));
  return { source, rowCount, columns, lines: null };
}

async function readColumn(bytes: Uint8Array, metadata: FileMetaData, name: string, source: string): Promise<Column> {
  const builder = new ColumnBuilder(name, Math.max(1, Number(metadata.num_rows)));
  const file = { byteLength: bytes.length, slice: (start: number, end?: number) => bytes.slice(start, end).buffer };
  const scan = await guarded(source, () => parquetScan({ file, metadata, columns: [name], compressors }));
  let row = 0;
  for (const { rowStart, rowEnd } of scan.ranges) {
    const values = await guarded(source, () => scan.readColumn({ column: name, rowStart, rowEnd }));
    for (let i = 0; i < values.length; i++, row++) pushValue(builder, values[i], source, row);
  }
  if (row !== Number(metadata.num_rows))
    throw damaged(source, `column ${quoteCell(name)} has ${row} of ${metadata.num_rows} rows`);
  return builder.finish();
}

function pushValue(builder: ColumnBuilder, value: unknown, source: string, row: number): void {
  if (builder.push(value)) return;
  throw new RelucentError(
    'data',
    `${source}: row ${row + 1}, column ${quoteCell(builder.name)} holds neither number nor text; leave the column out.`,
  );
}

function requireFlat(source: string, field: SchemaTree): void {
  if (field.children.length === 0 && field.element.repetition_type !== 'REPEATED') return;
  throw new RelucentError(
    'data',
    `${source}: column ${quoteCell(field.element.name)} holds lists or records; expected one value a row: flatten it or leave it out.`,
  );
}

function requireCodecs(source: string, metadata: FileMetaData): void {
  for (const group of metadata.row_groups) {
    for (const { meta_data } of group.columns) {
      if (meta_data === undefined || readable.includes(meta_data.codec)) continue;
      throw new RelucentError(
        'data',
        `${source}: compressed with ${meta_data.codec}; write the Parquet file with snappy, zstd, gzip or no compression.`,
      );
    }
  }
}

/** The reader's own exceptions, as errors that name the file. */
async function guarded<T>(source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw damaged(source, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const damaged = (source: string, why: string, cause?: unknown): RelucentError =>
  new RelucentError('data', `${source}: cannot be read as Parquet (${why}); the file is truncated or damaged.`, {
    cause,
  });
