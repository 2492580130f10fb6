import { dotAt, norm } from './rounding.js';

/** min ‖g + Σ_k t_k c_k‖ over lower ≤ t ≤ upper; `columns` holds c_k as row k (count×dimension). */
export interface BoxProblem {
  readonly dimension: number;
  readonly count: number;
  readonly columns: Float64Array;
  /** Finite. */
  readonly lower: Float64Array;
  /** May hold Infinity. */
  readonly upper: Float64Array;
}

/**
 * Active set method (Lawson and Hanson; Stark and Parker for the upper bounds), warm-started from any t in the box.
 * Leaves t inside the box and returns w = g + Σ t_k c_k. Ends early at ‖w‖ ≤ enough. Whatever it returns is a feasible t:
 * callers that prove something re-derive ‖w‖ from t with their own rounding margin.
 */
export function boxLeastSquares(problem: BoxProblem, g: Float64Array, t: Float64Array, enough = 0): Float64Array {
  const state = new ActiveSet(problem, g, t);
  const limit = 3 * problem.dimension + 60;
  for (let iteration = 0; iteration < limit; iteration++) {
    if (norm(state.w) <= enough) break;
    const entering = state.mostViolated();
    if (entering.length === 0) break;
    state.release(entering);
  }
  return state.w;
}

/** Variables freed at once at most, and the least of their slopes as a share of the largest: each look at all slopes costs as much as a step. */
const TOGETHER = 4;
const SHARE = 0.5;

class ActiveSet {
  readonly w: Float64Array;
  readonly #free: number[] = [];
  readonly #isFree: Uint8Array;
  /** Gram matrix of the free columns, in their order: lower triangle, rows of length `dimension`. */
  readonly #gram: Float64Array;
  readonly #factor: Float64Array;
  readonly #gains: Float64Array;
  readonly #bound: Int32Array;
  /** Columns that turned out dependent on the free ones; forgotten as soon as the free set shrinks. */
  readonly #blocked = new Set<number>();
  readonly #scale: number;

  constructor(
    readonly problem: BoxProblem,
    readonly g: Float64Array,
    readonly t: Float64Array,
  ) {
    this.w = g.slice();
    this.#isFree = new Uint8Array(problem.count);
    this.#gram = new Float64Array(problem.dimension * problem.dimension);
    this.#factor = new Float64Array(problem.dimension * problem.dimension);
    this.#gains = new Float64Array(problem.count);
    this.#bound = new Int32Array(problem.count);
    this.#scale = norm(g);
    for (let k = 0; k < problem.count; k++) {
      if (t[k] > problem.lower[k] && t[k] < problem.upper[k]) this.#startFree(k);
      if (t[k] !== 0) this.#addTo(k, t[k]);
    }
    while (this.#free.length > 0 && !this.#settle()) this.#blocked.clear();
  }

  /** An inner value keeps its variable free, while there is room. */
  #startFree(k: number): void {
    const { lower, upper, dimension } = this.problem;
    if (this.#free.length < dimension) this.#push(k);
    else this.t[k] = this.t[k] - lower[k] < upper[k] - this.t[k] ? lower[k] : upper[k];
  }

  #addTo(k: number, factor: number): void {
    addMultiple(this.w, factor, this.problem.columns, k * this.problem.dimension);
  }

