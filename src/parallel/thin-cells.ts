import {
  type Arrangement,
  arrangementOf,
  countPatterns,
  type Enumeration,
  enumeratePatterns,
} from '../arrangements/index.js';
import { dot, type Matrix } from '../linalg/index.js';

/** First-layer patterns, and how far a neuron may be outside all of their cones. */
export interface LeafCells {
  readonly enumeration: Enumeration;
  /** Every unit u has a pattern D of these with (2D − I)_i x_i·u ≥ −thin ‖x_i‖ for each row i. */
  readonly thin: number;
}

/** Rounding of the measured distances. */
const ROUNDING = 2 ** -46;
/** Where hyperplanes meet in more than general position, cells are told apart to about 1e-10 (see `enumeratePatterns`). */
const TRACES = 1e-9;

/**
 * The cells of X, with what the tolerances of their enumeration may have hidden: rows that were merged or moved into the span are measured
 * afterwards. 0 where there are as many cells as there can be, of the rows as they are: each was checked by its gate.
 */
export async function leafCells(X: Matrix, limit: number, signal: AbortSignal | undefined): Promise<LeafCells> {
  const arrangement = arrangementOf(X);
  const enumeration = await enumeratePatterns(arrangement, { limit, signal });
  const { hyperplanes, rank, patterns } = enumeration;
  const general = patterns.count === countPatterns(hyperplanes, rank);
  const rows = arrangement.plane.reduce((count, p) => count + (p < 0 ? 0 : 1), 0);
  if (general && rank === X.cols && rows === hyperplanes) return { enumeration, thin: 0 };
  return { enumeration, thin: Math.max(general ? 0 : TRACES, farthestRow(arrangement) + ROUNDING) };
}

/** Largest distance of a row's direction from the normal that stands for it. */
function farthestRow({ X, basis, normals, plane, scale }: Arrangement): number {
  let farthest = 0;
  for (let i = 0; i < X.rows; i++) {
    if (plane[i] < 0) continue;
    let squares = 0;
    for (let j = 0; j < X.cols; j++) {
      const own = X.data[i * X.cols + j] / scale[i];
      const away = own - dot(basis.data, j * basis.cols, normals.data, plane[i] * normals.rank, normals.rank);
      squares += away * away;
    }
    farthest = Math.max(farthest, Math.sqrt(squares));
  }
  return farthest;
}
