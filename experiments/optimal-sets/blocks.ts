import { patternsOf } from '../../src/arrangements/index.js';
import { createRandom, Run } from '../../src/base/index.js';
import { createKernels, type Kernels, type Matrix, matrix } from '../../src/index.js';
import { isActive, type PatternSet, rowOf, uniquePatterns } from '../../src/linalg/index.js';
import { squared } from '../../src/losses/index.js';
import { type Candidate, OptimalSet, optimalSet } from '../../src/optimal-set/index.js';
import { recoverWeights, solveOverPatterns } from '../../src/solvers/index.js';
import type { Labelled } from './uci.js';

/**
 * The paper's program: squared loss, no bias, a block (pattern, sign) for each Gaussian gate as it comes, patterns twice where
 * two gates have the same. Its optimum is one network, or few; but a neuron on the common face of several cones, or of a pattern
 * that several gates have, may lie in any of their blocks. Behind their gates those differ on new rows; as neurons they do not.
 */
export interface SolvedBlocks {
  readonly rows: Labelled;
  readonly lambda: number;
  /** A gate a row. */
  readonly gates: Matrix;
  /** Of the gates, on the training rows. */
  readonly patterns: PatternSet;
  /** All optimal networks; a candidate is a direction, whatever cones it lies in. */
  readonly set: OptimalSet;
  /** Relative gap of the solve. */
  readonly gap: number;
}

/** A block of the program and the direction that optimal solutions have there. */
export interface Block {
  readonly gate: number;
  /** Index in `set.candidates`. */
  readonly candidate: number;
}

let shared: Promise<Kernels> | undefined;
/** One for all jobs of a thread; one thread each. */
const kernels = (): Promise<Kernels> => (shared ??= createKernels({ threads: 1 }));

/** Standard normal gates by seed. */
export function gaussianGates(count: number, d: number, seed: number): Matrix {
  const random = createRandom(seed);
  const gates = matrix(count, d);
  for (let k = 0; k < gates.data.length; k++) gates.data[k] = random.normal();
  return gates;
}

export interface ProgramSettings {
  readonly lambda: number;
  readonly gates: number;
  readonly seed: number;
  /** Relative gap. Default 1e-10. */
  readonly gap?: number;
}

/** Solves the program over the gates' patterns. */
export async function solveBlocks(
  rows: Labelled,
  { lambda, gates: count, seed, gap = 1e-10 }: ProgramSettings,
): Promise<SolvedBlocks> {
  const { X, y } = rows;
  const gates = gaussianGates(count, X.cols, seed);
  const patterns = patternsOf(X, gates);
  const distinct = uniquePatterns([patterns]).patterns;
  const problem = { X, y, outputs: 1, loss: squared, lambda, outputBias: false, activation: 'relu' } as const;
  const solved = await solveOverPatterns(await kernels(), problem, distinct, gap, new Run({}));
  const weights = recoverWeights(solved.network, 1, false, null);
  const set = await optimalSet(weights, X, y, lambda, { outputBias: false, patterns: distinct });
  return { rows, lambda, gates, patterns, set, gap: solved.relativeGap };
}

/** Shares of ‖x‖ below which x·u = 0: the row is on the face. */
const ON_FACE = 1e-8;

/**
 * For each gate and sign the direction of the highest price in its cone, where that price is at least (1 − tolerance) λ; with
 * the default those of all optimal solutions. `set` must have been made with that tolerance.
 */
export function blocksOf({ rows, lambda, gates, patterns }: SolvedBlocks, set: OptimalSet, tolerance = 1e-6): Block[] {
  const n = rows.X.rows;
  const prices = set.candidates.map((_, k) => priceOf(set, k) / (n * lambda));
  const sides = set.candidates.map(({ direction }) => sidesOf(direction, rows.X));
  const blocks: Block[] = [];
  for (let gate = 0; gate < gates.rows; gate++) {
    for (const sign of [1, -1]) {
      let best = -1;
      set.candidates.forEach((candidate, k) => {
        const pays = candidate.sign === sign && prices[k] >= 1 - tolerance && (best < 0 || prices[k] > prices[best]);
        if (pays && agrees(sides[k], patterns, gate)) best = k;
      });
      if (best >= 0) blocks.push({ gate, candidate: best });
    }
  }
  return blocks;
}

