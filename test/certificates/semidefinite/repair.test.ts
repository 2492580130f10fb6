import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../../src/base/index.js';
import { type LineForm, lineForm, linesOf, quadraticBound } from '../../../src/certificates/semidefinite/index.js';
import { repair } from '../../../src/certificates/semidefinite/repair.js';
import { Workspace } from '../../../src/certificates/semidefinite/workspace.js';
import { sphereData } from '../../../src/certificates/sphere/data.js';
import { createKernels, type Kernels } from '../../../src/linalg/kernels/index.js';
import { createSpectral } from '../../../src/linalg/spectral/index.js';
import { normals } from '../oracles.js';
import { bentMatrix, randomCombinations, randomMultipliers } from './helpers.js';

let kernels: Kernels;
let workspace: Workspace;
beforeAll(async () => {
  kernels = await createKernels();
  workspace = new Workspace(kernels, await createSpectral());
});
afterAll(() => kernels.dispose());

/** The largest σF on some unit vectors. */
function largest({ lines: { count, rank, z }, b, w }: LineForm, sign: number, seed: number): number {
  const random = createRandom(seed);
  let best = 0;
  for (let trial = 0; trial < 200; trial++) {
    const v = normals(rank, random);
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += b[j] * v[j];
    for (let k = 0; k < count; k++) {
      let a = 0;
      for (let j = 0; j < rank; j++) a += z[k * rank + j] * v[j];
      sum += w[k] * Math.abs(a);
    }
    best = Math.max(best, (sign * sum) / Math.hypot(...v));
  }
  return best;
}

describe('repair', () => {
  it('leaves a bound that is one, no higher than before, and lower with more multipliers to change', async () => {
    const random = createRandom(31);
    let lower = 0;
    for (let trial = 0; trial < 24; trial++) {
      const data = sphereData(bentMatrix('general', 5 + random.integer(10), 2 + random.integer(3), random));
      const lines = linesOf(data.reduced);
      const combinations = randomCombinations(lines, random);
      const form = lineForm(lines, data.reduced.rows.data, normals(data.x.rows, random), combinations);
      const sign = trial % 2 === 0 ? 1 : -1;
      const raw = randomMultipliers(form, sign, random);
      const before = quadraticBound(form, sign, raw);
      const bounded = async (most: number) => (await repair(form, sign, raw, before, most, workspace, new Run())).bound;
      const [few, many] = [await bounded(0), await bounded(400)];
      expect(few).toBeLessThanOrEqual(before * (1 + 1e-3));
      expect(many).toBeLessThanOrEqual(few * (1 + 2e-3));
      expect(many).toBeGreaterThanOrEqual(largest(form, sign, trial) * (1 - 1e-13));
      if (many < 0.9 * few) lower++;
    }
    expect(lower).toBeGreaterThan(5);
  });

  it('makes an indefinite T definite', async () => {
    const random = createRandom(32);
    const data = sphereData(bentMatrix('general', 9, 3, random));
    const form = lineForm(linesOf(data.reduced), data.reduced.rows.data, normals(9, random));
    const raw = randomMultipliers(form, 1, random);
    raw.nCross.forEach((_, at) => {
      if (at % (form.lines.count + 1) === 0) raw.nCross[at] = 0;
    });
    expect(quadraticBound(form, 1, raw)).toBe(Number.POSITIVE_INFINITY);
    const { bound } = await repair(form, 1, raw, form.total, 100, workspace, new Run());
    expect(bound).toBeLessThan(form.total);
    expect(bound).toBeGreaterThanOrEqual(largest(form, 1, 7));
  });

  it('ends with the run, with a bound that is one', async () => {
    const random = createRandom(33);
    const data = sphereData(bentMatrix('general', 12, 4, random));
    const form = lineForm(linesOf(data.reduced), data.reduced.rows.data, normals(12, random));
    const raw = randomMultipliers(form, 1, random);
    const [ended, whole] = [new Run({ signal: AbortSignal.abort() }), new Run()];
    const short = (await repair(form, 1, raw, form.total, 100, workspace, ended)).bound;
    const long = (await repair(form, 1, raw, form.total, 100, workspace, whole)).bound;
    expect(long).toBeLessThan(short);
    expect(short).toBeGreaterThanOrEqual(largest(form, 1, 8));
  });
});
