import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type ParseOptions, parseTable, parseTableStream, placeOf, type Table } from '../../src/data/index.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const cellsOf = (table: Table): Record<string, (number | string | null)[]> =>
  Object.fromEntries(
    table.columns.map(({ name, numbers, texts }) => [
      name,
      Array.from(numbers, (value, i) => (Number.isNaN(value) ? (texts?.[i] ?? null) : value)),
    ]),
  );
const read = async (text: string, options?: ParseOptions) =>
  cellsOf(await parseTable(utf8(text), { name: 'f.csv', ...options }));
const refusal = (text: string | Uint8Array, options?: ParseOptions): Promise<unknown> =>
  parseTable(typeof text === 'string' ? utf8(text) : text, { name: 'f.csv', ...options }).then(
    () => 'accepted',
    (error: { kind: string; message: string }) => `${error.kind}: ${error.message}`,
  );

/** Chunks of the given size. */
async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

describe('cells', () => {
  it('are numbers, text or missing', async () => {
    expect(await read('a,b\n1,x\n -2.5e3 , y z \n.5,\n+7.,NA\n')).toEqual({
      a: [1, -2500, 0.5, 7],
      b: ['x', 'y z', null, null],
    });
  });

  it('are missing for each token in any case', async () => {
    expect(await read('a,b\n1,\n2, NA\n3,n/a\n4,NaN\n5,NULL\n6,?\n7,none\n')).toEqual({
      a: [1, 2, 3, 4, 5, 6, 7],
      b: Array(7).fill(null),
    });
  });

  it('keep what only looks like a number as text', async () => {
    expect((await read('a,b\n0x10,u\n1e999,u\nInfinity,u\n1_000,u\n"1,5",u\n--1,u\n')).a).toEqual([
      '0x10',
      '1e999',
      'Infinity',
      '1_000',
      '1,5',
      '--1',
    ]);
  });

  it('take a decimal comma when asked', async () => {
    expect(await read('a;b\n1,5;2\n-0,25;x\n', { decimal: ',' })).toEqual({ a: [1.5, -0.25], b: [2, 'x'] });
    expect(await read('1,5;2\n-0,25;3\n', { decimal: ',', delimiter: ';' })).toEqual({ x1: [1.5, -0.25], x2: [2, 3] });
  });

  it('may be quoted, hold separators, quotes, line ends and letters of any language', async () => {
    expect(await read('"größe","b ""c"""\n"1","x, y"\r\n2,"two\nlines"\n3,"日本 😀"\n')).toEqual({
      größe: [1, 2, 3],
      'b "c"': ['x, y', 'two\nlines', '日本 😀'],
    });
  });
});

describe('layout', () => {
  const expected = { a: [1, 3], b: [2, 4] };
  it.each([
    ['line feeds', 'a,b\n1,2\n3,4\n'],
    ['no last line end', 'a,b\n1,2\n3,4'],
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['CR', 'a,b\r1,2\r3,4\r'],
    ['mixed line ends', 'a,b\r\n1,2\n3,4\r'],
    ['byte order mark', '\uFEFFa,b\n1,2\n3,4\n'],
    ['tabs', 'a\tb\n1\t2\n3\t4\n'],
    ['semicolons', 'a;b\n1;2\n3;4\n'],
    ['bars', 'a|b\n1|2\n3|4\n'],
    ['blank lines', '\n\na,b\n1,2\n   \n3,4\n\n\n'],
    ['quoted everything', '"a","b"\n"1","2"\n"3","4"\n'],
  ])('reads %s', async (_, text) => {
    expect(await read(text)).toEqual(expected);
    expect(cellsOf(await parseTable(text))).toEqual(expected);
  });

  it('names the columns of a file of numbers x1, x2, …', async () => {
    expect(await read('1,2\n3,4\n')).toEqual({ x1: [1, 3], x2: [2, 4] });
    expect(await read('2019,2020\n3,4\n', { header: true })).toEqual({ 2019: [3], 2020: [4] });
    expect(await read('u,v\n3,4\n', { header: false })).toEqual({ x1: ['u', 3], x2: ['v', 4] });
  });

  it('takes tabs for format tsv and for names ending in .tsv, even where commas abound', async () => {
    const text = 'a\tb\n1,1,1\t2,2,2\n3,3,3\t4,4,4\n';
    const cells = { a: ['1,1,1', '3,3,3'], b: ['2,2,2', '4,4,4'] };
    expect(await read(text, { format: 'tsv' })).toEqual(cells);
    expect(await read(text, { name: 'f.TSV' })).toEqual(cells);
    expect(await read('a::b\n1::2\n', { delimiter: '::' })).toEqual({ a: [1], b: [2] });
  });

  it('knows the line of each row, as an editor counts', async () => {
    const table = await parseTable('\na,b\n1,"x\ny\nz"\n\n2,u\r\n3,"v\r\nw"\n4,t\n', { name: 'f.csv' });
    expect([...(table.lines as Int32Array)]).toEqual([3, 7, 8, 10]);
    expect(placeOf(table, 3)).toBe('f.csv: line 10');
  });

  it('reads thousands of columns', async () => {
    const d = 5000;
    const header = Array.from({ length: d }, (_, j) => `c${j}`).join(',');
    const row = (i: number) => Array.from({ length: d }, (_, j) => i + j / 8).join(',');
    const table = await parseTable(utf8(`${header}\n${row(1)}\n${row(2)}\n${row(3)}\n`));
    expect([table.rowCount, table.columns.length]).toEqual([3, d]);
    expect([...table.columns[4999].numbers]).toEqual([625.875, 626.875, 627.875]);
  });
});

