/** Pieces of the pipeline over tables that other kinds of networks share. */
export { lambdaOf, preparedRows } from '../fit-table.js';
export { Folding } from '../folding.js';
export { encoded, splitRowsOf } from '../prepared-rows.js';
