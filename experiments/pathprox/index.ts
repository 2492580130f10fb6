import type { Experiment } from '../shared/experiment.js';
import { mnistSubset } from './mnist-subset.js';
import { twoLayerTruth } from './two-layer.js';

export const experiments: readonly Experiment[] = [...mnistSubset, twoLayerTruth];
