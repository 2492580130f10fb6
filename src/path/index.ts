export { blendNetworks } from './blend.js';
export { type Choice, chooseLambda, type ErrorCurve, summarise } from './choice.js';
export { type CrossValidationTask, type FoldProgress, type HeldOut, heldOutErrors } from './cross-validate.js';
export {
  type EventSide,
  type FineEvent,
  type FineEventKind,
  type FinePath,
  type FineSource,
  type FineState,
  followFinePath,
  type NotDifferentiable,
  patternedSource,
  pricedSource,
  type Sensitivity,
} from './fine/index.js';
export type { FoldData, FoldSettings, FoldStep } from './fold-job.js';
export { createFoldPool, type FoldJob, type FoldPool, type FoldWork } from './fold-pool.js';
export { type Fold, type FoldOptions, makeFolds } from './folds.js';
export { followPath, type PathStep } from './follow.js';
export { type GridOptions, lambdaGrid } from './grid.js';
