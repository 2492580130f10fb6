import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { gzipSync, zipSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { dump } from 'npyjs';
import { classesCsv, regressionCsv } from './run.js';

/** A version 1 npy file with any header, as numpy lays it out. */
function rawNpy(descr: string, shape: string, bytes: number): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const prefix = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8];
  return Uint8Array.from([...prefix, ...new TextEncoder().encode(header), ...new Uint8Array(bytes)]);
}

const npy = new Uint8Array(dump(Float64Array.of(1, 2, 3, 4, 5, 6), [3, 2]));

function parquet(codec?: 'BROTLI' | 'ZSTD'): Uint8Array {
  const compressors = codec && { [codec]: (content: Uint8Array) => content };
  const columnData = [{ name: 'width', data: Array.from({ length: 500 }, (_, i) => i / 7), type: 'DOUBLE' as const }];
  return new Uint8Array(parquetWriteBuffer({ columnData, codec, compressors }));
}

const damaged = (bytes: Uint8Array, from: number, to: number): Uint8Array => bytes.slice().fill(0xff, from, to);

/** Lines with the regression table's columns, `width,height,place,price`. */
const rows = (...lines: readonly string[]): string => `width,height,place,price\n${lines.join('\n')}\n`;
const many = (line: (i: number) => string, count = 20): string[] => Array.from({ length: count }, (_, i) => line(i));

/** Tables that no command can read, each by its name. */
const unreadable: Readonly<Record<string, string | Uint8Array>> = {
  'empty.csv': '',
  'blank.csv': '\n\n  \n',
  'header.csv': 'width,height,place,price\n',
  'ragged.csv': rows('1,2,a,3', '1,2,a'),
  'twice.csv': 'width,price,width\n1,2,3\n',
  'unnamed.csv': 'width,,price\n1,2,3\n',
  'quote.csv': 'width,price\n"1,2\n3,4\n',
  'half-header.csv': 'width,7\n1,2\n',
  'latin1.csv': Uint8Array.from([...new TextEncoder().encode('width,price\n'), 0xfc, 0x2c, 0x31, 0x0a]),
  'utf16.csv': Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x2c, 0),
  'nul.csv': 'width,price\n1,\0\n',
  'packed.csv': gzipSync(new TextEncoder().encode('a,b\n1,2\n'), { mtime: 0 }),
  'huge.npy': rawNpy('<f8', '(4000000000, 50)', 80),
  'cut.npy': npy.slice(0, -9),
  'text.npy': rawNpy('<U2', '(1,)', 8),
  'cube.npy': rawNpy('<f8', '(2, 2, 2)', 64),
  'cut.npz': zipSync({ 'X.npy': npy }).slice(0, 70),
  'broken.npz': zipSync({ 'X.npy': npy.slice(0, -8) }),
  'other.npz': zipSync({ 'X.txt': npy }),
  'cut.parquet': parquet().slice(0, -9),
  'broken.parquet': damaged(parquet(), 4, 300),
  'brotli.parquet': parquet('BROTLI'),
  'broken-zstd.parquet': parquet('ZSTD'),
};

/** Tables that can be read and not be used: for `fit` with target price, or for a model of the regression table. */
const unusable: Readonly<Record<string, string>> = {
  'text.csv': rows(...many((i) => `${i === 11 ? 'wide' : i},${i / 3},a,${i / 7}`)),
  'infinite.csv': rows(...many((i) => `${i === 4 ? 'Infinity' : i},1,a,${i / 7}`)),
  'overflow.csv': rows(...many((i) => `${i === 4 ? '1e999' : i},1,a,${i / 7}`)),
  'commas.csv': rows(...many((i) => `"1,${i}",1,a,${i / 7}`)),
  'constant.csv': rows(...many((i) => `${i},${i * i},a,7.5`)),
  'one-class.csv': rows(...many((i) => `${i},${i * i},a,yes`)),
  'many-classes.csv': rows(...many((i) => `${i},${i * i},a,class${i}`)),
  'no-target.csv': rows(...many((i) => `${i},1,a,NA`)),
  'text-target.csv': rows(...many((i) => `${i},${i * i},a,${i === 3 ? 'cheap' : i / 7}`, 40)),
  'infinite-target.csv': rows(...many((i) => `${i},${i * i},a,${i === 3 ? '-inf' : i / 7}`)),
  'one-row.csv': rows('1,2,a,3'),
  'two-rows.csv': rows('1,2,a,3', '2,2.5,b,4.5'),
  'no-features.csv': rows(...many((i) => `NA,,7,${i / 7}`)),
  'only-target.csv': `price\n${many((i) => `${i / 7}`).join('\n')}\n`,
  'no-width.csv': 'height,place,price\n1,north,2\n',
  'other-name.csv': 'Width,height,place,price\n1,2,north,2\n',
  'other-type.csv': rows('broad,1,north,2', 'slim,2,south,3'),
  'new-level.csv': rows('1,1,west,2', '2,2,3,3'),
  'others.csv': regressionCsv(40, 9),
  'no-price.csv': 'width,height,place\n1,2,north\n',
  'new-class.csv': 'a,b,label\n1,2,maybe\n2,3,yes\n',
};

/** Model files made from a good one that no command takes. */
function badModels(text: string): Record<string, string> {
  const edited = (change: (file: Record<string, unknown>) => void): string => {
    const file = JSON.parse(text) as Record<string, unknown>;
    change(file);
    return JSON.stringify(file);
  };
  return {
    'empty.json': '',
    'cut.json': text.slice(0, text.length / 2),
    'null.json': 'null',
    'list.json': '[1, 2]',
    'other.json': '{"hello": 1}',
    'newer.json': edited((file) => Object.assign(file, { formatVersion: 2, version: '9.1.0' })),
    'older.json': edited((file) => Object.assign(file, { formatVersion: 0 })),
    'field.json': edited((file) => delete file.weights),
    'unknown-field.json': edited((file) => Object.assign(file, { colour: 'red' })),
    'number.json': edited((file) => Object.assign(file.objective as object, { lambda: '0.1' })),
    'shape.json': edited((file) => Object.assign(file.weights as object, { inputs: 7 })),
    'tie.json': edited((file) => Object.assign(file, { tieRule: 'x·g > 0 is active' })),
  };
}

/** Writes everything that a command should refuse, beside data.csv and labels.csv that it should take. */
export function writeBadInputs(at: (name: string) => string): void {
  for (const [name, content] of Object.entries({ ...unreadable, ...unusable })) writeFileSync(at(name), content);
  writeFileSync(at('data.csv'), regressionCsv(40));
  writeFileSync(at('labels.csv'), classesCsv(40));
  mkdirSync(at('folder'));
  symlinkSync('data.csv', at('link.csv'));
  symlinkSync('/dev/full', at('full.svg'));
  const line = '0.25,0.5,north,2\n';
  writeFileSync(at('long.csv'), rows() + line.repeat(10_000));
  truncateSync(at('long.csv'), 40e9);
}

export function writeBadModels(at: (name: string) => string, good: string): void {
  for (const [name, content] of Object.entries(badModels(good))) writeFileSync(at(name), content);
  writeFileSync(
    at('garbled.onnx'),
    Uint8Array.from({ length: 300 }, (_, i) => (37 * i) % 256),
  );
}
