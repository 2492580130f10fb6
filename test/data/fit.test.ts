import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import {
  encodeFeatures,
  fitPreprocessing,
  type PreprocessingOptions,
  parseTable,
  type Table,
  tableFrom,
} from '../../src/data/index.js';

const repeat = <T>(values: readonly T[], n: number): T[] =>
  Array.from({ length: n }, (_, i) => values[i % values.length]);
const learn = (table: Table, options: Partial<PreprocessingOptions> = {}) =>
  fitPreprocessing(table, { target: 'y', ...options });

/** A table with every kind of column. */
function mixedTable(n: number, seed: number): Table {
  const random = createRandom(seed);
  const column = <T>(draw: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => draw(i));
  return tableFrom({
    wide: column(() => 1e6 + random.normal()),
    tiny: column(() => 1e-12 * random.normal()),
    gaps: column(() => (random.uniform() < 0.3 ? null : random.normal())),
    flag: column(() => random.integer(2) === 0),
    colour: column(() => ['red', 'green', 'blue'][random.integer(3)]),
    partial: column(() => (random.uniform() < 0.2 ? '?' : ['u', 'v'][random.integer(2)])),
    same: column(() => 4),
    id: column((i) => `row-${i}`),
    y: column(() => 3 + 5 * random.normal()),
  });
}

describe('fitPreprocessing', () => {
  it.each([1, 2, 3])('brings number columns to mean 0 and variance 1 on the training rows (seed %i)', (seed) => {
    const table = mixedTable(300, seed);
    const rows = Int32Array.from({ length: 200 }, (_, i) => i + 50);
    const { preprocessing } = learn(table, { rows });
    const { X } = encodeFeatures(table, preprocessing, rows);
    for (const name of ['wide', 'tiny', 'gaps']) {
      const j = preprocessing.features.indexOf(name);
      const values = Array.from(rows, (_, i) => X.data[i * X.cols + j]);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(1e-9);
      expect(Math.abs(variance - 1)).toBeLessThan(1e-9);
    }
  });

  it('learns from the training rows alone', () => {
    const [table, other] = [mixedTable(120, 4), mixedTable(120, 5)];
    const rows = Int32Array.from({ length: 60 }, (_, i) => i);
    const joined = tableFrom(
      Object.fromEntries(
        table.columns.map((column, j) => {
          const cell = (source: Table, i: number) => source.columns[j].texts?.[i] ?? source.columns[j].numbers[i];
          return [column.name, Array.from({ length: 120 }, (_, i) => cell(i < 60 ? table : other, i))];
        }),
      ),
    );
    expect(learn(joined, { rows })).toEqual(learn(table, { rows }));
    expect(learn(joined).preprocessing).not.toEqual(learn(table).preprocessing);
  });

  it('names the features and gives reasons for what it drops', () => {
    const { preprocessing, notes, task } = learn(mixedTable(300, 1), { drop: ['tiny'] });
    expect(task).toBe('regression');
    expect(preprocessing.features).toEqual([
      'wide',
      'gaps',
      'gaps missing',
      'flag=true',
      'colour=blue',
      'colour=green',
      'colour=red',
      'partial=u',
      'partial=v',
      'partial missing',
    ]);
    expect(preprocessing.columns.filter((column) => column.kind === 'dropped')).toEqual([
      { kind: 'dropped', name: 'tiny', reason: 'left out by request' },
      { kind: 'dropped', name: 'same', reason: "constant: every cell is '4'" },
      {
        kind: 'dropped',
        name: 'id',
        reason: 'all 300 values differ, like an identifier (declare it categorical to keep it)',
      },
    ]);
    expect(notes.map((note) => note.replace(/\d+/g, '#'))).toEqual([
      "column 'gaps': # missing cells become the mean, marked by the column 'gaps missing'",
      "column 'same' is dropped: constant: every cell is '#'",
      "column 'id' is dropped: all # values differ, like an identifier (declare it categorical to keep it)",
    ]);
  });

  it('leaves numbers as they are without standardising, and still fills the gaps', () => {
    const table = tableFrom({ a: [1, null, 3, 8], y: [1.5, 2, 3, 4] });
    const { preprocessing, notes } = learn(table, { standardize: false });
    expect(notes).toEqual(["column 'a': 1 missing cell becomes the mean, marked by the column 'a missing'"]);
    expect(preprocessing.columns).toEqual([
      { kind: 'number', name: 'a', impute: 4, shift: 0, scale: 1, missingIndicator: true },
    ]);
    expect(preprocessing.target).toEqual({ kind: 'number', name: 'y', shift: 0, scale: 1 });
    expect([...encodeFeatures(table, preprocessing).X.data]).toEqual([1, 0, 4, 1, 3, 0, 8, 0]);
  });

  it('keeps a constant with gaps as one column that says where it is known', () => {
    const table = tableFrom({ a: [7, null, 7], y: [1.5, 2, 3] });
    const { preprocessing } = learn(table);
    expect(preprocessing.features).toEqual(['a=7']);
    expect([...encodeFeatures(table, preprocessing).X.data]).toEqual([1, 0, 1]);
  });

  it('takes declared columns as categories, levels in numeric order', () => {
    const table = tableFrom({
      a: repeat([10, 9, '2', 'x'], 40),
      b: repeat([1, 2, 3], 40),
      c: Array.from({ length: 40 }, (_, i) => `n${i}`),
      y: repeat([1.5, 2, 3], 40),
    });
    const { preprocessing } = learn(table, { categorical: ['a', 'b', 'c'] });
    expect(preprocessing.features.slice(0, 7)).toEqual(['a=2', 'a=9', 'a=10', 'a=x', 'b=1', 'b=2', 'b=3']);
    expect(preprocessing.features.length).toBe(47);
  });

  it('stands huge and nearly equal numbers', () => {
    const table = tableFrom({
      huge: [8e307, -8e307, 5e307],
      near: [1e15, 1e15 + 1, 1e15 + 2],
      small: [5e-324, 0, 1e-320],
      y: [1.5, 2, 4],
    });
    const { preprocessing } = learn(table);
    const { X } = encodeFeatures(table, preprocessing);
    const columnOf = (j: number) => [0, 1, 2].map((i) => X.data[3 * i + j]);
    for (const j of [0, 1]) {
      const column = columnOf(j);
      expect(Math.abs(column.reduce((a, b) => a + b, 0))).toBeLessThan(1e-12);
      expect(column.reduce((a, b) => a + b * b, 0) / 3).toBeCloseTo(1, 12);
    }
    expect(columnOf(2).every(Number.isFinite)).toBe(true);
  });
});

