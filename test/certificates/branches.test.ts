import { describe, expect, it } from 'vitest';
import { createRandom, type Random, Run } from '../../src/base/index.js';
import { boxLeastSquares } from '../../src/certificates/box-least-squares.js';
import { residualOf, sphereBound, trainingProblem } from '../../src/certificates/index.js';
import { boundCone, coneMargin } from '../../src/certificates/sphere/cone.js';
import { type SphereProblem, sphereProblem, valueAt } from '../../src/certificates/sphere/problem.js';
import { identityReduction, reduceRows } from '../../src/certificates/sphere/row-space.js';
import { childBranch, rootBranch, type SignBranch } from '../../src/certificates/sphere/sign-branch.js';
import { trustBound } from '../../src/certificates/sphere/trust.js';
import { matrix } from '../../src/linalg/index.js';
import { descended } from './descent.js';
import { gaussian, normals, positivePart, sample } from './oracles.js';

function problem(n: number, d: number, random: Random): SphereProblem {
  return sphereProblem(identityReduction(gaussian(n, d, random)), normals(n, random));
}

const unit = (v: Float64Array): Float64Array => v.map((x) => x / Math.hypot(...v));

const rowSign = (p: SphereProblem, k: number, v: Float64Array): number => {
  let sum = 0;
  for (let j = 0; j < p.rank; j++) sum += p.rows[k * p.rank + j] * v[j];
  return Math.sign(sum);
};

describe('the normal form', () => {
  it('is θᵀ(Xu)_+ with rows merged, up to its margin', () => {
    const random = createRandom(1);
    const X = gaussian(12, 4, random);
    X.data.copyWithin(0, 4, 8);
    for (let j = 0; j < 4; j++) X.data[8 + j] = -2 * X.data[12 + j];
    for (let i = 0; i < 12; i++) X.data[4 * i + 3] = X.data[4 * i] + X.data[4 * i + 1];
    const theta = normals(12, random);
    const reduced = reduceRows(X);
    const p = sphereProblem(reduced, theta);
    expect([p.rank, p.count]).toEqual([3, 10]);
    for (let k = 0; k < 50; k++) {
      const u = unit(normals(4, random));
      const v = new Float64Array(3);
      const basis = reduced.basis;
      for (let j = 0; j < 4; j++) for (let c = 0; c < 3; c++) v[c] += u[j] * (basis?.data[3 * j + c] ?? 0);
      expect(Math.abs(positivePart(X, theta, u) - valueAt(p, v))).toBeLessThanOrEqual(p.margin);
    }
    expect(p.margin).toBeLessThan(1e-11 * p.total);
  });

  it('is the same whichever θ came before, also where θ has zeros', () => {
    const random = createRandom(3);
    const X = gaussian(12, 3, random);
    X.data.copyWithin(0, 3, 6);
    const kept = reduceRows(X);
    const whole = normals(12, random);
    const part = whole.map((t, i) => (i === 0 || i === 5 ? 0 : t));
    expect(sphereProblem(kept, whole).count).toBe(11);
    for (const theta of [part, normals(12, random), whole]) {
      expect(sphereProblem(kept, theta)).toEqual(sphereProblem(reduceRows(X), theta));
    }
    expect(sphereProblem(kept, part).count).toBe(10);
  });

  it('pays for a direction that was dropped', () => {
    const random = createRandom(2);
    const X = gaussian(10, 3, random);
    for (let i = 0; i < 10; i++) X.data[3 * i + 2] *= 1e-8;
    const theta = normals(10, random);
    const reduced = reduceRows(X, 1e-6);
    expect(reduced.rank).toBe(2);
    const p = sphereProblem(reduced, theta);
    expect(p.margin).toBeGreaterThan(1e-9 * p.total);
    expect(p.margin).toBeLessThan(1e-6 * p.total);
  });
});

describe('a cone', () => {
  it('is bounded from above at every point, on every way down', () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = createRandom(seed, 3);
      const d = 2 + (seed % 4);
      const p = problem(25, d, random);
      const sign = seed % 2 === 0 ? 1 : -1;
      let vertices = new Float64Array(d * d);
      for (let j = 0; j < d; j++) vertices[j * d + j] = random.uniform() < 0.5 ? 1 : -1;
      for (let depth = 0; depth < 12; depth++) {
        const rows = Int32Array.from({ length: p.count }, (_, k) => k);
        const linear = p.linear.map((x) => sign * x);
        const bounded = boundCone(p, { sign, depth, vertices, linear, rows }, 0);
        for (let k = 0; k < 100; k++) {
          const v = new Float64Array(d);
          for (let j = 0; j < d; j++) {
            const beta = random.uniform() < 0.3 ? 0 : random.uniform();
            for (let i = 0; i < d; i++) v[i] += beta * vertices[j * d + i];
          }
          if (v.some((x) => x !== 0)) {
            expect(sign * valueAt(p, unit(v))).toBeLessThanOrEqual(bounded.bound + coneMargin(p));
          }
        }
        const [a, b] = bounded.edge;
        vertices = vertices.slice();
        const middle = unit(Float64Array.from({ length: d }, (_, i) => vertices[a * d + i] + vertices[b * d + i]));
        vertices.set(middle, (random.uniform() < 0.5 ? a : b) * d);
      }
    }
  });
});

