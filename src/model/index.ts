export { describeModel, type ModelDescription } from './describe.js';
export { type ExportedModel, type ExportFormat, type ExportOptions, exportModel } from './export.js';
export { isPathFile, isWeightsFile, readModel, readPath, readWeights, writeModel, writePath } from './file.js';
export type {
  CrossValidation,
  Derivation,
  LambdaChoice,
  Model,
  Objective,
  PatternSource,
  Scores,
  TrainingRows,
} from './model.js';
export { modelOfPoint, type PathModel, type PathModelPoint } from './path-model.js';
export {
  type ClassPredictions,
  hasProbability,
  type NumberPredictions,
  type Predictions,
  type Predictor,
  predictTable,
} from './predict.js';
export { modelJsonSchema, pathJsonSchema } from './schema.js';
export { certificateInWords, networkInWords, objectiveInWords } from './words.js';
