export { describeModel, type ModelDescription } from './describe.js';
export { type ExportedModel, type ExportFormat, type ExportOptions, exportModel } from './export.js';
export { readModel, writeModel } from './file.js';
export type { Model, Objective, PatternSource, Scores, TrainingRows } from './model.js';
export {
  type ClassPredictions,
  hasProbability,
  type NumberPredictions,
  type Predictions,
  predictTable,
} from './predict.js';
export { modelJsonSchema } from './schema.js';
export { certificateInWords, objectiveInWords } from './words.js';
