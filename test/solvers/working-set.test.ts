import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Run } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { type SsnalProgress, solveSsnal } from '../../src/solvers/index.js';
import { chooseWay } from '../../src/solvers/working-set-choice.js';
import { allLosses, judgedSolve, randomCase, solveCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

const gap = 1e-7;

describe.each([
  { name: 'a working set of patterns', way: 'parts' },
  { name: 'a descent in λ', way: 'descent' },
] as const)('$name', ({ way }) => {
  const specs = allLosses.flatMap((loss) =>
    [false, true].map((outputBias) => ({ loss, outputBias, n: 30, d: 3, patternCount: 100, ratio: 0.02, seed: 12 })),
  );

  it.each(specs)('proves the same optimum: $loss, output bias $outputBias', async (spec) => {
    const c = randomCase(spec);
    const whole = await judgedSolve(kernels, c, { gap, way: 'whole' });
    const steps: SsnalProgress[] = [];
    const onStep = (step: SsnalProgress): void => void steps.push(step);
    const other = await judgedSolve(kernels, c, { gap, way, onStep });
    expect([whole.outcome.status, other.outcome.status]).toEqual(['solved', 'solved']);
    expect(Math.abs(other.primal - whole.primal)).toBeLessThanOrEqual(gap * whole.primal);
    // what it says of itself holds in dense loops over all patterns
    expect(Math.abs(other.outcome.primal - other.primal)).toBeLessThanOrEqual(1e-12 * other.primal);
    expect(other.outcome.dual).toBeLessThanOrEqual(other.lower + 1e-10 * other.primal);
    expect(other.violation).toBeLessThanOrEqual(1e-12);
    // and so do its reports, which are of this λ only
    for (const step of steps) {
      expect(step.primal).toBeGreaterThanOrEqual(whole.primal * (1 - gap));
      expect(step.dual).toBeLessThanOrEqual(whole.primal * (1 + gap));
    }
    expect(steps.at(-1)?.newtonSteps).toBe(other.outcome.newtonSteps);
  });

  it('gated programs and several outputs likewise', async () => {
    for (const more of [{ gated: true }, { outputs: 3 }]) {
      const c = randomCase({ n: 30, d: 3, patternCount: 120, ratio: 0.05, seed: 4, ...more });
      const whole = await judgedSolve(kernels, c, { gap, way: 'whole' });
      const other = await judgedSolve(kernels, c, { gap, way });
      expect(other.outcome.status).toBe('solved');
      expect(Math.abs(other.primal - whole.primal)).toBeLessThanOrEqual(gap * whole.primal);
      expect(other.relativeGap).toBeLessThanOrEqual(1.02 * gap);
    }
  });
});

describe('a working set of patterns', () => {
  it('never claims more of the gap than is proved over all patterns', async () => {
    const c = randomCase({ n: 30, d: 3, patternCount: 100, ratio: 0.02, seed: 12 });
    const steps: SsnalProgress[] = [];
    const { primal } = await judgedSolve(kernels, c, { gap: 1e-9, way: 'whole' });
    const onStep = (step: SsnalProgress): void => void steps.push(step);
    await judgedSolve(kernels, c, { gap, way: 'parts', onStep });
    expect(steps.length).toBeGreaterThan(3);
    for (const step of steps) {
      expect(step.dual).toBeLessThanOrEqual(primal * (1 + 1e-9));
      expect(step.primal).toBeGreaterThanOrEqual(primal * (1 - 1e-9));
      expect(Number.isFinite(step.dual)).toBe(true);
    }
  });

  it('at λ ≥ λ_max nothing is added', async () => {
    const c = randomCase({ n: 40, d: 4, patternCount: 60, ratio: 1.001 });
    const { outcome } = await judgedSolve(kernels, c, { gap, way: 'parts' });
    expect([outcome.status, outcome.neurons, outcome.newtonSteps]).toEqual(['solved', 0, 0]);
  });

  it('starts from a given point and keeps what it has when stopped', async () => {
    const c = randomCase({ n: 30, d: 3, patternCount: 100, ratio: 0.02, seed: 12 });
    const mark = kernels.mark();
    const first = await solveCase(kernels, c, { gap: 1e-3, way: 'parts' });
    const start = { z: first.outcome.z, bias: first.outcome.bias, sigmaFactor: 4096 };
    const stopped = await solveSsnal(first.program, { gap, way: 'parts' }, new Run({ timeLimit: 0 }), start);
    expect(stopped.status).toBe('time-limit');
    expect(stopped.primal).toBeLessThanOrEqual(first.outcome.primal * (1 + 1e-12));
    const warm = await solveCase(kernels, c, { gap, way: 'parts' }, start);
    expect(warm.outcome.status).toBe('solved');
    kernels.release(mark);
  });

  it('counts its Newton steps against the limit', async () => {
    const c = randomCase({ n: 30, d: 3, patternCount: 100, ratio: 0.002, seed: 12 });
    const { outcome } = await judgedSolve(kernels, c, { gap: 1e-12, way: 'parts', maxNewton: 7 });
    expect(outcome.status).toBe('iteration-limit');
    expect(outcome.newtonSteps).toBeLessThanOrEqual(7);
  });

  it('leaves no kernel memory behind', async () => {
    const c = randomCase({ n: 40, d: 4, patternCount: 100, ratio: 0.05 });
    const program = new LiftedProgram(kernels, c.problem, c.patterns);
    const before = kernels.mark();
    await solveSsnal(program, { gap, way: 'parts' }, new Run());
    expect(kernels.mark()).toBe(before);
  });

  it('is chosen by sizes: not for small programs, not without cones', () => {
    for (const gated of [false, true]) {
      const c = randomCase({ n: 40, d: 4, patternCount: 100, ratio: 0.05, gated });
      expect(chooseWay(new LiftedProgram(kernels, c.problem, c.patterns), {})).toBe('whole');
    }
  });
});

describe('conjugate gradients alone', () => {
  const specs = allLosses.flatMap((loss) =>
    [false, true].map((gated) => ({ loss, gated, n: 30, d: 3, patternCount: 40, ratio: 0.02, seed: 12 })),
  );
  it.each(specs)('reach the optimum of dense steps: $loss, gated $gated', async (spec) => {
    const c = randomCase(spec);
    const dense = await judgedSolve(kernels, c, { gap, newton: 'columns' });
    const inexact = await judgedSolve(kernels, c, { gap, newton: 'gradients' });
    expect([dense.outcome.status, inexact.outcome.status]).toEqual(['solved', 'solved']);
    expect(Math.abs(inexact.primal - dense.primal)).toBeLessThanOrEqual(gap * dense.primal);
    expect(inexact.relativeGap).toBeLessThanOrEqual(1.02 * gap);
  });
});

describe('any number of threads', () => {
  it.each([
    { name: 'conjugate gradients', newton: 'gradients', way: 'whole' } as const,
    { name: 'dense steps', newton: 'columns', way: 'whole' } as const,
    { name: 'a working set', newton: 'auto', way: 'parts' } as const,
    { name: 'a descent', newton: 'auto', way: 'descent' } as const,
  ])('$name give the same bytes', async ({ newton, way }) => {
    // large enough for the kernels to share their work
    const c = randomCase({ n: 400, d: 12, patternCount: 150, lambda: 0.03, seed: 5 });
    const results: Float64Array[] = [];
    for (const threads of [1, 3]) {
      const own = await createKernels({ threads });
      const { outcome } = await solveCase(own, c, { gap: 1e-4, newton, way });
      expect(outcome.status).toBe('solved');
      results.push(Float64Array.from([...outcome.z, ...outcome.bias, outcome.primal, outcome.dual]));
      own.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  });
});
