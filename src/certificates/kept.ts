import type { Matrix } from '../linalg/index.js';

/** Entries of the largest matrix whose preparations are kept. */
const MOST_ENTRIES = 1_000_000;

/**
 * `make`, whose value is kept as long as its matrix is: along a path the same X is certified a hundred times. Made again when an
 * entry has changed since; whoever gets the value must not change it.
 */
export function keptWith<T>(make: (X: Matrix) => T): (X: Matrix) => T {
  const known = new WeakMap<Matrix, { readonly data: Float64Array; readonly value: T }>();
  return (X) => {
    if (X.data.length > MOST_ENTRIES) return make(X);
    const old = known.get(X);
    if (old && unchanged(old.data, X.data)) return old.value;
    const value = make(X);
    known.set(X, { data: X.data.slice(), value });
    return value;
  };
}

function unchanged(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
