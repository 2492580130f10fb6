export { type AdamReference, type AdamReferenceOptions, trainParallelByAdam } from './adam.js';
export { type ParallelCertificate, parallelWords } from './certificate.js';
export { certifyParallel, type ParallelCertifyOptions } from './certify.js';
export {
  type ParallelExportOptions,
  type ParallelOnnxOptions,
  parallelToJavaScript,
  parallelToOnnx,
} from './export.js';
export { isParallelFile, readParallelModel, writeParallelModel } from './file.js';
export { fitParallel, type ParallelFit } from './fit.js';
export { type ParallelJson, parallelFromJson, parallelToJson } from './json.js';
export type { LowRankInterval } from './low-rank.js';
export { minimalParallel } from './minimal.js';
export type { ParallelModel, ParallelObjective } from './model.js';
export { type ParallelNetwork, type ParallelSubnetwork, parallelScores, type Regularizer } from './network.js';
export { firstLayerNorms, literalWeightDecay, parallelObjective, pathNorm, weightDecayNorm } from './norms.js';
export type { ParallelFitOptions, ParallelProblemOptions } from './options.js';
export { parallelJsonSchema } from './schema.js';
export { fitParallelTable, givesProbability, type ParallelTableFit, predictParallelTable } from './table.js';
export type { ParallelTableOptions } from './table-options.js';
export { type ParallelVerdict, verifyParallelModel } from './verify.js';
