export type { Augmentation } from './data/augment.js';
export { cifarExamples } from './data/cifar.js';
export {
  type CorruptionSet,
  type CorruptOptions,
  corruptExamples,
  corruptionNames,
} from './data/corruptions/corrupt.js';
export { cifarCExamples, mnistCExamples } from './data/corruptions/official.js';
export {
  Batches,
  classOf,
  type Examples,
  normaliseExamples,
  oneHot,
  perClass,
  selectExamples,
  splitExamples,
} from './data/examples.js';
export { type IdxArray, idxExamples, parseIdx } from './data/idx.js';
export { type MatArray, parseMat, svhnExamples } from './data/mat.js';
export { type TableExamples, type TableExamplesOptions, tableExamples } from './data/table.js';
export {
  type Chain,
  findGroups,
  type Group,
  type Grouping,
  type GroupingOptions,
  groupsFrom,
} from './methods/groups.js';
export { METHODS, type Method } from './methods/method.js';
export { keepsUnitInputs, withUnitInputs } from './methods/start.js';
export { type Balanced, type BalanceOptions, balance } from './model/balance.js';
export { compact, type DeepNetwork } from './model/compact.js';
export { type DeepOnnxReadOptions, deepFromOnnx } from './model/read-onnx.js';
export { type DeepOnnxOptions, deepToOnnx } from './model/write-onnx.js';
export { architecture } from './network/architectures.js';
export { type Architecture, type Layer, type Parameter, parametersOf } from './network/layers.js';
export { initialise, type Tensors } from './network/parameters.js';
export { type Backend, type Numbers, type Precision, provideRuntime, type SessionOptions } from './onnx/index.js';
export type { Optimiser } from './step/optimiser.js';
export { type DeepLoss, type StepOptions, stepGraph } from './step/step-graph.js';
export { initialState, type StepInput, Stepper, type StepState } from './step/stepper.js';
export { Evaluator, type Scores } from './training/evaluate-network.js';
export { jacobianNorms } from './training/jacobian.js';
export { type GroupNorms, groupNorms, measureWeights, type WeightMeasures } from './training/measure.js';
export { rateAt, type Schedule } from './training/schedule.js';
export { decodeState, encodeState } from './training/state-file.js';
export { type Measurement, type TrainOptions, type TrainResult, trainDeep } from './training/train.js';
