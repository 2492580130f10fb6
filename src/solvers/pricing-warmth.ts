import { type PatternSet, patternBytes, patternKey } from '../linalg/index.js';
import type { LiftedProgram } from '../programs/index.js';
import type { TightSets } from './ssnal-types.js';
import { copyTightRows } from './tight-rows.js';

/** The tight rows that a program ended with: where the projections of the next one start. */
export interface Warmth {
  readonly patterns: PatternSet;
  /** Outside kernel memory, blocks in the order of a program over `patterns`. */
  readonly tightSets: TightSets;
}

export function warmthOf(patterns: PatternSet, { tight, tightCount, multiplier }: TightSets): Warmth {
  return {
    patterns,
    tightSets: { tight: tight.slice(), tightCount: tightCount.slice(), multiplier: multiplier.slice() },
  };
}

/** Tight rows for the blocks of a program, none where its pattern is new. */
export function warmTightSets(program: LiftedProgram, { patterns, tightSets }: Warmth): TightSets {
  const { d, blocks, patternCount } = program;
  const own: TightSets = {
    tight: new Int32Array(blocks * d),
    tightCount: new Int32Array(blocks),
    multiplier: new Float64Array(blocks * d),
  };
  const index = new Map<string, number>();
  for (let p = 0; p < patterns.count; p++) index.set(patternKey(patternBytes(patterns, p)), p);
  for (let p = 0; p < patternCount; p++) {
    const old = index.get(patternKey(patternBytes(program.patterns, p)));
    if (old === undefined) continue;
    // Blocks are ordered by output and sign, then pattern
    for (let k = 0; k * patternCount < blocks; k++) {
      copyTightRows(d, tightSets, k * patterns.count + old, own, k * patternCount + p);
    }
  }
  return own;
}
