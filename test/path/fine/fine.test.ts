import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enumeratePatterns, samplePatterns } from '../../../src/arrangements/index.js';
import { createRandom, Run } from '../../../src/base/index.js';
import { emptyPatterns, matrix, setActive } from '../../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../../src/linalg/kernels/index.js';
import { lossByName } from '../../../src/losses/index.js';
import {
  type FineProblem,
  FineSolver,
  type FineSource,
  type FineState,
  followFinePath,
  patternedSource,
  pricedSource,
} from '../../../src/path/fine/index.js';
import { lambdaGrid } from '../../../src/path/index.js';
import { gaussian, normals } from '../../certificates/oracles.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels({ threads: 1 });
});
afterAll(() => kernels.dispose());

const run = new Run();

interface Kind {
  readonly loss: 'squared' | 'logistic';
  readonly gated: boolean;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
}

function problemOf(n: number, d: number, seed: number, kind: Kind): FineProblem {
  const random = createRandom(seed);
  const X = gaussian(n, d, random);
  if (kind.hiddenBias) for (let i = 0; i < n; i++) X.data[i * d + d - 1] = 1;
  const noise = normals(n, random);
  const raw = Float64Array.from(noise, (e, i) => Math.abs(X.data[i * d]) - 0.4 + 0.3 * e);
  const y = kind.loss === 'logistic' ? raw.map((v) => (v > 0.3 ? 1 : -1)) : raw;
  return { X, y, loss: lossByName(kind.loss), outputBias: kind.outputBias, gated: kind.gated };
}

function sourceOf(problem: FineProblem): FineSource {
  if (!problem.gated) return pricedSource(kernels, problem, { seed: 0 });
  const { patterns, gates } = samplePatterns(problem.X, 30, { seed: 1, kind: 'gaussian' });
  return patternedSource(kernels, problem, patterns, gates);
}

/** The program over all patterns, each priced: no search. */
async function independent(problem: FineProblem): Promise<FineSource> {
  if (problem.gated) return sourceOf(problem);
  const { patterns } = await enumeratePatterns(problem.X);
  return patternedSource(kernels, problem, patterns);
}

const kinds: readonly Kind[] = [
  { loss: 'squared', gated: false, outputBias: true, hiddenBias: false },
  { loss: 'squared', gated: true, outputBias: true, hiddenBias: true },
  { loss: 'logistic', gated: false, outputBias: true, hiddenBias: true },
  { loss: 'logistic', gated: true, outputBias: false, hiddenBias: false },
];

async function stateAt(source: FineSource, lambda: number): Promise<FineState> {
  const state = await new FineSolver(source).at(lambda, [], run);
  if (state === null) throw new Error('stopped');
  return state;
}

const largest = (v: ArrayLike<number>): number => Array.from(v).reduce((most, t) => Math.max(most, Math.abs(t)), 0);

describe('closed forms', () => {
  it('one feature: two lengths, linear in λ from |z·y|/n on', async () => {
    const X = matrix(5, 1, Float64Array.of(1, 2, -1, -3, 0));
    const y = Float64Array.of(2, 1, -2, -1, 0.5);
    const problem = { X, y, loss: lossByName('squared'), outputBias: false, gated: false };
    // (x)_+ = (1, 2, 0, 0, 0): z·y = 4, ‖z‖² = 5; (−x)_+ = (0, 0, 1, 3, 0): z·y = −5, ‖z‖² = 10
    const { states, events, unresolved } = await followFinePath(
      pricedSource(kernels, problem, { seed: 0 }),
      lambdaGrid(1, { lambdas: 12, minRatio: 0.01 }),
      { resolution: 1e-6 },
      run,
    );
    expect(unresolved).toEqual([]);
    for (const { lambda, neurons, sensitivity } of states) {
      const expected = [Math.max(0, 5 - 5 * lambda) / 10, Math.max(0, 4 - 5 * lambda) / 5];
      const found = [-1, 1].map((sign) => neurons.find(({ atom }) => atom.sign === sign)?.length ?? 0);
      found.forEach((length, k) => {
        expect(length).toBeCloseTo(expected[k], 13);
      });
      if (lambda < 0.8 && sensitivity.differentiable) expect(sensitivity.penalty).toBeCloseTo(-5 / 10 - 5 / 5, 10);
    }
    expect(events.map(({ kind }) => kind)).toEqual(['enters', 'enters']);
    expect(Math.abs(events[0].lambda - 1)).toBeLessThan(1e-6);
    expect(Math.abs(events[1].lambda - 0.8)).toBeLessThan(1e-6);
  });

  it('gates over orthonormal rows: group soft-thresholding', async () => {
    const d = 3;
    const groups = 4;
    const n = d * groups;
    const random = createRandom(5);
    const X = matrix(n, d);
    const patterns = emptyPatterns(n, groups);
    for (let i = 0; i < n; i++) {
      X.data[i * d + (i % d)] = 1;
      setActive(patterns, Math.floor(i / d), i);
    }
    const y = normals(n, random);
    const problem = { X, y, loss: lossByName('squared'), outputBias: false, gated: true };
    const source = patternedSource(kernels, problem, patterns, matrix(groups, d));
    const sizes = Array.from({ length: groups }, (_, g) => Math.hypot(...y.subarray(g * d, (g + 1) * d)));
    const top = await source.lambdaMax(run);
    expect(top).toBeCloseTo(Math.max(...sizes) / n, 14);
    const path = await followFinePath(
      source,
      lambdaGrid(top, { lambdas: 15, minRatio: 0.05 }),
      { resolution: 1e-6 },
      run,
    );
    for (const { lambda, neurons } of path.states) {
      const lengths = neurons.map(({ length }) => length).sort((a, b) => a - b);
      const expected = sizes.map((s) => s - n * lambda).filter((t) => t > 1e-12);
      expect(lengths.length).toBe(expected.length);
      expected
        .sort((a, b) => a - b)
        .forEach((t, k) => {
          expect(lengths[k]).toBeCloseTo(t, 12);
        });
      for (const { slope } of neurons) expect(slope).toBeCloseTo(-n, 9);
    }
    const expected = [...sizes].sort((a, b) => b - a).map((s) => s / n);
    expect(path.events.map(({ kind }) => kind)).toEqual(expected.map(() => 'enters'));
    path.events.forEach(({ lambda }, k) => {
      expect(Math.abs(lambda / expected[k] - 1)).toBeLessThan(1e-6);
    });
  });
});

