import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import {
  formatFixed,
  formatGap,
  formatNumber,
  formatPercent,
  formatSeconds,
  listed,
  plural,
  printable,
  shortened,
  textTable,
  wrapped,
} from '../../src/report/index.js';

describe('formatNumber', () => {
  it('keeps four significant digits of any number', () => {
    const random = createRandom(1);
    for (let i = 0; i < 500; i++) {
      const value = random.normal() * Math.exp(20 * random.normal());
      const back = Number(formatNumber(value).replaceAll(',', ''));
      expect(Math.abs(back - value)).toBeLessThanOrEqual(5.0001e-4 * Math.abs(value));
    }
  });

  it('is what one would write by hand', () => {
    const written = [0, 7, -1234567, 0.5, 0.12345678, 1234.5678, 0.000012345, 1.5e12, 99999.6, -0.25].map((value) =>
      formatNumber(value),
    );
    expect(written).toEqual([
      '0',
      '7',
      '-1,234,567',
      '0.5',
      '0.1235',
      '1,235',
      '1.234e-5',
      '1,500,000,000,000',
      '100,000',
      '-0.25',
    ]);
    expect([
      formatNumber(Number.NaN),
      formatNumber(Number.POSITIVE_INFINITY),
      formatNumber(Number.NEGATIVE_INFINITY),
    ]).toEqual(['–', '∞', '−∞']);
  });

  it('drops only zeros that follow the point', () => {
    expect([formatNumber(100.04, 3), formatNumber(1.2e-10), formatNumber(3e-7, 2), formatNumber(1200.5, 2)]).toEqual([
      '100',
      '1.2e-10',
      '3e-7',
      '1,201',
    ]);
  });
});

describe('small words', () => {
  it('writes gaps, shares, times and counts', () => {
    const gaps = [7.7e-7, 7.71e-7, 9.99e-7, 1e-6, 0.000999, 0.0012, 0.0194, 0.875, 0.996, 12.1, 0];
    const written = ['7.7e-7', '7.8e-7', '1e-6', '1e-6', '0.001', '0.0012', '0.02', '0.88', '1', '13', '0'];
    expect(gaps.map(formatGap)).toEqual(written);
    expect([formatFixed(1, 4), formatFixed(0.04591, 4), formatFixed(Number.NaN, 4)]).toEqual(['1.0000', '0.0459', '–']);
    expect(formatPercent(0.9346)).toBe('93.5 %');
    expect([0.123, 3.21, 42.4, 59.6, 125].map(formatSeconds)).toEqual([
      '0.12 s',
      '3.2 s',
      '42 s',
      '1 min 0 s',
      '2 min 5 s',
    ]);
    expect([plural(1, 'row'), plural(1234, 'row'), plural(2, 'class', 'classes')]).toEqual([
      '1 row',
      '1,234 rows',
      '2 classes',
    ]);
  });

  it('lists names and says how many are left out', () => {
    expect(listed(['a', 'b'])).toBe('a, b');
    expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  });

  it('takes the sting out of control characters', () => {
    expect(printable('a\u001b[31mb\nc')).toBe('a�[31mb�c');
    expect(shortened('abcdef', 4)).toBe('abc…');
    expect(shortened('abcd', 4)).toBe('abcd');
  });
});

describe('textTable', () => {
  it('aligns columns, numbers to the right, without spaces at line ends', () => {
    expect(
      textTable(
        [
          ['name', 'rows'],
          ['a', '12'],
          ['longer', '3'],
        ],
        'lr',
        '  ',
      ),
    ).toBe('  name    rows\n  a         12\n  longer     3');
    expect(
      textTable([
        ['a', ''],
        ['bcd', ''],
      ]),
    ).toBe('a\nbcd');
  });

  it('counts characters, not code units', () => {
    const [first, second] = textTable([
      ['𝛌x', '1'],
      ['abc', '2'],
    ]).split('\n');
    expect([...first].indexOf('1')).toBe([...second].indexOf('2'));
  });
});

describe('wrapped', () => {
  it('keeps every word, in order, within the width', () => {
    const text = 'one network of fourteen neurons is optimal over all the patterns that a search could find';
    const lines = wrapped(text, 30, '  ').split('\n');
    expect(lines.map((line) => line.trim()).join(' ')).toBe(text);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
    expect(lines.every((line) => line.startsWith('  '))).toBe(true);
  });

  it('leaves a word that is too long whole', () => {
    expect(wrapped('a incomprehensibilities b', 8)).toBe('a\nincomprehensibilities\nb');
  });
});
