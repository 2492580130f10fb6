import { createSpectral, type Spectral } from '../../linalg/spectral/index.js';
import type { Decompose } from '../eigen.js';

/** Kept once made: a path asks at every λ. */
let spectral: Promise<Spectral> | undefined;

/** The kernel for the many decompositions of a bound; `symmetricEigen` measures what they are worth. */
export async function quickDecompose(): Promise<Decompose> {
  spectral ??= createSpectral();
  const { decompose } = await spectral;
  return decompose;
}
