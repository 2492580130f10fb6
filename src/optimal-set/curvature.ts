import type { OptimalSet } from './optimal-set.js';
import { combination } from './vectors.js';

/** The outputs of every member on the training rows (n·c). */
export function fitOf({ problem, set, polytope, outputBias }: OptimalSet): Float64Array {
  const { outputs } = problem;
  return combination(set.activations, polytope.start).map((v, t) => v + outputBias[t % outputs]);
}

/** ∂²ℓ/∂f² at the fit (n·c; a separable loss). */
export function curvatures(set: OptimalSet): Float64Array {
  const { loss, y, outputs } = set.problem;
  const out = new Float64Array(y.length);
  const f = fitOf(set);
  // output by output: a separable loss of several outputs gives blocks otherwise
  for (let k = 0; k < outputs; k++) {
    const own = (values: Float64Array): Float64Array => values.filter((_, t) => t % outputs === k);
    const bends = new Float64Array(y.length / outputs);
    loss.curvature(own(f), own(y), 1, bends);
    bends.forEach((value, t) => {
      out[t * outputs + k] = value;
    });
  }
  return out;
}