async function rootOf(p: SphereProblem, sign: number): Promise<SignBranch> {
  const found = await trustBound(p, sign, 60, new Run());
  if (found === null) throw new Error('the eigenvalue bound gave nothing');
  return rootBranch(p, sign, 0, found.moments);
}

describe('a branch of signs', () => {
  it('is bounded from above at every point with those signs, and never above its parent', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = createRandom(seed, 5);
      const p = problem(20, 2 + (seed % 5), random);
      const sign = seed % 2 === 0 ? 1 : -1;
      // down the signs of one point, so that points near it are there to test with
      const guide = unit(normals(p.rank, random));
      let branch = await rootOf(p, sign);
      for (;;) {
        for (let k = 0; k < 60; k++) {
          const v = unit(guide.map((x) => x + 2 ** -(k % 12) * random.normal()));
          if (branch.signs.every((s, row) => s === 0 || s === rowSign(p, row, v))) {
            expect(sign * valueAt(p, v)).toBeLessThanOrEqual(branch.bound);
          }
        }
        if (branch.depth === branch.tree.order.length) break;
        const side = rowSign(p, branch.tree.order[branch.depth], guide) > 0 ? 1 : -1;
        const child = childBranch(branch, side, 0);
        expect(child.bound).toBeLessThanOrEqual(branch.bound);
        branch = child;
      }
    }
  });

  it('is exact once all signs are given', async () => {
    let binding = 0;
    for (let seed = 0; seed < 30; seed++) {
      const random = createRandom(seed, 6);
      const p = problem(9, 2, random);
      const guide = unit(normals(2, random));
      let branch = await rootOf(p, 1);
      while (branch.depth < branch.tree.order.length) {
        branch = childBranch(branch, rowSign(p, branch.tree.order[branch.depth], guide) > 0 ? 1 : -1, 0);
      }
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < 20_000; k++) {
        const v = Float64Array.of(Math.cos((Math.PI * k) / 10_000), Math.sin((Math.PI * k) / 10_000));
        if (branch.signs.every((s, row) => s === 0 || s * rowSign(p, row, v) >= 0))
          most = Math.max(most, valueAt(p, v));
      }
      expect(branch.bound).toBeGreaterThanOrEqual(most);
      expect(branch.bound).toBeLessThanOrEqual(Math.max(0, most) + 2e-3 * p.total);
      if (branch.multipliers.some((t, k) => branch.signs[k] !== 0 && t > 0)) binding++;
    }
    expect(binding).toBeGreaterThan(5);
  });

  it('is one of few, for the residual of a trained network in many dimensions', async () => {
    const random = createRandom(7);
    const data = sample('squared', 40, 9, 1, random);
    const bias = { outputBias: true, hiddenBias: false };
    const weights = descended(data, 0.05, bias, 600, random, 48);
    const r = residualOf(weights, trainingProblem(data.X, data.y, 0.05));
    const bound = await sphereBound(data.X, r, { method: 'signs' });
    expect(bound.exact).toBe(true);
    expect(bound.nodes).toBeLessThan(1500);
  });
});

describe('the eigenvalue bound', () => {
  it('is the norm for a linear function, and exact for one row', async () => {
    const random = createRandom(9);
    const b = normals(5, random);
    const row = unit(normals(5, random));
    const empty: SphereProblem = {
      rank: 5,
      count: 0,
      linear: b,
      weights: new Float64Array(0),
      rows: new Float64Array(0),
      stretch: 1,
      margin: 0,
      total: Math.hypot(...b),
    };
    expect((await trustBound(empty, 1, 5, new Run()))?.bound).toBeCloseTo(Math.hypot(...b), 10);
    const one = { ...empty, count: 1, weights: Float64Array.of(2), rows: row, total: Math.hypot(...b) + 2 };
    const side = [1, -1].map((s) => Math.hypot(...b.map((x, j) => x + 2 * s * row[j])));
    const { bound } = (await trustBound(one, 1, 300, new Run())) ?? { bound: Number.NaN };
    expect(bound).toBeGreaterThanOrEqual(Math.max(...side));
    expect(bound).toBeLessThan(1.02 * Math.max(...side));
  });
});

