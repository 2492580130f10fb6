import { Matrix as Dense, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { lossByName } from '../../src/losses/index.js';
import { predictScores } from '../../src/networks/index.js';
import {
  compactNetwork,
  type OptimalSet,
  type PruningStep,
  prunedNetwork,
  pruningCurve,
  pruningSteps,
  stepFor,
} from '../../src/optimal-set/index.js';
import { pivotedQr } from '../../src/optimal-set/pivoted-qr.js';
import { Polytope } from '../../src/optimal-set/polytope.js';
import { expectCertified, expectSame, knownProblems, largestDifference, setOf } from './helpers.js';
import { dependentProblem, orthogonalProblem } from './problems.js';

const used = (step: PruningStep): number[] => Array.from(step.sizes.keys()).filter((i) => step.sizes[i] !== 0);

/** ‖f − best fit by the columns of these candidates‖², by ml-matrix. */
function misfit(set: OptimalSet, chosen: readonly number[]): number {
  const { columns } = set.set;
  const f = new Float64Array(columns.cols);
  const column = (i: number): number[] => Array.from(columns.data.subarray(i * columns.cols, (i + 1) * columns.cols));
  set.polytope.start.forEach((a, i) => {
    column(i).forEach((value, k) => {
      f[k] += a * value;
    });
  });
  if (chosen.length === 0) return f.reduce((sum, value) => sum + value * value, 0);
  const Z = new Dense(chosen.map(column)).transpose();
  const target = Dense.columnVector(Array.from(f));
  return Dense.sub(target, Z.mmul(solve(Z, target, true))).norm() ** 2;
}

describe('pruningSteps', () => {
  it('120 problems: exact steps keep objective and fit, are certified, and end at independent activations', async () => {
    for (const p of knownProblems(120)) {
      const set = await setOf(p);
      const steps = pruningSteps(set);
      const exact = steps.filter((step) => step.exact);
      for (const step of exact) expectSame(p, prunedNetwork(set, step));
      const last = exact[exact.length - 1];
      if (set.rank % 3 === 0) await expectCertified(p, prunedNetwork(set, last));
      expect(last.neurons, p.name).toBeLessThanOrEqual(set.rank);
      for (const i of used(last))
        expect(
          misfit(
            set,
            used(last).filter((k) => k !== i),
          ),
          p.name,
        ).toBeGreaterThan(1e-12);
      expect(misfit(set, used(last))).toBeLessThan(1e-20);
    }
  });

  it('every step removes a neuron, down to none', async () => {
    for (const p of knownProblems(20)) {
      const set = await setOf(p);
      for (const method of ['optimal', 'norm', 'gradient', 'random'] as const) {
        const steps = pruningSteps(set, { method });
        expect(steps[0].sizes).toEqual(set.polytope.start);
        expect(steps[steps.length - 1].neurons).toBe(0);
        for (let k = 1; k < steps.length; k++) {
          expect(steps[k].neurons, p.name).toBeLessThan(steps[k - 1].neurons);
          expect(steps[k].removed.length, p.name).toBeGreaterThan(0);
        }
      }
    }
  });

  it('past minimal the cheapest neuron goes, and the others are fitted again', async () => {
    for (const p of knownProblems(20)) {
      const set = await setOf(p);
      const steps = pruningSteps(set);
      const from = steps.findLastIndex((step) => step.exact);
      for (let k = from + 1; k < steps.length; k++) {
        const before = used(steps[k - 1]);
        const choices = before.map((gone) =>
          misfit(
            set,
            before.filter((i) => i !== gone),
          ),
        );
        expect(misfit(set, used(steps[k])), p.name).toBeLessThan(Math.min(...choices) * (1 + 1e-6) + 1e-18);
        const { columns } = set.set;
        const left = residualNorm(columns, set.polytope.start, steps[k].sizes);
        expect(Math.abs(left - misfit(set, used(steps[k]))), p.name).toBeLessThan(1e-9);
      }
    }
  });

  it('baselines remove what they say', async () => {
    const p = dependentProblem(1, 0);
    const set = await setOf(p);
    const norm = pruningSteps(set, { method: 'norm' });
    const bySize = Array.from(set.polytope.start.keys()).sort((a, b) => set.polytope.start[a] - set.polytope.start[b]);
    expect(norm.slice(1).flatMap((step) => step.removed)).toEqual(bySize);
    expect(norm[1].sizes.filter((a) => a > 0)).toEqual(set.polytope.start.filter((a) => norm[1].sizes.includes(a)));
    const random = pruningSteps(set, { method: 'random', seed: 3 });
    expect(pruningSteps(set, { method: 'random', seed: 3 })).toEqual(random);
    const orders = new Set(
      [0, 1, 2, 3].map((seed) => String(pruningSteps(set, { method: 'random', seed }).map((s) => s.removed))),
    );
    expect(orders.size).toBeGreaterThan(1);
  });

  it('gradient: the smallest |gradient · weight| by finite differences goes first', async () => {
    for (const p of [dependentProblem(2, 0), orthogonalProblem(5, 'logistic')]) {
      const set = await setOf(p);
      const steps = pruningSteps(set, { method: 'gradient' });
      for (const [step, next] of [
        [steps[0], steps[1]],
        [steps[1], steps[2]],
      ]) {
        const score = (i: number): number => {
          const lossAt = (factor: number): number => {
            const sizes = step.sizes.slice();
            sizes[i] *= factor;
            const f = predictScores(set.network(sizes, step.outputBias), p.X).data;
            return lossByName(p.options.loss).value(f, p.y, p.weights.outputBias.length);
          };
          return Math.abs(lossAt(1 + 1e-5) - lossAt(1 - 1e-5)) / 2e-5;
        };
        const [gone] = next.removed;
        expect(score(gone)).toBeLessThan(Math.min(...used(step).map(score)) * (1 + 1e-6));
      }
    }
  });

  it('2n neurons of rank n/2: the fit and the penalty stay to 1e-9 and 1e-10', () => {
    const random = createRandom(2);
    const [n, m] = [60, 120];
    const columns = matrix(m, n);
    for (let i = 0; i < m; i++) {
      const chosen = Array.from({ length: n / 2 }, () => random.uniform() < 0.5);
      const count = chosen.filter(Boolean).length;
      for (let k = 0; k < n; k++) if (chosen[k >> 1]) columns.data[i * n + k] = (k % 2 ? -1 : 1) / Math.sqrt(2 * count);
    }
    const start = Float64Array.from({ length: m }, () => 0.1 + random.uniform());
    const { steps, vertex } = new Polytope(columns, start, 1e-10).descend();
    const sum = (a: Float64Array): number => a.reduce((s, value) => s + value, 0);
    // prices differ from set to set here: the penalty must fall, and the fit stay
    for (const point of [...steps, vertex]) {
      expect(residualNorm(columns, start, point)).toBeLessThan(1e-18);
      expect(sum(point)).toBeLessThanOrEqual(sum(start) * (1 + 1e-10));
    }
    expect(vertex.filter((a) => a > 0).length).toBeLessThanOrEqual(n / 2);
  });

  it('goals, and the network that is left', async () => {
    const p = dependentProblem(3, 0);
    const set = await setOf(p);
    const steps = pruningSteps(set);
    expect(stepFor(set, steps, { minimal: true }).neurons).toBe(set.rank);
    expect(stepFor(set, steps, { to: 3 }).neurons).toBe(3);
    expect(stepFor(set, steps, { maxLossIncrease: 0 }).neurons).toBe(set.rank);
    const loss = (step: PruningStep): number => pruningCurve(set, [step], p)[0].loss;
    const half = stepFor(set, steps, { maxLossIncrease: 0.5 });
    expect(loss(half)).toBeLessThanOrEqual(1.5 * loss(steps[0]));
    expect(() => stepFor(set, steps, { to: -1 })).toThrow(/stepFor: to/);
    expect(() => stepFor(set, steps, { maxLossIncrease: -1 })).toThrow(/maxLossIncrease/);
    expect(() => pruningSteps(set, { method: 'best' as 'norm' })).toThrow(/method/);
  });

  it('unused inputs leave with the neurons', () => {
    const weights = {
      activation: 'relu' as const,
      hidden: matrix(3, 3, Float64Array.of(1, 0, 2, 5, 5, 5, 0, 0, 1)),
      hiddenBias: new Float64Array(3),
      output: matrix(3, 1, Float64Array.of(1, 0, -1)),
      outputBias: Float64Array.of(0.5),
    };
    const { weights: small, inputs } = compactNetwork(weights);
    expect(inputs).toEqual([0, 2]);
    expect(small.hidden).toEqual(matrix(2, 2, Float64Array.of(1, 2, 0, 1)));
    const x = matrix(2, 3, Float64Array.of(1, 9, -1, 2, 9, 3));
    const y = matrix(2, 2, Float64Array.of(1, -1, 2, 3));
    expect(predictScores(small, y)).toEqual(predictScores(weights, x));
  });

  it('the curve is that of the networks', async () => {
    for (const p of [dependentProblem(6, 0), orthogonalProblem(3, 'logistic')]) {
      const set = await setOf(p);
      const steps = pruningSteps(set, { method: 'optimal' });
      const curve = pruningCurve(set, steps, p);
      steps.forEach((step, k) => {
        const f = predictScores(prunedNetwork(set, step), p.X).data;
        const outputs = p.weights.outputBias.length;
        expect(curve[k].loss).toBeCloseTo(lossByName(p.options.loss).value(f, p.y, outputs) / p.X.rows, 10);
        if (p.options.loss === 'squared') expect(curve[k].accuracy).toBeNull();
      });
    }
    const p = orthogonalProblem(3, 'logistic');
    const set = await setOf(p);
    const points = pruningCurve(set, pruningSteps(set), p);
    expect(points[0].accuracy).toBe(1);
    expect(points[points.length - 1].accuracy).toBe(0.5);
    expect(() => pruningCurve(set, [], { X: matrix(1, 1), y: new Float64Array(1) })).toThrow(/pruningCurve/);
  });
});

describe('pivotedQr', () => {
  it('finds rank and coordinates of dependent columns of all scales', () => {
    const random = createRandom(5);
    for (let trial = 0; trial < 30; trial++) {
      const [m, size, rank] = [3 + random.integer(12), 4 + random.integer(12), 1 + random.integer(4)];
      const columns = lowRank(m, size, rank, () => random.normal());
      for (let i = 0; i < m; i++) {
        const scale = 10 ** (random.integer(9) - 4);
        for (let k = 0; k < size; k++) columns.data[i * size + k] *= scale;
      }
      const factor = pivotedQr(columns, 1e-10);
      expect(factor.rank).toBe(Math.min(rank, m, size));
      expect(factor.defect).toBeLessThan(1e-12);
      for (let q = 0; q < m - factor.rank; q++) {
        const j = factor.order[factor.rank + q];
        const made = new Float64Array(size);
        let largest = 0;
        for (let k = 0; k < factor.rank; k++) {
          for (let t = 0; t < size; t++) {
            const part =
              factor.coordinates.data[k * factor.coordinates.cols + q] * columns.data[factor.order[k] * size + t];
            made[t] += part;
            largest = Math.max(largest, Math.abs(part));
          }
        }
        expect(largestDifference(made, columns.data.subarray(j * size, (j + 1) * size))).toBeLessThan(1e-11 * largest);
      }
    }
  });

  it('never chooses a zero column, and takes a nearly dependent one by its tolerance', () => {
    const columns = matrix(3, 3, Float64Array.of(1, 0, 0, 0, 0, 0, 1, 1e-8, 0));
    expect(pivotedQr(columns, 1e-10).rank).toBe(2);
    expect(pivotedQr(columns, 1e-6).rank).toBe(1);
    expect(pivotedQr(matrix(2, 3), 1e-10).rank).toBe(0);
  });
});

function lowRank(m: number, size: number, rank: number, normal: () => number): Matrix {
  const left = Array.from({ length: m }, () => Array.from({ length: rank }, normal));
  const right = Array.from({ length: rank }, () => Array.from({ length: size }, normal));
  return matrix(
    m,
    size,
    Float64Array.from(
      left.flatMap((row) => right[0].map((_, k) => row.reduce((sum, v, r) => sum + v * right[r][k], 0))),
    ),
  );
}

/** ‖Σ (a_i − b_i) z_i‖². */
function residualNorm(columns: Matrix, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < columns.cols; k++) {
    let value = 0;
    for (let i = 0; i < a.length; i++) value += (a[i] - b[i]) * columns.data[i * columns.cols + k];
    sum += value * value;
  }
  return sum;
}