describe('the target', () => {
  const features = { a: [1, 2, 3, 4, 5, 6] };
  it.each<[string, unknown[], object, string]>([
    [
      'text of two classes',
      ['M', 'B', 'M', 'B', 'M', 'B'],
      { kind: 'binary', name: 'y', classes: ['B', 'M'] },
      'classification',
    ],
    [
      'numbers of two classes',
      [10, 9, 10, 9, 10, 9],
      { kind: 'binary', name: 'y', classes: ['9', '10'] },
      'classification',
    ],
    [
      'booleans',
      [true, false, true, true, true, true],
      { kind: 'binary', name: 'y', classes: ['false', 'true'] },
      'classification',
    ],
    [
      'three classes',
      [2, 10, 1, 2, 10, 1],
      { kind: 'classes', name: 'y', classes: ['1', '2', '10'] },
      'classification',
    ],
    ['fractions', [0, 0.5, 0, 0.5, 0, 0.5], { kind: 'number', name: 'y', shift: 0.25, scale: 0.25 }, 'regression'],
  ])('is classes or numbers: %s', (_, y, target, task) => {
    const result = learn(tableFrom({ ...features, y }));
    expect(result.preprocessing.target).toEqual(target);
    expect(result.task).toBe(task);
  });

  it('of integers is classes up to ten different ones', () => {
    const integers = (different: number) =>
      tableFrom({
        a: Array.from({ length: 60 }, (_, i) => i),
        y: repeat(
          Array.from({ length: different }, (_, i) => i),
          60,
        ),
      });
    expect(learn(integers(11)).task).toBe('regression');
    expect(learn(integers(11), { task: 'classification' }).task).toBe('classification');
    expect(learn(integers(10)).task).toBe('classification');
    expect(learn(integers(10)).notes).toEqual([
      "target 'y' holds 10 different integers: taken as classes (else set the task to regression)",
    ]);
    expect(learn(integers(10), { task: 'regression' }).preprocessing.target).toMatchObject({
      kind: 'number',
      shift: 4.5,
    });
  });

  it('leaves out rows where it is missing and says so', () => {
    const table = tableFrom({ a: [1, 2, 30, 4], y: [1.5, 2, null, 4] });
    const { rows, notes, preprocessing } = learn(table);
    expect([...rows]).toEqual([0, 1, 3]);
    expect(notes[0]).toBe("1 row has no target 'y' (empty or NA, N/A, NaN, null, ?, None) and is left out");
    expect(preprocessing.columns[0]).toMatchObject({ impute: 7 / 3 });
  });

  it.each<[string, unknown[], Partial<PreprocessingOptions>, string]>([
    ['constant', [2.5, 2.5, 2.5, 2.5, 2.5, 2.5], {}, "t: target 'y' is constant (2.5); there is nothing to learn."],
    ['of one class', ['a', 'a', 'a', null, 'a', 'a'], {}, "t: target 'y' has one class ('a'); expected two or more."],
    ['one integer', [1, 1, 1, 1, 1, 1], {}, "t: target 'y' has one class ('1'); expected two or more."],
    ['empty', [null, '', 'NA', '?', 'none', null], {}, "t: target 'y' has no values; choose another column."],
    [
      'text for regression',
      ['1', 'a', '2', 'b', '3', '4'],
      { task: 'regression' },
      "t: row 2, column 'y': 'a' is not a finite number, as regression needs; correct it, leave the cell empty, or set the task to classification (values: a, b).",
    ],
    [
      'infinite',
      [1.5, Number.POSITIVE_INFINITY, 2, 3, 4, 5],
      {},
      "t: row 2, column 'y': 'Infinity' is not a finite number, as regression needs; correct it, leave the cell empty, or set the task to classification (values: Infinity).",
    ],
  ])('is refused when %s', (_, y, options, message) => {
    expect(() => learn(tableFrom({ ...features, y }, 't'), options)).toThrow(
      expect.objectContaining({ kind: 'data', message }),
    );
  });

  it('declared categorical tells numbers apart by their value, and says so', async () => {
    const table = await parseTable('v,w,y\n007,a,1\n7,b,2\n1.10,a,3\n1.1,b,4\n', { name: 't' });
    const { preprocessing, notes } = learn(table, { categorical: ['v', 'w'], target: 'y', task: 'regression' });
    expect(preprocessing.columns[0]).toMatchObject({ kind: 'category', levels: ['1.1', '7'] });
    expect(notes).toEqual(["column 'v': numbers are categories by their value (007 is 7, 1.10 is 1.1)"]);
  });

  it('is refused with nearly as many classes as rows, and with text among numbers', () => {
    const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
    expect(() => learn(tableFrom({ a: names.map((_, i) => i), y: names }))).toThrow(
      "target 'y' has 30 classes in 30 rows; expected few classes",
    );
    expect(() => learn(tableFrom({ a: names.map((_, i) => i), y: names.map((_, i) => `1,${i}`) }))).toThrow(
      'expected few classes, or numbers for regression (without commas in them: 1234.5)',
    );
    const nearly = names.map((_, i) => (i === 12 ? 'oops' : i / 4));
    expect(() => learn(tableFrom({ a: names.map((_, i) => i), y: nearly }))).toThrow(
      "row 13, column 'y': 'oops' is not a finite number",
    );
  });
});

