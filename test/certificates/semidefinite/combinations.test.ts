import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/index.js';
import { Cheapest } from '../../../src/certificates/semidefinite/cheapest.js';
import { noCombinations, withCombinations } from '../../../src/certificates/semidefinite/combinations.js';
import { type Lines, linesOf } from '../../../src/certificates/semidefinite/index.js';
import { violated } from '../../../src/certificates/semidefinite/violated.js';
import { sphereData } from '../../../src/certificates/sphere/data.js';
import { bentMatrix } from './helpers.js';

const linesFor = (kind: string, n: number, d: number, random: Random): Lines =>
  linesOf(sphereData(bentMatrix(kind, n, d, random)).reduced);

/** Solves Σ c_i z_i = z_j over the lines of `basis` by Gauss's method; null when they are dependent. */
function sharesIn({ z, rank }: Lines, basis: readonly number[], j: number): number[] | null {
  const rows = Array.from({ length: rank }, (_, r) => [...basis, j].map((i) => z[i * rank + r]));
  for (let k = 0; k < rank; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, at) => (Math.abs(row[k]) > Math.abs(rows[best][k]) ? k + at : best), k);
    if (Math.abs(rows[pivot][k]) < 1e-9) return null;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let r = 0; r < rank; r++) {
      const factor = r === k ? 0 : rows[r][k] / rows[k][k];
      rows[r] = rows[r].map((x, c) => x - factor * rows[k][c]);
    }
  }
  return rows.map((row, k) => row[rank] / row[k]);
}

function* subsets(items: readonly number[], size: number): Generator<number[]> {
  if (size === 0) yield [];
  else
    for (const [at, first] of items.entries())
      for (const rest of subsets(items.slice(at + 1), size - 1)) yield [first, ...rest];
}

/** The least cost over every basis. */
function exhaustive(lines: Lines, j: number, cost: Float64Array): number {
  const others = Array.from({ length: lines.count }, (_, i) => i).filter((i) => i !== j);
  let least = Number.POSITIVE_INFINITY;
  for (const basis of subsets(others, lines.rank)) {
    const shares = sharesIn(lines, basis, j);
    if (shares !== null)
      least = Math.min(
        least,
        shares.reduce((sum, c, k) => sum + Math.abs(c) * cost[basis[k]], 0),
      );
  }
  return least;
}

describe('Cheapest', () => {
  it('finds the combination of least cost', () => {
    const random = createRandom(4);
    for (let trial = 0; trial < 40; trial++) {
      const lines = linesFor('general', 9, 2 + (trial % 3), random);
      const cheapest = new Cheapest(lines);
      for (let j = 0; j < lines.count; j++) {
        const cost = Float64Array.from({ length: lines.count }, () => random.uniform());
        const { combination, cost: found } = cheapest.of(j, cost)!;
        const sum = new Float64Array(lines.rank);
        combination.others.forEach((i, e) => {
          for (let r = 0; r < lines.rank; r++) sum[r] += combination.shares[e] * lines.z[i * lines.rank + r];
        });
        sum.forEach((x, r) => {
          expect(x).toBeCloseTo(lines.z[j * lines.rank + r], 9);
        });
        const least = exhaustive(lines, j, cost);
        expect(found).toBeGreaterThan(least * (1 - 1e-9));
        expect(found).toBeLessThan(least * 1.002 + 1e-12);
      }
    }
  });

  it('says so when the lines do not span their space, or a line is needed', () => {
    const random = createRandom(8);
    const lines = linesFor('general', 3, 3, random);
    expect(new Cheapest(lines).of(0, new Float64Array(3).fill(1))).toBeNull();
    const near = { ...lines, z: Float64Array.from(lines.z, (x, at) => (at % 3 === 2 ? 1e-12 * x : x)) };
    expect(new Cheapest(near).complete).toBe(false);
  });
});

describe('violated', () => {
  const random = createRandom(15);
  const lines = linesFor('general', 20, 3, random);

  /** ŝ± of some neurons, the products of line 0 raised by a factor. */
  function factorOf(raise: number) {
    const columns = 4;
    const [sPlus, sMinus] = [0, 1].map(() => new Float64Array(lines.count * columns));
    const alpha = new Float64Array(columns).fill(1);
    for (let c = 0; c < columns; c++) {
      const u = [random.normal(), random.normal(), random.normal()];
      for (let k = 0; k < lines.count; k++) {
        const a = u.reduce((sum, x, j) => sum + x * lines.z[k * 3 + j], 0) * (k === 0 ? raise : 1);
        sPlus[k * columns + c] = Math.max(0, a);
        sMinus[k * columns + c] = Math.max(0, -a);
      }
    }
    return { sPlus, sMinus, alpha, u: new Float64Array(3 * columns) };
  }

  it('is nothing where the products are those of neurons', () => {
    for (let trial = 0; trial < 20; trial++)
      expect(violated(lines, [factorOf(1), factorOf(1)], noCombinations, 100, trial)).toEqual([]);
  });

  it('finds a product that is too large, once', () => {
    const factor = factorOf(3);
    const found = violated(lines, [factor, factor], noCombinations, 100, 1);
    expect(found.length).toBeGreaterThan(0);
    expect(found.some(({ line }) => line === 0)).toBe(true);
    const known = withCombinations(noCombinations, found);
    const again = violated(lines, [factor], known, 100, 1).map(({ line, others }) => `${line}: ${others}`);
    for (const { line, others } of found) expect(again).not.toContain(`${line}: ${others}`);
    expect(violated(lines, [factor], noCombinations, 1, 1)).toHaveLength(1);
  });
});
