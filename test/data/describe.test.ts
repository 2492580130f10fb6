import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type ColumnSummary, describeTable, parseTable, tableFrom } from '../../src/data/index.js';

const summary = (values: ArrayLike<unknown>): ColumnSummary => describeTable(tableFrom({ c: values }, 't')).columns[0];
const repeat = <T>(values: readonly T[], n: number): T[] =>
  Array.from({ length: n }, (_, i) => values[i % values.length]);

describe('describeTable', () => {
  it('gives counts, range and moments of numbers, missing cells apart', () => {
    expect(summary([1, 2, null, 5, 'NA', 2])).toEqual({
      name: 'c',
      type: 'number',
      missing: 2,
      distinct: 3,
      levels: [
        { value: '1', count: 1 },
        { value: '2', count: 2 },
        { value: '5', count: 1 },
      ],
      range: { min: 1, max: 5, mean: 2.5, deviation: Math.sqrt((1.5 ** 2 + 0.5 ** 2 + 2.5 ** 2 + 0.5 ** 2) / 6) },
      use: 'number',
      remark: null,
    });
  });

  it.each<[string, ArrayLike<unknown>, Partial<ColumnSummary>]>([
    ['booleans', repeat([true, false], 9), { type: 'boolean', use: 'category' }],
    ['yes and no in any case', repeat(['no', 'Yes'], 9), { type: 'boolean', use: 'category' }],
    ['zeros and ones', repeat([0, 1, 1], 9), { type: 'boolean', use: 'number' }],
    ['categories', repeat(['x', 'o', 'b'], 9), { type: 'category', use: 'category', remark: null }],
    ['two levels in two rows', ['x', 'o'], { type: 'category', use: 'category' }],
    ['codes that are half text', repeat(['1', 'A'], 8), { type: 'category', use: 'category' }],
    [
      'dates that repeat',
      repeat(['2024-01-31', '2024-02-29'], 8),
      { type: 'date', use: 'category', remark: 'dates are taken as categories' },
    ],
    ['dates that differ', repeat(['1.2.2024', '2.2.2024', '3.2.24'], 3), { type: 'date', use: 'dropped' }],
    ['constant numbers', [7, 7, 7], { type: 'constant', use: 'dropped', remark: "constant: every cell is '7'" }],
    ['constant text', ['a', 'a'], { type: 'constant', use: 'dropped', remark: "constant: every cell is 'a'" }],
    ['a constant with gaps', [7, null, 7], { type: 'category', use: 'category' }],
    ['nothing', [null, 'NA', ''], { type: 'missing', use: 'dropped', remark: 'every cell is missing', range: null }],
    [
      'identifiers',
      Array.from({ length: 9 }, (_, i) => `id${i}`),
      {
        type: 'identifier',
        use: 'dropped',
        remark: 'all 9 values differ, like an identifier (declare it categorical to keep it)',
      },
    ],
    [
      '51 levels',
      repeat(
        Array.from({ length: 51 }, (_, i) => `l${i}`),
        500,
      ),
      { type: 'category', use: 'dropped', remark: '51 levels in 500 rows (declare it categorical to keep it)' },
    ],
    [
      '50 levels',
      repeat(
        Array.from({ length: 50 }, (_, i) => `l${i}`),
        500,
      ),
      { type: 'category', use: 'category' },
    ],
    [
      'more levels than half the rows',
      repeat(['a', 'b', 'c'], 5),
      { type: 'category', use: 'dropped', remark: '3 levels in 5 rows (declare it categorical to keep it)' },
    ],
    [
      'text among numbers',
      [...repeat([1, 2, 3], 9), 'x'],
      {
        type: 'mixed',
        use: 'refused',
        remark:
          "t: row 10, column 'c': 'x' is text in a column of numbers (9 of 10 cells are numbers); correct it, leave the cell empty, or declare the column categorical.",
      },
    ],
    [
      'an infinity',
      [1, 2, 3, Number.NEGATIVE_INFINITY],
      {
        type: 'mixed',
        use: 'refused',
        remark: "t: row 4, column 'c': '-Infinity' is not a finite number; correct it, or leave the cell empty.",
      },
    ],
    [
      'an overflow',
      ['1e999', '2', '3'],
      {
        type: 'mixed',
        use: 'refused',
        remark: "t: row 1, column 'c': '1e999' is not a finite number; correct it, or leave the cell empty.",
      },
    ],
    [
      'decimal commas',
      ['1', '2,5', '3,25'],
      {
        type: 'mixed',
        use: 'refused',
        remark: "t: row 2, column 'c': '2,5' has a comma in a number; write 1234.5 (or pass decimal ',').",
      },
    ],
  ])('knows %s', (_, values, expected) => {
    expect(summary(values)).toMatchObject(expected);
  });

  it('lists levels in order: numbers by value, then text by code unit', () => {
    const { levels } = summary(['b', '10', 'B', '9', 'b', 'a']);
    expect(levels.map(({ value, count }) => `${value}:${count}`)).toEqual(['9:1', '10:1', 'B:1', 'a:1', 'b:2']);
  });

  it('counts the values of numbers as it counts text', () => {
    const random = createRandom(1);
    for (const bound of [2, 50, 51, 400]) {
      const values = Array.from({ length: 500 }, () => (random.integer(9) === 0 ? null : random.integer(bound) - 20));
      const { distinct, levels, missing } = summary(values);
      const present = values.filter((value) => value !== null);
      expect([distinct, missing]).toEqual([new Set(present).size, 500 - present.length]);
      const counts = [...new Set(present)]
        .sort((a, b) => a - b)
        .map((value) => ({ value: String(value), count: present.filter((other) => other === value).length }));
      expect(levels).toEqual(distinct <= 50 ? counts : []);
    }
  });

  it('names lines of text files', async () => {
    const table = await parseTable(`a,b\n${'1,2\n'.repeat(20)}1,oops\n`, { name: 'f.csv' });
    expect(describeTable(table).columns[1].remark).toMatch(/^f\.csv: line 22, column 'b': 'oops' is text/);
  });
});

describe('tableFrom', () => {
  it('refuses columns of different lengths and values of other kinds', () => {
    expect(() => tableFrom({ a: [1, 2], b: [1] })).toThrow(
      "table: column 'b' has 1 values, expected 2 as in the first.",
    );
    expect(() => tableFrom({ a: [1, {}] })).toThrow("table: row 2, column 'a': expected a number or text, got object.");
    expect(() => tableFrom({ '': [1] })).toThrow('column 1 has no name');
  });
});
