import { describe, expect, it } from 'vitest';
import { Run } from '../../src/base/index.js';

/** Longer than the runs below, also on a machine that lets them wait. */
const interval = 120;

const busyFor = (milliseconds: number): void => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

describe('a run', () => {
  it('lets others have the event loop, also when many short ones follow each other', async () => {
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    for (let k = 0; k < 60; k++) {
      const short = new Run({}, interval);
      busyFor(10);
      await short.pause();
    }
    counting = false;
    expect(turns).toBeGreaterThan(1);
  });

  it('hears an abort that comes while its parts work', async () => {
    const abort = new AbortController();
    const whole = new Run({ signal: abort.signal }, interval);
    setImmediate(() => abort.abort());
    let parts = 0;
    while (whole.stop === null && parts < 200) {
      const part = whole.part();
      busyFor(5);
      await part.pause();
      parts++;
    }
    expect(whole.stop).toBe('aborted');
  });

  it('ends its parts no later than itself', () => {
    const whole = new Run({ timeLimit: 0.01 });
    const part = whole.part(100);
    busyFor(12);
    expect([whole.stop, part.stop]).toEqual(['time-limit', 'time-limit']);
  });
});
