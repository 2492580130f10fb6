import { patternsOf } from '../arrangements/index.js';
import { augment, type Problem } from '../certificates/index.js';
import { type Matrix, matrix, type PatternSet, patternBytes, patternKey, rowOf } from '../linalg/index.js';
import { dropZero, mergeParallel, type NetworkWeights, splitOutputs } from '../networks/index.js';
import type { Prices } from './prices.js';
import { length } from './vectors.js';

/** One element of the equicorrelation set: a neuron that optimal networks may have. */
export interface Candidate {
  /** The output it feeds. */
  readonly output: number;
  /** Sign of its output weight; +1 behind a gate, where it is the direction's. */
  readonly sign: 1 | -1;
  /** Unit (u, h), or u where the problem has no hidden bias. */
  readonly direction: Float64Array;
  /** Gated: (g, k), d+1 numbers; else null. */
  readonly gate: Float64Array | null;
  /** ‖(u, h)‖|α| in the given network, 0 where it has no such neuron. */
  readonly size: number;
}

/** Directions nearer than this are one. */
const PARALLEL = 1e-8;
/** And these where the pattern is one as well: at an optimum such neurons are parallel, near one nearly. */
const SAME_PATTERN = 1e-3;

/**
 * The neurons of the network with one output each; parallel ones of one pattern, output and sign are one element of the
 * program (their sum is in the same cone, with the same fit and no larger penalty).
 */
export function ownCandidates(weights: NetworkWeights, problem: Problem): Candidate[] {
  const split = dropZero(mergeParallel(dropZero(splitOutputs(weights)), PARALLEL));
  const patterns = ownPatterns(split, problem);
  const groups = new Map<string, Candidate[]>();
  for (let j = 0; j < split.hidden.rows; j++) {
    const neuron = candidateOf(split, j, problem);
    const key = `${neuron.output} ${neuron.sign} ${patternKey(patternBytes(patterns, j))}`;
    const known = groups.get(key) ?? [];
    groups.set(key, known);
    const at = known.findIndex((c) => isSame(c, neuron, SAME_PATTERN));
    if (at < 0) known.push(neuron);
    else known[at] = sumOf(known[at], neuron);
  }
  return [...groups.values()].flat();
}

/** Patterns of candidates: of their directions, or of their gates. */
export function candidatePatterns(candidates: readonly Candidate[], problem: Problem): PatternSet {
  const gated = candidates.some((c) => c.gate !== null);
  const rows = gated ? augment(problem.X) : problem.augmented;
  const points = matrix(candidates.length, rows.cols);
  candidates.forEach((c, i) => {
    points.data.set(c.gate ?? c.direction, i * points.cols);
  });
  return patternsOf(rows, points);
}

/** Patterns of the neurons, or of their gates. */
function ownPatterns(weights: NetworkWeights, problem: Problem): PatternSet {
  const gated = weights.activation === 'gated';
  const rows = gated ? augment(problem.X) : problem.augmented;
  const points = matrix(weights.hidden.rows, rows.cols);
  for (let j = 0; j < points.rows; j++)
    points.data.set(pointOf(weights, j, gated, problem.hiddenBias), j * points.cols);
  return patternsOf(rows, points);
}

function pointOf(weights: NetworkWeights, j: number, gated: boolean, hiddenBias: boolean): number[] {
  if (gated) return [...rowOf(weights.gates ?? weights.hidden, j), (weights.gateBias ?? weights.hiddenBias)[j]];
  return hiddenBias ? [...rowOf(weights.hidden, j), weights.hiddenBias[j]] : [...rowOf(weights.hidden, j)];
}

function candidateOf(weights: NetworkWeights, j: number, { hiddenBias }: Problem): Candidate {
  const vector = Float64Array.from(pointOf(weights, j, false, hiddenBias));
  const norm = length(vector);
  const outer = rowOf(weights.output, j);
  const output = outer.findIndex((a) => a !== 0);
  const gated = weights.activation === 'gated';
  const sign = outer[output] > 0 ? 1 : -1;
  // behind a gate the sign is the direction's
  const turn = gated ? sign : 1;
  return {
    output,
    sign: gated ? 1 : sign,
    direction: vector.map((v) => (turn * v) / norm),
    gate: gated ? Float64Array.from(pointOf(weights, j, true, hiddenBias)) : null,
    size: norm * Math.abs(outer[output]),
  };
}

function sumOf(a: Candidate, b: Candidate): Candidate {
  const vector = a.direction.map((v, k) => a.size * v + b.size * b.direction[k]);
  const size = length(vector);
  return { ...a, direction: vector.map((v) => v / size), size };
}

/** What may join: pattern p (and the gate that has it) of given ones, where its price is as large as λ allows. */
export interface Offer {
  readonly patterns: PatternSet;
  /** Gated: row p is (g, k) of pattern p. */
  readonly gates: Matrix | null;
}

/**
 * The elements that the given patterns add: ‖v‖ ≥ nλ(1 − tolerance), along v, unless the network has that pattern, output and sign
 * (gated) or that direction (ReLU: neighbouring cones share their faces) already.
 */
export function offeredCandidates(
  own: readonly Candidate[],
  taken: ReadonlySet<string>,
  offer: Offer,
  prices: readonly Prices[],
  capacity: number,
  tolerance: number,
): Candidate[] {
  const found: Candidate[] = [];
  const near = Math.min(1e-4, Math.max(PARALLEL, 10 * tolerance));
  for (let p = 0; p < offer.patterns.count; p++) {
    const pattern = patternKey(patternBytes(offer.patterns, p));
    prices.forEach((price, output) => {
      for (const sign of offer.gates ? ([1] as const) : ([1, -1] as const)) {
        const values = sign === 1 ? price.plus : price.minus;
        const size = values.length / offer.patterns.count;
        const vector = values.slice(p * size, (p + 1) * size);
        const norm = length(vector);
        if (!(norm >= capacity * (1 - tolerance)) || taken.has(`${output} ${sign} ${pattern}`)) continue;
        const direction = vector.map((v) => v / norm);
        const gate = offer.gates ? rowOf(offer.gates, p).slice() : null;
        const candidate = { output, sign, direction, gate, size: 0 };
        if (gate || ![...own, ...found].some((c) => isSame(c, candidate, near))) found.push(candidate);
      }
    });
  }
  return found;
}

function isSame(a: Candidate, b: Candidate, near: number): boolean {
  if (a.output !== b.output || a.sign !== b.sign) return false;
  return length(a.direction.map((v, k) => v - b.direction[k])) <= near;
}

/** Keys of (output, sign, pattern) of candidates, as `offeredCandidates` takes them. */
export function keysOf(candidates: readonly Candidate[], patterns: PatternSet): Set<string> {
  return new Set(candidates.map((c, j) => `${c.output} ${c.sign} ${patternKey(patternBytes(patterns, j))}`));
}
