export { binaryExponent, circlePoint, exp, log, log1p } from './elementary.js';
export { type ErrorKind, RelucentError, requireThat } from './errors.js';
export {
  choiceRule,
  namesRule,
  numberRule,
  type OptionRule,
  type OptionRules,
  pickOptions,
  requireOptions,
  runRules,
  seedRule,
  shown,
  switchRule,
  textRule,
  wholeRule,
} from './options.js';
export { createRandom, type Random, shuffledIndices } from './random.js';
export { type ProgressEvent, Run, type RunOptions, type Status } from './run.js';
export { version } from './version.js';