describe('boxLeastSquares', () => {
  it('meets the optimality conditions from any start, with dependent columns too', () => {
    for (let seed = 0; seed < 30; seed++) {
      const random = createRandom(seed, 11);
      const [dimension, count] = [1 + random.integer(5), 1 + random.integer(20)];
      const columns = gaussian(count, dimension, random).data;
      if (seed % 3 === 0) columns.copyWithin(0, columns.length - dimension);
      const g = normals(dimension, random);
      const upper = Float64Array.from({ length: count }, (_, k) => (k % 3 === 0 ? Number.POSITIVE_INFINITY : 0.3));
      const lower = upper.map((x) => (Number.isFinite(x) ? -x : 0));
      const t = lower.map((low, k) => low + random.uniform() * Math.min(1, upper[k] - low));
      const w = boxLeastSquares({ dimension, count, columns, lower, upper }, g, t);
      const scale = Math.hypot(...g) * 1e-9;
      for (let k = 0; k < count; k++) {
        let slope = 0;
        for (let j = 0; j < dimension; j++) slope += columns[k * dimension + j] * w[j];
        expect(t[k] >= lower[k] && t[k] <= upper[k]).toBe(true);
        if (t[k] > lower[k]) expect(slope).toBeLessThanOrEqual(scale);
        if (t[k] < upper[k]) expect(slope).toBeGreaterThanOrEqual(-scale);
      }
      const again = g.map((x, j) =>
        columns.reduce((s, c, at) => (at % dimension === j ? s + c * t[Math.floor(at / dimension)] : s), x),
      );
      expect(Math.hypot(...again.map((x, j) => x - w[j]))).toBeLessThan(1e-9);
    }
  });

  it('goes on from a variable that has crossed its whole box', () => {
    let worst = 0;
    for (let seed = 0; seed < 12_000; seed++) {
      const random = createRandom(seed, 13);
      const [dimension, count] = [2 + random.integer(7), 2 + random.integer(36)];
      const span = 1 + random.integer(2);
      const columns = Float64Array.from({ length: count * dimension }, () => random.integer(2 * span + 1) - span);
      for (let k = 1; k < count; k++) {
        if (random.uniform() < 0.7) continue;
        const [other, factor] = [random.integer(k), random.uniform() < 0.5 ? -1 : 2];
        for (let j = 0; j < dimension; j++) columns[k * dimension + j] = factor * columns[other * dimension + j];
      }
      const g = Float64Array.from({ length: dimension }, () => random.integer(7) - 3);
      const [lower, upper, t] = [0, 1, 0].map((x) => new Float64Array(count).fill(x));
      const w = boxLeastSquares({ dimension, count, columns, lower, upper }, g, t);
      for (let k = 0; k < count; k++) {
        const slope = w.reduce((sum, x, j) => sum + x * columns[k * dimension + j], 0);
        if (t[k] > 0) worst = Math.max(worst, slope);
        if (t[k] < 1) worst = Math.max(worst, -slope);
      }
    }
    expect(worst).toBeLessThan(1e-9);
  });

  it('leaves no violated row on cones of small whole numbers, where steps of exactly zero are common', () => {
    let least = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const random = createRandom(seed, 12);
      const [dimension, count] = [1 + random.integer(5), 1 + random.integer(12)];
      const columns = Float64Array.from({ length: count * dimension }, () => random.integer(5) - 2);
      for (let k = 1; k < count; k++) {
        if (random.uniform() < 0.6) continue;
        const [other, factor] = [random.integer(k), random.uniform() < 0.5 ? -1 : 2.5];
        for (let j = 0; j < dimension; j++) columns[k * dimension + j] = factor * columns[other * dimension + j];
      }
      const [lower, upper] = [new Float64Array(count), new Float64Array(count).fill(Number.POSITIVE_INFINITY)];
      const problem = { dimension, count, columns, lower, upper };
      const w = boxLeastSquares(problem, normals(dimension, random), new Float64Array(count));
      for (let k = 0; k < count; k++) {
        const slope = w.reduce((s, x, j) => s + x * columns[k * dimension + j], 0);
        least = Math.min(least, slope);
      }
    }
    expect(least).toBeGreaterThan(-1e-9);
  });
});

it('an empty matrix bounds nothing but zero', async () => {
  expect((await sphereBound(matrix(2, 0), Float64Array.of(1, 1))).upper).toBeLessThan(1e-200);
});
