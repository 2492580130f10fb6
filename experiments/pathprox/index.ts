import type { Experiment } from '../shared/experiment.js';
import { corruptions } from './corruptions.js';
import { boundaries } from './figure-2.js';
import { sparsity } from './figure-5.js';
import { mnistSubset } from './mnist-subset.js';
import { leadOverRates } from './rates.js';
import { tables } from './tables.js';
import { twoLayerTruth } from './two-layer.js';
import { vgg19 } from './vgg19.js';

export const experiments: readonly Experiment[] = [
  ...mnistSubset,
  boundaries,
  sparsity,
  leadOverRates,
  ...tables,
  twoLayerTruth,
  ...corruptions,
  ...vgg19,
];
