import type { Run } from '../base/index.js';
import { sphereBound } from '../certificates/index.js';
import { dot, isActive, type Matrix } from '../linalg/index.js';
import { type Block, blockOf } from './block.js';
import { NestedSearch } from './nested-search.js';
import type { ParallelProblem } from './options.js';
import type { Leaf } from './root-program.js';
import { RootSearch } from './root-search.js';
import type { Shape } from './shape.js';
import { leafCells } from './thin-cells.js';

/** Proved bounds of h(r) = max |rᵀg(X; Z)| over sub-networks of penalty 1. */
export interface ExactSupport {
  /** Proved upper bound; the maximum itself, up to 1e-9, where it exceeds what is enough. */
  readonly upper: number;
  /** The search ran to its end: `upper` holds. Where it did not, there may be violators all the same. */
  readonly complete: boolean;
  /** Blocks that hold sub-networks of larger value than is enough, largest first. */
  readonly violators: readonly Block[];
}

const impossible: ExactSupport = { upper: Number.POSITIVE_INFINITY, complete: false, violators: [] };

/** Most rows on which r has one sign: 2 to this power sets of them are looked at. */
const mostPositive = 12;
/** Most first-layer patterns, of three layers and of more. */
const mostPatterns = 400;
const mostNestedPatterns = 64;
const mostViolators = 20;
/** What cells that enumeration may have missed can add to a bound, as a share of what is enough: beyond, nothing would be proved. */
const mostHidden = 1e-7;

/**
 * The dual constraint over all patterns (docs/parallel.md). Three layers: for each sign and each set S of rows on which the root may be active,
 * bounds that hold for all first layers at once; where those exceed `enough`, first layers one by one. More layers: every block that a bound does not leave out.
 *
 * @param enough bounds below this need not be any better
 */
export async function exactSupport(
  { shape, training }: Pick<ParallelProblem, 'shape' | 'training'>,
  r: Float64Array,
  enough: number,
  run: Run,
): Promise<ExactSupport> {
  if (shape.layers === 2) return twoLayers(training.X, shape, r, enough, run);
  if (shape.layers > 3) return nested(training.X, shape, r, enough, run);
  const counts = [1, -1].map((sign) => r.filter((t) => sign * t > 0).length);
  if (Math.max(...counts) > mostPositive) return impossible;
  const cells = await leavesOf(training.X, r, enough, run);
  if (!cells) return impossible;
  const { leaves, thin } = cells;
  let upper = 0;
  const found: { block: Block; value: number }[] = [];
  for (const sign of [1, -1] as const) {
    const theta = r.map((t) => (sign * t) / enough);
    const search = new RootSearch(training.X, leaves, theta, shape.leaves, training.regularizer === 'path', thin);
    const positive = Array.from(theta.keys()).filter((i) => theta[i] > 0);
    for (let set = 1; set < 1 << positive.length; set++) {
      if (run.stop) return impossible;
      const rows = positive.filter((_, k) => (set >> k) & 1);
      const { bound, best } = await search.bound(rows);
      if (bound === null) return impossible;
      upper = Math.max(upper, bound);
      if (best && best.value > 1 + 1e-9) found.push({ value: best.value, block: { ...best.block, output: 0, sign } });
      await run.pause();
    }
  }
  found.sort((a, b) => b.value - a.value);
  const violators = found.slice(0, mostViolators).map(({ block }) => block);
  return { upper: upper * enough * (1 + 1e-13), complete: true, violators };
}

/** Whether cells that enumeration may have missed are too wide for a bound near `enough`. */
function hidesTooMuch(thin: number, X: Matrix, r: Float64Array, enough: number): boolean {
  const size = r.reduce(
    (sum, t, i) => sum + Math.abs(t) * Math.sqrt(dot(X.data, i * X.cols, X.data, i * X.cols, X.cols)),
    0,
  );
  return !(thin * size <= mostHidden * enough);
}

/** Every first-layer pattern that is active somewhere, with either sign; null when there are too many, or cells too thin to be sure of. */
async function leavesOf(
  X: Matrix,
  r: Float64Array,
  enough: number,
  run: Run,
): Promise<{ leaves: Leaf[]; thin: number } | null> {
  const { enumeration, thin } = await leafCells(X, mostPatterns, run.options.signal);
  const { patterns, complete } = enumeration;
  if (!complete || hidesTooMuch(thin, X, r, enough)) return null;
  const leaves: Leaf[] = [];
  for (let p = 0; p < patterns.count; p++) {
    const bits = Uint8Array.from({ length: X.rows }, (_, i) => (isActive(patterns, p, i) ? 1 : 0));
    for (const sign of [1, -1] as const) leaves.push({ bits, sign });
  }
  return { leaves, thin };
}

/** Four layers and more: path norm. */
async function nested(X: Matrix, shape: Shape, r: Float64Array, enough: number, run: Run): Promise<ExactSupport> {
  const { enumeration, thin } = await leafCells(X, mostNestedPatterns, run.options.signal);
  const { patterns, complete } = enumeration;
  if (!complete || hidesTooMuch(thin, X, r, enough)) return impossible;
  const leaves = Array.from({ length: patterns.count }, (_, p) =>
    Uint8Array.from({ length: X.rows }, (_, i) => (isActive(patterns, p, i) ? 1 : 0)),
  ).filter((bits) => bits.includes(1));
  const search = new NestedSearch(X, shape, leaves, thin);
  const pause = async (): Promise<boolean> => {
    await run.pause();
    return run.stop === null;
  };
  let upper = 1;
  const found: { block: Block; value: number }[] = [];
  for (const sign of [1, -1] as const) {
    const side = await search.bound(
      r.map((t) => (sign * t) / enough),
      pause,
      mostViolators,
    );
    if (side === null) return impossible;
    upper = Math.max(upper, side.bound);
    found.push(...side.violators.map(({ value, block }) => ({ value, block: { ...block, output: 0, sign } })));
  }
  found.sort((a, b) => b.value - a.value);
  const violators = found.slice(0, mostViolators).map(({ block }) => block);
  return { upper: upper * enough * (1 + 1e-13), complete: Number.isFinite(upper), violators };
}

async function twoLayers(X: Matrix, shape: Shape, r: Float64Array, enough: number, run: Run): Promise<ExactSupport> {
  const bound = await sphereBound(X, r, { ...run.options, onProgress: undefined });
  const z = bound.direction;
  let along = 0;
  for (let i = 0; i < X.rows; i++) {
    let t = 0;
    for (let k = 0; k < X.cols; k++) t += X.data[i * X.cols + k] * z[k];
    if (t > 0) along += r[i] * t;
  }
  const block = blockOf(X, shape, { output: 0, sign: along < 0 ? -1 : 1, signs: Int8Array.of(1), z });
  return { upper: bound.upper, complete: bound.exact, violators: bound.lower > enough * (1 + 1e-9) ? [block] : [] };
}
