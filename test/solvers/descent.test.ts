import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom, type ProgressEvent, Run } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { lossByName } from '../../src/losses/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { solveSsnal } from '../../src/solvers/index.js';
import { descent } from '../../src/solvers/ssnal-descent.js';
import { chooseWay } from '../../src/solvers/working-set-choice.js';
import { judgedSolve, randomCase } from './problems.js';

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

  it('says on the way where it is', async () => {
    const c = randomCase({ n: 30, d: 3, patternCount: 100, ratio: 0.02, seed: 12 });
    const mark = kernels.mark();
    const program = new LiftedProgram(kernels, c.problem, c.patterns);
    const shares: (number | undefined)[] = [];
    const onProgress = ({ fraction }: ProgressEvent): void => void shares.push(fraction);
    await solveSsnal(program, { gap, way: 'descent' }, new Run({ onProgress }));
    kernels.release(mark);
    expect(shares.length).toBeGreaterThan(3);
    shares.forEach((share, k) => {
      expect(share).toBeCloseTo(k / shares.length, 12);
    });
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
