import type { FoldSettings } from '../../src/path/index.js';

export const settings: FoldSettings = {
  loss: 'squared',
  outputBias: true,
  hiddenBias: false,
  activation: 'relu',
  patterns: 'auto',
  gap: 1e-3,
  seed: 0,
};
