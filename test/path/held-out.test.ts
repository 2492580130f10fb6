import { describe, expect, it } from 'vitest';
import { Run } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { constantNetwork, type NetworkWeights } from '../../src/networks/index.js';
import {
  type FoldJob,
  type FoldPool,
  type FoldSettings,
  type FoldStep,
  heldOutErrors,
  summarise,
} from '../../src/path/index.js';

const settings: FoldSettings = {
  loss: 'squared',
  outputBias: true,
  hiddenBias: false,
  activation: 'relu',
  patterns: 'auto',
  gap: 1e-3,
  seed: 0,
};

/** Three folds of one column; X[0] names the fold, the held-out part has fold+2 rows. */
const folds = [0, 1, 2].map((fold) => ({
  X: matrix(1, 1, Float64Array.of(fold)),
  y: new Float64Array(1),
  outputs: 1,
  heldX: matrix(fold + 2, 1),
}));
const lambdas = Float64Array.from({ length: 23 }, (_, k) => 23 - k);

/** A pool that answers each λ with an output of its own, and notes its jobs; `reach` is how far a fold gets. */
class NotingPool implements FoldPool {
  readonly jobs: FoldJob[][] = [];
  constructor(
    readonly outputOf: (fold: number, lambda: number) => number,
    readonly reach: (fold: number, lambda: number) => boolean = () => true,
  ) {}

  async run(jobs: readonly FoldJob[], _: Run, onStep: (job: number, step: FoldStep) => void): Promise<void> {
    this.jobs.push([...jobs]);
    jobs.forEach(({ data, lambdas: asked }, at) => {
      const fold = data.X.data[0];
      for (const lambda of asked) {
        if (!this.reach(fold, lambda)) return;
        const output = this.outputOf(fold, lambda);
        onStep(at, {
          heldOutputs: Float64Array.of(output),
          trainOutputs: Float64Array.of(-output),
          weights: namedNetwork(fold, lambda),
        });
      }
    });
  }

  close(): void {}
}

/** As many neurons as fold and λ say, and λ as its bias. */
const namedNetwork = (fold: number, lambda: number): NetworkWeights => {
  const neurons = 100 * fold + lambda;
  const constant = constantNetwork(1, [lambda]);
  return { ...constant, hidden: matrix(neurons, 1), hiddenBias: new Float64Array(neurons), output: matrix(neurons, 1) };
};

const error = (fold: number, [output]: Float64Array): number => output + fold;

