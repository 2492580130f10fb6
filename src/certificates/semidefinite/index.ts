export { type LineForm, type Lines, lineForm, linesOf } from './lines.js';
export { type Multipliers, noMultipliers, type SignMultipliers } from './multipliers.js';
export {
  isProvable,
  type KeptProof,
  type ProveOptions,
  type SemidefiniteBound,
  semidefiniteLowerBound,
} from './prove.js';
export { multiplierBound, quadraticBound } from './quadratic-bound.js';
