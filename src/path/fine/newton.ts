import { norm2 } from '../../solvers/index.js';
import type { Atom, CellPricer, FineProblem } from './atom.js';
import { addTo, dot } from './span.js';

/** A neuron on a smooth piece: w = Σ c_k q_k over the atom's basis. */
export interface Piece {
  readonly atom: Atom;
  readonly c: Float64Array;
}

/** Where the network stands. */
export interface Standing {
  readonly pieces: readonly Piece[];
  readonly bias: number;
  readonly f: Float64Array;
  readonly r: Float64Array;
}

export type NewtonOutcome =
  | { readonly kind: 'solved' | 'singular'; readonly at: Standing }
  | { readonly kind: 'failed' };

const maxSteps = 60;
/** A neuron shorter than this share of all is none. */
const vanished = 1e-13;
/** A neuron of a small share of all, which a step would carry this many times its length beyond zero, leaves at once. */
const leaving = { share: 1e-3, times: 10 };
/** The gradient counts as zero below this share of nλ. */
const flat = 1e-9;

/**
 * Newton's method for the optimality conditions of neurons that stay on their smooth pieces:
 *
 *     M_jᵀ r(f) = nλ c_j/‖c_j‖ for all j,   1ᵀr = 0 with a free bias,   f = Σ M_j c_j + b 1.
 *
 * The objective is convex there; steps are shortened until it falls. Neurons that shrink to nothing leave.
 */
export class PieceNewton {
  constructor(
    readonly problem: FineProblem,
    readonly pricer: CellPricer,
  ) {}

  solve(lambda: number, start: readonly Piece[], startBias: number): NewtonOutcome {
    const threshold = lambda * this.problem.X.rows;
    let system = this.#system(start);
    let at = this.#standing(system, start, startBias);
    let last = Number.POSITIVE_INFINITY;
    for (let step = 0; step < maxSteps; step++) {
      const gradient = this.#gradient(system, at, threshold);
      const size = norm2(gradient);
      // quadratic convergence has reached rounding when it no longer halves
      if (size <= flat * threshold && (size > 0.25 * last || size === 0)) return { kind: 'solved', at };
      last = size;
      const way = this.#solved(system, at, threshold, gradient);
      if (way === null) return { kind: 'singular', at };
      let kept = withoutLeaving(at.pieces, way);
      if (kept.length === at.pieces.length) {
        const next = this.#moved(system, at, way, threshold);
        if (next === null) return size <= flat * threshold ? { kind: 'solved', at } : { kind: 'failed' };
        at = next;
        kept = withoutVanished(at.pieces);
      }
      if (kept.length < at.pieces.length) {
        system = this.#system(kept);
        at = this.#standing(system, kept, at.bias);
        last = Number.POSITIVE_INFINITY;
      }
    }
    return { kind: 'failed' };
  }

  /**
   * ∂c/∂λ and ∂b/∂λ at a solution: K (ċ, ḃ) = −n (c/‖c‖, 0) with the Hessian K of the objective; null where K is singular.
   */
  derivative(
    lambda: number,
    at: Standing,
  ): { readonly pieces: readonly Float64Array[]; readonly fit: Float64Array } | null {
    const n = this.problem.X.rows;
    const system = this.#system(at.pieces);
    const right = new Float64Array(system.columns.length);
    let k = 0;
    for (const { c } of at.pieces) {
      const size = norm2(c);
      for (const t of c) right[k++] = (-n * t) / size;
    }
    const way = this.#solved(system, at, lambda * n, right);
    if (way === null) return null;
    const fit = new Float64Array(n);
    system.columns.forEach((column, j) => {
      addTo(fit, way[j], column);
    });
    let from = 0;
    const pieces = at.pieces.map(({ c }) => way.slice(from, (from += c.length)));
    return { pieces, fit };
  }

  #system(pieces: readonly Piece[]): System {
    const columns = pieces.flatMap(({ atom }) => this.pricer.columns(atom));
    if (this.problem.outputBias) columns.push(new Float64Array(this.problem.X.rows).fill(1));
    return { columns };
  }

  #standing({ columns }: System, pieces: readonly Piece[], bias: number): Standing {
    const { y, loss } = this.problem;
    const f = new Float64Array(y.length);
    let k = 0;
    for (const { c } of pieces) for (const t of c) addTo(f, t, columns[k++]);
    for (let i = 0; i < f.length; i++) f[i] += bias;
    const r = new Float64Array(y.length);
    loss.residual(f, y, 1, r);
    return { pieces, bias, f, r };
  }

  #gradient({ columns }: System, { pieces, r }: Standing, threshold: number): Float64Array {
    const out = Float64Array.from(columns, (column) => dot(column, r));
    let k = 0;
    for (const { c } of pieces) {
      const size = norm2(c);
      for (const t of c) out[k++] -= (threshold * t) / size;
    }
    return out;
  }

  /**
   * K⁻¹ right by Cholesky, scaled to a unit diagonal, in coordinates whose first is along each neuron: there the Hessian
   * threshold (I − ccᵀ/‖c‖²)/‖c‖ of its norm is diagonal, and however short the neuron is nothing cancels.
   */
  #solved({ columns }: System, { pieces, f }: Standing, threshold: number, right: Float64Array): Float64Array | null {
    const p = columns.length;
    const h = new Float64Array(f.length);
    this.problem.loss.curvature(f, this.problem.y, 1, h);
    const x = Float64Array.from(right);
    const turned = [...columns];
    const diagonal = new Float64Array(p);
    forEachPiece(pieces, (mirror, from, c) => {
      reflect(mirror, x, from);
      reflectColumns(mirror, turned, from);
      diagonal.fill(threshold / norm2(c), from + 1, from + c.length);
    });
    const k = new Float64Array(p * p);
    for (let a = 0; a < p; a++) {
      const weighted = turned[a].map((t, i) => t * h[i]);
      for (let b = 0; b <= a; b++) k[a * p + b] = dot(weighted, turned[b]);
      k[a * p + a] += diagonal[a];
    }
    if (!scaledCholesky(k, p, x)) return null;
    forEachPiece(pieces, (mirror, from) => reflect(mirror, x, from));
    return x;
  }

  #moved(system: System, at: Standing, way: Float64Array, threshold: number): Standing | null {
    const before = this.#objective(at, threshold);
    for (let t = longest(at.pieces, way); t > 1e-12; t /= 2) {
      let k = 0;
      const pieces = at.pieces.map(({ atom, c }) => ({ atom, c: c.map((v) => v + t * way[k++]) }));
      const bias = at.bias + (k < way.length ? t * way[k] : 0);
      const next = this.#standing(system, pieces, bias);
      if (this.#objective(next, threshold) <= before + 1e-14 * Math.abs(before)) return next;
    }
    return null;
  }

  #objective({ pieces, f }: Standing, threshold: number): number {
    return this.problem.loss.value(f, this.problem.y, 1) + threshold * pieces.reduce((sum, { c }) => sum + norm2(c), 0);
  }
}

