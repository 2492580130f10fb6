/** Pieces of the training of parallel networks that experiments put together otherwise. */
export { blockOf } from '../block.js';
export { Master } from '../master.js';
export { liftSubnetwork } from '../membership.js';
export { type ParallelProblem, parallelProblem } from '../options.js';
export { searchSubnets } from '../oracle.js';
export { recoverNetwork } from '../recover.js';
export { type LiftedParallel, type LiftedSubnet, liftedNorm } from '../subnet.js';
