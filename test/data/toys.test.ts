import { describe, expect, it } from 'vitest';
import {
  circles,
  moons,
  noisySine,
  plantedTeacher,
  spiral,
  type ToyOptions,
  type ToySet,
  xor,
} from '../../src/data/index.js';
import { rowOf } from '../../src/linalg/index.js';

const sets: ReadonlyArray<[string, number, (options?: ToyOptions) => ToySet]> = [
  ['planted-teacher', 5, plantedTeacher],
  ['noisy-sine', 1, noisySine],
  ['spiral', 2, spiral],
  ['moons', 2, moons],
  ['circles', 2, circles],
  ['xor', 2, xor],
];

describe.each(sets)('%s', (name, d, make) => {
  it('has the shape asked for, and is the same for the same seed alone', () => {
    const set = make({ n: 51, seed: 4 });
    expect([set.X.rows, set.X.cols, set.y.length, set.name]).toEqual([51, d, 51, name]);
    expect(make({ n: 51, seed: 4 })).toEqual(set);
    expect(make({ n: 51, seed: 5 }).X.data).not.toEqual(set.X.data);
    expect([...set.X.data, ...set.y].every(Number.isFinite)).toBe(true);
  });

  it('has balanced labels, or numbers', () => {
    const { y, task } = make({ n: 100 });
    if (task === 'classification')
      expect([...y].sort((a, b) => a - b)).toEqual([...Array(50).fill(-1), ...Array(50).fill(1)]);
    else expect(new Set(y).size).toBe(100);
  });

  it('refuses bad sizes', () => {
    expect(() => make({ n: 0 })).toThrow('expected n > 0 rows, got 0.');
    expect(() => make({ noise: -1 })).toThrow('expected noise ≥ 0, got -1.');
  });
});

describe('without noise', () => {
  const options = { n: 300, noise: 0, seed: 2 };

  it('the teacher is positively homogeneous along rays: two parallel rows agree with one network', () => {
    const { X, y } = plantedTeacher({ ...options, d: 1, neurons: 4 });
    const slopes = (sign: number) =>
      Array.from(y, (value, i) => value / X.data[i]).filter((_, i) => Math.sign(X.data[i]) === sign);
    for (const sign of [-1, 1]) for (const slope of slopes(sign)) expect(slope).toBeCloseTo(slopes(sign)[0], 10);
  });

  it('the sine is a sine', () => {
    const { X, y } = noisySine(options);
    y.forEach((value, i) => {
      expect(Math.abs(value - Math.sin(2 * Math.PI * X.data[i]))).toBeLessThan(3e-16);
    });
  });

  it('circles have their radii, and xor its corners', () => {
    const { X, y } = circles(options);
    y.forEach((label, i) => {
      expect(Math.hypot(...rowOf(X, i))).toBeCloseTo(label > 0 ? 0.5 : 1, 12);
    });
    const corners = xor(options);
    corners.y.forEach((label, i) => {
      const [a, b] = rowOf(corners.X, i);
      expect(Math.sign(-a * b)).toBe(label);
    });
  });

  it('the arms of the spiral are turned by half a turn and stay apart', () => {
    const { X, y } = spiral(options);
    y.forEach((label, i) => {
      const [a, b] = rowOf(X, i);
      const radius = Math.hypot(a, b);
      const angle = 1.5 * Math.PI * radius + (label > 0 ? Math.PI : 0);
      expect(Math.cos(Math.atan2(b, a) - angle)).toBeCloseTo(1, 10);
    });
  });

  it('the moons interleave: no line through the middle parts them, distance does', () => {
    const { X, y } = moons(options);
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 300; i++)
      for (let k = 0; k < 300; k++)
        if (y[i] > y[k])
          nearest = Math.min(nearest, Math.hypot(X.data[2 * i] - X.data[2 * k], X.data[2 * i + 1] - X.data[2 * k + 1]));
    expect(nearest).toBeGreaterThan(0.2);
  });
});

it('the teacher refuses sizes of zero', () => {
  expect(() => plantedTeacher({ d: 0 })).toThrow('plantedTeacher: expected d > 0 columns, got 0.');
  expect(() => plantedTeacher({ neurons: 0 })).toThrow('plantedTeacher: expected neurons > 0, got 0.');
});
