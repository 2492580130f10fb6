import {
  choiceRule,
  namesRule,
  numberRule,
  type OptionRules,
  runRules,
  seedRule,
  switchRule,
  textRule,
  wholeRule,
} from '../base/index.js';
import { lossNames } from '../losses/index.js';
import type { TableCertificateOptions } from './certify-table.js';
import type { FitOptions, TableFitOptions } from './options.js';

const lambda = numberRule('a finite number ≥ 0', (value) => Number.isFinite(value) && value >= 0);
const gap = numberRule('a number between 0 and 1', (value) => value > 0 && value < 1);
const loss = choiceRule(['auto', ...lossNames]);
const target = textRule('the name of a column');
const task = choiceRule(['auto', 'regression', 'classification']);

export const fitRules: OptionRules<FitOptions> = {
  ...runRules,
  lambda,
  activation: choiceRule(['relu', 'gated']),
  loss,
  patterns: choiceRule(['auto', 'exact'], wholeRule(1)),
  gap,
  seed: seedRule,
  threads: choiceRule(['auto'], wholeRule(1)),
  outputBias: switchRule,
  hiddenBias: switchRule,
};

export const tableFitRules: OptionRules<TableFitOptions> = {
  ...fitRules,
  target,
  task,
  standardize: switchRule,
  testFraction: numberRule('a number at least 0 and below 1', (value) => value >= 0 && value < 1),
  categorical: namesRule,
  drop: namesRule,
};

export const tableCertificateRules: OptionRules<TableCertificateOptions> = {
  ...runRules,
  target,
  task,
  loss,
  drop: namesRule,
  categorical: namesRule,
  lambda,
  gap,
  seed: seedRule,
};
