import { describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { constantNetwork, type NetworkWeights } from '../../src/networks/index.js';
import { type FoldJob, type FoldPool, type FoldWork, heldOutErrors } from '../../src/path/index.js';
import { settings } from './fold-settings.js';

/** Three folds of one column; X[0] names the fold, the held-out part has fold+2 rows. */
const folds = [0, 1, 2].map((fold) => ({
  X: matrix(1, 1, Float64Array.of(fold)),
  y: new Float64Array(1),
  outputs: 1,
  heldX: matrix(fold + 2, 1),
}));
const lambdas = Float64Array.from({ length: 23 }, (_, k) => 23 - k);

/**
 * A pool that answers each job with an output of its own, and notes them; `reach` is how far a fold gets. So many jobs are under way at a
 * time, and `pick` says which of them ends next.
 */
class NotingPool implements FoldPool {
  readonly jobs: FoldJob[] = [];
  constructor(
    readonly outputOf: (fold: number, lambda: number) => number,
    readonly reach: (fold: number, lambda: number) => boolean = () => true,
    readonly threads = 1,
    readonly pick: (count: number) => number = () => 0,
  ) {}

  async run(work: FoldWork): Promise<void> {
    const underWay: FoldJob[] = [];
    while (!work.finished) {
      for (let job = work.next(); job !== null; job = underWay.length < this.threads ? work.next() : null) {
        this.jobs.push(job);
        if (this.reach(job.fold, job.lambda)) underWay.push(job);
      }
      if (underWay.length === 0) return;
      const [{ fold, lambda, start }] = underWay.splice(this.pick(underWay.length), 1);
      const output = this.outputOf(fold, lambda);
      const step = {
        heldOutputs: Float64Array.of(output),
        trainOutputs: Float64Array.of(-output),
        weights: namedNetwork(fold, lambda),
      };
      work.take({ fold, lambda, start }, step);
    }
  }

  /** The λ that a fold was asked for, in order. */
  lambdasOf(fold: number): number[] {
    return this.jobs.filter((job) => job.fold === fold).map(({ lambda }) => lambda);
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
  it('takes every fold along all λ, each from the network at the λ before', async () => {
    const pool = new NotingPool((fold, lambda) => 10 * lambda + fold);
    const fractions: number[] = [];
    const run = new Run({ onProgress: ({ fraction }) => void fractions.push(fraction as number) });
    const held = await heldOutErrors({ folds, settings, lambdas, error }, pool, run);
    expect([held.lambdas, held.risen]).toEqual([lambdas, false]);
    for (const fold of [0, 1, 2]) {
      expect([...held.errors[fold]]).toEqual([...lambdas].map((lambda) => 10 * lambda + 2 * fold));
      expect(held.outputs[fold].map(([f]) => f)).toEqual([...lambdas].map((lambda) => 10 * lambda + fold));
      expect(held.neurons[fold]).toEqual([...lambdas].map((lambda) => 100 * fold + lambda));
      expect(pool.lambdasOf(fold)).toEqual([...lambdas]);
    }
    for (const { lambda, start } of pool.jobs)
      expect(start?.outputBias[0] ?? null).toBe(lambda === lambdas[0] ? null : lambda + 1);
    expect(fractions).toHaveLength(69);
    expect(fractions.every((fraction, k) => k === 0 || fraction > fractions[k - 1])).toBe(true);
    expect(fractions.at(-1)).toBe(1);
  });

  it.each([1, 4, 7])('with patience %i ends as soon as the mean has risen that long', async (patience) => {
    // least at λ = 17, the seventh
    const pool = new NotingPool((_, lambda) => (lambda - 17) ** 2);
    const held = await heldOutErrors({ folds, settings, lambdas, error, patience }, pool, new Run());
    expect(held.risen).toBe(true);
    expect([...held.lambdas]).toEqual([...lambdas].slice(0, 7 + patience));
    expect(held.errors.map(({ length }) => length)).toEqual([7 + patience, 7 + patience, 7 + patience]);
  });

  it('gives the same whatever the number of threads and the order in which they end', async () => {
    const outputOf = (fold: number, lambda: number): number => (lambda - 9) ** 2 + fold;
    const task = { folds, settings, lambdas, error, patience: 3 };
    const { progress: _, ...expected } = await heldOutErrors(task, new NotingPool(outputOf), new Run());
    expect([expected.risen, expected.lambdas.length]).toEqual([true, 18]);
    const random = createRandom(5);
    const orders = [() => 0, (count: number) => count - 1, (count: number) => random.integer(count)];
    let ahead = 0;
    for (const threads of [2, 3, 5]) {
      for (const order of orders) {
        const pool = new NotingPool(outputOf, () => true, threads, order);
        const { progress, ...held } = await heldOutErrors(task, pool, new Run());
        expect(held).toEqual(expected);
        for (const fold of [0, 1, 2])
          expect(pool.lambdasOf(fold)).toEqual([...lambdas].slice(0, pool.lambdasOf(fold).length));
        ahead = Math.max(ahead, ...progress.map(({ errors }) => errors.length - held.lambdas.length));
      }
    }
    // else the test has seen no fold ahead of the others
    expect(ahead).toBeGreaterThan(0);
  });

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
        // folds do not stop at the same λ
        if (lambda >= least + fold) return true;
        stop.abort();
        return false;
      };
      const pool = new NotingPool(outputOf, reach);
      const cut = await heldOutErrors(task, pool, new Run({ signal: stop.signal }));
      const rest = new NotingPool(outputOf);
      const {
        outputs,
        progress: _,
        ...resumed
      } = await heldOutErrors({ ...task, begun: cut.progress }, rest, new Run());
      const { outputs: all, progress: __, ...expected } = whole;
      expect(resumed).toEqual(expected);
      // what is done is not done again
      for (const fold of [0, 1, 2]) {
        const begun = cut.progress[fold].errors.length;
        expect(rest.lambdasOf(fold)).toEqual([...whole.lambdas].slice(begun));
        expect(outputs[fold]).toEqual(all[fold].slice(begun));
      }
    }
  });
});
