import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { fit } from '../../src/index.js';
import { createKernels } from '../../src/linalg/kernels/index.js';
import type * as Solvers from '../../src/solvers/index.js';
import { gaussian } from '../certificates/oracles.js';

/** How many of the first solves know three patterns only and still say `solved`, as with an oracle that finds nothing. */
const blind = vi.hoisted(() => ({ solves: 0, calls: 0 }));

vi.mock('../../src/solvers/index.js', async (original) => {
  const actual = await original<typeof Solvers>();
  class Training extends actual.Training {
    override async solve(...given: Parameters<Solvers.Training['solve']>): Promise<Solvers.Trained> {
      if (blind.calls++ >= blind.solves) return super.solve(...given);
      const poor = new actual.Training(await createKernels(), this.data, { patterns: 3, gap: 1e-6, seed: 0 });
      return { ...(await poor.solve(...given)), status: 'solved', source: 'found' };
    }
  }
  return { ...actual, Training };
});

const random = createRandom(8);
const X = gaussian(60, 10, random);
const y = Float64Array.from({ length: 60 }, (_, i) => {
  const [a, b, c] = X.data.subarray(10 * i, 10 * i + 3);
  return Math.max(0, a + b) - Math.max(0, b - c) + 0.1 * random.normal();
});
const options = { lambda: 0.01, threads: 1 } as const;

describe('a solve that the certificate contradicts', () => {
  beforeEach(() => {
    blind.calls = 0;
  });

  it('goes on until the certificate finds nothing either', async () => {
    blind.solves = 0;
    const straight = await fit(X, y, options);
    expect(straight).toMatchObject({ status: 'solved' });
    expect(blind.calls).toBe(1);
    blind.solves = 1;
    blind.calls = 0;
    const mended = await fit(X, y, options);
    expect(blind.calls).toBe(2);
    expect(mended).toMatchObject({ status: 'solved' });
    expect(mended.certificate.relativeGap).toBeLessThanOrEqual(1e-6);
    expect(Math.abs(mended.certificate.primal / straight.certificate.primal - 1)).toBeLessThan(2e-6);
  });

  it('is not called solved when it never ends', async () => {
    blind.solves = 9;
    const result = await fit(X, y, options);
    expect(blind.calls).toBe(4);
    expect(result.status).toBe('stalled');
    expect(result.certificate.relativeGap).toBeGreaterThan(0.01);
    expect(result.certificate.primal).toBeGreaterThanOrEqual(result.certificate.dual);
  });
});
