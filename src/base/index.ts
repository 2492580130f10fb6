export { binaryExponent, circlePoint, exp, log, log1p } from './elementary.js';
export { type ErrorKind, RelucentError, requireThat } from './errors.js';
export { createRandom, type Random, shuffledIndices } from './random.js';
export { type ProgressEvent, Run, type RunOptions, type Status } from './run.js';
export { version } from './version.js';