  #slope(k: number): number {
    const { dimension, columns } = this.problem;
    return dotAt(columns, k * dimension, this.w, 0, dimension);
  }

  #push(k: number): void {
    const { dimension, columns } = this.problem;
    const m = this.#free.push(k);
    this.#isFree[k] = 1;
    if (m > dimension) return;
    for (let a = 0; a < m; a++) {
      const product = dotAt(columns, k * dimension, columns, this.#free[a] * dimension, dimension);
      this.#gram[(m - 1) * dimension + a] = product;
    }
  }

  /** The bound variables whose release lowers ‖w‖ fastest, the fastest first; one at least where there is any. */
  mostViolated(): number[] {
    const { dimension, columns, lower } = this.problem;
    const gains = this.#gains;
    const bound = this.#changeable();
    slopesOf(columns, this.w, bound, gains);
    const least = 1e-13 * this.#scale;
    let largest = least;
    for (let b = 0; b < bound.length; b++) {
      if (this.t[bound[b]] === lower[bound[b]]) gains[b] = -gains[b];
      if (gains[b] > largest) largest = gains[b];
    }
    if (largest === least) return [];
    const found: number[] = [];
    for (let b = 0; b < bound.length; b++) if (gains[b] >= SHARE * largest) found.push(b);
    const room = Math.min(TOGETHER, dimension - this.#free.length);
    found.sort((a, b) => gains[b] - gains[a] || a - b);
    return found.slice(0, Math.max(1, room)).map((b) => bound[b]);
  }

  /** Variables on a bound that may leave it, ascending. */
  #changeable(): Int32Array {
    const { count, lower, upper } = this.problem;
    const bound = this.#bound;
    let size = 0;
    for (let k = 0; k < count; k++) {
      if (this.#isFree[k] === 0 && lower[k] !== upper[k] && !(this.#blocked.size > 0 && this.#blocked.has(k)))
        bound[size++] = k;
    }
    return bound.subarray(0, size);
  }

  /**
   * Frees the variables and goes to the least-squares point of the free set, fixing what hits a bound on the way. However many enter,
   * ‖w‖ falls: those that a step of length zero sends back leave one whose slope is not that of the free set, and alone it can move.
   */
  release(entering: readonly number[]): void {
    const [first] = entering;
    const from = this.t[first];
    for (const k of entering) this.#push(k);
    while (this.#free.length > 0 && !this.#settle()) {
      // back on the bound that it came from: rounding; leave it until something else has changed
      if (entering.length === 1 && this.#isFree[first] === 0 && this.t[first] === from) {
        this.#blocked.add(first);
        return;
      }
      this.#blocked.clear();
    }
  }

  /** One step towards the least-squares point of the free set; true when it is reached. */
  #settle(): boolean {
    const step = this.#step();
    if (step !== null) return this.#move(step);
    this.#dropLast();
    return false;
  }

  /** The last free column depends on the others: back to the nearer bound. */
  #dropLast(): void {
    const { lower, upper } = this.problem;
    const k = this.#free[this.#free.length - 1];
    const to = this.t[k] - lower[k] < upper[k] - this.t[k] ? lower[k] : upper[k];
    this.#addTo(k, to - this.t[k]);
    this.t[k] = to;
    this.#fix(this.#free.length - 1);
  }

  #fix(position: number): void {
    const { dimension } = this.problem;
    const m = this.#free.length;
    this.#isFree[this.#free[position]] = 0;
    this.#free.splice(position, 1);
    for (let a = position; a < Math.min(m, dimension + 1) - 1; a++) {
      for (let b = 0; b <= a; b++) {
        this.#gram[a * dimension + b] = this.#gram[(a + 1) * dimension + (b < position ? b : b + 1)];
      }
    }
  }

  /** The way to the free least-squares point: Gram δ = −Cᵀw by Cholesky; null when the columns are dependent. */
  #step(): Float64Array | null {
    const { dimension } = this.problem;
    const m = this.#free.length;
    if (m > dimension) return null;
    const factor = this.#factor;
    const gram = this.#gram;
    const step = new Float64Array(m);
    for (let a = 0; a < m; a++) {
      for (let b = 0; b <= a; b++) factor[a * m + b] = gram[a * dimension + b];
      step[a] = -this.#slope(this.#free[a]);
    }
    return choleskySolved(factor, m, step) ? step : null;
  }

  /** Moves along the step up to the first bound; true when the whole step was possible. */
  #move(step: Float64Array): boolean {
    const { lower, upper } = this.problem;
    const free = this.#free;
    let length = 1;
    let hit = -1;
    for (let a = 0; a < free.length; a++) {
      if (step[a] === 0) continue;
      const k = free[a];
      const limit = step[a] > 0 ? upper[k] : lower[k];
      const room = (limit - this.t[k]) / step[a];
      if (room < length) {
        length = Math.max(room, 0);
        hit = a;
      }
    }
    for (let a = 0; a < free.length; a++) {
      const k = free[a];
      const before = this.t[k];
      if (a === hit) this.t[k] = step[a] > 0 ? upper[k] : lower[k];
      else this.t[k] = Math.min(upper[k], Math.max(lower[k], before + length * step[a]));
      this.#addTo(k, this.t[k] - before);
    }
    if (hit < 0) return true;
    this.#fix(hit);
    return false;
  }
}

/** w ← w + factor · the column that begins at `from`. */
function addMultiple(w: Float64Array, factor: number, columns: Float64Array, from: number): void {
  for (let j = 0; j < w.length; j++) w[j] += factor * columns[from + j];
}

/**
 * out_b ← c_kᵀw for the b-th of the chosen columns. Four sums run side by side, because one alone waits for its last addition;
 * each adds in the order of `dotAt`.
 */
function slopesOf(columns: Float64Array, w: Float64Array, chosen: Int32Array, out: Float64Array): void {
  const length = w.length;
  let b = 0;
  for (; b + 4 <= chosen.length; b += 4) {
    const k0 = chosen[b] * length;
    const k1 = chosen[b + 1] * length;
    const k2 = chosen[b + 2] * length;
    const k3 = chosen[b + 3] * length;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < length; j++) {
      const entry = w[j];
      s0 += columns[k0 + j] * entry;
      s1 += columns[k1 + j] * entry;
      s2 += columns[k2 + j] * entry;
      s3 += columns[k3 + j] * entry;
    }
    out[b] = s0;
    out[b + 1] = s1;
    out[b + 2] = s2;
    out[b + 3] = s3;
  }
  for (; b < chosen.length; b++) out[b] = dotAt(columns, chosen[b] * length, w, 0, length);
}

/** x ← A⁻¹x for the lower triangle of A (spoilt); false when A is not safely positive definite. */
export function choleskySolved(a: Float64Array, m: number, x: Float64Array): boolean {
  for (let i = 0; i < m; i++) {
    const diagonal = a[i * m + i];
    for (let j = 0; j <= i; j++) {
      let sum = a[i * m + j];
      for (let k = 0; k < j; k++) sum -= a[i * m + k] * a[j * m + k];
      if (j < i) a[i * m + j] = sum / a[j * m + j];
      else if (sum > 1e-13 * diagonal) a[i * m + i] = Math.sqrt(sum);
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
  return true;
}
