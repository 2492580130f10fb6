/**
 * Functions whose modules are loaded with their first call, so that a page that only fits does not carry them. What they do, take and
 * throw stands at the functions of the same name in those modules.
 */
import type * as AdoptNetwork from './adopt-network.js';
import type * as CrossValidate from './cross-validate.js';
import type * as DerivedModel from './derived-model.js';
import type * as FitFinePath from './fit-fine-path.js';
import type * as FitPath from './fit-path.js';
import type * as FitTablePath from './fit-table-path.js';
import type * as ModelOptimalSet from './model-optimal-set.js';
import type * as Polish from './polish.js';
import type * as ProveModel from './prove-model.js';

/** The regularisation path of arrays: networks from λ_max down, each with its certificate. */
export const fitPath: typeof FitPath.fitPath = async (...given) => (await import('./fit-path.js')).fitPath(...given);

/** The regularisation path of a table, as a path file holds it. */
export const fitTablePath: typeof FitTablePath.fitTablePath = async (...given) =>
  (await import('./fit-table-path.js')).fitTablePath(...given);

/** The model of a path at one of its λ, or between two. */
export const modelAt: typeof FitTablePath.modelAt = async (...given) =>
  (await import('./fit-table-path.js')).modelAt(...given);

/** Held-out error over a path of λ, and the λ it chooses. */
export const crossValidate: typeof CrossValidate.crossValidate = async (...given) =>
  (await import('./cross-validate.js')).crossValidate(...given);

/** The least-norm path of small data to rounding, with its events and sensitivity. */
export const fitFinePath: typeof FitFinePath.fitFinePath = async (...given) =>
  (await import('./fit-fine-path.js')).fitFinePath(...given);

/** A network of any origin, brought to the optimum of the convex program over its own patterns. */
export const polish: typeof Polish.polish = async (...given) => (await import('./polish.js')).polish(...given);

/** The set of all optimal networks of a model file's problem. */
export const modelOptimalSet: typeof ModelOptimalSet.modelOptimalSet = async (...given) =>
  (await import('./model-optimal-set.js')).modelOptimalSet(...given);

/** The model of another network on the same rows, with its own certificate. */
export const derivedModel: typeof DerivedModel.derivedModel = async (...given) =>
  (await import('./derived-model.js')).derivedModel(...given);

/** A network from elsewhere as a model on a table. */
export const adoptNetwork: typeof AdoptNetwork.adoptNetwork = async (...given) =>
  (await import('./adopt-network.js')).adoptNetwork(...given);

/** A lower bound over all networks on a model's training rows, with its proof. */
export const proveModel: typeof ProveModel.proveModel = async (...given) =>
  (await import('./prove-model.js')).proveModel(...given);

/** Checks a proof file against a model and its table. */
export const checkModelProof: typeof ProveModel.checkModelProof = async (...given) =>
  (await import('./prove-model.js')).checkModelProof(...given);

/** The proof in the text of a proof file; nothing of it is believed yet. */
export const readProof = async (
  ...given: Parameters<typeof ProveModel.readProof>
): Promise<ReturnType<typeof ProveModel.readProof>> => (await import('./prove-model.js')).readProof(...given);

/** The text of a proof file. */
export const writeProof = async (...given: Parameters<typeof ProveModel.writeProof>): Promise<string> =>
  (await import('./prove-model.js')).writeProof(...given);
