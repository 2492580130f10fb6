import { afterAll, describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { createFoldPool, type FoldJob, type FoldStep, type FoldWork } from '../../src/path/index.js';
import { settings } from './fold-settings.js';

const random = createRandom(4);
const normals = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.normal());
const folds = [0, 1].map(() => {
  const X = matrix(20, 2, normals(40));
  const y = Float64Array.from({ length: 20 }, (_, i) => Math.abs(X.data[2 * i]));
  return { X, y, outputs: 1, heldX: matrix(3, 2, normals(6)) };
});

/** One λ of each fold. */
class Both implements FoldWork {
  readonly folds = folds;
  readonly settings = settings;
  readonly steps = new Map<number, FoldStep>();
  #next = 0;

  get finished(): boolean {
    return this.steps.size === folds.length;
  }

  next(): FoldJob | null {
    return this.#next < folds.length ? { fold: this.#next++, lambda: 0.05, start: null } : null;
  }

  take({ fold }: FoldJob, step: FoldStep): void {
    this.steps.set(fold, step);
  }
}

const pool = await createFoldPool(1);
afterAll(() => pool.close());

describe('the pool of this thread', () => {
  it('does all there is, and the same again', async () => {
    const [work, again] = [new Both(), new Both()];
    await pool.run(work, new Run());
    await pool.run(again, new Run());
    expect([...work.steps.keys()]).toEqual([0, 1]);
    for (const [fold, { weights, heldOutputs, trainOutputs }] of work.steps) {
      expect([weights.hidden.rows > 0, heldOutputs.length, trainOutputs.length]).toEqual([true, 3, 20]);
      expect(again.steps.get(fold)).toEqual(work.steps.get(fold));
    }
  });

  it('takes nothing up for a run that has stopped already', async () => {
    const aborted = new Both();
    await pool.run(aborted, new Run({ signal: AbortSignal.abort() }));
    expect([aborted.steps.size, aborted.next()?.fold]).toEqual([0, 0]);
    const late = new Both();
    await pool.run(late, new Run({ timeLimit: 0 }));
    expect(late.steps.size).toBe(0);
  });

  it('fails with what a job fails with, and can be used again', async () => {
    const wrong = new Both();
    wrong.next = () => ({ fold: 7, lambda: 0.05, start: null });
    await expect(pool.run(wrong, new Run())).rejects.toThrow();
    const work = new Both();
    await pool.run(work, new Run());
    expect(work.finished).toBe(true);
  });
});
