import type { Run } from '../../base/index.js';
import { norm } from '../rounding.js';
import { type BoundedCone, boundCone, type Cone, coneMargin } from './cone.js';
import { BoundHeap } from './heap.js';
import { type SphereProblem, valueAt } from './problem.js';
import { climb } from './search.js';

export interface BranchOptions {
  /** A bound of M this small is as good as the exact one. */
  readonly target: number;
  /** Cones to look at before giving up. */
  readonly nodeLimit: number;
  /** A bound known already: given up early when a quarter of the nodes has not come below it. */
  readonly known: number;
}

export interface BranchResult {
  /** Proved bound of M. */
  readonly upper: number;
  /** |F| at the best point met, at least what was given. */
  readonly lower: number;
  readonly point: Float64Array;
  readonly nodes: number;
}

/** Cones whose bound is within this of the best point count as settled. */
const SETTLED = 1e-10;

/**
 * M = max |F| over the unit ball by branch and bound: the 2^rank orthants, for both signs, are cut in two at an edge
 * until every cone is bounded below the target or the best point. Stopped at any time, the largest open bound is proved.
 */
export async function branchAndBound(
  p: SphereProblem,
  start: { lower: number; point: Float64Array },
  options: BranchOptions,
  run: Run,
): Promise<BranchResult> {
  const search = new BranchSearch(p, start.lower, start.point, options);
  search.addOrthants();
  while (!search.done && run.stop === null) {
    search.step();
    if (search.nodes % 1024 < 2) {
      run.progress({ phase: 'bound (cones)', fraction: Math.min(1, search.nodes / options.nodeLimit) });
    }
    if (search.nodes % 64 < 2) await run.pause();
  }
  return search.result;
}

class BranchSearch {
  readonly #heap = new BoundHeap<BoundedCone>();
  readonly #margin: number;
  #settled = 0;
  nodes = 0;

  constructor(
    readonly p: SphereProblem,
    private lower: number,
    private point: Float64Array,
    readonly options: BranchOptions,
  ) {
    this.#margin = coneMargin(p);
  }

  get #threshold(): number {
    return Math.max(this.options.target - this.#margin, this.lower * (1 + SETTLED));
  }

  get done(): boolean {
    const { nodeLimit, known } = this.options;
    const hopeless = this.nodes > nodeLimit / 4 && this.#heap.topBound > known;
    return this.#heap.size === 0 || this.nodes >= nodeLimit || hopeless;
  }

  get result(): BranchResult {
    const upper = Math.max(this.#heap.topBound, this.#settled, 0) + this.#margin;
    return { upper: Math.min(upper, this.p.total), lower: this.lower, point: this.point, nodes: this.nodes };
  }

  addOrthants(): void {
    const { rank, count, linear } = this.p;
    const rows = Int32Array.from({ length: count }, (_, k) => k);
    for (const sign of [1, -1]) {
      const signed = linear.map((x) => sign * x);
      for (let corner = 0; corner < 2 ** rank; corner++) {
        this.#add({ sign, depth: 0, vertices: orthant(corner, rank), linear: signed, rows });
      }
    }
  }

  /** Cuts the cone with the largest bound. */
  step(): void {
    const cone = this.#heap.take();
    if (cone.bound <= this.#threshold) {
      this.#settled = Math.max(this.#settled, cone.bound);
      return;
    }
    const { sign, linear, rows } = cone;
    for (const vertices of halves(cone, this.p.rank)) {
      this.#add({ sign, depth: cone.depth + 1, vertices, linear, rows });
    }
  }

  #add(cone: Cone): void {
    const bounded = boundCone(this.p, cone, this.#threshold);
    this.nodes++;
    this.#improve(bounded.peak);
    if (bounded.bound <= this.#threshold) this.#settled = Math.max(this.#settled, bounded.bound);
    else this.#heap.add(bounded);
  }

  #improve(peak: Float64Array): void {
    const value = valueAt(this.p, peak);
    if (Math.abs(value) <= this.lower) return;
    const top = climb(this.p, Math.sign(value), peak);
    this.point = top.point;
    this.lower = Math.max(Math.abs(value), top.value);
  }
}

function orthant(corner: number, rank: number): Float64Array {
  const vertices = new Float64Array(rank * rank);
  for (let j = 0; j < rank; j++) vertices[j * rank + j] = (corner >> j) & 1 ? -1 : 1;
  return vertices;
}

/** The vertices of the two cones on either side of the middle of the edge. */
function halves(cone: BoundedCone, rank: number): [Float64Array, Float64Array] {
  const [i, j] = cone.edge;
  const middle = cone.vertices.slice(i * rank, (i + 1) * rank);
  for (let k = 0; k < rank; k++) middle[k] += cone.vertices[j * rank + k];
  const length = norm(middle);
  for (let k = 0; k < rank; k++) middle[k] /= length;
  const first = cone.vertices.slice();
  const second = cone.vertices.slice();
  first.set(middle, i * rank);
  second.set(middle, j * rank);
  return [first, second];
}
