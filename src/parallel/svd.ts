import { type Matrix, matrix } from '../linalg/index.js';

const mostSweeps = 60;

/**
 * Singular values, largest first, and the right singular vectors as rows: one-sided Jacobi on the columns (or the rows, where there
 * are fewer).
 */
export function singularVectors(X: Matrix): { values: Float64Array; vectors: Matrix } {
  const { rows: n, cols: d } = X;
  const columns = Array.from({ length: d }, (_, k) => Float64Array.from({ length: n }, (_, i) => X.data[i * d + k]));
  const rotations = Array.from({ length: d }, (_, k) => Float64Array.from({ length: d }, (_, j) => (j === k ? 1 : 0)));
  for (let sweep = 0, moved = true; sweep < mostSweeps && moved; sweep++) {
    moved = false;
    for (let p = 0; p < d; p++)
      for (let q = p + 1; q < d; q++) {
        const angle = rotation(columns[p], columns[q]);
        if (!angle) continue;
        moved = true;
        turn(columns[p], columns[q], angle);
        turn(rotations[p], rotations[q], angle);
      }
  }
  const lengths = columns.map((column) => Math.sqrt(column.reduce((sum, t) => sum + t * t, 0)));
  const order = lengths.map((_, k) => k).sort((a, b) => lengths[b] - lengths[a] || a - b);
  const vectors = matrix(d, d);
  order.forEach((k, row) => {
    vectors.data.set(rotations[k], row * d);
  });
  return { values: Float64Array.from(order, (k) => lengths[k]), vectors };
}

/** Cosine and sine that make two columns orthogonal; null when they are. */
function rotation(a: Float64Array, b: Float64Array): readonly [number, number] | null {
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let i = 0; i < a.length; i++) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  if (Math.abs(ab) <= 1e-15 * Math.sqrt(aa * bb) || ab === 0) return null;
  const zeta = (bb - aa) / (2 * ab);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  return [c, c * t];
}

function turn(a: Float64Array, b: Float64Array, [c, s]: readonly [number, number]): void {
  for (let i = 0; i < a.length; i++) {
    const t = a[i];
    a[i] = c * t - s * b[i];
    b[i] = s * t + c * b[i];
  }
}
