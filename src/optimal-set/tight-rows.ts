import type { Problem } from '../certificates/index.js';
import { type Matrix, matrix, rowOf } from '../linalg/index.js';
import type { Candidate } from './members.js';
import { pivotedQr } from './pivoted-qr.js';
import { addTo, dot, length, product } from './vectors.js';

/** Rows this near (of ‖x_i‖) to a neuron's boundary are on it. */
const TIGHT = 1e-9;

/** Where a neuron may move to first order: the span of `basis`, off the rows that hold it on the boundary of its cell. */
export interface Freedom {
  /** k×D, orthonormal rows. */
  readonly basis: Matrix;
  /** Why it is not smooth here; null where it is. */
  readonly reason: string | null;
}

/**
 * The free directions of a candidate. In nλu = Σ s r_t x_t (rows strictly active) + Σ c_t x_t (rows on the boundary) the multiplier of a
 * boundary row is c_t − s r_t ≥ 0 where the cell has it active, and −c_t ≥ 0 where it has not. Which of the two cells it is, weights
 * cannot tell where both fit, so both multipliers must be away from zero.
 */
export function freedomOf(candidate: Candidate, problem: Problem, residual: Float64Array, tolerance: number): Freedom {
  const { augmented: X, outputs, lambda } = problem;
  const { direction, gate, sign, output } = candidate;
  const D = direction.length;
  if (gate) return { basis: nullBasis(D, []), reason: null };
  const capacity = X.rows * lambda;
  const left = direction.map((u) => capacity * u);
  const tight: number[] = [];
  for (let i = 0; i < X.rows; i++) {
    const x = rowOf(X, i);
    const size = length(x);
    const along = product(x, direction);
    if (size === 0) continue;
    if (Math.abs(along) <= TIGHT * size) tight.push(i);
    else if (along > 0) addTo(left, 0, -sign * residual[i * outputs + output], x, 0, D);
  }
  const rows = matrix(tight.length, D, Float64Array.from(tight.flatMap((i) => [...rowOf(X, i)])));
  const factor = pivotedQr(rows, TIGHT);
  const basis = nullBasis(
    D,
    Array.from({ length: tight.length }, (_, k) => rowOf(rows, k)),
  );
  if (factor.rank < tight.length) return { basis, reason: 'rows on the boundary of a neuron depend on each other' };
  const c = factor.solve(left);
  const weak = Array.from(c.keys()).find((k) => {
    const i = tight[factor.order[k]];
    const price = sign * residual[i * outputs + output];
    const margin = price <= 0 ? Math.min(Math.abs(c[k] - price), Math.abs(c[k])) : Math.max(c[k] - price, -c[k]);
    return !(margin * length(rowOf(X, i)) > tolerance * capacity);
  });
  const reason =
    weak === undefined
      ? null
      : `row ${tight[factor.order[weak]]} of X lies on the boundary of a neuron without holding it there`;
  return { basis, reason };
}

/** Orthonormal basis of what is orthogonal to the rows: the coordinate axes, without the rows and one another. */
function nullBasis(D: number, rows: readonly Float64Array[]): Matrix {
  const known: Float64Array[] = [];
  for (const row of rows) {
    const v = without(row, known);
    if (length(v) > TIGHT * length(row)) known.push(unit(v));
  }
  const free: Float64Array[] = [];
  while (known.length + free.length < D) {
    let best: Float64Array = new Float64Array(D);
    for (let k = 0; k < D; k++) {
      const axis = new Float64Array(D);
      axis[k] = 1;
      const v = without(axis, [...known, ...free]);
      if (length(v) > length(best)) best = v;
    }
    free.push(unit(best));
  }
  return matrix(free.length, D, Float64Array.from(free.flatMap((v) => [...v])));
}

function without(v: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const out = v.slice();
  for (const b of [...basis, ...basis]) addTo(out, 0, -dot(b, 0, out, 0, b.length), b, 0, b.length);
  return out;
}

const unit = (v: Float64Array): Float64Array => v.map((value) => value / length(v));
