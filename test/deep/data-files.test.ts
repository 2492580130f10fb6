import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { augmentInto } from '../../src/deep/data/augment.js';
import {
  Batches,
  cifarExamples,
  type Examples,
  parseMat,
  perClass,
  splitExamples,
  svhnExamples,
  tableExamples,
} from '../../src/deep/index.js';
import { tableFrom } from '../../src/index.js';

describe('CIFAR-10', () => {
  const record = (label: number, first: number): number[] => [
    label,
    ...Array.from({ length: 3072 }, (_, k) => (first + k) % 256),
  ];

  it('reads records of several files: label, red, green, blue', () => {
    const files = [Uint8Array.from([...record(3, 0), ...record(9, 7)]), Uint8Array.from(record(0, 255))];
    const { count, input, x, target } = cifarExamples(files);
    expect([count, input]).toEqual([3, [3, 32, 32]]);
    expect(
      [0, 1, 2].map((row) =>
        Array.from(target)
          .slice(10 * row, 10 * row + 10)
          .indexOf(1),
      ),
    ).toEqual([3, 9, 0]);
    expect(x[0]).toBe(0);
    expect(x[3072]).toBeCloseTo(7 / 255, 7);
    expect(x[2 * 3072 + 1]).toBe(0);
  });

  it('names a file of another length', () => {
    expect(() => cifarExamples([new Uint8Array(3000)], 'test_batch.bin')).toThrow(
      /^test_batch\.bin: expected records of 3073 bytes, got 3000 bytes; use the binary version/,
    );
  });
});

/** Little-endian bytes of a MATLAB element: tag, data, filled up to 8. */
function element(type: number, data: Uint8Array): number[] {
  const tag = [...new Uint8Array(Uint32Array.of(type, data.length).buffer)];
  return [...tag, ...data, ...new Array((8 - (data.length % 8)) % 8).fill(0)];
}

const small = (type: number, data: number[]): number[] => [
  ...new Uint8Array(Uint16Array.of(type, data.length).buffer),
  ...data,
  ...new Array(4 - data.length).fill(0),
];

const bytesOf = (values: Int32Array | Float64Array): Uint8Array => new Uint8Array(values.buffer);

function variable(name: string, sizes: number[], type: number, data: Uint8Array): number[] {
  const flags = element(6, bytesOf(Int32Array.of(9, 0)));
  const text = [...new TextEncoder().encode(name)];
  const body = [...flags, ...element(5, bytesOf(Int32Array.from(sizes))), ...small(1, text), ...element(type, data)];
  return element(14, Uint8Array.from(body));
}

const header = [...new TextEncoder().encode('MATLAB 5.0 MAT-file'.padEnd(128))];

describe('SVHN', () => {
  const pixels = Uint8Array.from({ length: 2 * 3072 }, (_, i) => (i * 7) % 251);
  const X = variable('X', [32, 32, 3, 2], 2, pixels);
  const y = variable('y', [2, 1], 9, bytesOf(Float64Array.of(10, 4)));
  const packed = element(15, zlibSync(Uint8Array.from(y))).slice(0, 8 + zlibSync(Uint8Array.from(y)).length);

  it('reads column-major images, packed and plain variables, and 10 as the digit 0', () => {
    const arrays = parseMat(Uint8Array.from([...header, ...X, ...packed]));
    expect(arrays.map(({ name, shape }) => [name, shape])).toEqual([
      ['X', [32, 32, 3, 2]],
      ['y', [2, 1]],
    ]);
    const { count, x, target } = svhnExamples(arrays);
    expect(count).toBe(2);
    expect(
      [0, 1].map((row) =>
        Array.from(target)
          .slice(10 * row, 10 * row + 10)
          .indexOf(1),
      ),
    ).toEqual([0, 4]);
    const at = (i: number, colour: number, row: number, column: number): number =>
      pixels[i * 3072 + colour * 1024 + column * 32 + row] / 255;
    expect(x[3072 + 2 * 1024 + 5 * 32 + 9]).toBeCloseTo(at(1, 2, 5, 9), 6);
    expect(x[1]).toBeCloseTo(at(0, 0, 0, 1), 6);
  });

  it('names other and damaged files, and other arrays', () => {
    expect(() => parseMat(Uint8Array.of(1, 2, 3), 'a.mat')).toThrow(
      /^a\.mat: expected a MATLAB 5 file, got another kind/,
    );
    expect(() => parseMat(Uint8Array.from([...header, ...X.slice(0, 500)]), 'a.mat')).toThrow(/got a damaged one/);
    expect(() => svhnExamples(parseMat(Uint8Array.from([...header, ...X])), 'a.mat')).toThrow(
      /^a\.mat: expected X \[32, 32, 3, n\] and y \[n, 1\], got X \[32, 32, 3, 2\]/,
    );
  });
});