describe('fitPreprocessing refuses', () => {
  const table = tableFrom({ Age: [1, 2, 3], y: [1.5, 2, 3] }, 't');
  it.each<[string, Partial<PreprocessingOptions>, string]>([
    ['an unknown target', { target: 'z' }, "t: no column 'z' (the target); the columns are Age, y."],
    ['another spelling of the target', { target: ' AGE' }, "t: no column ' AGE' (the target); did you mean 'Age'?"],
    ['an unknown column to drop', { drop: ['b'] }, "t: no column 'b' (to drop); the columns are Age, y."],
    ['an unknown category', { categorical: ['b'] }, "t: no column 'b' (declared categorical); the columns are Age, y."],
    ['dropping the target', { drop: ['y'] }, "fitPreprocessing: column 'y' is the target; it cannot be dropped."],
    ['rows outside the table', { rows: Int32Array.of(0, 3) }, 'fitPreprocessing: row 3 is not in 0 … 2 of t.'],
    ['no rows', { rows: new Int32Array(0) }, 'fitPreprocessing: no training rows; expected at least two.'],
  ])('%s', (_, options, message) => {
    expect(() => learn(table, options)).toThrow(expect.objectContaining({ kind: 'usage', message }));
  });

  it('a table without features', () => {
    expect(() => learn(tableFrom({ a: [1, 1], y: [1.5, 2] }, 't'))).toThrow(
      expect.objectContaining({
        kind: 'data',
        message:
          "t: no feature column is left (column 'a' is dropped: constant: every cell is '1'); expected at least one besides the target.",
      }),
    );
  });

  it('text among numbers, unless the column is declared categorical', () => {
    const mixed = tableFrom({ a: [...repeat([1, 2, 3], 30), 'oops'], y: repeat([1.5, 2, 3], 31) }, 't');
    expect(() => learn(mixed)).toThrow(
      expect.objectContaining({
        kind: 'data',
        message: expect.stringContaining("t: row 31, column 'a': 'oops' is text in a column of numbers (30 of 31"),
      }),
    );
    expect(learn(mixed, { categorical: ['a'] }).preprocessing.features).toEqual(['a=1', 'a=2', 'a=3', 'a=oops']);
  });
});