describe('heldOutErrors', () => {
  it('takes every fold along all λ, each block from the network the last one ended with', async () => {
    const pool = new NotingPool((fold, lambda) => 10 * lambda + fold);
    const fractions: number[] = [];
    const run = new Run({ onProgress: ({ fraction }) => void fractions.push(fraction as number) });
    const held = await heldOutErrors({ folds, settings, lambdas, error }, pool, run);
    expect([held.lambdas, held.risen]).toEqual([lambdas, false]);
    for (const fold of [0, 1, 2]) {
      expect([...held.errors[fold]]).toEqual([...lambdas].map((lambda) => 10 * lambda + 2 * fold));
      expect(held.outputs[fold].map(([f]) => f)).toEqual([...lambdas].map((lambda) => 10 * lambda + fold));
      expect(held.neurons[fold]).toEqual([...lambdas].map((lambda) => 100 * fold + lambda));
    }
    expect(pool.jobs.flatMap(([job]) => [...job.lambdas])).toEqual([...lambdas]);
    pool.jobs.forEach((block, b) => {
      for (const job of block) {
        expect(job.settings).toBe(settings);
        const before = b === 0 ? null : pool.jobs[b - 1][0].lambdas.at(-1);
        expect(job.start?.outputBias[0] ?? null).toBe(before);
      }
    });
    expect(fractions).toHaveLength(69);
    expect(fractions.every((fraction, k) => k === 0 || fraction > fractions[k - 1])).toBe(true);
    expect(fractions.at(-1)).toBe(1);
  });

  it.each([1, 4, 7])(
    'with patience %i ends at the end of a block once the mean has risen that long',
    async (patience) => {
      // least at λ = 17, the seventh
      const pool = new NotingPool((_, lambda) => (lambda - 17) ** 2);
      const held = await heldOutErrors({ folds, settings, lambdas, error, patience }, pool, new Run());
      const weights = folds.map(({ heldX }) => heldX.rows);
      const beyond = (length: number): boolean => {
        const { mean } = summarise(lambdas.slice(0, length), held.errors, weights);
        const min = mean.indexOf(Math.min(...mean.slice(0, length)));
        return length - 1 - min >= patience;
      };
      const ends = pool.jobs.map((_, b) =>
        pool.jobs.slice(0, b + 1).reduce((sum, [job]) => sum + job.lambdas.length, 0),
      );
      expect(held.risen).toBe(true);
      expect(held.lambdas.length).toBeLessThan(23);
      expect(held.lambdas.length).toBe(ends.at(-1));
      expect(ends.filter(beyond)).toEqual([held.lambdas.length]);
    },
  );

  it('keeps going while the error falls, whatever the patience', async () => {
    const pool = new NotingPool((_, lambda) => lambda);
    const held = await heldOutErrors({ folds, settings, lambdas, error, patience: 1 }, pool, new Run());
    expect([held.lambdas.length, held.risen]).toEqual([23, false]);
  });

  it('stopped, gives the λ that every fold has come to', async () => {
    const stop = new AbortController();
    const pool = new NotingPool(
      (_, lambda) => lambda,
      (fold, lambda) => {
        if (lambda > 14 + fold) return true;
        stop.abort();
        return false;
      },
    );
    const held = await heldOutErrors({ folds, settings, lambdas, error }, pool, new Run({ signal: stop.signal }));
    expect([...held.lambdas]).toEqual([...lambdas].filter((lambda) => lambda > 16));
    for (const list of [held.errors, held.outputs, held.neurons])
      expect(list.map(({ length }) => length)).toEqual([7, 7, 7]);
    expect(held.risen).toBe(false);
  });

  it('goes on from where a stop left each fold, and ends as if there had been none', async () => {
    const outputOf = (fold: number, lambda: number): number => (lambda - 12) ** 2 + fold;
    const trainError = (fold: number, [output]: Float64Array): number => output - fold;
    const task = { folds, settings, lambdas, error, trainError, patience: 4 };
    const whole = await heldOutErrors(task, new NotingPool(outputOf), new Run());
    expect(whole.trainErrors?.[1]).toEqual(Float64Array.from(whole.lambdas, (lambda) => -outputOf(1, lambda) - 1));
    for (let least = 23; least >= 1; least -= 2) {
      const stop = new AbortController();
      const reach = (fold: number, lambda: number): boolean => {
        // folds stop within a block, and not at the same λ
        if (lambda >= least + fold) return true;
        stop.abort();
        return false;
      };
      const pool = new NotingPool(outputOf, reach);
      const cut = await heldOutErrors(task, pool, new Run({ signal: stop.signal }));
      const rest = new NotingPool(outputOf);
      const { outputs, ...resumed } = await heldOutErrors({ ...task, begun: cut.progress }, rest, new Run());
      const { outputs: all, ...expected } = whole;
      expect(resumed).toEqual(expected);
      const lambdasOf = (pools: NotingPool[], fold: number) =>
        pools
          .flatMap(({ jobs }) => jobs.flat())
          .filter(({ data }) => data.X.data[0] === fold)
          .flatMap((job) => [...job.lambdas]);
      // what is done is not done again
      for (const fold of [0, 1, 2]) {
        const begun = cut.progress[fold].errors.length;
        expect(lambdasOf([rest], fold)).toEqual([...whole.lambdas].slice(begun));
        expect(outputs[fold]).toEqual(all[fold].slice(begun));
      }
    }
  });
});
