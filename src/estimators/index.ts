export type { AdoptOptions } from './adopt-network.js';
export { certifyTable, type TableCertificate, type TableCertificateOptions } from './certify-table.js';
export type { CrossValidationOptions, FoldChoices } from './cross-validate.js';
export type { CrossValidationState } from './cross-validation-state.js';
export type { DerivedOptions } from './derived-model.js';
export { fit } from './fit.js';
export type { FinePathOptions, FinePathResult, FinePoint } from './fit-fine-path.js';
export type { FitPathPoint, PathEnd, PathOptions, PathResult } from './fit-path.js';
export { encodedParts, fitTable, lambdaOf, splitTable } from './fit-table.js';
export type { TablePath, TablePathOptions } from './fit-table-path.js';
export type { MatrixLike } from './inputs.js';
export {
  adoptNetwork,
  checkModelProof,
  crossValidate,
  derivedModel,
  fitFinePath,
  fitPath,
  fitTablePath,
  modelAt,
  modelOptimalSet,
  polish,
  proveModel,
  readProof,
  writeProof,
} from './later.js';
export { type MeasureName, measureNames } from './measures.js';
export type { ModelOptimalSet, ModelOptimalSetOptions, OptimalSetScope } from './model-optimal-set.js';
export type { FitOptions, FitResult, TableFit, TableFitOptions } from './options.js';
export { explainedShare, networkAt } from './path-points.js';
export type { Polished, PolishOptions } from './polish.js';
export type { Encoded, TableSplit } from './prepared-rows.js';
export { provableReason } from './provable.js';
export type { ModelProof, ProofCheck, ProveModelOptions } from './prove-model.js';
export { type ClassLabel, ReluClassifier, type ReluClassifierParams } from './relu-classifier.js';
export type { ReluParams } from './relu-estimator.js';
export { ReluRegressor, type ReluRegressorParams } from './relu-regressor.js';
export { scoresOf } from './scores.js';
export { unusedColumns } from './unused-columns.js';
export { type Verification, verifyModel } from './verify-model.js';
