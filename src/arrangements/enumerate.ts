import { Run, type RunOptions, requireThat } from '../base/index.js';
import { emptyPatterns, type Matrix, matrix, type PatternSet, patternStride } from '../linalg/index.js';
import { type Arrangement, asArrangement, directionOf } from './arrangement.js';
import { CellTable } from './cell-table.js';
import { addFacets, cellsOf } from './cells.js';
import { patternsOf } from './patterns-of.js';

/** Options of `enumeratePatterns`. */
export interface EnumerationOptions extends RunOptions {
  /** Stop once there are more patterns than this. Default 500,000, or what fits into 256 MiB where that is less. */
  readonly limit?: number;
}

/** The cells of the arrangement of X. */
export interface Enumeration {
  /** Pattern 2k and 2k+1 belong to opposite cells. */
  readonly patterns: PatternSet;
  /** One unit vector inside each cell, one a row: `patternsOf(X, gates)` gives `patterns`. */
  readonly gates: Matrix;
  /** Every cell is there: the search ran to its end and every cell's gate was checked. */
  readonly complete: boolean;
  readonly rank: number;
  /**
   * Distinct hyperplanes among the rows. When there are `countPatterns(hyperplanes, rank)` patterns, the most there
   * can be, completeness needs no trust in tolerances: each was checked by its gate.
   */
  readonly hyperplanes: number;
}

/**
 * All activation patterns 1[X u ≥ 0] of full-dimensional cells: of the u with x_i·u ≠ 0 for every non-zero row (a zero
 * row is active always).
 *
 * **Why those are enough for the ReLU program.** Vectors on hyperplanes have further patterns by the tie rule (u = 0
 * gives all ones), but no neuron needs them. Take any u and a w with x_i·w ≠ 0 for all non-zero rows. For small ε > 0
 * the vector u + εw has the sign of x_i·u where that is not zero and the sign of x_i·w elsewhere: it lies in a
 * full-dimensional cell, of pattern D say, whose closed cone {v : (2D − I)Xv ≥ 0} holds u. There D X u = (Xu)_+, as a
 * row with x_i·u = 0 gives 0 whatever its bit. So a block (D', v) with a tie pattern D' can be moved to the block of a
 * full-dimensional D with the same v, the same predictions and the same penalty: the optimal value over the
 * full-dimensional cells is that over all patterns, and so is h(θ) = max over unit u of θᵀ(Xu)_+. (Not so for the
 * *gated* program, where the gate does not constrain the weights: there "all patterns" means the set stated here.)
 *
 * Method: facets, recursively by rank (see cellsOf); about rank × (number of cells) facets are visited. Rank 2 is an
 * angular sort, O(n log n); rank 3 one such sort for each row, O(n² log n).
 *
 * Tolerances: the rank drops directions in which no row has more than 1e-11 of its norm; hyperplanes, and traces of
 * hyperplanes on others, closer than 1e-10 (or than their rounding errors) count as one. A cell thinner than that is
 * left out; products x_i·u differ there by at most about 1e-10·‖x_i‖‖u‖ from those in a neighbouring cell. A cell
 * whose gate does not reproduce its signs clear of rounding is left out too, and `complete` is then false.
 *
 * @param X n×d, or an arrangement of it.
 * @throws `usage` for a limit that is not positive, `data` when an entry is not finite.
 */
export async function enumeratePatterns(
  X: Matrix | Arrangement,
  options: EnumerationOptions = {},
): Promise<Enumeration> {
  const arrangement = asArrangement(X);
  const limit = options.limit ?? Math.min(500_000, 2 ** 28 / patternStride(arrangement.X.rows));
  requireThat(limit > 0, `enumeratePatterns: expected a limit above 0, got ${limit}.`);
  if (arrangement.normals.count === 0) return everythingActive(arrangement);
  const { table, ended } = await collect(arrangement, limit / 2, new Run(options));
  return checked(arrangement, table, ended);
}

/** The top level of `cellsOf`, which lets the event loop turn and can be stopped. */
async function collect(
  arrangement: Arrangement,
  limit: number,
  run: Run,
): Promise<{ table: CellTable; ended: boolean }> {
  const { normals } = arrangement;
  if (normals.count === 1 || normals.rank <= 2) {
    const table = cellsOf(normals, limit);
    return { table, ended: table.count <= limit };
  }
  const table = new CellTable(normals.count, normals.rank);
  for (let i = 0; i < normals.count; i++) {
    if (run.stop !== null || table.count > limit) return { table, ended: false };
    addFacets(table, normals, i, limit);
    run.progress({ phase: 'enumeration', fraction: (i + 1) / normals.count });
    await run.pause();
  }
  return { table, ended: table.count <= limit };
}

/** No hyperplane at all: one cell. */
function everythingActive({ X, rank }: Arrangement): Enumeration {
  const gates = matrix(1, X.cols);
  if (X.cols > 0) gates.data[0] = 1;
  return { patterns: patternsOf(X, gates), gates, complete: true, rank, hyperplanes: 0 };
}

/** Patterns and gates on the rows of X of the cells whose gate reproduces their signs, each with its opposite. */
function checked(arrangement: Arrangement, table: CellTable, ended: boolean): Enumeration {
  const { X, rank, normals } = arrangement;
  const gates = matrix(2 * table.count, X.cols);
  const patterns = emptyPatterns(X.rows, 2 * table.count);
  let kept = 0;
  for (let c = 0; c < table.count; c++) {
    const gate = directionOf(arrangement, table.points.subarray(c * rank, (c + 1) * rank));
    if (!writeCell(arrangement, table, c, gate, patterns, 2 * kept)) continue;
    gates.data.set(gate, 2 * kept * X.cols);
    gates.data.set(
      gate.map((value) => -value),
      (2 * kept + 1) * X.cols,
    );
    kept++;
  }
  return {
    patterns: { ...patterns, count: 2 * kept, bytes: patterns.bytes.slice(0, 2 * kept * patterns.stride) },
    gates: matrix(2 * kept, X.cols, gates.data.slice(0, 2 * kept * X.cols)),
    complete: ended && kept === table.count,
    rank,
    hyperplanes: normals.count,
  };
}

/**
 * Writes the pattern of cell c at p and its opposite at p+1; false, with both left zero, when a product has the wrong
 * sign or is within rounding of zero.
 */
function writeCell(
  a: Arrangement,
  table: CellTable,
  c: number,
  gate: Float64Array,
  out: PatternSet,
  p: number,
): boolean {
  const { X, plane, scale } = a;
  const at = p * out.stride;
  const margin = Math.max(1e-14, X.cols * 2 ** -50);
  for (let i = 0; i < X.rows; i++) {
    const bit = 1 << (i & 7);
    const byte = at + (i >> 3);
    if (plane[i] < 0) {
      out.bytes[byte] |= bit;
      out.bytes[byte + out.stride] |= bit;
      continue;
    }
    let product = 0;
    for (let j = 0; j < X.cols; j++) product += X.data[i * X.cols + j] * gate[j];
    const positive = table.positive(c, plane[i]) === scale[i] > 0;
    if ((positive ? product : -product) <= margin * Math.abs(scale[i])) {
      out.bytes.fill(0, at, at + 2 * out.stride);
      return false;
    }
    out.bytes[byte + (positive ? 0 : out.stride)] |= bit;
  }
  return true;
}
