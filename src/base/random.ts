import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { log } from './elementary.js';

/** Seeded random numbers: the same seed gives the same numbers on every platform. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal (Marsaglia's polar method). */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
}

/** A generator for the given seed; `stream` gives independent numbers for the same seed (folds, restarts). */
export function createRandom(seed: number, stream = 0): Random {
  const generator = xoroshiro128plus((seed ^ Math.imul(stream, 0x9e3779b1)) | 0);
  let spare = Number.NaN;
  const uniform = (): number => uniformFloat64(generator);
  return {
    uniform,
    integer: (bound) => uniformInt(generator, 0, bound - 1),
    normal() {
      if (!Number.isNaN(spare)) {
        const value = spare;
        spare = Number.NaN;
        return value;
      }
      for (;;) {
        const a = 2 * uniform() - 1;
        const b = 2 * uniform() - 1;
        const s = a * a + b * b;
        if (s > 0 && s < 1) {
          const factor = Math.sqrt((-2 * log(s)) / s);
          spare = b * factor;
          return a * factor;
        }
      }
    },
  };
}

/** Fisher–Yates: a random order of 0 … length−1. */
export function shuffledIndices(length: number, random: Random): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}
