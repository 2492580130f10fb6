import { exp, log, requireThat } from '../base/index.js';

export interface GridOptions {
  /** How many λ, or the λ themselves (any order). Default 100. */
  readonly lambdas?: number | ArrayLike<number>;
  /** The last λ over λ_max. Default 1e-3. */
  readonly minRatio?: number;
}

/**
 * The λ of a path, descending, on the 1/n scale: geometric from λ_max, where the network is a constant, to
 * minRatio·λ_max; or those given, sorted and without repetitions. Where λ_max is 0 (nothing to learn) that one alone.
 *
 * @throws `usage` for a count below 1, a ratio outside (0, 1), a λ that is negative or not finite, an empty list.
 */
export function lambdaGrid(lambdaMax: number, { lambdas = 100, minRatio = 1e-3 }: GridOptions = {}): Float64Array {
  if (typeof lambdas !== 'number') return givenLambdas(Array.from(lambdas));
  requireThat(
    Number.isInteger(lambdas) && lambdas >= 1,
    `path: lambdas must be a whole number of at least 1, or a list of λ, got ${lambdas}.`,
  );
  requireThat(minRatio > 0 && minRatio < 1, `path: minRatio must be between 0 and 1, got ${minRatio}.`);
  if (lambdaMax === 0) return new Float64Array(1);
  const top = log(minRatio);
  const last = Math.max(1, lambdas - 1);
  return Float64Array.from({ length: lambdas }, (_, k) => (k === 0 ? lambdaMax : lambdaMax * exp((top * k) / last)));
}

function givenLambdas(lambdas: readonly number[]): Float64Array {
  requireThat(lambdas.length > 0, 'path: the list of λ is empty; give at least one.');
  for (const lambda of lambdas) {
    const fine = typeof lambda === 'number' && Number.isFinite(lambda) && lambda >= 0;
    requireThat(fine, `path: every λ must be a finite number ≥ 0, got ${lambda}.`);
  }
  return Float64Array.from([...new Set(lambdas)].sort((a, b) => b - a));
}