interface System {
  /** Of all pieces in turn, and of ones last where the bias is free. */
  readonly columns: readonly Float64Array[];
}

/** The unit v whose reflection I − 2vvᵀ takes the first axis to ±c/‖c‖. */
function mirrorOf(c: Float64Array): Float64Array {
  const size = norm2(c);
  const v = c.map((t) => t / size);
  v[0] += v[0] < 0 ? -1 : 1;
  const length = norm2(v);
  return v.map((t) => t / length);
}

function forEachPiece(
  pieces: readonly Piece[],
  action: (mirror: Float64Array, from: number, c: Float64Array) => void,
): void {
  let from = 0;
  for (const { c } of pieces) {
    action(mirrorOf(c), from, c);
    from += c.length;
  }
}

/** x ← (I − 2vvᵀ)x on the entries of a piece. */
function reflect(v: Float64Array, x: Float64Array, from: number): void {
  const part = x.subarray(from, from + v.length);
  addTo(part, -2 * dot(v, part), v);
}

function reflectColumns(v: Float64Array, columns: Float64Array[], from: number): void {
  const along = new Float64Array(columns[from].length);
  v.forEach((t, k) => {
    addTo(along, t, columns[from + k]);
  });
  v.forEach((t, k) => {
    const column = Float64Array.from(columns[from + k]);
    addTo(column, -2 * t, along);
    columns[from + k] = column;
  });
}

/** The longest step, at most 1, that leaves every neuron a tenth of its length along itself. */
function longest(pieces: readonly Piece[], way: Float64Array): number {
  let most = 1;
  for (const along of advance(pieces, way)) if (along < -0.9) most = Math.min(most, -0.9 / along);
  return most;
}

/** How far a step goes along a neuron, in its lengths. */
function advance(pieces: readonly Piece[], way: Float64Array): number[] {
  let from = 0;
  return pieces.map(({ c }) => dot(c, way.subarray(from, (from += c.length))) / dot(c, c));
}

function withoutLeaving(pieces: readonly Piece[], way: Float64Array): readonly Piece[] {
  const total = pieces.reduce((sum, { c }) => sum + norm2(c), 0);
  const along = advance(pieces, way);
  return pieces.filter(({ c }, j) => along[j] > -leaving.times || norm2(c) > leaving.share * total);
}

function withoutVanished(pieces: readonly Piece[]): readonly Piece[] {
  const total = pieces.reduce((sum, { c }) => sum + norm2(c), 0);
  return pieces.filter(({ c }) => norm2(c) > vanished * total && norm2(c) > 1e-150);
}

/** Pivots below this share of the diagonal mean dependence. */
const pivotShare = 1e-13;

/** x ← A⁻¹x for the lower triangle of A (spoilt); false when A is numerically singular. */
function scaledCholesky(a: Float64Array, m: number, x: Float64Array): boolean {
  const scale = Float64Array.from({ length: m }, (_, i) => Math.sqrt(a[i * m + i]));
  if (scale.some((s) => !(s > 0))) return false;
  for (let i = 0; i < m; i++) {
    x[i] /= scale[i];
    for (let j = 0; j <= i; j++) {
      let sum = a[i * m + j] / (scale[i] * scale[j]);
      for (let k = 0; k < j; k++) sum -= a[i * m + k] * a[j * m + k];
      if (j < i) a[i * m + j] = sum / a[j * m + j];
      else if (sum > pivotShare) a[i * m + i] = Math.sqrt(sum);
      else return false;
    }
  }
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < i; k++) x[i] -= a[i * m + k] * x[k];
    x[i] /= a[i * m + i];
  }
  for (let i = m - 1; i >= 0; i--) {
    for (let k = i + 1; k < m; k++) x[i] -= a[k * m + i] * x[k];
    x[i] /= a[i * m + i];
  }
  for (let i = 0; i < m; i++) x[i] /= scale[i];
  return true;
}
