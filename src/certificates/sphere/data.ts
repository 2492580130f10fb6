import { binaryExponent, requireThat } from '../../base/index.js';
import type { Matrix } from '../../linalg/index.js';
import { rowNormBounds, spectralNorm } from './crude.js';
import { type Reduced, reduceRows } from './row-space.js';

/** X prepared once for many r: scaled by a power of two, reduced to its rank. */
export interface SphereData {
  readonly x: Matrix;
  readonly scale: number;
  readonly reduced: Reduced;
  readonly rowNorms: Float64Array;
  readonly spectral: number;
}

/** @throws `data` when X holds a number that is not finite. */
export function sphereData(X: Matrix): SphereData {
  requireThat(X.data.every(Number.isFinite), 'sphereBound: X must hold finite numbers only.', 'data');
  const scale = powerOfTwo(X.data);
  const x = { ...X, data: X.data.map((t) => t / scale) };
  return { x, scale, reduced: reduceRows(x), rowNorms: rowNormBounds(x), spectral: spectralNorm(x) };
}

/** The power of two next below the largest entry: dividing by it is exact (short of underflow, see the margin). */
export function powerOfTwo(data: Float64Array): number {
  const largest = data.reduce((most, t) => Math.max(most, Math.abs(t)), 0);
  return largest === 0 ? 1 : 2 ** Math.min(1000, Math.max(-1000, binaryExponent(largest)));
}
