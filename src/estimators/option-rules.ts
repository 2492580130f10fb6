import {
  choiceRule,
  namesRule,
  numberRule,
  type OptionRule,
  type OptionRules,
  runRules,
  seedRule,
  switchRule,
  textRule,
  wholeRule,
} from '../base/index.js';
import { lossNames } from '../losses/index.js';
import type { TableCertificateOptions } from './certify-table.js';
import type { CrossValidationOptions } from './cross-validate.js';
import type { PathOptions } from './fit-path.js';
import type { TablePathOptions } from './fit-table-path.js';
import { measureNames } from './measures.js';
import type { FitOptions, TableFitOptions } from './options.js';

const lambda = numberRule('a finite number ≥ 0', (value) => Number.isFinite(value) && value >= 0);
const gap = numberRule('a number between 0 and 1', (value) => value > 0 && value < 1);
const loss = choiceRule(['auto', ...lossNames]);
const isList = (value: unknown): boolean => Array.isArray(value) || ArrayBuffer.isView(value);
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
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

const lambdas: OptionRule = {
  expected: 'a whole number ≥ 1, or an array of λ',
  accepts: (value) => (typeof value === 'number' ? Number.isSafeInteger(value) && value >= 1 : isList(value)),
};
const minRatio = numberRule('a number between 0 and 1', (value) => value > 0 && value < 1);

const { lambda: _, ...rulesAtAnyLambda } = fitRules;

export const pathRules: OptionRules<PathOptions> = {
  ...rulesAtAnyLambda,
  lambdas,
  minRatio,
  maxNeurons: wholeRule(0),
  maxDeviance: numberRule('a share between 0 and 1', (value) => value > 0 && value <= 1),
  resume: { expected: 'the points of an earlier path', accepts: Array.isArray },
  onPoint: { expected: 'a function', accepts: isFunction },
};

export const tableFitRules: OptionRules<TableFitOptions> = {
  ...fitRules,
  lambda: choiceRule(['cv', 'cv-1se'], lambda),
  folds: wholeRule(2),
  measure: choiceRule(['auto', ...measureNames]),
  target,
  task,
  standardize: switchRule,
  testFraction: numberRule('a number at least 0 and below 1', (value) => value >= 0 && value < 1),
  categorical: namesRule,
  drop: namesRule,
  resume: { expected: 'the `folds` of an earlier call that was stopped', accepts: isObject },
};

const estimatorRulesOf = (losses: readonly string[], measures: readonly string[]) => {
  const {
    signal,
    onProgress,
    timeLimit,
    target: _,
    task: __,
    testFraction,
    categorical,
    drop,
    resume,
    ...rules
  } = tableFitRules;
  return {
    ...rules,
    folds: choiceRule(['auto'], wholeRule(2)),
    loss: choiceRule(['auto', ...losses]),
    measure: choiceRule(['auto', ...measures]),
  };
};

/** Parameters of `ReluRegressor` and `ReluClassifier`. */
export const estimatorRules = {
  regression: estimatorRulesOf(['squared', 'huber'], ['mse', 'mae']),
  classification: estimatorRulesOf(lossNames, ['deviance', 'accuracy', 'auc']),
};

const { lambda: __, ...tableRulesAtAnyLambda } = tableFitRules;

export const crossValidationRules: OptionRules<CrossValidationOptions> = {
  ...tableRulesAtAnyLambda,
  lambdas,
  minRatio,
  repeats: wholeRule(1),
  groups: textRule('the name of a column'),
  foldColumn: textRule('the name of a column'),
  stratify: switchRule,
  patience: wholeRule(1),
  resume: { expected: 'the state of an earlier call, as `onStop` was given it', accepts: isObject },
  onStop: { expected: 'a function', accepts: isFunction },
};

const { onPoint: ___, resume: ____, ...rulesOfPath } = pathRules;

export const tablePathRules: OptionRules<TablePathOptions> = {
  ...rulesOfPath,
  target,
  task,
  standardize: switchRule,
  testFraction: tableFitRules.testFraction,
  categorical: namesRule,
  drop: namesRule,
  resume: { expected: 'a path as `fitTablePath` gives or `readPath` reads it', accepts: isObject },
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
