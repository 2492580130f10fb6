import { describe, expect, it } from 'vitest';
import { addPositiveParts, matrix } from '../../src/linalg/index.js';
import { normals } from '../estimators/data.js';

describe('addPositiveParts', () => {
  it.each([1, 2])('adds r_kᵀ(Xu + offset)_+ of every direction to what is there, %i columns', (columns) => {
    const [rows, cols, count] = [37, 3, 150];
    const X = normals(rows, cols, 5);
    const r = normals(rows, columns, 6).data;
    const directions = { ...matrix(count, cols), data: normals(count, cols, 7).data };
    const offsets = normals(count, 1, 8).data;
    const sums = new Float64Array(count * columns).fill(0.25);
    addPositiveParts(X, r, columns, directions, offsets, sums);
    for (let j = 0; j < count; j++) {
      for (let k = 0; k < columns; k++) {
        let expected = 0.25;
        for (let i = 0; i < rows; i++) {
          let product = offsets[j];
          for (let c = 0; c < cols; c++) product += X.data[i * cols + c] * directions.data[j * cols + c];
          expected += r[i * columns + k] * Math.max(0, product);
        }
        expect(sums[j * columns + k]).toBeCloseTo(expected, 12);
      }
    }
  });
});
