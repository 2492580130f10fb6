export type { Candidate } from './members.js';
export {
  type ExtremeMember,
  type Member,
  OptimalSet,
  optimalSet,
  type PredictionRange,
} from './optimal-set.js';
export type { OptimalSetOptions } from './options.js';
