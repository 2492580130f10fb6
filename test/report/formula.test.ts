import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type FormulaData, formulaIsSmall, formulaText } from '../../src/report/index.js';
import { formula } from './report-examples.js';

/** Reads the text back and computes it: names are a, b, c …, a 0/1 input is `[a is yes]`. */
function evaluated(text: string, values: Record<string, number>): number {
  const code = text
    .replace(/^[^=]*=/, '')
    .replace(/\n/g, ' ')
    .replaceAll('−', '-')
    .replaceAll('·', '*')
    .replaceAll('max(', 'Math.max(')
    .replace(/\((.[^()]*)\) if ([^\n]*?) ≥ 0/g, '(($2) >= 0 ? ($1) : 0)')
    .replace(/\[([a-z]) is [^\]]*\]/g, '$1');
  return new Function(...Object.keys(values), `return ${code};`)(...Object.values(values)) as number;
}

const random = createRandom(21);
const names = ['a', 'b', 'c', 'd'];
const made = (ranges: readonly (readonly [number, number])[]): FormulaData => ({
  output: 'y',
  inputs: ranges.map((range, k) => ({ name: names[k], range })),
  bias: random.normal(),
  neurons: Array.from({ length: 3 }, (_, j) => {
    const weights = ranges.map(([low, high]) => random.normal() / (high - low));
    const middle = ranges.reduce((sum, [low, high], k) => sum + (weights[k] * (low + high)) / 2, 0);
    return { sign: j === 1 ? -1 : 1, weights, offset: 0.2 * random.normal() - middle };
  }),
});

const exact = ({ bias, neurons }: FormulaData, x: readonly number[]): number =>
  neurons.reduce((sum, { sign, weights, offset }) => {
    const inside = x.reduce((total, value, k) => total + weights[k] * value, offset);
    return sum + sign * Math.max(0, inside);
  }, bias);

describe('formulaText', () => {
  it('says what the network computes, also where large inputs cancel', () => {
    for (let trial = 0; trial < 40; trial++) {
      const ranges = names.map((_, k) =>
        k === 0 ? ([1990, 2024] as const) : ([-(10 ** (k - 2)), 3 * 10 ** (k - 2)] as const),
      );
      const data = made(ranges);
      const text = formulaText(data);
      for (let i = 0; i < 10; i++) {
        const x = ranges.map(([low, high]) => low + random.uniform() * (high - low));
        const shown = evaluated(text, Object.fromEntries(x.map((value, k) => [names[k], value])));
        expect(Math.abs(shown - exact(data, x))).toBeLessThan(0.02);
      }
    }
  });

  it('is a line for the constant and one per neuron, without inputs that are not read', () => {
    const lines = formulaText(formula).split('\n');
    expect(lines.length).toBe(3);
    expect(lines[0]).toBe('price = 123460');
    expect(lines[1]).toContain('·lot area + 812.3');
    expect(lines[2]).toBe('  − max(0, −12.5·year built + 3210·[street is Harbour])');
    expect(lines.join()).not.toContain('never read');
  });

  it('shows gated neurons with their condition', () => {
    const data: FormulaData = {
      output: 'y',
      inputs: [{ name: 'a' }, { name: 'b' }],
      bias: 1,
      neurons: [{ sign: -1, weights: [2, 0], offset: 0.5, gate: { weights: [1, -1], offset: 0 } }],
    };
    expect(formulaText(data)).toBe('y = 1\n  − (2·a + 0.5) if 1·a − 1·b ≥ 0');
    expect(evaluated(formulaText(data), { a: 3, b: 1 })).toBe(-5.5);
    expect(evaluated(formulaText(data), { a: 1, b: 3 })).toBe(1);
  });

  it('writes a neuron without weights as its offset', () => {
    const data = { ...formula, neurons: [{ sign: 1 as const, weights: [0, 0, 0, 0], offset: 2 }] };
    expect(formulaText(data).split('\n')[1]).toBe('  + max(0, 2)');
  });

  it('refuses weights that do not fit the inputs', () => {
    expect(() => formulaText({ ...formula, neurons: [{ sign: 1, weights: [1], offset: 0 }] })).toThrow(
      /formulaText: neurons\[0\] must have a weight for each of the 4 inputs, got 1/,
    );
  });
});

describe('formulaIsSmall', () => {
  it('asks for 1 to 4 neurons and at most 6 inputs that are read', () => {
    expect(formulaIsSmall(formula)).toBe(true);
    expect(formulaIsSmall({ ...formula, neurons: [] })).toBe(false);
    expect(formulaIsSmall({ ...formula, neurons: Array.from({ length: 5 }, () => formula.neurons[0]) })).toBe(false);
    const inputs = Array.from({ length: 9 }, (_, k) => ({ name: `x${k}` }));
    const reading = (count: number): FormulaData => ({
      ...formula,
      inputs,
      neurons: [{ sign: 1, weights: inputs.map((_, k) => Number(k < count)), offset: 0 }],
    });
    expect(formulaIsSmall(reading(6))).toBe(true);
    expect(formulaIsSmall(reading(7))).toBe(false);
  });
});