describe('round trip', () => {
  const awkward = ['a', 'b c', 'x,y', '"', 'say ""', 'line\nend', ';', 'a\tb', 'ü', '日本', '😀', "it's", '#', '= 1'];
  const random = createRandom(5);
  const rows = Array.from({ length: 3000 }, () => [
    random.normal() * 10 ** (random.integer(40) - 20),
    awkward[random.integer(awkward.length)],
    random.integer(3) === 0 ? null : random.integer(1e6),
  ]);
  const expected = {
    number: rows.map((row) => row[0]),
    text: rows.map((row) => row[1]),
    gaps: rows.map((row) => row[2]),
  };

  it.each([',', ';', '\t', '|'])('gives back what Papa Parse wrote with %j', async (delimiter) => {
    const text = Papa.unparse({ fields: ['number', 'text', 'gaps'], data: rows }, { delimiter });
    expect(await read(text)).toEqual(expected);
  });

  it.each([1, 7, 4096, 1 << 20])('does not depend on chunks of %i bytes', async (size) => {
    const bytes = utf8(Papa.unparse({ fields: ['number', 'text', 'gaps'], data: rows.slice(0, 800) }));
    const [whole, streamed] = [await parseTable(bytes), await parseTableStream(chunked(bytes, size))];
    expect(streamed).toEqual(whole);
  });

  it('reads files of several pieces', async () => {
    const line = (i: number) => `${i},"quoted, ${i}",${i / 4}\n`;
    const n = 120_000;
    const text = `id,text,value\n${Array.from({ length: n }, (_, i) => line(i)).join('')}`;
    const table = await parseTable(utf8(text));
    expect(table.rowCount).toBe(n);
    expect(table.columns[1].texts?.[n - 1]).toBe(`quoted, ${n - 1}`);
    expect(table.columns[2].numbers[n - 1]).toBe((n - 1) / 4);
    const again = await parseTable(text);
    expect(JSON.stringify(again) === JSON.stringify(table)).toBe(true);
  });
});

