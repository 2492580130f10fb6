/** Slow and plain answers that the tests and the benchmark of optimal sets compare with. */
import { Matrix as Dense, SingularValueDecomposition, solve } from 'ml-matrix';
import { type OptimalSet, optimalSet } from '../../src/optimal-set/index.js';
import type { KnownProblem } from './problems.js';

/** The fewest columns that make f with sizes ≥ 0, by trying all sets: smallest first. */
export function exhaustive(set: OptimalSet): number {
  const { columns, start } = set.polytope;
  const column = (i: number): number[] => Array.from(columns.data.subarray(i * columns.cols, (i + 1) * columns.cols));
  const all = Array.from(start.keys(), column);
  const f = all[0].map((_, k) => all.reduce((sum, z, i) => sum + start[i] * z[k], 0));
  for (let width = 1; ; width++) {
    for (const chosen of subsets(start.length, width)) {
      const Z = new Dense(chosen.map((i) => all[i])).transpose();
      const target = Dense.columnVector(f);
      const a = solve(Z, target, true);
      if (a.min() > -1e-9 && Dense.sub(target, Z.mmul(a)).norm() < 1e-9) return width;
    }
  }
}

function* subsets(n: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield [];
  else for (let i = from; i <= n - size; i++) for (const rest of subsets(n, size - 1, i + 1)) yield [i, ...rest];
}

/** The same problem with targets that three of the set's neurons fit: then many bases share a vertex. */
export async function fewNeurons(p: KnownProblem): Promise<KnownProblem> {
  const set = await optimalSet(p.weights, p.X, p.y, p.lambda, p.options);
  const { start } = set.polytope;
  const sizes = start.map((a, i) => (i % 4 === 0 && i < 12 ? a : 0));
  const y = p.y.slice();
  const { activations } = set.set;
  for (let i = 0; i < start.length; i++) {
    for (let k = 0; k < y.length; k++) y[k] += (sizes[i] - start[i]) * activations.data[i * activations.cols + k];
  }
  return { ...p, y, weights: set.network(sizes, set.outputBias) };
}

/** Independent activations, by singular values. */
export function independent(set: OptimalSet, sizes: Float64Array): boolean {
  const { columns } = set.set;
  const rows = Array.from(sizes.keys())
    .filter((i) => sizes[i] > 0)
    .map((i) => Array.from(columns.data.subarray(i * columns.cols, (i + 1) * columns.cols)));
  if (rows.length > columns.cols) return false;
  const { diagonal } = new SingularValueDecomposition(new Dense(rows).transpose());
  return Math.min(...diagonal) > 1e-9 * Math.max(...diagonal);
}
