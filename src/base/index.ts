export { type ErrorKind, RelucentError, requireThat } from './errors.js';
export { createRandom, type Random, shuffledIndices } from './random.js';
export { type ProgressEvent, Run, type RunOptions, type Status } from './run.js';
export { version } from './version.js';
