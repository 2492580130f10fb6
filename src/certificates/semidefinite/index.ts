export { type LineForm, type Lines, lineForm, linesOf } from './lines.js';
export { type Multipliers, noMultipliers, type SignMultipliers } from './multipliers.js';
export {
  isProvable,
  type ProveOptions,
  type SemidefiniteBound,
  type SemidefiniteProof,
  semidefiniteLowerBound,
  semidefiniteValue,
} from './prove.js';
export { multiplierBound, quadraticBound } from './quadratic-bound.js';
