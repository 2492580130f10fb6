import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enumeratePatterns } from '../../src/arrangements/index.js';
import { Run } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import {
  ignoredExcess,
  refutingExcess,
  relativeGapAt,
  searchesFor,
  solveOverPatterns,
} from '../../src/solvers/column-generation.js';
import { generateColumns, type LiftedNetwork, type Round } from '../../src/solvers/index.js';
import { liftedNetwork } from '../../src/solvers/lifted-network.js';
import { type DenseBlock, dot } from './dense.js';
import { allLosses, type Case, type CaseSpec, caseOf, judge, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

/** The same problem with all its patterns. */
async function wholeCase(spec: CaseSpec): Promise<Case> {
  const { problem, dense } = randomCase(spec);
  const { X, y, outputs, outputBias } = problem;
  const { patterns, complete } = await enumeratePatterns(X);
  expect(complete).toBe(true);
  return caseOf(X, y, outputs, patterns, { loss: dense.loss, outputBias, gated: false, lambda: problem.lambda });
}

/** Neurons as dense blocks with the pattern of their own products. */
const blocksOf = (network: LiftedNetwork, { dense }: Case): DenseBlock[] =>
  Array.from({ length: network.count }, (_, j) => {
    const z = Array.from(network.z.data.subarray(j * network.z.cols, (j + 1) * network.z.cols));
    return { pattern: dense.X.map((x) => dot(x, z) >= 0), sign: network.sign[j], output: network.output[j], z };
  });

/** One neuron that points anywhere. */
const poorStart = ({ problem }: Case): LiftedNetwork =>
  liftedNetwork(
    [{ z: Float64Array.from({ length: problem.X.cols }, (_, j) => (j === 0 ? 1 : 0)), sign: 1, output: 0 }],
    problem.X.cols,
    new Float64Array(problem.outputs),
  );

const options = { gap: 1e-7, seed: 3 };

describe('column generation from one poor neuron', () => {
  const specs: CaseSpec[] = allLosses.flatMap((loss, k) => [
    { loss, n: 9, d: 2, ratio: 0.05, seed: 10 + k, outputBias: k % 2 === 0 },
    { loss, n: 8, d: 3, ratio: 0.01, seed: 20 + k, outputBias: k % 2 === 1 },
  ]);
  it.each(specs)('$loss, n = $n, d = $d reaches the optimum over all patterns', async (spec) => {
    const c = await wholeCase(spec);
    const rounds: Round[] = [];
    const onRound = (round: Round): number => rounds.push(round);
    const found = await generateColumns(kernels, c.problem, poorStart(c), { ...options, onRound }, new Run());
    expect(found.status).toBe('solved');
    const { primal, relativeGap } = judge(c, blocksOf(found.network, c), Array.from(found.network.bias));
    expect(Math.abs(primal - found.primal)).toBeLessThanOrEqual(1e-11 * primal);
    // the oracle's bound counts all patterns, those outside the final program too
    expect(relativeGap).toBeLessThanOrEqual(1.02e-7);
    expect(rounds.length).toBe(found.rounds);
    for (const [k, round] of rounds.entries()) {
      expect(round.violation).toBeGreaterThanOrEqual(1);
      if (k > 0) expect(round.primal).toBeLessThanOrEqual(rounds[k - 1].primal * (1 + 1e-4));
    }
    expect(rounds.at(-1)?.relativeGap).toBeLessThanOrEqual(1e-7);
  });

  it('counts every neuron in the pattern it was found in', async () => {
    const c = await wholeCase({ n: 9, d: 3, ratio: 0.02, seed: 33 });
    const found = await generateColumns(kernels, c.problem, poorStart(c), options, new Run());
    expect(found.own.count).toBe(found.network.count);
    const blocks = blocksOf(found.network, c);
    for (const [j, { z }] of blocks.entries()) {
      c.dense.X.forEach((x, i) => {
        const active = (found.own.bytes[j * found.own.stride + (i >> 3)] >> (i & 7)) & 1;
        expect((active === 1 ? 1 : -1) * dot(x, z)).toBeGreaterThanOrEqual(
          -1e-12 * Math.hypot(...x) * Math.hypot(...z),
        );
      });
    }
  });

  it('stops when told, with the best network so far', async () => {
    const c = await wholeCase({ n: 12, d: 3, ratio: 1e-3, seed: 35 });
    const limits = [
      { options: { signal: AbortSignal.abort() }, status: 'aborted' },
      { options: { timeLimit: 1e-9 }, status: 'time-limit' },
    ] as const;
    for (const { options: stop, status } of limits) {
      const found = await generateColumns(kernels, c.problem, poorStart(c), options, new Run(stop));
      expect(found.status).toBe(status);
      const { primal } = judge(c, blocksOf(found.network, c), Array.from(found.network.bias));
      expect(Math.abs(primal - found.primal)).toBeLessThanOrEqual(1e-11 * primal);
    }
    const one = await generateColumns(kernels, c.problem, poorStart(c), { ...options, maxRounds: 1 }, new Run());
    expect(one.status).toBe('iteration-limit');
    expect(one.rounds).toBe(1);
  });
});

/** A small problem and its optimum over all patterns. */
async function solvedCase(loss: (typeof allLosses)[number]) {
  const { problem } = randomCase({ loss, n: 30, d: 3, ratio: 0.05, seed: 8 });
  const { patterns } = await enumeratePatterns(problem.X);
  return { problem, solved: await solveOverPatterns(kernels, problem, patterns, 1e-9, new Run()) };
}

describe('what a round looks for', () => {
  it('grows with the neurons, search by search, and never falls below what a few are given', () => {
    const few = searchesFor(1);
    expect(searchesFor(0)).toEqual(few);
    // So many as fresh starts look for what is left
    expect(few[few.length - 1].around).toBeGreaterThanOrEqual(1000);
    const many = searchesFor(500);
    expect(many.length).toBe(few.length);
    many.forEach(({ starts, around }, k) => {
      expect(around).toBeGreaterThanOrEqual(6 * 500);
      expect(around).toBeGreaterThan(few[k].around);
      expect(starts).toBeGreaterThanOrEqual(few[k].starts);
    });
    // The last is the evidence: it looks anywhere as well
    expect(many[many.length - 1].starts).toBeGreaterThanOrEqual(1000);
    // and is larger where violations were found for long
    expect(searchesFor(500, 20)).toEqual(many);
    const late = searchesFor(500, 200);
    expect(late.slice(0, -1)).toEqual(many.slice(0, -1));
    expect(late[late.length - 1].starts).toBe(4 * many[many.length - 1].starts);
    expect(late[late.length - 1].around).toBe(4 * many[many.length - 1].around);
  });

  it.each(allLosses)(
    '%s: ignores no violation that costs a third of the gap asked for, and no larger one',
    async (loss) => {
      const { problem, solved } = await solvedCase(loss);
      for (const gap of [1e-4, 1e-6]) {
        const excess = ignoredExcess(problem, solved, gap);
        expect(excess).toBeGreaterThan(0);
        expect(excess).toBeLessThanOrEqual(1e-3);
        const cost = relativeGapAt(problem, solved, 1 + excess) - relativeGapAt(problem, solved, 1);
        expect(cost).toBeLessThan(gap / 3);
        expect(cost).toBeGreaterThan(gap / 4);
      }
    },
  );

  it.each(allLosses)(
    '%s: ends at a violation that leaves a larger gap than asked for, and at no smaller one',
    async (loss) => {
      const { problem, solved } = await solvedCase(loss);
      for (const gap of [1e-4, 1e-6, 0.5]) {
        const excess = refutingExcess(problem, solved, gap);
        // Where the slope near 1 says nothing of so large a gap, no violation ends the search
        if (gap === 0.5 && excess === Number.POSITIVE_INFINITY) continue;
        expect(relativeGapAt(problem, solved, 1 + excess)).toBeGreaterThan(gap);
        expect(excess).toBeGreaterThan(ignoredExcess(problem, solved, gap));
      }
      // A gap that is too large already is no matter of violations
      expect(refutingExcess(problem, solved, -1)).toBe(Number.POSITIVE_INFINITY);
    },
  );
});
