import type { Experiment } from '../shared/experiment.js';
import { figure1 } from './figure-1.js';
import { pruningFigures } from './pruning.js';
import { tuningTables } from './tables.js';

/** Mishkin and Pilanci (2023), *Optimal Sets and Solution Paths of ReLU Networks*; docs/reproduction/optimal-sets.md. */
export const experiments: readonly Experiment[] = [figure1, ...pruningFigures, ...tuningTables];
