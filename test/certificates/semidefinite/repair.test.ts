import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random, Run } from '../../../src/base/index.js';
import { bestDualPoint } from '../../../src/certificates/dual.js';
import { trainingProblem } from '../../../src/certificates/index.js';
import { type LineForm, lineForm, linesOf, quadraticBound } from '../../../src/certificates/semidefinite/index.js';
import type { Multipliers } from '../../../src/certificates/semidefinite/multipliers.js';
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

/** Random multipliers of both signs for the residual of some predictions, with a level at which they prove what they are. */
function randomCase(n: number, d: number, random: Random) {
  const X = bentMatrix('general', n, d, random);
  const data = sphereData(X);
  const lines = linesOf(data.reduced);
  const combinations = randomCombinations(lines, random);
  const r = normals(n, random);
  const formOf = (t: Float64Array): LineForm => lineForm(lines, data.reduced.rows.data, t, combinations);
  const form = formOf(r);
  const multipliers: Multipliers = [randomMultipliers(form, 1, random), randomMultipliers(form, -1, random)];
  const f = r.map((x) => 0.5 * x + 0.3 * random.normal());
  const given = { r, f, curvature: new Float64Array(n).fill(1), multipliers };
  const before = Math.max(quadraticBound(form, 1, multipliers[0]), quadraticBound(form, -1, multipliers[1]));
  const level = Math.min(form.total, before);
  const y = r.map((x, i) => x + f[i]);
  const problem = trainingProblem(X, y, (level * data.scale) / n, { outputBias: false });
  const valueAt = ({ r, bound }: { r: Float64Array; bound: number }): number =>
    bestDualPoint(problem, r, Float64Array.of(bound * data.scale)).value;
  const repaired = (most: number, run = new Run()) => repair(problem, formOf, given, level, most, workspace, run);
  return { given, before, valueAt, repaired };
}

/** No bound of F at its dual point is below what some unit vectors reach. */
function expectSound({ bound, form }: { bound: number; form: LineForm }, seed: number): void {
  expect(bound).toBeGreaterThanOrEqual(Math.max(largest(form, 1, seed), largest(form, -1, seed)) * (1 - 1e-13));
}

describe('repair', () => {
  it('leaves a dual point and a bound that is one, of no less value than before, and of more with more multipliers to change', async () => {
    const random = createRandom(31);
    let higher = 0;
    let moved = 0;
    for (let trial = 0; trial < 24; trial++) {
      const { given, before, valueAt, repaired } = randomCase(5 + random.integer(10), 2 + random.integer(3), random);
      const [few, many] = [await repaired(0), await repaired(400)];
      expectSound(few, trial);
      expectSound(many, trial);
      expect(valueAt(few)).toBeGreaterThanOrEqual(valueAt({ r: given.r, bound: before }) * (1 - 3e-3));
      expect(valueAt(many)).toBeGreaterThanOrEqual(valueAt(few) * (1 - 3e-3));
      if (valueAt(many) > 1.05 * valueAt(few)) higher++;
      if (many.r.some((t, i) => Math.abs(t - given.r[i]) > 1e-3)) moved++;
    }
    expect(higher).toBeGreaterThan(5);
    expect(moved).toBeGreaterThan(20);
  });

  it('keeps a sum of 0 where the output bias is free', async () => {
    const random = createRandom(34);
    const X = bentMatrix('general', 12, 4, random);
    const data = sphereData(X);
    const lines = linesOf(data.reduced);
    const r = normals(12, random);
    const mean = r.reduce((a, b) => a + b, 0) / 12;
    r.forEach((t, i) => void (r[i] = t - mean));
    const formOf = (t: Float64Array): LineForm => lineForm(lines, data.reduced.rows.data, t);
    const form = formOf(r);
    const multipliers: Multipliers = [randomMultipliers(form, 1, random), randomMultipliers(form, -1, random)];
    const given = { r, f: new Float64Array(12), curvature: new Float64Array(12).fill(1), multipliers };
    const level = 0.1 * form.total;
    const problem = trainingProblem(X, r, (level * data.scale) / 12);
    const { r: t } = await repair(problem, formOf, given, level, 100, workspace, new Run());
    expect(Math.max(...t.map((x, i) => Math.abs(x - r[i])))).toBeGreaterThan(1e-3);
    expect(Math.abs(t.reduce((a, b) => a + b, 0))).toBeLessThan(1e-9);
  });

  it('makes an indefinite T definite', async () => {
    const random = createRandom(32);
    const { given, repaired } = randomCase(9, 3, random);
    for (const { nCross } of given.multipliers) for (let at = 0; at < nCross.length; at += 10) nCross[at] = 0;
    const found = await repaired(100);
    expect(quadraticBound(found.form, 1, given.multipliers[0])).toBe(Number.POSITIVE_INFINITY);
    expect(found.bound).toBeLessThan(found.form.total);
    expectSound(found, 7);
  });

  it('ends with the run, with a bound that is one', async () => {
    const random = createRandom(33);
    const { valueAt, repaired } = randomCase(12, 4, random);
    const short = await repaired(100, new Run({ signal: AbortSignal.abort() }));
    const long = await repaired(100);
    expect(valueAt(long)).toBeGreaterThan(valueAt(short));
    expectSound(short, 8);
  });
});
