import { describe, expect, it } from 'vitest';
import { type Choices, fields } from '../../studio/src/core/choices.js';
import { initialOf, readFields, writeFields } from '../../studio/src/core/fields.js';
import { readLink, writeLink } from '../../studio/src/core/link.js';
import { box, cellAt, cut, segment, zeroLine } from '../../studio/src/draw/geometry.js';
import { clamped, memberAt } from '../../studio/src/draw/member.js';
import type { OptimalPicture } from '../../studio/src/solver/protocol.js';

describe('links', () => {
  const start = initialOf<Choices>(fields);

  it('say nothing about what is as at the start', () => {
    expect(writeFields(fields, start).toString()).toBe('');
  });

  it('carry every choice there and back', () => {
    const other: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      const { initial } = field;
      other[name] = typeof initial === 'boolean' ? !initial : typeof initial === 'number' ? initial : initial;
    }
    const choices = {
      ...start,
      ...other,
      tab: 'take',
      set: 'spiral',
      network: 'gated',
      loss: 'squared-hinge',
      lambda: 0.0123,
      target: 'a & b=c',
      x: 'ä#1',
      y: '',
      u: -0.25,
      v: 0.5,
    } as Choices;
    const { choices: read, wrong } = readFields(fields, new URLSearchParams(writeFields(fields, choices).toString()));
    expect(read).toEqual(choices);
    expect(wrong).toEqual([]);
  });

  it('have one name for each choice', () => {
    const keys = Object.values(fields).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('leave out what is outside its range, and name it', () => {
    const { choices, wrong } = readFields(fields, new URLSearchParams('lambda=7&n=2.5&tab=x&noise=&seed=3'));
    expect(choices).toEqual({ ...start, seed: 3 });
    expect(wrong.sort()).toEqual(['lambda=7', 'n=2.5', 'noise=', 'tab=x']);
  });

  it('carry a table, compressed; one that is too large has no link', async () => {
    const csv = 'x,y\n1,0.1\n2,ü\n';
    const link = await writeLink({ ...start, set: 'own' }, csv);
    expect((await readLink(link ?? '')).csv).toBe(csv);
    expect((await readLink('set=own&data=!!!')).wrong).toEqual(['data']);
    const noise = Array.from({ length: 20_000 }, (_, i) => `${(i * 2654435761) % 4294967296},${(i * 40503) % 65536}`);
    expect(await writeLink({ ...start, set: 'own' }, noise.join('\n'))).toBeNull();
  });
});

describe('geometry', () => {
  const square = box([0, 1], [0, 1]);
  const area = (p: readonly (readonly [number, number])[]): number =>
    Math.abs(p.reduce((sum, [x, y], i) => sum + x * p[(i + 1) % p.length][1] - y * p[(i + 1) % p.length][0], 0)) / 2;

  it('cuts a polygon along a line into two that fill it', () => {
    const line = [1, -2, 0.3] as const;
    const parts = [cut(square, line), cut(square, [-1, 2, -0.3])];
    expect(area(parts[0]) + area(parts[1])).toBeCloseTo(1, 12);
    for (const [x, y] of parts[0]) expect(x - 2 * y + 0.3).toBeGreaterThanOrEqual(-1e-12);
  });

  it('finds the cell of a place', () => {
    const cell = cellAt(
      [
        [1, 0, -0.5],
        [0, 1, -0.25],
      ],
      [0.75, 0.1],
      square,
    );
    expect(area(cell)).toBeCloseTo(0.125, 12);
  });

  it('finds where a line crosses the box, and where it does not', () => {
    expect(segment([1, 0, -0.5], square)?.map(([x]) => x)).toEqual([0.5, 0.5]);
    expect(segment([1, 0, -2], square)).toBeNull();
  });

  it('follows the zero line of a plane', () => {
    const values = Float64Array.from({ length: 25 }, (_, k) => (k % 5) - 1.5);
    const segments = zeroLine(values, 5, 5);
    expect(segments).toHaveLength(16);
    for (let k = 0; k < segments.length; k += 2) expect(segments[k]).toBeCloseTo(1.5, 12);
  });
});

describe('members of the optimal set', () => {
  const corner = (...sizes: number[]) => ({ sizes: Float64Array.from(sizes), bias: Float64Array.of(sizes[0]) });
  const picture = {
    outline: [
      [-1, -1],
      [1, -1],
      [0, 1],
    ],
    corners: [corner(2, 0, 0), corner(0, 2, 0), corner(0, 0, 2)],
    givenSizes: Float64Array.of(1, 1, 0),
    givenBias: Float64Array.of(1),
    pruning: [{ neurons: 1, ...corner(2, 0, 0) }],
    unit: {
      activation: 'relu',
      hidden: { rows: 3, cols: 1, data: Float64Array.of(1, 1, 1) },
      hiddenBias: new Float64Array(3),
      output: { rows: 3, cols: 1, data: Float64Array.of(1, -1, 1) },
      outputBias: Float64Array.of(0),
    },
  } as unknown as OptimalPicture;
  const sizes = (at: readonly [number, number], pruned = 0): number[] =>
    Array.from(memberAt(picture, at, pruned).output.data, Math.abs);

  it('are the corners at the corners, and mixtures between', () => {
    expect(sizes([-1, -1])).toEqual([2, 0, 0]);
    sizes([0, -1]).forEach((size, i) => {
      expect(size).toBeCloseTo([1, 1, 0][i], 12);
    });
    expect(sizes([0.1, 0]).reduce((sum, size) => sum + size, 0)).toBeCloseTo(2, 12);
    expect(memberAt(picture, [0, 1], 0).output.data[1]).toBe(-0);
  });

  it('stay in the set when a place outside is asked for', () => {
    expect(clamped(picture.outline, [0, -3])).toEqual([0, -1]);
    expect(clamped(picture.outline, [0, 0])).toEqual([0, 0]);
    expect(sizes([9, -9])).toEqual([0, 2, 0]);
  });

  it('go straight to the minimal one', () => {
    expect(sizes([1, -1], 1)).toEqual([2, 0, 0]);
    expect(sizes([1, -1], 0.25)).toEqual([0.5, 1.5, 0]);
  });
});
