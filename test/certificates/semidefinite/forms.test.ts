import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/index.js';
import { SparseForms, transposed } from '../../../src/certificates/semidefinite/sparse-forms.js';
import { triangularInverse } from '../../../src/certificates/semidefinite/triangular.js';
import { createKernels, type Kernels } from '../../../src/linalg/kernels/index.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

/** Some forms with a dense head and up to three other entries, as sparse and as dense rows. */
function randomForms(random: Random) {
  const [rows, side, count] = [1 + random.integer(7), 1 + random.integer(5), 1 + random.integer(40)];
  const size = side + count;
  const dense = Array.from({ length: rows }, () => {
    const form = new Float64Array(size);
    for (let a = 0; a < side; a++) form[a] = random.normal();
    for (let e = random.integer(4); e > 0; e--) form[side + random.integer(count)] = random.normal();
    return form;
  });
  return { dense, size, forms: SparseForms.of(dense, size, side) };
}

function symmetric(size: number, random: Random): Float64Array {
  const m = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) m[i * size + j] = m[j * size + i] = random.normal();
  return m;
}

/** fᵀMg, term by term. */
function bilinear(f: Float64Array, m: Float64Array, g: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < f.length; a++) for (let b = 0; b < g.length; b++) sum += f[a] * m[a * f.length + b] * g[b];
  return sum;
}

describe('sparse forms', () => {
  it('multiply like the dense rows, once and from both sides', () => {
    const random = createRandom(51);
    for (let trial = 0; trial < 60; trial++) {
      const { dense, size, forms } = randomForms(random);
      const m = symmetric(size, random);
      const mark = kernels.mark();
      const half = forms.times(m, size, kernels);
      const whole = forms.times(transposed(half, forms.rows, size, kernels), forms.rows, kernels);
      dense.forEach((f, i) => {
        dense.forEach((g, j) => {
          const expected = bilinear(f, m, g);
          expect(forms.along(half, i, j)).toBeCloseTo(expected, 10);
          expect(whole[j * forms.rows + i]).toBeCloseTo(expected, 10);
        });
      });
      kernels.release(mark);
    }
  });

  it('take products of two forms from both triangles of a matrix', () => {
    const random = createRandom(52);
    for (let trial = 0; trial < 60; trial++) {
      const { dense, size, forms } = randomForms(random);
      const pairs = 1 + random.integer(12);
      const changes = Float64Array.from({ length: pairs }, () => (random.uniform() < 0.2 ? 0 : random.normal()));
      const [first, second] = [0, 1].map(() => Int32Array.from({ length: pairs }, () => random.integer(forms.rows)));
      const m = symmetric(size, random);
      const found = m.slice();
      forms.subtract(changes, first, second, found, kernels);
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < size; b++) {
          let expected = m[a * size + b];
          for (let v = 0; v < pairs; v++) {
            const [f, g] = [dense[first[v]], dense[second[v]]];
            expected -= 0.5 * changes[v] * (f[a] * g[b] + g[a] * f[b]);
          }
          expect(found[a * size + b]).toBeCloseTo(expected, 10);
        }
      }
    }
  });
});

describe('the inverse of a triangular factor', () => {
  it('is one to rounding, by halves and entry by entry, and nothing is above the diagonal', () => {
    const random = createRandom(53);
    for (const size of [1, 2, 48, 49, 97, 210]) {
      const l = new Float64Array(size * size);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < i; j++) l[i * size + j] = random.normal() / size;
        l[i * size + i] = 0.5 + random.uniform();
      }
      const out = new Float64Array(size * size);
      triangularInverse(l, size, out, kernels);
      let worst = 0;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          let sum = i === j ? -1 : 0;
          for (let k = 0; k <= i; k++) sum += l[i * size + k] * out[k * size + j];
          worst = Math.max(worst, Math.abs(sum), j > i ? Math.abs(out[i * size + j]) : 0);
        }
      }
      expect(worst).toBeLessThan(1e-13);
    }
  });
});
