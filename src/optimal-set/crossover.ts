import type { Tableau } from './tableau.js';

/** A null vector whose entries sum to less than this (of their absolute sum) leaves the penalty as it is. */
const SUM = 1e-9;

/**
 * From any point of the polytope to a vertex, one null vector a step: for a column j outside the basis, e_j less its
 * coordinates on the basis. Along it, forwards or backwards, one neuron at least dies, the fit stays, and the penalty does not grow.
 * Small neurons go first. Calls `taken` after each step that removed a neuron.
 */
export function crossToVertex(tableau: Tableau, taken?: () => void): void {
  const { rest, point } = tableau;
  const queue = Array.from(rest.keys()).filter((q) => point[rest[q]] > 0);
  queue.sort((p, q) => point[rest[p]] - point[rest[q]] || p - q);
  for (const q of queue) {
    removeOne(tableau, q);
    taken?.();
  }
}

/** Moves column q, which is positive, until it or a column of the basis is zero. */
function removeOne(tableau: Tableau, q: number): void {
  const { rest, point } = tableau;
  const down = tableau.blocking(q, -1);
  const up = tableau.blocking(q, 1);
  const own = point[rest[q]];
  const dies = down.row < 0 || down.step >= own;
  if (goesUp(tableau, q, up.row, down.row, dies)) {
    tableau.move(q, up.step);
    tableau.exchange(up.row, q);
  } else if (dies) {
    tableau.move(q, -own);
    point[rest[q]] = 0;
  } else {
    tableau.move(q, -down.step);
    tableau.exchange(down.row, q);
  }
}

/** At an optimum both ways keep the penalty; then no pivot is better than a large one, and a large one than a small. */
function goesUp(tableau: Tableau, q: number, up: number, down: number, dies: boolean): boolean {
  if (up < 0) return false;
  let sum = 1;
  let size = 1;
  for (let k = 0; k < tableau.rank; k++) {
    sum -= tableau.entry(k, q);
    size += Math.abs(tableau.entry(k, q));
  }
  if (Math.abs(sum) > SUM * size) return sum < 0;
  return !dies && Math.abs(tableau.entry(up, q)) > Math.abs(tableau.entry(down, q));
}
