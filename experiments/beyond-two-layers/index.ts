import type { Experiment } from '../shared/experiment.js';
import { trainingFigure } from './training.js';
import { uciTable } from './uci.js';

export const experiments: readonly Experiment[] = [trainingFigure, uciTable];
