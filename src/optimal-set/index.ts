export { type CurvePoint, pruningCurve, type ScoredRows } from './curve.js';
export { type Fewest, type FewestOptions, fewestNeurons } from './fewest.js';
export type { Candidate } from './members.js';
export {
  type ExtremeMember,
  type Member,
  OptimalSet,
  optimalSet,
  type PredictionRange,
} from './optimal-set.js';
export type { OptimalSetOptions } from './options.js';
export {
  compactNetwork,
  type PruningGoal,
  type PruningMethod,
  type PruningOptions,
  type PruningStep,
  prunedNetwork,
  pruningMethods,
  pruningSteps,
  stepFor,
} from './prune.js';
export { predictionRanges, type RowRange } from './ranges.js';
export { type Selection, type SelectionRule, type SelectOptions, selectionRules, selectMember } from './select.js';
export { type NotDifferentiable, type Sensitivity, sensitivity } from './sensitivity.js';
