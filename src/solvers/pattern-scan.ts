import type { LiftedProgram } from '../programs/index.js';
import type { TightSets } from './ssnal-types.js';
import { copyTightRows } from './tight-rows.js';

/** Patterns projected in one call: enough for the threads, few enough to stop early. */
const chunkSize = 16;

export interface ScanOutcome {
  /** Patterns with a price norm beyond the threshold. */
  readonly found: readonly number[];
  /** Largest price norm met (an upper bound of it where it is within the threshold). */
  readonly largest: number;
  /** Whether every pattern was looked at. */
  readonly complete: boolean;
}

/**
 * Looks for blocks whose price ‖P_K(±XᵀD r)‖ is beyond a threshold, those of the longest XᵀDr first, with the tight rows of every
 * block kept from one scan to the next. The tight rows lie outside kernel memory.
 */
export class PatternScan implements TightSets {
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  readonly multiplier: Float64Array;

  constructor(readonly program: LiftedProgram) {
    const { blocks, d } = program;
    this.tight = new Int32Array(blocks * d);
    this.tightCount = new Int32Array(blocks);
    this.multiplier = new Float64Array(blocks * d);
  }

  /** Scans the patterns that are not in `known` until `want` are found or `stop` says so. */
  find(
    residual: Float64Array,
    known: { has(pattern: number): boolean },
    threshold: number,
    want: number,
    stop: () => boolean,
  ): ScanOutcome {
    const { kernels, outputs, patternCount, d } = this.program;
    const mark = kernels.mark();
    const r = kernels.float64(residual.length);
    r.set(residual);
    const prices = kernels.float64(outputs * patternCount * d);
    this.program.price(r, prices);
    const order = this.#byLength(prices).filter((p) => !known.has(p));
    const found: number[] = [];
    let [largest, from] = [0, 0];
    for (; from < order.length && found.length < want && !stop(); from += chunkSize) {
      const chunk = order.slice(from, from + chunkSize);
      const norms = this.#norms(chunk, prices, threshold);
      chunk.forEach((p, k) => {
        if (norms[k] > threshold) found.push(p);
        largest = Math.max(largest, norms[k]);
      });
    }
    kernels.release(mark);
    return { found, largest, complete: from >= order.length };
  }

  /** All patterns by their longest price, ties in order. */
  #byLength(prices: Float64Array): number[] {
    const { outputs, patternCount, d } = this.program;
    const longest = new Float64Array(patternCount);
    for (let k = 0, at = 0; k < outputs; k++) {
      for (let p = 0; p < patternCount; p++) {
        let squares = 0;
        for (const end = at + d; at < end; at++) squares += prices[at] * prices[at];
        longest[p] = Math.max(longest[p], squares);
      }
    }
    return Array.from(longest.keys()).sort((a, b) => longest[b] - longest[a] || a - b);
  }

  /** The largest norm of each pattern's blocks, over signs and outputs. */
  #norms(chunk: readonly number[], prices: Float64Array, threshold: number): Float64Array {
    const { program } = this;
    const { kernels, d, outputs, patternCount } = program;
    const most = new Float64Array(chunk.length);
    const signs = program.cones ? [1, -1] : [1];
    const count = chunk.length * signs.length;
    const mark = kernels.mark();
    const [tight, tightCount] = [kernels.int32(count * d), kernels.int32(count)];
    const [multiplier, norm] = [kernels.float64(count * d), kernels.float64(count)];
    const [pattern, sign, zero] = [kernels.int32(count), kernels.float64(count), kernels.float64(count * d)];
    const out = kernels.float64(count * d);
    for (let k = 0; k < outputs; k++) {
      const blocks = signs.flatMap((s) => chunk.map((p) => program.blockOf(k, s, p)));
      blocks.forEach((block, b) => {
        pattern[b] = program.patternOf(block);
        sign[b] = program.signOf(block);
        copyTightRows(d, this, block, { tight, tightCount, multiplier }, b);
      });
      kernels.coneProximal({
        ...{ n: program.n, d, blocks: count, x: program.x, inverseNorms: program.inverseNorms, bytes: program.bytes },
        ...{ stride: program.stride, screen: program.screen, cones: program.cones, exact: false },
        ...{ pattern, sign, z: zero, sigma: 1, threshold },
        g: prices.subarray(k * patternCount * d, (k + 1) * patternCount * d),
        ...{ tight, tightCount, multiplier, norm, out },
      });
      blocks.forEach((block, b) => {
        copyTightRows(d, { tight, tightCount, multiplier }, b, this, block);
        most[b % chunk.length] = Math.max(most[b % chunk.length], norm[b]);
      });
    }
    kernels.release(mark);
    return most;
  }
}
