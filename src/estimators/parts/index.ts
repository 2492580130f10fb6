/** Pieces of the pipeline over tables that other kinds of networks share. */
export { lambdaOf, preparedRows } from '../fit-table.js';
export { Folding } from '../folding.js';
export { type Encoded, encoded, splitRowsOf } from '../prepared-rows.js';
export { otherScores, type PartScores, scoresOf } from '../scores.js';
