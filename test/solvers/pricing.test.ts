import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import { Run } from '../../src/base/index.js';
import { emptyPatterns, type PatternSet, patternBytes, selectPatterns, setActive } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { PatternPool } from '../../src/solvers/pricing-pool.js';
import { warmTightSets, warmthOf } from '../../src/solvers/pricing-warmth.js';
import { solveSsnal } from '../../src/solvers/ssnal.js';
import { randomCase } from './problems.js';

/** Patterns of 16 rows, each the binary digits of a number. */
function numbered(numbers: readonly number[]): PatternSet {
  const set = emptyPatterns(16, numbers.length);
  numbers.forEach((number, p) => {
    for (let i = 0; i < 16; i++) if ((number >> i) & 1) setActive(set, p, i);
  });
  return set;
}
const numbersOf = (set: PatternSet): number[] =>
  Array.from({ length: set.count }, (_, p) => patternBytes(set, p)[0] + 256 * patternBytes(set, p)[1]);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

describe('pattern pool', () => {
  it('keeps every pattern while there are few, once each, in the order of their coming', () => {
    const pool = new PatternPool(16, numbered([5, 3, 5]));
    expect(pool.update(numbered([3]), numbered([9, 5, 3]))).toBe(1);
    for (let round = 0; round < 40; round++) expect(pool.update(numbered([3]), numbered([]))).toBe(0);
    expect(numbersOf(pool.all())).toEqual([5, 3, 9]);
  });

  it('of many, those without a neuron leave after twenty rounds, and may come back', () => {
    const pool = new PatternPool(16, numbered(range(0, 1500)));
    for (let round = 0; round < 20; round++) expect(pool.update(numbered([7]), numbered([8]))).toBe(0);
    expect(pool.count).toBe(1500);
    expect(pool.update(numbered([7]), numbered([2000, 8]))).toBe(1);
    expect(numbersOf(pool.all())).toEqual([7, 8, 2000]);
    expect(pool.update(numbered([]), numbered([12]))).toBe(1);
  });
});

describe('tight rows from one program to the next', () => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await createKernels();
  });
  afterAll(() => kernels.dispose());

  it('go to the blocks of the same output, sign and pattern, and a solve from them ends at the same optimum', async () => {
    const { problem } = randomCase({ n: 40, d: 5, outputs: 2, ratio: 0.05, seed: 4 });
    const { patterns } = samplePatterns(problem.X, 30, { seed: 1, kind: 'gaussian' });
    const mark = kernels.mark();
    const first = new LiftedProgram(kernels, problem, selectPatterns(patterns, range(0, 20)));
    const solved = await solveSsnal(first, { gap: 1e-9 }, new Run());
    const { d } = first;
    const warmth = warmthOf(first.patterns, solved.tightSets);
    // Fewer of the old ones, in another order, between new ones
    const chosen = [25, 7, 3, 28, 19];
    const next = new LiftedProgram(kernels, problem, selectPatterns(patterns, chosen));
    const carried = warmTightSets(next, warmth);
    let some = 0;
    for (let b = 0; b < next.blocks; b++) {
      const p = chosen[next.patternOf(b)];
      const count = carried.tightCount[b];
      if (p >= 20) {
        expect(count).toBe(0);
        continue;
      }
      const old = first.blockOf(next.outputOf(b), next.signOf(b), p);
      expect(count).toBe(warmth.tightSets.tightCount[old]);
      expect(carried.tight.slice(b * d, b * d + count)).toEqual(warmth.tightSets.tight.slice(old * d, old * d + count));
      expect(carried.multiplier.slice(b * d, b * d + count)).toEqual(
        warmth.tightSets.multiplier.slice(old * d, old * d + count),
      );
      some += count;
    }
    expect(some).toBeGreaterThan(5);
    const cold = await solveSsnal(next, { gap: 1e-9 }, new Run());
    const warm = await solveSsnal(next, { gap: 1e-9 }, new Run(), { tightSets: carried });
    expect(Math.abs(warm.primal - cold.primal)).toBeLessThan(2e-9 * cold.primal);
    kernels.release(mark);
  });
});
