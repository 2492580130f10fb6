export { type AdamReference, type AdamReferenceOptions, trainParallelByAdam } from './adam.js';
export { type ParallelCertificate, parallelWords } from './certificate.js';
export { certifyParallel, type ParallelCertifyOptions } from './certify.js';
export { parallelToJavaScript, parallelToOnnx } from './export.js';
export { fitParallel, type ParallelFit } from './fit.js';
export { type ParallelJson, parallelFromJson, parallelToJson } from './json.js';
export type { LowRankInterval } from './low-rank.js';
export { type ParallelNetwork, type ParallelSubnetwork, parallelScores, type Regularizer } from './network.js';
export { firstLayerNorms, literalWeightDecay, parallelObjective, pathNorm, weightDecayNorm } from './norms.js';
export type { ParallelFitOptions, ParallelProblemOptions } from './options.js';
export {
  fitParallelTable,
  isParallelFile,
  type ParallelModel,
  type ParallelTableOptions,
  type ParallelVerdict,
  predictParallelTable,
  readParallelModel,
  verifyParallelModel,
  writeParallelModel,
} from './table.js';
