import { expect, it } from 'vitest';
import { heldOutText, readHeldOutState } from '../../src/cli/held-out-file.js';
import type { CrossValidation, CrossValidationState } from '../../src/index.js';
import { constantNetwork } from '../../src/networks/index.js';

const state: CrossValidationState = {
  options: { loss: 'squared', gap: 3e-3, outputBias: true },
  digest: '0123456789abcdef',
  lambdas: [1, 0.1],
  folds: [
    { errors: [0.1 + 0.2, Number.NaN], trainErrors: [1 / 3, 0], neurons: [0, 3], last: constantNetwork(2, [1 / 7]) },
    { errors: [], trainErrors: [], neurons: [], last: null },
  ],
};
const curve: CrossValidation = {
  measure: 'mse',
  better: 'less',
  folds: 2,
  repeats: 1,
  manner: 'random',
  end: 'aborted',
  lambdas: [1],
  mean: [0.5],
  standardError: [0.1],
  neurons: [0],
  min: 0,
  oneStandardError: 0,
};

it('keeps every bit of the state, and the curve as a script reads it', () => {
  for (const shown of [curve, null]) {
    const text = heldOutText(shown, state);
    expect(readHeldOutState(text, 'cut.json')).toEqual(state);
    expect(JSON.parse(text)).toMatchObject(shown ?? {});
  }
  expect(JSON.parse(heldOutText(curve))).toEqual(curve);
});

const edited = (change: (fold: Record<string, unknown>) => void): string => {
  const json = JSON.parse(heldOutText(curve, state));
  change(json.unfinished.folds[0]);
  return JSON.stringify(json);
};

it.each([
  ['', 'model', /^cut.json: expected an unfinished cross-validation of relucent \(it is empty\)/],
  [heldOutText(curve, state).slice(0, 200), 'model', /it is not JSON, or cut off/],
  ['null', 'model', /cut.json: expected an unfinished cross-validation/],
  ['{"format": "relucent-path", "end": "complete"}', 'model', /cut.json: expected an unfinished cross-validation/],
  [heldOutText(curve), 'usage', /cut.json: this cross-validation is finished; leave out --resume to make it again\.$/],
  [edited((fold) => Object.assign(fold, { errors: ['1', 2] })), 'model', /unfinished: folds: 0: errors: 0: /],
  [edited((fold) => Object.assign(fold, { errors: [1] })), 'model', /the lists of fold 1 do not fit each other/],
  [edited((fold) => Object.assign(fold, { last: null })), 'model', /the lists of fold 1 do not fit each other/],
  [edited((fold) => Object.assign(fold, { last: { neurons: [] } })), 'model', /cut.json: fold 1: activation: /],
])('refuses in one line %#', (text, kind, words) => {
  const read = (): unknown => readHeldOutState(text, 'cut.json');
  expect(read).toThrow(words);
  expect(read).toThrow(expect.objectContaining({ kind, message: expect.not.stringContaining('\n') }));
});
