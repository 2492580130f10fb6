import { Matrix as Dense, EigenvalueDecomposition } from 'ml-matrix';
import { dotAt, gamma } from './rounding.js';

/** A ≈ Σ λ_i q_i q_iᵀ, as computed, and how wrong that is at most. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row i is q_i. */
  readonly vectors: Float64Array;
  /** Bound of ‖A − QΛQᵀ‖_F. */
  readonly defect: number;
  /** Bound of ‖QᵀQ − I‖_F. */
  readonly skew: number;
}

/** Takes a symmetric matrix (size×size, lower triangle read) apart: eigenvalues, and their vectors as rows. */
export type Decompose = (a: Float64Array, size: number) => Pick<Eigen, 'values' | 'vectors'>;

/** Eigenvalues of a symmetric matrix (size×size, lower triangle read), with errors measured afterwards: the decomposition need not be trusted. */
export function symmetricEigen(a: Float64Array, size: number, decompose: Decompose = byLibrary): Eigen {
  const found = measured(a, size, decompose);
  // one that failed would bound nothing
  const failed = !Number.isFinite(found.defect + found.skew);
  return failed && decompose !== byLibrary ? measured(a, size, byLibrary) : found;
}

function measured(a: Float64Array, size: number, decompose: Decompose): Eigen {
  const { values, vectors } = decompose(a, size);
  return { values, vectors, ...errors(a, size, values, vectors) };
}

const byLibrary: Decompose = (a, size) => {
  const entry = (i: number, j: number): number => a[i >= j ? i * size + j : j * size + i];
  const rows = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => entry(i, j)));
  const computed = new EigenvalueDecomposition(new Dense(rows), { assumeSymmetric: true });
  const values = Float64Array.from(computed.realEigenvalues);
  const columns = computed.eigenvectorMatrix;
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) vectors[i * size + j] = columns.get(j, i);
  return { values, vectors };
};

function errors(a: Float64Array, size: number, values: Float64Array, vectors: Float64Array) {
  const scaled = vectors.map((x, at) => x * values[Math.floor(at / size)]);
  let defect = 0;
  let skew = 0;
  for (let j = 0; j < size; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += scaled[i * size + j] * vectors[i * size + k];
      const twice = j === k ? 1 : 2;
      defect += twice * (a[j * size + k] - sum) ** 2;
      skew += twice * (dotAt(vectors, j * size, vectors, k * size, size) - (j === k ? 1 : 0)) ** 2;
    }
  }
  // each entry above sums size + 1 terms, with absolute sum at most max|λ| for the first and 1 for the second (doubled)
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const noise = 2 * size * gamma(size + 4);
  const relative = 1 + gamma(size * size + 8);
  return { defect: Math.sqrt(defect) * relative + noise * largest, skew: Math.sqrt(skew) * relative + noise };
}
