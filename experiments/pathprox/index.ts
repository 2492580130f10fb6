import type { Experiment } from '../shared/experiment.js';
import { mnistSubset } from './mnist-subset.js';

export const experiments: readonly Experiment[] = [...mnistSubset];
