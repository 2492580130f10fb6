export { type Arrangement, arrangementOf } from './arrangement.js';
export { countPatterns } from './count.js';
export { type Enumeration, type EnumerationOptions, enumeratePatterns } from './enumerate.js';
export { type ExactMaximum, maximizeExactly } from './exact.js';
export { PARALLEL_TOLERANCE } from './parallel.js';
export { patternsOf } from './patterns-of.js';
export { RANK_TOLERANCE, type RankReduction, reduceRank } from './rank.js';
export { type GateKind, type PatternSample, type SampleOptions, samplePatterns } from './sample.js';
export { type SearchOptions, searchViolations, type Violation, violationPatterns } from './search.js';
