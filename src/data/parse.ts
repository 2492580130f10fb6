import { RelucentError, Run, type RunOptions } from '../base/index.js';
import { type CsvOptions, CsvReader } from './csv.js';
import type { Table } from './table.js';
import { joinBytes, plainBreaks, Utf8Lines } from './text.js';

export type TableFormat = 'auto' | 'csv' | 'tsv' | 'parquet' | 'npy' | 'npz';

/** Options of `parseTable` and `parseTableStream`; delimiter, header and decimal concern text alone. */
export interface ParseOptions extends CsvOptions, Pick<RunOptions, 'signal'> {
  /** Name for messages, usually the file name. Default `table`. */
  readonly name?: string;
  /** Default `auto`: by the first bytes. `csv` is any delimited text. */
  readonly format?: TableFormat;
}

const pieceLength = 1 << 20;

/**
 * A table from the bytes of a CSV, TSV, Parquet, npy or npz file, or from text.
 *
 * Text is UTF-8 with one record a line (quoted cells may span lines), the separator sniffed; cells are numbers, text or
 * missing (see `missingTokens`). Throws `data`, naming file, line and column, for ragged rows, bad or repeated column
 * names, unclosed quotes, other encodings, empty or damaged files; `resource` for more than 1.5 GB of numbers; the
 * signal's reason when aborted.
 */
export async function parseTable(input: Uint8Array | string, options: ParseOptions = {}): Promise<Table> {
  const source = options.name ?? 'table';
  if (typeof input === 'string') {
    const format = options.format ?? 'auto';
    if (isBinary(format))
      throw new RelucentError('usage', `${source}: format ${format} needs bytes, got text; pass a Uint8Array.`);
    return readText(textPieces(input), source, options);
  }
  const format = formatOf(input, source, options);
  if (isBinary(format)) return readBinary(input, format, source);
  return readText(linesOf(bytePieces(input), source), source, options);
}

/** Like `parseTable`, from chunks: text is never in memory as a whole, binary formats are collected first. */
export async function parseTableStream(chunks: AsyncIterable<Uint8Array>, options: ParseOptions = {}): Promise<Table> {
  const source = options.name ?? 'table';
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator);
    const format = formatOf(head, source, options);
    const all = resumed(head, iterator);
    if (!isBinary(format)) return await readText(linesOf(all, source), source, options);
    return await readBinary(await collect(all), format, source);
  } finally {
    await iterator.return?.();
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return joinBytes(pieces);
}

type BinaryFormat = 'parquet' | 'npy' | 'npz';
const isBinary = (format: TableFormat): format is BinaryFormat =>
  format === 'parquet' || format === 'npy' || format === 'npz';

/**
 * The readers of binary files are loaded when one comes: most pages need none of them. They get a plain view: `slice` of
 * Node's Buffer, a Uint8Array as well, does not copy.
 */
async function readBinary(given: Uint8Array, format: BinaryFormat, source: string): Promise<Table> {
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (format === 'parquet') return (await import('./parquet.js')).readParquet(bytes, source);
  const { readNpy, readNpz } = await import('./numpy.js');
  return format === 'npy' ? readNpy(bytes, source) : readNpz(bytes, source);
}

async function readText(
  pieces: AsyncIterable<string> | Iterable<string>,
  source: string,
  options: ParseOptions,
): Promise<Table> {
  const run = new Run({ signal: options.signal });
  const reader = new CsvReader(source, { ...options, delimiter: options.delimiter ?? tabOrSniffed(source, options) });
  for await (const piece of pieces) {
    await run.pause();
    options.signal?.throwIfAborted();
    reader.write(piece);
  }
  return reader.end();
}

const tabOrSniffed = (source: string, { format }: ParseOptions): string | undefined =>
  format === 'tsv' || (format !== 'csv' && /\.tsv$/i.test(source)) ? '\t' : undefined;

/** What each other kind of file starts with, and what to do with one. */
const signatures: ReadonlyArray<readonly [bytes: readonly number[], format: BinaryFormat | null, advice: string]> = [
  [[0x50, 0x41, 0x52, 0x31], 'parquet', ''],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'npy', ''],
  [[0x50, 0x4b, 0x03, 0x04], 'npz', ''],
  [[0x1f, 0x8b], null, 'is compressed with gzip; unpack it first'],
  [[0xd0, 0xcf, 0x11, 0xe0], null, 'is a workbook; save the sheet as CSV'],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], null, 'is an Arrow file; write it as Parquet or CSV'],
  [[0xff, 0xfe], null, 'is UTF-16; save it as UTF-8'],
  [[0xfe, 0xff], null, 'is UTF-16; save it as UTF-8'],
];

function formatOf(head: Uint8Array, source: string, options: ParseOptions): TableFormat {
  const format = options.format ?? 'auto';
  const found = signatures.find(([bytes]) => bytes.every((byte, i) => head[i] === byte));
  if (found !== undefined && found[1] === null) {
    throw new RelucentError('data', `${source}: ${found[2]}; expected CSV, TSV, Parquet, npy or npz.`);
  }
  if (format === 'auto') return found?.[1] ?? 'csv';
  if (isBinary(format) && found?.[1] !== format) {
    throw new RelucentError(
      'data',
      `${source}: not a ${format} file (its first bytes are another kind's, or it is damaged).`,
    );
  }
  return format;
}

async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 8) {
    const next = await iterator.next();
    if (next.done) break;
    head = joinBytes([head, next.value]);
  }
  return head;
}

async function* resumed(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

async function* linesOf(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  source: string,
): AsyncGenerator<string> {
  const lines = new Utf8Lines(source);
  for await (const piece of pieces) yield lines.push(piece);
  yield lines.end();
}

function* bytePieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceLength) yield bytes.subarray(at, at + pieceLength);
}

/** Text in pieces that end at a line feed. */
function* textPieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const feed = text.indexOf('\n', at + pieceLength);
    const end = feed < 0 ? text.length : feed + 1;
    yield plainBreaks(text.slice(at, end));
    at = end;
  }
}
