/** The relaxation is a sizeable part of the library that only proofs need: it is loaded with its first call. */
import type * as Semidefinite from './semidefinite/index.js';

/** A lower bound on the objective over all ReLU networks, with its proof. */
export const semidefiniteLowerBound: typeof Semidefinite.semidefiniteLowerBound = async (...given) =>
  (await import('./semidefinite/index.js')).semidefiniteLowerBound(...given);
