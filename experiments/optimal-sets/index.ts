import type { Experiment } from '../shared/experiment.js';
import { pruningFigures } from './pruning.js';

/** Mishkin and Pilanci (2023), *Optimal Sets and Solution Paths of ReLU Networks*; docs/reproduction/optimal-sets.md. */
export const experiments: readonly Experiment[] = [...pruningFigures];
