import type { Experiment } from '../shared/experiment.js';
import { approximationFigure } from './approximation.js';
import { sparsityFigure } from './sparsity.js';
import { spiralFigure } from './spiral.js';

export const experiments: readonly Experiment[] = [spiralFigure, sparsityFigure, approximationFigure];
