export { certifyTable, type TableCertificate, type TableCertificateOptions } from './certify-table.js';
export { type CrossValidationOptions, crossValidate, type FoldChoices } from './cross-validate.js';
export { fit } from './fit.js';
export { type FinePathOptions, type FinePathResult, type FinePoint, fitFinePath } from './fit-fine-path.js';
export {
  explainedShare,
  type FitPathPoint,
  fitPath,
  networkAt,
  type PathEnd,
  type PathOptions,
  type PathResult,
} from './fit-path.js';
export { fitTable, lambdaOf, splitTable } from './fit-table.js';
export { fitTablePath, modelAt, type TablePath, type TablePathOptions } from './fit-table-path.js';
export type { MatrixLike } from './inputs.js';
export { type MeasureName, measureNames } from './measures.js';
export type { FitOptions, FitResult, TableFit, TableFitOptions } from './options.js';
export type { TableSplit } from './prepared-rows.js';
export { type ClassLabel, ReluClassifier, type ReluClassifierParams } from './relu-classifier.js';
export type { ReluParams } from './relu-estimator.js';
export { ReluRegressor, type ReluRegressorParams } from './relu-regressor.js';
export { scoresOf } from './scores.js';
export { type Verification, verifyModel } from './verify-model.js';
