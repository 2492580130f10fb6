export type { SearchEffort } from './column-generation.js';
export {
  generateColumns,
  type PricedProgram,
  type Round,
  type SolvedProgram,
  solveOverPatterns,
} from './column-generation.js';
export { type LiftedNetwork, mergedNetwork, norm2 } from './lifted-network.js';
export { type LocalTrainingOptions, trainLocally } from './local-training.js';
export { type FurtherPatterns, type OwnProgramOutcome, solveOwnProgram } from './own-program.js';
export { recoverWeights } from './recover.js';
export { type SsnalOptions, type SsnalOutcome, type SsnalProgress, type SsnalStart, solveSsnal } from './ssnal.js';
export { type Trained, Training, type TrainingData, type TrainingOptions } from './training.js';
export { defaultGates, solveTwoLayer, type TwoLayerOptions, type TwoLayerOutcome } from './two-layer.js';