describe('augmentation', () => {
  const shape = [1, 3, 4];
  const image = Float64Array.from({ length: 12 }, (_, i) => i + 1);

  it('gives the image, its mirror image and its shifts with zeros, all of them, and nothing else', () => {
    const random = createRandom(1);
    const seen = new Set<string>();
    for (let k = 0; k < 2000; k++) {
      const into = new Float64Array(12);
      augmentInto(into, 0, image, shape, { crop: 1, flip: true }, random);
      seen.add(into.join());
    }
    const expected = new Set<string>();
    for (const flip of [false, true])
      for (const down of [-1, 0, 1])
        for (const right of [-1, 0, 1]) {
          const at = (i: number, j: number): number => {
            const [row, column] = [i + down, (flip ? 3 - j : j) + right];
            return row >= 0 && row < 3 && column >= 0 && column < 4 ? image[4 * row + column] : 0;
          };
          expected.add(Array.from({ length: 12 }, (_, n) => at(Math.floor(n / 4), n % 4)).join());
        }
    expect(expected.size).toBe(18);
    expect(seen).toEqual(expected);
  });

  it('of batch k does not depend on the batches before', () => {
    const count = 6;
    const examples: Examples = {
      ...{ count, input: [1, 3, 4], outputs: 1 },
      ...{ x: Float64Array.from({ length: 12 * count }, (_, i) => i), target: new Float64Array(count) },
    };
    const batches = () => new Batches(examples, 2, 5, 'float64', { crop: 2, flip: true });
    const [one, other] = [batches(), batches()];
    for (let k = 0; k < 5; k++) one.load(k);
    other.load(4);
    expect(one.x).toEqual(other.x);
    other.load(1);
    expect(one.x).not.toEqual(other.x);
  });
});

describe('parts of the examples', () => {
  const count = 30;
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const examples: Examples = {
    ...{ count, input: [1], outputs: 3, x: Float64Array.from({ length: count }, (_, i) => i) },
    target: Float64Array.from({ length: 3 * count }, (_, i) => (labels[Math.floor(i / 3)] === i % 3 ? 1 : 0)),
  };
  const rows = (part: Examples): number[] => Array.from(part.x);

  it('so many of each class, and the others', () => {
    const [kept, rest] = perClass(examples, 4, 7);
    expect([0, 1, 2].map((label) => rows(kept).filter((row) => row % 3 === label).length)).toEqual([4, 4, 4]);
    expect([...rows(kept), ...rows(rest)].sort((a, b) => a - b)).toEqual(rows(examples));
    expect(rows(perClass(examples, 4, 8)[0])).not.toEqual(rows(kept));
    expect(() => perClass(examples, 11, 7)).toThrow(/expected 11 examples of class 0, got 10/);
  });

  it('a seeded split', () => {
    const [held, rest] = splitExamples(examples, 10, 1);
    expect([held.count, rest.count]).toEqual([10, 20]);
    expect([...rows(held), ...rows(rest)].sort((a, b) => a - b)).toEqual(rows(examples));
    expect(() => splitExamples(examples, 30, 1)).toThrow(/expected fewer than 30 examples, got 30/);
  });
});

describe('tables', () => {
  const n = 40;
  const size = Array.from({ length: n }, (_, i) => i);
  const place = size.map((i) => (i % 4 === 0 ? 'a' : 'b'));

  it('numbers: standardised by the training rows, squared loss', () => {
    const table = tableFrom({ size, place, y: size.map((i) => 3 * i) }, 't');
    const { train, test, loss, preprocessing } = tableExamples(table, { target: 'y', testFraction: 0.25 });
    expect([train.count, test!.count, train.input, train.outputs, loss]).toEqual([30, 10, [2], 1, 'squared']);
    const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
    expect(sum(train.target)).toBeCloseTo(0, 9);
    expect(preprocessing.features).toEqual(['size', 'place=b']);
  });

  it('classes: one-hot, two of them as well, cross entropy; no test rows where none are asked for', () => {
    const table = tableFrom({ size, place }, 't');
    const { train, test, loss } = tableExamples(table, { target: 'place', testFraction: 0 });
    expect([train.count, test, train.outputs, loss]).toEqual([n, null, 2, 'cross-entropy']);
    for (let i = 0; i < n; i++) expect(train.target[2 * i] + train.target[2 * i + 1]).toBe(1);
  });
});