function priceOf({ set: { activations, residual } }: OptimalSet, k: number): number {
  let sum = 0;
  for (let i = 0; i < activations.cols; i++) sum += activations.data[k * activations.cols + i] * residual[i];
  return sum;
}

/** The side of each row's hyperplane that u is on: −1, 0, +1. */
function sidesOf(u: Float64Array, X: Matrix): Int8Array {
  return Int8Array.from({ length: X.rows }, (_, i) => {
    let [product, square] = [0, 0];
    for (let k = 0; k < X.cols; k++) {
      const x = X.data[i * X.cols + k];
      product += x * u[k];
      square += x * x;
    }
    return Math.abs(product) <= ON_FACE * Math.sqrt(square) ? 0 : Math.sign(product);
  });
}

const agrees = (sides: Int8Array, patterns: PatternSet, gate: number): boolean =>
  sides.every((side, i) => side === 0 || side > 0 === isActive(patterns, gate, i));

/** Sizes of the blocks: each direction's size in equal parts over its blocks. */
export function spreadEvenly(blocks: readonly Block[], sizes: Float64Array): Float64Array {
  const counts = new Float64Array(sizes.length);
  for (const { candidate } of blocks) counts[candidate]++;
  const lost = sizes.findIndex((size, k) => size > 0 && counts[k] === 0);
  if (lost >= 0) throw new Error(`spreadEvenly: neuron ${lost} lies in no block.`);
  return Float64Array.from(blocks, ({ candidate }) => sizes[candidate] / counts[candidate]);
}

/** The optimal solution of least Σ a² over the blocks: within a direction even parts, between directions a nearest point. */
export function leastNorm(set: OptimalSet, blocks: readonly Block[]): Float64Array {
  const m = set.candidates.length;
  const counts = new Float64Array(m);
  for (const { candidate } of blocks) counts[candidate]++;
  const rows = matrix(m, m);
  for (let k = 0; k < m; k++) rows.data[k * m + k] = counts[k] > 0 ? 1 / Math.sqrt(counts[k]) : 0;
  return spreadEvenly(blocks, set.isUnique ? set.polytope.start : set.polytope.nearest(rows, new Float64Array(m)));
}

/** How predictions are made: by the neurons, or by the blocks behind their gates (the paper's convex model). */
export type View = 'network' | 'gated';

/** The set of all optimal solutions of the program, from that of the given sizes. */
export function blockSet(
  solved: SolvedBlocks,
  set: OptimalSet,
  blocks: readonly Block[],
  sizes: Float64Array,
  view: View,
): OptimalSet {
  const n = solved.rows.X.rows;
  const candidates = blocks.map((block, j): Candidate => {
    const candidate = set.candidates[block.candidate];
    return view === 'gated'
      ? gatedCandidate(candidate, solved.gates, block.gate, sizes[j])
      : { ...candidate, size: sizes[j] };
  });
  const activations = matrix(blocks.length, n);
  blocks.forEach(({ candidate }, j) => {
    activations.data.set(rowOf(set.set.activations, candidate), j * n);
  });
  const { residual, deviation, excess } = set.set;
  const equicorrelation = { candidates, activations, columns: activations, residual, deviation, excess };
  return new OptimalSet(set.problem, equicorrelation, view === 'gated' ? 'gated' : 'relu', new Float64Array(1), 1e-10);
}

/** Behind a gate the sign is the direction's. */
function gatedCandidate(candidate: Candidate, gates: Matrix, gate: number, size: number): Candidate {
  const direction = candidate.direction.map((v) => candidate.sign * v);
  return { output: 0, sign: 1, direction, gate: Float64Array.from([...rowOf(gates, gate), 0]), size };
}
