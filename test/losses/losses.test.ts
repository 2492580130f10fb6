import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { lossByName, lossNames } from '../../src/losses/index.js';

/** Random targets and outputs that fit the loss. */
function sample(name: string, n: number, seed: number) {
  const random = createRandom(seed);
  const loss = lossByName(name);
  const outputs = loss.targets === 'one-hot' ? 3 : 1;
  const f = Float64Array.from({ length: n * outputs }, () => 3 * random.normal());
  const y = new Float64Array(n * outputs);
  for (let i = 0; i < n; i++) {
    if (loss.targets === 'one-hot') y[i * outputs + (i % 3)] = 1;
    else if (loss.targets === 'label') y[i] = i % 2 ? 1 : -1;
    else y[i] = 2 * random.normal();
  }
  return { loss, outputs, f, y, random };
}

describe.each(lossNames)('%s', (name) => {
  it('has the numeric derivative of its value as residual, and of the residual as curvature', () => {
    const { loss, outputs, f, y } = sample(name, 12, 1);
    const r = new Float64Array(f.length);
    loss.residual(f, y, outputs, r);
    const blocks = new Float64Array(f.length * outputs);
    loss.curvature(f, y, outputs, blocks);
    for (let i = 0; i < f.length; i++) {
      const h = 1e-5;
      const up = Float64Array.from(f);
      const down = Float64Array.from(f);
      up[i] += h;
      down[i] -= h;
      expect(r[i]).toBeCloseTo(-(loss.value(up, y, outputs) - loss.value(down, y, outputs)) / (2 * h), 6);
      const ru = new Float64Array(f.length);
      const rd = new Float64Array(f.length);
      loss.residual(up, y, outputs, ru);
      loss.residual(down, y, outputs, rd);
      const sampleStart = i - (i % outputs);
      for (let k = 0; k < outputs; k++) {
        const numeric = -(ru[sampleStart + k] - rd[sampleStart + k]) / (2 * h);
        expect(blocks[i * outputs + k]).toBeCloseTo(numeric, 5);
      }
    }
  });

  it('obeys Fenchel: ℓ(f) + ℓ*(−r) ≥ −r·f, with equality at its own residual', () => {
    const { loss, outputs, f, y, random } = sample(name, 12, 2);
    const r = new Float64Array(f.length);
    loss.residual(f, y, outputs, r);
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((s, v, i) => s + v * b[i], 0);
    expect(loss.value(f, y, outputs) + loss.conjugate(r, y, outputs) + dot(r, f)).toBeCloseTo(0, 10);
    for (let trial = 0; trial < 50; trial++) {
      const other = f.map(() => 3 * random.normal());
      expect(loss.value(other, y, outputs) + loss.conjugate(r, y, outputs) + dot(r, other)).toBeGreaterThan(-1e-10);
    }
  });

  it('has an infinite conjugate outside its domain where the domain is bounded', () => {
    const { loss, outputs, f, y } = sample(name, 6, 3);
    const far = f.map((_, i) => (y[i] > 0 ? -50 : 50));
    const value = loss.conjugate(far, y, outputs);
    expect(Number.isFinite(value)).toBe(name === 'squared');
  });

  it.each([1e-3, 1, 1e4])('proximal step with tau %s is stationary', (tau) => {
    const { loss, outputs, f: v, y } = sample(name, 12, 4);
    const f = new Float64Array(v.length);
    loss.proximal(v, y, outputs, tau, f);
    const r = new Float64Array(v.length);
    loss.residual(f, y, outputs, r);
    for (let i = 0; i < v.length; i++) expect((f[i] - v[i]) / tau - r[i]).toBeCloseTo(0, 9);
  });

  it('has a best bias at which the residuals sum to zero', () => {
    const { loss, outputs, f, y } = sample(name, 60, 5);
    const b = new Float64Array(outputs);
    loss.bestBias(f, y, outputs, b);
    const shifted = f.map((v, i) => v + b[i % outputs]);
    const r = new Float64Array(f.length);
    loss.residual(shifted, y, outputs, r);
    for (let k = 0; k < outputs; k++) {
      let sum = 0;
      for (let i = k; i < r.length; i += outputs) sum += r[i];
      expect(Math.abs(sum)).toBeLessThan(1e-10);
    }
  });

  it('stays finite and right at extreme outputs', () => {
    const { loss, outputs, f, y } = sample(name, 6, 6);
    const far = f.map((v) => v * 1e6);
    const r = new Float64Array(f.length);
    loss.residual(far, y, outputs, r);
    expect(Number.isFinite(loss.value(far, y, outputs))).toBe(true);
    expect(r.every(Number.isFinite)).toBe(true);
  });
});

it('refuses an unknown loss by name', () => {
  expect(() => lossByName('hinge')).toThrow(/loss: expected one of squared, huber.*got 'hinge'/);
});
