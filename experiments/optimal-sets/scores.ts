import type { Matrix } from '../../src/index.js';
import { rowOf } from '../../src/linalg/index.js';
import type { OptimalSet } from '../../src/optimal-set/index.js';
import type { Labelled } from './uci.js';

/** Share of right labels by two rules: a score of exactly 0 is always wrong (the paper's sign(0) = 0), or means +1. */
export interface Accuracy {
  readonly strict: number;
  readonly tied: number;
}

export function accuracyOf(scores: ArrayLike<number>, y: Float64Array): Accuracy {
  let [strict, tied] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    if (scores[i] !== 0 && scores[i] > 0 === y[i] > 0) strict++;
    if (scores[i] >= 0 === y[i] > 0) tied++;
  }
  return { strict: strict / y.length, tied: tied / y.length };
}

/** What each candidate of size one adds on the rows, for quick scores of many sizes: m×rows. */
export class Scorer {
  readonly #rates: Float64Array[];

  constructor(
    set: OptimalSet,
    readonly rows: Labelled,
  ) {
    this.#rates = set.predictionOf(rows.X, 0).rates;
  }

  scores(sizes: Float64Array): Float64Array {
    return Float64Array.from(this.#rates, (rates) => {
      let sum = 0;
      for (let k = 0; k < sizes.length; k++) if (sizes[k] !== 0) sum += sizes[k] * rates[k];
      return sum;
    });
  }

  accuracy(sizes: Float64Array): Accuracy {
    return accuracyOf(this.scores(sizes), this.rows.y);
  }
}

/** Σ sizes_k z_k on the training rows. */
export function fitOf({ set: { activations } }: OptimalSet, sizes: Float64Array): Float64Array {
  const fit = new Float64Array(activations.cols);
  sizes.forEach((size, k) => {
    addTimes(fit, size, activations, k);
  });
  return fit;
}

function addTimes(sum: Float64Array, size: number, rows: Matrix, k: number): void {
  if (size === 0) return;
  rowOf(rows, k).forEach((value, i) => {
    sum[i] += size * value;
  });
}
