import { patternsOf } from '../arrangements/index.js';
import {
  emptyPatterns,
  isActive,
  type Matrix,
  matrix,
  type PatternSet,
  patternBytes,
  patternKey,
  uniquePatterns,
} from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { augment, type Problem } from './problem.js';
import { norm } from './rounding.js';

/** A neuron this far (relative to ‖x_i‖‖u‖) outside the cone of a pattern still counts as one of its. */
const FEASIBLE = 1e-8;

/** The patterns a certificate is about, and how far the network's neurons are from using only those. */
export interface StatedPatterns {
  readonly patterns: PatternSet;
  /** Largest violation over neurons of (2D − I)Xu ≥ 0, relative to ‖x_i‖‖u‖, for the nearest pattern; ≤ 1e-8. */
  readonly feasibility: number;
}

/**
 * The given patterns, and after them those of the network's own neurons that have none among the given: only then is
 * the network a point of the program that the dual value bounds. ReLU neurons may use any pattern whose cone holds them,
 * gated ones exactly that of their gate.
 */
export function statedPatterns(weights: NetworkWeights, problem: Problem, given: PatternSet | null): StatedPatterns {
  const own = livingNeurons(weights, problem);
  const patterns = patternsOf(own.rows, own.gates);
  if (given === null || given.count === 0) return { patterns: uniquePatterns([patterns]).patterns, feasibility: 0 };
  const known = new Set(Array.from({ length: given.count }, (_, p) => patternKey(patternBytes(given, p))));
  let feasibility = 0;
  const missing: number[] = [];
  for (let j = 0; j < patterns.count; j++) {
    if (known.has(patternKey(patternBytes(patterns, j)))) continue;
    const distance = own.gated ? 1 : coneDistance(problem, own.gates, j, given);
    if (distance <= FEASIBLE) feasibility = Math.max(feasibility, distance);
    else missing.push(j);
  }
  const extra = emptyPatterns(given.n, missing.length);
  missing.forEach((j, k) => {
    extra.bytes.set(patternBytes(patterns, j), k * extra.stride);
  });
  return { patterns: uniquePatterns([given, extra]).patterns, feasibility };
}

/** Directions that decide the patterns of the neurons that count, and the rows they are taken against. */
function livingNeurons(weights: NetworkWeights, problem: Problem): { rows: Matrix; gates: Matrix; gated: boolean } {
  const gated = weights.activation === 'gated';
  // a gate may have an offset whether or not the neuron has a bias: gates are free
  const rows = gated ? augment(problem.X) : problem.augmented;
  const alive = aliveNeurons(weights);
  const points = gated ? gatePoints(weights) : neuronPoints(weights, problem);
  const gates = matrix(alive.length, points.cols);
  alive.forEach((j, k) => {
    gates.data.set(points.data.subarray(j * points.cols, (j + 1) * points.cols), k * points.cols);
  });
  return { rows, gates, gated };
}

function aliveNeurons({ hidden, hiddenBias, output }: NetworkWeights): number[] {
  const nonzero = (values: Float64Array): boolean => values.some((v) => v !== 0);
  return Array.from({ length: hidden.rows }, (_, j) => j).filter(
    (j) =>
      (hiddenBias[j] !== 0 || nonzero(hidden.data.subarray(j * hidden.cols, (j + 1) * hidden.cols))) &&
      nonzero(output.data.subarray(j * output.cols, (j + 1) * output.cols)),
  );
}

/** Rows (u_j, h_j), or u_j where there is no hidden bias: m×(columns of the augmented X). */
export const neuronPoints = ({ hidden, hiddenBias }: NetworkWeights, problem: Problem): Matrix =>
  problem.hiddenBias ? withColumn(hidden, hiddenBias) : hidden;

const gatePoints = ({ hidden, hiddenBias, gates, gateBias }: NetworkWeights): Matrix =>
  withColumn(gates ?? hidden, gateBias ?? hiddenBias);

function withColumn(rows: Matrix, last: Float64Array): Matrix {
  const out = matrix(rows.rows, rows.cols + 1);
  for (let j = 0; j < rows.rows; j++) {
    out.data.set(rows.data.subarray(j * rows.cols, (j + 1) * rows.cols), j * out.cols);
    out.data[j * out.cols + rows.cols] = last[j];
  }
  return out;
}

/** Least over the patterns of the largest violation of their cone by neuron j. */
function coneDistance(problem: Problem, gates: Matrix, j: number, given: PatternSet): number {
  const { augmented: X } = problem;
  const length = norm(gates.data, j * X.cols, X.cols);
  const products = new Float64Array(X.rows);
  for (let i = 0; i < X.rows; i++) {
    let sum = 0;
    for (let k = 0; k < X.cols; k++) sum += X.data[i * X.cols + k] * gates.data[j * X.cols + k];
    const size = length * norm(X.data, i * X.cols, X.cols);
    products[i] = size > 0 ? sum / size : 0;
  }
  let least = Number.POSITIVE_INFINITY;
  for (let p = 0; p < given.count; p++) {
    let most = 0;
    for (let i = 0; i < X.rows && most < least; i++) {
      most = Math.max(most, isActive(given, p, i) ? -products[i] : products[i]);
    }
    least = Math.min(least, most);
  }
  return least;
}

/** A stable hash of (n, count, bytes), 16 hexadecimal digits: two 32-bit FNV-1a sums. It recognises, it does not protect. */
export function patternDigest({ n, count, bytes }: PatternSet): string {
  const head = Uint8Array.from([n, count].flatMap((v) => [v & 255, (v >>> 8) & 255, (v >>> 16) & 255, v >>> 24]));
  const hash = (offset: number): string => {
    let sum = offset;
    for (const part of [head, bytes]) for (const byte of part) sum = Math.imul(sum ^ byte, 0x01000193);
    return (sum >>> 0).toString(16).padStart(8, '0');
  };
  return hash(0x811c9dc5) + hash(0x050c5d1f);
}
