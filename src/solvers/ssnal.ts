export type { SsnalOptions, SsnalOutcome, SsnalProgress, SsnalStart } from './ssnal-types.js';
export { solveWhole as solveSsnal } from './ssnal-whole.js';
