import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../src/base/index.js';
import { isActive, matrix, selectPatterns } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { solveGatedProgram } from '../../src/solvers/gated.js';
import { GatedGram } from '../../src/solvers/gated-gram.js';
import { GatedLift, GrowingArray } from '../../src/solvers/gated-lift.js';
import { BoundedQuadratic } from '../../src/solvers/gated-quadratic.js';
import { expectedSizes } from '../../src/solvers/gated-trail.js';
import { forwardSubstitute } from '../../src/solvers/gated-triangular.js';
import { solveOverPatterns, solveSsnal } from '../../src/solvers/index.js';
import type { SsnalOptions, SsnalProgress, SsnalStart } from '../../src/solvers/ssnal.js';
import { allLosses, type Case, caseOf, judge, patternsAt, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

const gated = (spec: Parameters<typeof randomCase>[0]): Case => randomCase({ gated: true, ...spec });

/** A solve, copied out of kernel memory, with what dense loops say of it. */
async function solved(
  c: Case,
  options: SsnalOptions = { gap: 1e-8 },
  run = new Run(),
  start: SsnalStart = {},
  k = kernels,
) {
  const mark = k.mark();
  const program = new LiftedProgram(k, c.problem, c.patterns);
  const outcome = await solveGatedProgram(program, options, run, start);
  const blocks = program
    .neurons(outcome.z)
    .map(({ pattern, sign, output, z }) => ({ pattern: c.flags[pattern], sign, output, z: Array.from(z) }));
  const copied = { ...outcome, z: outcome.z.slice(), residual: outcome.residual.slice() };
  k.release(mark);
  return { ...copied, dense: judge(c, blocks, Array.from(outcome.bias)) };
}

async function ssnal(c: Case, gap: number) {
  const mark = kernels.mark();
  const { primal, status } = await solveSsnal(new LiftedProgram(kernels, c.problem, c.patterns), { gap }, new Run());
  kernels.release(mark);
  return { primal, status };
}

/** Solved, and dense loops agree with every value claimed. */
async function expectProved(c: Case, gap = 1e-8): Promise<void> {
  const outcome = await solved(c, { gap });
  const { primal, lower, relativeGap } = outcome.dense;
  expect(outcome.status).toBe('solved');
  expect(outcome.relativeGap).toBeLessThanOrEqual(gap);
  expect(Math.abs(outcome.primal - primal)).toBeLessThanOrEqual(1e-12 * primal);
  expect(outcome.dual).toBeLessThanOrEqual(lower + 1e-10 * primal);
  expect(relativeGap).toBeLessThanOrEqual(1.02 * gap);
}

/** Few columns and many rows: Gram matrix of the columns. The other way round: n×n. */
const shapes = [
  { name: 'columns', n: 90, d: 2, patternCount: 25 },
  { name: 'rows', n: 30, d: 6, patternCount: 80 },
];
const settings = shapes.flatMap((shape) =>
  [false, true].flatMap((outputBias) => [1, 3].map((outputs) => ({ ...shape, outputBias, outputs }))),
);

describe('gated programs by Newton steps in the group norms', () => {
  it.each(settings)(
    '$name, bias $outputBias, outputs $outputs: values proved by dense loops, SSNAL agrees',
    async (o) => {
      for (const ratio of [0.5, 0.03, 1e-3]) {
        const c = gated({ ...o, ratio, seed: 7 });
        await expectProved(c);
        const [own, other] = [await solved(c, { gap: 1e-10 }), await ssnal(c, 1e-9)];
        expect(Math.abs(own.primal - other.primal)).toBeLessThanOrEqual(1e-8 * other.primal);
      }
    },
  );

  it.each(allLosses)('%s is solved too', async (loss) => {
    await expectProved(gated({ loss, n: 24, d: 3, ratio: 0.05, seed: 4 }));
  });

  it.each(settings)('logistic, $name, bias $outputBias, outputs $outputs: proved, SSNAL agrees', async (o) => {
    for (const ratio of [0.1, 2e-3]) {
      const c = gated({ ...o, loss: 'logistic', ratio, seed: 9 });
      await expectProved(c);
      const [own, other] = [await solved(c, { gap: 1e-9 }), await ssnal(c, 1e-9)];
      expect(Math.abs(own.primal - other.primal)).toBeLessThanOrEqual(1e-8 * other.primal);
    }
  });

  it('takes few steps and no other solver', async () => {
    const c = gated({ n: 60, d: 4, patternCount: 100, ratio: 0.02, seed: 2, outputBias: false });
    const { newtonSteps, status, neurons } = await solved(c);
    expect(status).toBe('solved');
    expect(neurons).toBeGreaterThan(3);
    expect(newtonSteps).toBeLessThanOrEqual(20);
  });

  it('starts warm from its own answer without a step', async () => {
    const c = gated({ n: 40, d: 3, ratio: 0.05, outputs: 2 });
    const cold = await solved(c);
    const warm = await solved(c, { gap: 1e-6 }, new Run(), { z: cold.z, bias: cold.bias });
    expect(cold.newtonSteps).toBeGreaterThan(2);
    expect(warm.newtonSteps).toBe(0);
    expect(warm.relativeGap).toBeLessThanOrEqual(1e-6);
  });

  it('is what gated fits are solved with', async () => {
    const { problem, patterns } = gated({ n: 40, d: 3, ratio: 0.05 });
    const direct = await solved({ ...gated({ n: 40, d: 3, ratio: 0.05 }), problem, patterns }, { gap: 1e-8 });
    const { primal, newtonSteps } = await solveOverPatterns(kernels, problem, patterns, 1e-8, new Run());
    expect([primal, newtonSteps]).toEqual([direct.primal, direct.newtonSteps]);
  });
});

describe('along a path', () => {
  const lambdas = Array.from({ length: 12 }, (_, k) => 0.05 * 0.8 ** k);

  it.each([false, true])('a trail takes fewer steps to the same optima (bias %s)', async (outputBias) => {
    const { problem, patterns } = gated({ n: 60, d: 4, patternCount: 40, outputBias, lambda: 0.05 });
    let before: Awaited<ReturnType<typeof solveOverPatterns>> | undefined;
    let [steps, cold] = [0, 0];
    for (const lambda of lambdas) {
      const own = { ...problem, lambda };
      const alone = await solveOverPatterns(kernels, own, patterns, 1e-8, new Run());
      before = await solveOverPatterns(kernels, own, patterns, 1e-8, new Run(), before);
      expect(before.status).toBe('solved');
      expect(before.relativeGap).toBeLessThanOrEqual(1e-8);
      expect(Math.abs(before.primal - alone.primal)).toBeLessThanOrEqual(2e-8 * alone.primal);
      [steps, cold] = [steps + before.newtonSteps, cold + alone.newtonSteps];
    }
    expect(before?.trail?.points.length).toBe(2);
    expect(steps).toBeLessThan(cold);
  });

  it('a trail over other patterns is not followed', async () => {
    const c = gated({ n: 40, d: 3, patternCount: 20, lambda: 0.02 });
    const first = await solveOverPatterns(kernels, c.problem, c.patterns, 1e-8, new Run());
    const fewer = selectPatterns(
      c.patterns,
      Int32Array.from({ length: 15 }, (_, p) => p),
    );
    const alone = await solveOverPatterns(kernels, c.problem, fewer, 1e-8, new Run());
    const after = await solveOverPatterns(kernels, c.problem, fewer, 1e-8, new Run(), first);
    expect(Math.abs(after.primal - alone.primal)).toBeLessThanOrEqual(2e-8 * alone.primal);
    expect(after.trail?.points.length).toBe(1);
  });

  it.each([false, true])('one factor of n rows serves several λ (bias %s)', async (outputBias) => {
    const { problem, patterns } = gated({ n: 41, d: 6, patternCount: 80, outputBias, lambda: 0.05 });
    let factors = 0;
    const counting = {
      ...kernels,
      cholesky(n: number, a: Float64Array): number {
        if (n === 41) factors++;
        return kernels.cholesky(n, a);
      },
    };
    let before: Awaited<ReturnType<typeof solveOverPatterns>> | undefined;
    for (let k = 0; k < 40; k++) {
      const own = { ...problem, lambda: 0.004 * 0.95 ** k };
      before = await solveOverPatterns(counting, own, patterns, 1e-7, new Run(), before);
      expect(before.status).toBe('solved');
    }
    expect(factors).toBeGreaterThan(0);
    expect(factors).toBeLessThan(40);
  });

  it('nor is one over other data with the same patterns', async () => {
    const c = gated({ n: 40, d: 3, patternCount: 20, lambda: 0.02 });
    const first = await solveOverPatterns(kernels, c.problem, c.patterns, 1e-8, new Run());
    const other = { ...c.problem, X: matrix(40, 2, c.problem.X.data.slice(0, 80)) };
    const alone = await solveOverPatterns(kernels, other, c.patterns, 1e-8, new Run());
    const after = await solveOverPatterns(kernels, other, c.patterns, 1e-8, new Run(), {
      ...first,
      network: alone.network,
    });
    expect(after.status).toBe('solved');
    expect(Math.abs(after.primal - alone.primal)).toBeLessThanOrEqual(2e-8 * alone.primal);
    expect(after.trail?.points.length).toBe(1);
  });

  it.each([
    { n: 90, d: 2, patternCount: 25 },
    { n: 30, d: 6, patternCount: 80 },
  ])('a kept model never stands in for the gap: steep steps, another target, tight gaps ($n rows)', async (shape) => {
    const { problem, patterns } = gated({ ...shape, outputBias: true, outputs: 2, lambda: 0.05 });
    let before: Awaited<ReturnType<typeof solveOverPatterns>> | undefined;
    for (const lambda of [0.05, 0.04, 0.004, 0.0039, 0.02, 1, 0.0038]) {
      const y = lambda === 0.0039 ? problem.y.map((v) => -v) : problem.y;
      const own = { ...problem, y, lambda };
      const alone = await solveOverPatterns(kernels, own, patterns, 1e-10, new Run());
      before = await solveOverPatterns(kernels, own, patterns, 1e-10, new Run(), before);
      expect(before.status).toBe('solved');
      expect(before.relativeGap).toBeLessThanOrEqual(1e-10);
      expect(Math.abs(before.primal - alone.primal)).toBeLessThanOrEqual(2e-10 * alone.primal);
    }
  });

  it('sizes lie on the line through the last two points, in λ; those that came or went keep theirs', () => {
    const point = (threshold: number, ...sizes: number[]) => ({
      threshold,
      sizes: Float64Array.from(sizes),
      residuals: [],
    });
    const points = [point(0.5, 1.5, 0, 0.2, 3, 0.1), point(1, 1, 1, 0, 3, 0.3)];
    const expected = [1.75, 0, 0.2, 3, 0];
    expectedSizes({ points }, 0.25).forEach((size, b) => {
      expect(size).toBeCloseTo(expected[b], 12);
    });
    expect(expectedSizes({ points: points.slice(0, 1) }, 0.25)).toEqual(points[0].sizes);
  });
});

describe('the edges', () => {
  it.each([1, 1.5])('at λ = %d λ_max: the constant model', async (ratio) => {
    const { status, neurons, relativeGap } = await solved(gated({ n: 25, d: 3, ratio: ratio * (1 + 1e-12) }));
    expect(status).toBe('solved');
    expect(neurons).toBe(0);
    expect(relativeGap).toBeLessThanOrEqual(1e-10);
  });

  it('just below λ_max: one neuron', async () => {
    const { status, neurons } = await solved(gated({ n: 25, d: 3, ratio: 0.9999 }), { gap: 1e-12 });
    expect(status).toBe('solved');
    expect(neurons).toBe(1);
  });

  it('duplicate patterns change nothing', async () => {
    const c = gated({ n: 30, d: 3, ratio: 0.02 });
    const twice = Array.from({ length: 2 * c.patterns.count }, (_, k) => k >> 1);
    const doubled = { ...c, patterns: selectPatterns(c.patterns, twice), flags: twice.map((k) => c.flags[k]) };
    await expectProved(doubled);
    const [a, b] = [await solved(c, { gap: 1e-10 }), await solved(doubled, { gap: 1e-10 })];
    expect(Math.abs(a.primal - b.primal)).toBeLessThanOrEqual(1e-9 * a.primal);
  });

  it('rows of zeros, dependent columns, equal rows, one column, one pattern', async () => {
    const zeroRows = (X: { data: Float64Array; cols: number }): void => void X.data.fill(0, 0, 5 * X.cols);
    const dependent = (X: { data: Float64Array; cols: number; rows: number }): void => {
      for (let i = 0; i < X.rows; i++) X.data[i * X.cols + 2] = X.data[i * X.cols] - 2 * X.data[i * X.cols + 1];
    };
    const equalRows = (X: { data: Float64Array; cols: number }): void => {
      X.data.copyWithin(6 * X.cols, 0, 6 * X.cols);
    };
    for (const shape of [zeroRows, dependent, equalRows])
      for (const ratio of [0.1, 1e-3]) await expectProved(gated({ n: 20, d: 4, patternCount: 50, ratio, shape }));
    await expectProved(gated({ n: 20, d: 1, patternCount: 2, ratio: 0.01 }));
    await expectProved(gated({ n: 20, d: 3, patternCount: 1, ratio: 0.01 }));
    await expectProved(gated({ n: 3, d: 5, patternCount: 8, ratio: 1e-3 }));
  });

  it('columns of very different size', async () => {
    const shape = (X: { data: Float64Array; cols: number }): void =>
      X.data.forEach((v, at) => {
        X.data[at] = v * [1e3, 1, 1e-3][at % 3];
      });
    for (const ratio of [0.1, 1e-3, 1e-5]) await expectProved(gated({ n: 40, d: 3, ratio, shape }), 1e-6);
  });

  it('a pattern with no active row, targets of zeros', async () => {
    const X = matrix(4, 1, Float64Array.of(1, 2, 3, 4));
    const patterns = patternsAt(X, [[-1], [1]]);
    const shared = { loss: 'squared' as const, outputBias: false, gated: true, lambda: 0.01 };
    await expectProved(caseOf(X, Float64Array.of(1, 2, 2, 5), 1, patterns, shared));
    const { status, primal, neurons } = await solved(caseOf(X, new Float64Array(4), 1, patterns, shared));
    expect([status, primal, neurons]).toEqual(['solved', 0, 0]);
  });
});

describe('a solve that is stopped', () => {
  const c = () => gated({ n: 40, d: 4, patternCount: 60, ratio: 1e-3, outputs: 2, outputBias: true });

  it.each(['squared', 'logistic'] as const)('%s: a point and a bound after any number of steps', async (loss) => {
    const of = (): Case => gated({ n: 40, d: 4, patternCount: 60, ratio: 1e-3, outputs: 2, outputBias: true, loss });
    const whole = await solved(of());
    for (let stop = 0; stop < whole.newtonSteps - 5; stop += 3) {
      const controller = new AbortController();
      const onStep = ({ newtonSteps }: SsnalProgress): void => {
        if (newtonSteps >= stop) controller.abort();
      };
      const o = await solved(of(), { gap: 1e-8, onStep }, new Run({ signal: controller.signal }));
      expect(o.status).toBe('aborted');
      expect(o.newtonSteps).toBeGreaterThanOrEqual(stop);
      expect(o.newtonSteps).toBeLessThan(whole.newtonSteps);
      expect(o.primal).toBeGreaterThanOrEqual(whole.primal * (1 - 1e-8));
      expect(o.dual).toBeLessThanOrEqual(whole.primal);
      expect(Math.abs(o.primal - o.dense.primal)).toBeLessThanOrEqual(1e-12 * o.primal);
    }
  });

  it('names the limit of steps', async () => {
    const { status, newtonSteps } = await solved(c(), { gap: 1e-8, maxNewton: 3 });
    expect([status, newtonSteps]).toEqual(['iteration-limit', 3]);
  });

  it('reports values that come closer with every step', async () => {
    const seen: SsnalProgress[] = [];
    await solved(gated({ n: 40, d: 4, patternCount: 60, ratio: 0.01 }), { gap: 1e-8, onStep: (s) => seen.push(s) });
    expect(seen.length).toBeGreaterThan(3);
    for (const [k, s] of seen.entries()) expect(s.dual).toBeLessThanOrEqual(seen[Math.max(0, k - 1)].primal);
    expect(seen.at(-1)?.relativeGap).toBeLessThanOrEqual(1e-8);
    expect(seen[0].relativeGap).toBeGreaterThan(1e-3);
  });
});

it('gives the same bytes on two threads and without WebAssembly', async () => {
  const others = [await createKernels({ threads: 2 }), await createKernels({ backend: 'plain' })];
  for (const { n, d, patternCount } of [...shapes, { n: 150, d: 8, patternCount: 60 }]) {
    const c = gated({ n, d, patternCount, ratio: 0.02 });
    const one = await solved(c);
    for (const k of others) {
      const other = await solved(c, { gap: 1e-8 }, new Run(), {}, k);
      expect(other.z).toEqual(one.z);
      expect(other.dual).toBe(one.dual);
    }
  }
  for (const k of others) k.dispose();
});

describe('its parts', () => {
  const random = createRandom(5);
  const normals = (length: number): Float64Array => Float64Array.from({ length }, random.normal);

  it('minimises a quadratic over bounds as trying every face does', () => {
    for (const m of [1, 2, 5, 8]) {
      for (let trial = 0; trial < 10; trial++) {
        const root = normals(m * m);
        const h = kernels.float64(m * m);
        for (let i = 0; i < m; i++)
          for (let j = 0; j < m; j++) {
            h[i * m + j] = i === j ? 1e-3 : 0;
            for (let k = 0; k < m; k++) h[i * m + j] += root[i * m + k] * root[j * m + k];
          }
        // the second time from the free entries of the first, the third from those that were kept
        let quadratic = new BoundedQuadratic(h, new GrowingArray(kernels));
        for (let time = 0; time < 3; time++) {
          const g = normals(m);
          const lower = normals(m).map((v) => Math.min(0, v));
          const s = quadratic.minimiser(g, lower) as Float64Array;
          const gradient = g.map((v, i) => v + s.reduce((t, sj, j) => t + h[i * m + j] * sj, 0));
          for (let i = 0; i < m; i++) {
            expect(s[i]).toBeGreaterThanOrEqual(lower[i]);
            if (s[i] > lower[i] + 1e-12) expect(Math.abs(gradient[i])).toBeLessThanOrEqual(1e-8);
            else expect(gradient[i]).toBeGreaterThanOrEqual(-1e-8);
          }
          if (time === 1) quadratic = new BoundedQuadratic(h, new GrowingArray(kernels), quadratic.kept() ?? undefined);
        }
      }
    }
  });

  it('refuses an indefinite quadratic', () => {
    const h = kernels.float64(4);
    h.set([1, 2, 2, 1]);
    const quadratic = new BoundedQuadratic(h, new GrowingArray(kernels));
    expect(quadratic.minimiser(Float64Array.of(-1, -1), Float64Array.of(-1, -1))).toBeNull();
  });

  it.each([1, 63, 64, 65, 200])('solves with a lower factor of %d rows', (n) => {
    const l = kernels.float64(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) l[i * n + j] = i === j ? 2 : random.normal() / n;
    const b = kernels.float64(n * 3);
    b.set(normals(n * 3));
    const right = b.slice();
    forwardSubstitute(kernels, n, l, 3, b);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < 3; k++) {
        let total = 0;
        for (let j = 0; j <= i; j++) total += l[i * n + j] * b[j * 3 + k];
        expect(Math.abs(total - right[i * 3 + k])).toBeLessThanOrEqual(1e-12);
      }
    }
  });

  it.each([
    { n: 37, d: 5 },
    { n: 1500, d: 80 },
  ])('finds Gram blocks of $n rows and $d columns, in one go or by panels', ({ n, d }) => {
    const { problem, patterns } = caseOf(
      matrix(n, d, normals(n * d)),
      normals(n),
      1,
      patternsAt(
        matrix(n, d, normals(n * d)),
        [0, 1, 2].map(() => Array.from(normals(d))),
      ),
      { loss: 'squared', outputBias: false, gated: true, lambda: 0.1 },
    );
    const mark = kernels.mark();
    const gram = new GatedGram(new GatedLift(new LiftedProgram(kernels, problem, patterns)));
    expect(gram.missing([2, 0])).toBe(3);
    gram.ensure([2, 0]);
    gram.ensure([0, 1, 2]);
    expect(gram.missing([0, 1, 2])).toBe(0);
    const { data } = problem.X;
    for (const [a, b] of [
      [0, 0],
      [0, 2],
      [2, 0],
      [1, 2],
    ]) {
      for (const [i, j] of [
        [0, 0],
        [d - 1, 2],
        [d - 1, d - 1],
      ]) {
        let expected = 0;
        for (let k = 0; k < n; k++)
          if (isActive(patterns, a, k) && isActive(patterns, b, k)) expected += data[k * d + i] * data[k * d + j];
        expect(Math.abs(gram.values[gram.offset(a, b) + (i * (i + 1)) / 2 + j] - expected)).toBeLessThanOrEqual(1e-9);
      }
    }
    kernels.release(mark);
  });
});
