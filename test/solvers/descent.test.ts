import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom, Run } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { lossByName } from '../../src/losses/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { type SsnalProgress, solveSsnal } from '../../src/solvers/index.js';
import { descent } from '../../src/solvers/ssnal-descent.js';
import { chooseWay } from '../../src/solvers/working-set-choice.js';
import { allLosses, judgedSolve, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

const gap = 1e-7;

describe('a descent in λ', () => {
  it('falls to the last λ in equal ratios, from a share of the longest price', () => {
    expect(descent(20)).toEqual([1.5 ** 3, 1.5 ** 2, 1.5]);
    for (const longest of [0, 1, 5.9, Number.NaN, Number.POSITIVE_INFINITY]) expect(descent(longest)).toEqual([]);
  });

  const specs = allLosses.flatMap((loss) =>
    [false, true].map((outputBias) => ({ loss, outputBias, n: 30, d: 3, patternCount: 100, ratio: 0.02, seed: 12 })),
  );
  it.each(specs)('proves the same optimum: $loss, output bias $outputBias', async (spec) => {
    const c = randomCase(spec);
    const whole = await judgedSolve(kernels, c, { gap, way: 'whole' });
    const steps: SsnalProgress[] = [];
    const onStep = (step: SsnalProgress): void => void steps.push(step);
    const down = await judgedSolve(kernels, c, { gap, way: 'descent', onStep });
    expect([whole.outcome.status, down.outcome.status]).toEqual(['solved', 'solved']);
    expect(Math.abs(down.primal - whole.primal)).toBeLessThanOrEqual(gap * whole.primal);
    // what it says of itself holds in dense loops over all patterns
    expect(Math.abs(down.outcome.primal - down.primal)).toBeLessThanOrEqual(1e-12 * down.primal);
    expect(down.outcome.dual).toBeLessThanOrEqual(down.lower + 1e-10 * down.primal);
    expect(down.violation).toBeLessThanOrEqual(1e-12);
    // and so do its reports, which are of the last λ only
    for (const step of steps) {
      expect(step.primal).toBeGreaterThanOrEqual(whole.primal * (1 - gap));
      expect(step.dual).toBeLessThanOrEqual(whole.primal * (1 + gap));
    }
    expect(steps.at(-1)?.newtonSteps).toBe(down.outcome.newtonSteps);
  });

  it('gated programs and several outputs likewise', async () => {
    for (const more of [{ gated: true }, { outputs: 3 }]) {
      const c = randomCase({ n: 30, d: 3, patternCount: 120, ratio: 0.05, seed: 4, ...more });
      const whole = await judgedSolve(kernels, c, { gap, way: 'whole' });
      const down = await judgedSolve(kernels, c, { gap, way: 'descent' });
      expect(down.outcome.status).toBe('solved');
      expect(Math.abs(down.primal - whole.primal)).toBeLessThanOrEqual(gap * whole.primal);
    }
  });

  it('stops when told to, with a network and what it proves for the last λ', async () => {
    const c = randomCase({ n: 30, d: 3, patternCount: 100, ratio: 0.02, seed: 12 });
    const { primal } = await judgedSolve(kernels, c, { gap, way: 'whole' });
    const limited = await judgedSolve(kernels, c, { gap: 1e-12, way: 'descent', maxNewton: 7 });
    expect(limited.outcome.status).toBe('iteration-limit');
    expect(limited.outcome.newtonSteps).toBe(7);
    const mark = kernels.mark();
    const program = new LiftedProgram(kernels, c.problem, c.patterns);
    const stopped = await solveSsnal(program, { gap, way: 'descent' }, new Run({ timeLimit: 0 }));
    expect(stopped.status).toBe('time-limit');
    kernels.release(mark);
    for (const outcome of [limited.outcome, stopped]) {
      expect(outcome.primal).toBeGreaterThanOrEqual(primal * (1 - gap));
      expect(outcome.dual).toBeLessThanOrEqual(primal * (1 + gap));
    }
  });

  it('is chosen for many columns from a cold start only', () => {
    const mark = kernels.mark();
    const random = createRandom(3);
    for (const [n, d, way] of [
      [1000, 80, 'descent'],
      [2000, 30, 'parts'],
    ] as const) {
      const X = matrix(
        n,
        d,
        Float64Array.from({ length: n * d }, () => random.normal()),
      );
      const { patterns } = samplePatterns(X, 300, { seed: 1 });
      const y = Float64Array.from({ length: n }, () => random.normal());
      const rest = { outputs: 1, loss: lossByName('squared'), outputBias: false, activation: 'relu' } as const;
      const program = new LiftedProgram(kernels, { X, y, lambda: 0.03, ...rest }, patterns);
      expect(chooseWay(program, {})).toBe(way);
      expect(chooseWay(program, { z: new Float64Array(program.blocks * d) })).toBe('whole');
    }
    kernels.release(mark);
  });
});
