export {
  countPatterns,
  enumeratePatterns,
  patternsOf,
  samplePatterns,
  searchViolations,
} from './arrangements/index.js';
export {
  createRandom,
  type ErrorKind,
  type ProgressEvent,
  RelucentError,
  type RunOptions,
  type Status,
  version,
} from './base/index.js';
export {
  type Certificate,
  type CertificateVerdict,
  type CertifyOptions,
  certify,
  networkObjective,
  type ProofFile,
  type Scope,
  sphereBound,
  verifyCertificate,
} from './certificates/index.js';
export * from './data/index.js';
export * from './estimators/index.js';
export { type Matrix, matrix, matrixFromRows } from './linalg/index.js';
export { createKernels, type KernelOptions, type Kernels } from './linalg/kernels/index.js';
export { type Loss, type LossName, lossByName, lossNames } from './losses/index.js';
export * from './model/index.js';
export * from './networks/index.js';
