import { describe, expect, it } from 'vitest';
import { fit } from '../../src/index.js';
import { abortTrial, contradictions, stopped, untruths } from './aborts.js';

/** Stopped after a number of progress events, so the same on every machine. */
const trials = Array.from({ length: 42 }, (_, k) => abortTrial(500 + k, 'events'));
const ends = new Map<string, number>();

describe('a call that is stopped claims nothing untrue', () => {
  it.each(trials.map((trial) => [trial.name, trial] as const))('%s', async (_, trial) => {
    const result = await stopped(trial);
    ends.set(result.status, (ends.get(result.status) ?? 0) + 1);
    expect(untruths(trial, result)).toEqual([]);
  });

  it('and the moments are spread: most calls are stopped, some end before', () => {
    expect(ends.get('aborted')).toBeGreaterThanOrEqual(20);
    expect(ends.get('solved')).toBeGreaterThanOrEqual(5);
  });

  it('nor what the whole call would contradict', async () => {
    for (const trial of trials.filter(({ y }) => y.cols === 1).slice(0, 8)) {
      const [part, whole] = [await stopped(trial), await fit(trial.X, trial.y, trial.options)];
      expect(contradictions(trial, part, whole)).toEqual([]);
    }
  });

  it('and a stopped call is the same call twice', async () => {
    for (const trial of trials.slice(0, 5)) {
      const [a, b] = [await stopped(trial), await stopped(trial)];
      expect(b.weights).toEqual(a.weights);
      expect(b.status).toBe(a.status);
    }
  });
});