describe('refuses', () => {
  it.each<[string, string, string, ParseOptions?]>([
    ['an empty file', '', 'data: f.csv: the file is empty; expected a header and rows of cells.'],
    ['blank lines alone', '\n \n', 'data: f.csv: the file is empty; expected a header and rows of cells.'],
    ['a header alone', '\na,b\n', 'data: f.csv: no rows below the header in line 2; expected at least one.'],
    [
      'short rows',
      'a,b,c\n1,2,3\n\n4,5\n',
      'data: f.csv: line 4 has 2 cells, expected 3 as in line 1; check separators and quotes there.',
    ],
    [
      'long rows',
      'a,b\n1,"x\ny"\n1,2,3\n',
      'data: f.csv: line 4 has 3 cells, expected 2 as in line 1; check separators and quotes there.',
    ],
    [
      'one name twice',
      'a,b,a\n1,2,3\n',
      "data: f.csv: line 1: columns 1 and 3 are both named 'a'; rename one (no header row? write one; in code, header: false).",
    ],
    [
      'a column without a name',
      ',b\n1,2\n',
      'data: f.csv: line 1: column 1 has no name; name every column (a row index written by pandas: index=False).',
    ],
    [
      'an unclosed quote',
      'a,b\n1,2\n3,"x\n4,y\n5,z\n',
      'data: f.csv: line 3: a quote is opened and never closed; close it, and double each quote inside a quoted cell.',
    ],
    [
      'text after a quote',
      'a,b\n1,2\n"x"y,2\n',
      'data: f.csv: line 3: text follows a closing quote; close it, and double each quote inside a quoted cell.',
    ],
    [
      'a first line of names and numbers',
      '5.1,setosa\n4.9,setosa\n',
      "data: f.csv: line 1 holds both names and numbers ('setosa'); name every column there, or none (in code, header says which).",
    ],
    [
      'NUL characters',
      'a,b\n1,2\n3,\0\n',
      'data: f.csv: line 3 holds NUL characters; expected a text table in UTF-8 (not UTF-16).',
    ],
    [
      'another format than asked for',
      'a,b\n1,2\n',
      "data: f.csv: not a parquet file (its first bytes are another kind's, or it is damaged).",
      { format: 'parquet' },
    ],
  ])('%s', async (_, text, message, options) => {
    expect(await refusal(text, options)).toBe(message);
  });

  it.each([2, 3, 40])('bytes that are not UTF-8, by line (here %i)', async (line) => {
    const lines = Array.from({ length: 50 }, (_, i) => utf8(i === 0 ? 'name,größe\n' : `ä${i},1\n`));
    lines[line - 1] = Uint8Array.of(0x4d, 0xfc, 0x2c, 0x31, 0x0a);
    const bytes = Uint8Array.from(lines.flatMap((bytes) => [...bytes]));
    expect(await refusal(bytes)).toBe(`data: f.csv: line ${line} is not UTF-8; save the file as UTF-8.`);
    await expect(parseTableStream(chunked(bytes, 5), { name: 'f.csv' })).rejects.toThrow(`line ${line} is not UTF-8`);
  });

  it('UTF-16, gzip, workbooks and Arrow by their first bytes', async () => {
    expect(await refusal(Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x2c, 0))).toBe(
      'data: f.csv: is UTF-16; save it as UTF-8; expected CSV, TSV, Parquet, npy or npz.',
    );
    expect(await refusal(Uint8Array.of(0x1f, 0x8b, 8, 0))).toContain('is compressed with gzip; unpack it first');
    expect(await refusal(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0))).toContain('is a workbook; save the sheet as CSV');
    expect(await refusal(utf8('ARROW1\0\0'))).toContain('is an Arrow file');
  });

  it('text where bytes are needed', async () => {
    await expect(parseTable('a,b', { format: 'npz' })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('needs bytes'),
    });
  });

  it('a quote that is never closed in a long file, without reading it over and over', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield utf8('a,b\n1,"2\n');
      const chunk = new Uint8Array(1 << 21).fill(0x33);
      chunk[chunk.length - 1] = 10;
      for (let i = 0; i < 1000; i++) yield chunk;
    }
    await expect(parseTableStream(endless(), { name: 'f.csv' })).rejects.toThrow(
      /line 2: a quote opened here is not closed/,
    );
  });

  it('a line without end, before it fills the memory', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield utf8('a,b\n1,2\n');
      for (; sent < 1000; sent++) yield new Uint8Array(1 << 21).fill(0x33);
    }
    await expect(parseTableStream(endless(), { name: 'f.csv' })).rejects.toThrow(
      'f.csv: line 3 has no end within 32 million bytes; expected a text table with one record a line.',
    );
    expect(sent).toBeLessThan(20);
  });

  it('a file too large for memory after its first rows, where its size is known', async () => {
    const bytes = utf8(`größe,b\n${'12,3\n'.repeat(20_000)}`);
    const parsed = (size: number) => parseTableStream(chunked(bytes, 10_000), { name: 'f.csv', size });
    await expect(parsed(3e9)).rejects.toThrow(
      'f.csv: about 600000000 rows × 2 columns take 9.6 GB as float64, at most 1.5 GB fit; train on a sample',
    );
    expect((await parsed(9e8)).rowCount).toBe(20_000);
  });

  it('nothing more once aborted, and lets the source go', async () => {
    const controller = new AbortController();
    let released = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (let i = 0; ; i++) {
          if (i === 3) controller.abort(new Error('stopped by test'));
          yield utf8('a,b\n1,2\n');
        }
      } finally {
        released = true;
      }
    }
    await expect(parseTableStream(source(), { signal: controller.signal })).rejects.toThrow('stopped by test');
    expect(released).toBe(true);
  });
});
