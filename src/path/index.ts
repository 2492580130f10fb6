export { blendNetworks } from './blend.js';
export { type Choice, chooseLambda, type ErrorCurve, summarise } from './choice.js';
export { type Fold, type FoldOptions, makeFolds } from './folds.js';
export { type GridOptions, lambdaGrid } from './grid.js';
