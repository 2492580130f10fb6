import { describe, expect, it } from 'vitest';
import { gapOf, percent, proofLine, proofLines } from '../../src/cli/proof-words.js';
import { knownFrom, proveStep, summaryOf } from '../../src/cli/prove.js';
import type { Model, ModelProof } from '../../src/index.js';

const objective: Model['objective'] = { loss: 'squared', lambda: 0.1, outputBias: true, hiddenBias: false };
const proof: ModelProof = { bound: 0.95, primal: 1, gap: 0.05, status: 'solved', file: null, iterations: 10 };

describe('proofLine', () => {
  it('names the biases that no network of the statement has', () => {
    const said = (hiddenBias: boolean, outputBias: boolean): string =>
      proofLine(proof, { ...objective, hiddenBias, outputBias }).words;
    expect(said(false, true)).toBe(
      '✓ proved: no two-layer ReLU network without hidden biases, of any width, has an objective below 0.95 (yours: 1, gap 5 %)',
    );
    expect(said(true, true)).toContain('no two-layer ReLU network, of any width,');
    expect(said(true, false)).toContain('network without an output bias, of any width,');
    expect(said(false, false)).toContain('network without hidden biases or an output bias, of any width,');
  });

  it('has no ✓ where nothing is proved, and one where 0 is reached', () => {
    const nothing = { style: 'warn', words: '! nothing proved: no positive lower bound was found' };
    expect(proofLine({ bound: 0, primal: 1, gap: 1 }, objective)).toEqual(nothing);
    expect(proofLine({ bound: 0, primal: 0, gap: 0 }, objective).words).toMatch(/^✓ .* below 0 \(yours: 0, gap 0 %\)$/);
  });

  it('has a gap of 100 % below an objective that is not finite', () => {
    const primal = Number.POSITIVE_INFINITY;
    expect(gapOf(primal, 1)).toBe(1);
    expect(proofLine({ bound: 1, primal, gap: gapOf(primal, 1) }, objective).words).toContain('gap 100 %');
  });
});

it.each([
  [0, '0 %'],
  [1e-14, '< 0.01 %'],
  [1e-4, '0.01 %'],
  [0.00010001, '0.02 %'],
  [0.05, '5 %'],
  [0.0501, '5.1 %'],
  [0.07, '7 %'],
  [0.55, '55 %'],
  [0.5500001, '56 %'],
  [1, '100 %'],
])('a share of %s is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

describe('proofLines', () => {
  it('takes the word of a run that reached its goal, whatever rounding leaves of the gap', () => {
    const lines = proofLines({ ...proof, gap: 0.05 + 1e-16 }, objective, 0.05, 0);
    expect(lines).toHaveLength(1);
    expect(lines[0].style).toBe('good');
  });

  it('says why it ended before, and what the certificate proves', () => {
    const lines = proofLines({ ...proof, bound: 0.5, gap: 0.5, status: 'stalled' }, objective, 0.05, 0.6);
    expect(lines.map(({ words }) => words)).toEqual([
      expect.stringMatching(/^! proved: /),
      'the relaxation gives no more; 5 % was asked for',
      'the certificate proves more: none is below 0.6',
    ]);
  });
});

describe('proveStep', () => {
  it('summarises the larger of two bounds', () => {
    const short = { ...proof, bound: 0.5, gap: 0.5, status: 'stalled' as const };
    expect(summaryOf(short, 0.75, 'm.proof.json')).toEqual({ bound: 0.75, gap: 0.25, status: 'stalled', file: null });
    expect(summaryOf(short, 0.25, 'm.proof.json')).toMatchObject({ bound: 0.5, gap: 0.5 });
  });

  it('prints what could be derived of a certificate, not what it claims', async () => {
    const known = knownFrom({ primal: 1, bound: 0.9876 }, { primal: 1.0001, bound: 0.9765 });
    expect(known).toEqual({ primal: 1.0001, bound: 0.9765 });
    expect(knownFrom({ primal: 1, bound: 0.5 }, { primal: 1, bound: 0.75 }).bound).toBe(0.5);
    expect(knownFrom({ primal: 1, bound: 0.5 }, null).bound).toBe(0);
    const printed: string[] = [];
    const text = {
      section: (_: string, lines: string[]) => void printed.push(...lines),
      paint: (_: string, words: string) => words,
      line: () => undefined,
    };
    const weights = { activation: 'relu', output: { cols: 1 } };
    const model = { objective, weights, certificate: { primal: 1, bound: 0.9876 } } as unknown as Model;
    const step = { network: 'm.json', data: 'd.csv', known };
    const summary = await proveStep({ text } as never, model, {} as never, step);
    expect(printed[0]).toContain('below 0.9765 (yours: 1, gap 2.4 %)');
    expect(summary).toEqual({ bound: 0.9765, gap: gapOf(1.0001, 0.9765), status: 'solved', file: null });
  });
});
