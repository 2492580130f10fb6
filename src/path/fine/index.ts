export { type Atom, CellPricer, type FineProblem } from './atom.js';
export type { EventSide, FineEvent, FineEventKind } from './events.js';
export { type FinePath, type FinePathOptions, followFinePath } from './follow.js';
export { type NonNegativeFit, nonNegativeFit } from './nnls.js';
export { type LeastNormMember, leastNormMember } from './optimal-set.js';
export type { NotDifferentiable, Sensitivity } from './sensitivity.js';
export { type FineSource, patternedSource, pricedSource } from './source.js';
export { FineSolver, type FineState, type StateNeuron } from './state.js';
