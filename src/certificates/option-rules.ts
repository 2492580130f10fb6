import {
  choiceRule,
  numberRule,
  type OptionRule,
  type OptionRules,
  runRules,
  seedRule,
  switchRule,
  wholeRule,
} from '../base/index.js';
import { lossNames } from '../losses/index.js';
import type { CertifyOptions } from './certify.js';

/** A loss by its name, or as an object of `lossByName`. */
const lossOrName: OptionRule = {
  expected: `one of ${lossNames.join(', ')}`,
  accepts: (value) =>
    typeof value === 'string'
      ? (lossNames as readonly string[]).includes(value)
      : typeof value === 'object' && value !== null && 'conjugate' in value,
};

const patternsOrOrigin: OptionRule = {
  expected: 'a pattern set, or where patterns come from',
  accepts: (value) => typeof value === 'object' && value !== null && ('bytes' in value || 'kind' in value),
};

export const certifyRules: OptionRules<CertifyOptions> = {
  ...runRules,
  // what is left of a caller's time may be nothing
  timeLimit: numberRule('a number of seconds', (value) => !Number.isNaN(value)),
  loss: lossOrName,
  outputBias: switchRule,
  hiddenBias: switchRule,
  scope: choiceRule(['auto', 'sampled', 'priced']),
  patterns: patternsOrOrigin,
  tolerance: numberRule('a number ≥ 0', (value) => value >= 0),
  seed: seedRule,
  starts: wholeRule(0),
  nodeLimit: wholeRule(0),
  prove: switchRule,
  onPeak: { expected: 'a function', accepts: (value) => typeof value === 'function' },
  iterations: wholeRule(1),
};
