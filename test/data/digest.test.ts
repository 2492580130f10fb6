import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { digest } from '../../src/data/index.js';
import { matrix } from '../../src/linalg/index.js';

/** FNV-1a, 64 bits, as published, over the same numbers in BigInt. */
function reference(numbers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(8));
  let hash = 0xcbf29ce484222325n;
  for (const value of numbers) {
    view.setFloat64(0, value, true);
    for (let k = 0; k < 8; k++) hash = BigInt.asUintN(64, (hash ^ BigInt(view.getUint8(k))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

describe('digest', () => {
  it.each([
    [0, 0],
    [1, 1],
    [7, 3],
    [40, 5],
  ])('is FNV-1a over the shape, X and y (%i × %i)', (rows, cols) => {
    const random = createRandom(rows);
    const X = matrix(
      rows,
      cols,
      Float64Array.from({ length: rows * cols }, () => random.normal() * 10 ** random.integer(9)),
    );
    const y = Float64Array.from({ length: rows }, () => random.normal());
    expect(digest(X, y)).toBe(reference([rows, cols, ...X.data, ...y]));
  });

  it('tells apart what differs in one bit, in order, in sign or in shape', () => {
    const digests = [
      digest(matrix(2, 2, Float64Array.of(1, 2, 3, 4)), Float64Array.of(1, 2)),
      digest(matrix(2, 2, Float64Array.of(1, 2, 3, 4 + Number.EPSILON * 4)), Float64Array.of(1, 2)),
      digest(matrix(2, 2, Float64Array.of(2, 1, 3, 4)), Float64Array.of(1, 2)),
      digest(matrix(2, 2, Float64Array.of(-1, -2, 3, 4)), Float64Array.of(1, 2)),
      digest(matrix(1, 4, Float64Array.of(1, 2, 3, 4)), Float64Array.of(1, 2)),
      digest(matrix(2, 2, Float64Array.of(1, 2, 3, 4)), Float64Array.of(1, -2)),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    for (const value of digests) expect(value).toMatch(/^[0-9a-f]{16}$/);
  });

  it('reads a part of a larger buffer alike', () => {
    const whole = Float64Array.of(9, 1, 2, 3, 4, 9);
    expect(digest(matrix(2, 2, whole.subarray(1, 5)), Float64Array.of(7))).toBe(
      digest(matrix(2, 2, Float64Array.of(1, 2, 3, 4)), Float64Array.of(7)),
    );
  });
});
