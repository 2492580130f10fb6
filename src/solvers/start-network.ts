import { type Matrix, type PatternSet, patternBytes, selectPatterns } from '../linalg/index.js';
import type { PatternedNetwork } from './column-generation.js';
import type { LiftedNetwork } from './lifted-network.js';

/** A network to start from; a gated one with the gate of each neuron. */
export interface StartNetwork {
  readonly network: LiftedNetwork;
  readonly gates: Matrix | null;
}

/**
 * The network with the pattern, out of a fixed set, that each neuron belongs to: that of its own gate, or the one whose cone
 * it violates least (a neuron on hyperplanes is within rounding of several). Gated neurons of unknown gates are left out.
 */
export function patternedStart(
  X: Matrix,
  { network, gates: own }: StartNetwork,
  patterns: PatternSet,
  gates: Matrix | null,
): PatternedNetwork | undefined {
  if (network.count === 0 || patterns.count === 0) return undefined;
  const chosen = gates ? sameGates(own, gates, network.count) : nearestCones(X, network, patterns);
  const kept = Array.from(chosen.keys()).filter((j) => chosen[j] >= 0);
  return {
    network: kept.length === network.count ? network : restricted(network, kept),
    own: selectPatterns(
      patterns,
      Int32Array.from(kept, (j) => chosen[j]),
    ),
  };
}

const rowKey = (m: Matrix, row: number): string => m.data.subarray(row * m.cols, (row + 1) * m.cols).join();

function sameGates(own: Matrix | null, gates: Matrix, count: number): Int32Array {
  const index = new Map(Array.from({ length: gates.rows }, (_, p) => [rowKey(gates, p), p]));
  return Int32Array.from({ length: count }, (_, j) => (own ? (index.get(rowKey(own, j)) ?? -1) : -1));
}

function nearestCones({ data, rows, cols }: Matrix, { z, count }: LiftedNetwork, patterns: PatternSet): Int32Array {
  const bytes = Array.from({ length: patterns.count }, (_, p) => patternBytes(patterns, p));
  const values = new Float64Array(rows);
  return Int32Array.from({ length: count }, (_, j) => {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += data[i * cols + k] * z.data[j * cols + k];
      values[i] = sum;
    }
    return leastViolated(values, bytes);
  });
}

function leastViolated(values: Float64Array, patterns: readonly Uint8Array[]): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  patterns.forEach((bytes, p) => {
    let violation = 0;
    for (let i = 0; i < values.length && violation < least; i++) {
      const active = (bytes[i >> 3] >> (i & 7)) & 1;
      violation += active ? Math.max(0, -values[i]) : Math.max(0, values[i]);
    }
    if (violation < least) {
      least = violation;
      best = p;
    }
  });
  return best;
}

function restricted(network: LiftedNetwork, kept: readonly number[]): LiftedNetwork {
  const d = network.z.cols;
  const data = new Float64Array(kept.length * d);
  kept.forEach((j, row) => {
    data.set(network.z.data.subarray(j * d, (j + 1) * d), row * d);
  });
  return {
    count: kept.length,
    z: { rows: kept.length, cols: d, data },
    sign: Int8Array.from(kept, (j) => network.sign[j]),
    output: Int32Array.from(kept, (j) => network.output[j]),
    bias: network.bias,
  };
}