describe('optima at single λ', () => {
  it('have no gap, and are those of all patterns where these can be enumerated', async () => {
    for (const [k, kind] of kinds.entries()) {
      const problem = problemOf(12, 2, 20 + k, kind);
      const source = sourceOf(problem);
      const top = await source.lambdaMax(run);
      for (const share of [0.5, 0.1, 0.02]) {
        const state = await stateAt(source, share * top);
        expect(state.resolved).toBe(true);
        expect(Math.abs(state.relativeGap)).toBeLessThan(1e-12);
        if (problem.gated) continue;
        const all = await enumeratePatterns(problem.X);
        const exact = await stateAt(patternedSource(kernels, problem, all.patterns), share * top);
        expect(exact.loss + exact.lambda * exact.penalty).toBeCloseTo(state.loss + state.lambda * state.penalty, 12);
        state.standing.f.forEach((t, i) => {
          expect(t).toBeCloseTo(exact.standing.f[i], 9);
        });
      }
    }
  });

  it('differentiate as central differences do', async () => {
    let compared = 0;
    for (const [k, kind] of kinds.entries()) {
      for (const [n, d] of [
        [14, 2],
        [18, 3],
      ]) {
        const source = sourceOf(problemOf(n, d, 40 + k, kind));
        const top = await source.lambdaMax(run);
        for (const share of [0.7, 0.31, 0.083]) {
          const lambda = share * top;
          const h = 2e-5 * lambda;
          const [low, at, high] = [
            await stateAt(source, lambda - h),
            await stateAt(source, lambda),
            await stateAt(source, lambda + h),
          ];
          const { sensitivity } = at;
          if (!sensitivity.differentiable || low.signature !== at.signature || high.signature !== at.signature)
            continue;
          compared++;
          const scale = largest(sensitivity.fit);
          sensitivity.fit.forEach((t, i) => {
            const difference = (high.standing.f[i] - low.standing.f[i]) / (2 * h);
            expect(Math.abs(t - difference)).toBeLessThan(1e-5 * scale);
          });
          for (const what of ['loss', 'penalty'] as const) {
            const difference = (high[what] - low[what]) / (2 * h);
            expect(Math.abs(sensitivity[what] / difference - 1)).toBeLessThan(1e-5);
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(18);
  });

  it('refuse a derivative where a neuron enters', async () => {
    for (const [k, kind] of kinds.entries()) {
      const source = sourceOf(problemOf(14, 2, 60 + k, kind));
      const { sensitivity, neurons } = await stateAt(source, await source.lambdaMax(run));
      expect(neurons.length).toBe(0);
      expect(sensitivity).toEqual({ differentiable: false, reason: 'zero-weight' });
    }
  });
});

/** All optima on a dense grid, solved cold, each by itself. */
async function denseSignatures(source: FineSource, from: number, to: number, count: number): Promise<FineState[]> {
  const out: FineState[] = [];
  for (let k = 0; k < count; k++) out.push(await stateAt(source, from * (to / from) ** (k / (count - 1))));
  return out;
}

describe('events', () => {
  it('are those that a dense scan of cold solves sees, with a fit continuous across them', async () => {
    for (const [k, kind] of kinds.entries()) {
      const problem = problemOf(12, 2, 80 + k, kind);
      const source = sourceOf(problem);
      const top = 1.01 * (await source.lambdaMax(run));
      const grid = lambdaGrid(top, { lambdas: 25, minRatio: 0.1 });
      const path = await followFinePath(source, grid, { resolution: 1e-6 }, run);
      expect(path.unresolved).toEqual([]);
      const own = path.events.filter(({ cause }) => cause !== 'others');
      expect(own.length).toBeGreaterThan(1);
      const cold = await independent(problem);
      const dense = await denseSignatures(cold, top, 0.1 * top, 60);
      for (let j = 1; j < dense.length; j++) {
        const [above, below] = [dense[j - 1], dense[j]];
        const inside = own.filter(({ lambda }) => lambda < above.lambda && lambda > below.lambda);
        if (above.signature !== below.signature) expect(inside.length).toBeGreaterThan(0);
        else expect(inside.length === 0 || inside.length > 1).toBe(true);
        const entered = inside.filter(({ above: side }) => side.norm === 0).length;
        const left = inside.filter(({ below: side }) => side.norm === 0).length;
        if (below.neurons.length - above.neurons.length !== entered - left)
          console.log(
            k,
            above.lambda,
            below.lambda,
            above.neurons.map((q) => q.atom.key + q.length),
            below.neurons.map((q) => q.atom.key + q.length),
            inside,
          );
        expect(below.neurons.length - above.neurons.length).toBe(entered - left);
      }
      for (const { above, below } of own) {
        const [before, after] = [await stateAt(cold, above.lambda), await stateAt(cold, below.lambda)];
        const moved = largest(before.standing.f.map((t, i) => t - after.standing.f[i]));
        expect(moved).toBeLessThan(1e-6 * largest(problem.y));
      }
    }
  });

  it('say what they are: norms at the sides, and slopes on either side of a kink', async () => {
    const source = sourceOf(problemOf(16, 2, 90, kinds[0]));
    const top = await source.lambdaMax(run);
    const path = await followFinePath(
      source,
      lambdaGrid(top, { lambdas: 30, minRatio: 0.05 }),
      { resolution: 1e-6 },
      run,
    );
    const seen = new Set<string>();
    for (const { kind, above, below, distance, cause } of path.events) {
      seen.add(kind);
      expect(above.lambda / below.lambda - 1).toBeGreaterThan(0);
      expect(above.lambda / below.lambda - 1).toBeLessThan(1e-6);
      if (kind === 'enters') expect([above.norm, below.norm > 0]).toEqual([0, true]);
      if (kind === 'leaves') expect([above.norm > 0, below.norm]).toEqual([true, 0]);
      if (kind !== 'jump') expect(distance).toBeLessThan(1e-5);
      if (kind === 'kink' && cause === 'own') expect(above.tightRows).not.toEqual(below.tightRows);
      if (kind === 'kink' && cause === 'others') expect(above.slope).not.toBe(below.slope);
    }
    expect(seen).toContain('enters');
    expect(seen).toContain('kink');
  });
});

describe('where the optimum is not unique', () => {
  it('mirror rows: infinitely many optima, the least-norm one shared out evenly, the fit still differentiable', async () => {
    // two gates with the same active rows but for one of zero target and features in the other column only
    const X = matrix(2, 1, Float64Array.of(1, 0));
    const patterns = emptyPatterns(2, 2);
    setActive(patterns, 0, 0);
    setActive(patterns, 1, 0);
    setActive(patterns, 1, 1);
    const problem = { X, y: Float64Array.of(2, 0), loss: lossByName('squared'), outputBias: false, gated: true };
    const source = patternedSource(kernels, problem, patterns, matrix(2, 1));
    const state = await stateAt(source, 0.4);
    // total length 2 − nλ = 1.2, any split of it
    expect(state.dimension).toBe(1);
    expect(state.independent).toBe(false);
    expect(state.neurons.map(({ length }) => Number(length.toFixed(12)))).toEqual([0.6, 0.6]);
    expect(state.sensitivity).toMatchObject({ differentiable: true });
    if (state.sensitivity.differentiable) expect(state.sensitivity.fit[0]).toBeCloseTo(-2, 12);
  });

  it('jumps: weights differ however close the sides, the fit does not', async () => {
    // a neuron and its mirror image −u share a hyperplane: pairs of them make the optimum many at small λ
    const random = createRandom(0);
    const X = gaussian(8, 2, random);
    const problem = { X, y: normals(8, random), loss: lossByName('squared'), outputBias: false, gated: false };
    const { patterns } = await enumeratePatterns(X);
    const source = patternedSource(kernels, problem, patterns);
    const grid = lambdaGrid(await source.lambdaMax(run), { lambdas: 20, minRatio: 5e-4 });
    const { events } = await followFinePath(source, grid, { resolution: 1e-6 }, run);
    const jumps = events.filter(({ kind }) => kind === 'jump');
    expect(jumps.length).toBeGreaterThan(0);
    for (const { distance, above, below } of jumps) {
      expect(distance).toBeGreaterThan(0.1);
      expect(above.lambda / below.lambda - 1).toBeLessThan(2e-6);
      const [before, after] = [await stateAt(source, above.lambda), await stateAt(source, below.lambda)];
      const moved = largest(before.standing.f.map((t, i) => t - after.standing.f[i]));
      expect(moved).toBeLessThan(1e-6 * largest(problem.y));
    }
  });
});
