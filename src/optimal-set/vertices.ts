import type { Tableau } from './tableau.js';

export interface VertexList {
  readonly points: readonly Float64Array[];
  /** False when the limit came first. */
  readonly complete: boolean;
}

/** Bases looked at for each vertex that may be listed: a degenerate vertex has many. */
const BASES = 50;

/**
 * Vertices by pivoting from feasible basis to feasible basis, breadth first. The graph of bases is connected, so the list is
 * complete when the search ends by itself.
 */
export function vertexList(start: Tableau, most: number, pointOf: (tableau: Tableau) => Float64Array): VertexList {
  const points = new Map<string, Float64Array>();
  const bases = new Set<string>();
  const queue: Tableau[] = [];
  const visit = (tableau: Tableau): void => {
    const key = tableau.basis.slice().sort().join();
    if (bases.has(key)) return;
    bases.add(key);
    queue.push(tableau);
    const point = pointOf(tableau);
    points.set(supportKey(point), point);
  };
  visit(start.clone());
  for (let at = 0; at < queue.length; at++) {
    const tableau = queue[at];
    for (let q = 0; q < tableau.rest.length; q++) {
      for (const neighbour of neighbours(tableau, q)) {
        visit(neighbour);
        if (points.size > most || bases.size > BASES * most) {
          return { points: [...points.values()].slice(0, most), complete: false };
        }
      }
    }
  }
  return { points: [...points.values()], complete: true };
}

/** A vertex is known by where it is positive: the columns there are independent. */
const supportKey = (point: Float64Array): string =>
  Array.from(point.keys())
    .filter((i) => point[i] > 0)
    .join();

/** Every row that may leave when column q enters: all that reach zero first (at a degenerate vertex: at once). */
function* neighbours(tableau: Tableau, q: number): Generator<Tableau> {
  const { step, row } = tableau.blocking(q, 1);
  if (row < 0) return;
  const size = tableau.point.reduce((largest, a) => Math.max(largest, a), 0);
  for (let k = 0; k < tableau.rank; k++) {
    const falls = tableau.entry(k, q);
    if (Math.abs(falls) <= 1e-9) continue;
    const at = tableau.point[tableau.basis[k]];
    // where the step has no length a column that is zero may leave over either sign
    const leaves = falls > 0 ? at - step * falls <= 1e-12 * size : step === 0 && at === 0;
    if (!leaves) continue;
    const next = tableau.clone();
    next.move(q, step);
    next.exchange(k, q);
    yield next;
  }
}
