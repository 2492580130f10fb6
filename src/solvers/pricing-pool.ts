import { emptyPatterns, type PatternSet, patternBytes, patternKey } from '../linalg/index.js';

/** Programs of no more patterns keep all of them. */
const smallProgram = 1000;
/** Rounds without a neuron after which a pattern leaves a larger one. */
const idleRounds = 20;

/** The patterns of a column generation: those of the neurons, those found, and idle ones while they may come back. */
export class PatternPool {
  readonly #patterns = new Map<string, { readonly bytes: Uint8Array; idle: number }>();

  constructor(
    readonly n: number,
    first: PatternSet,
  ) {
    this.#add(first);
  }

  get count(): number {
    return this.#patterns.size;
  }

  /** In the order in which they came. */
  all(): PatternSet {
    const set = emptyPatterns(this.n, this.count);
    [...this.#patterns.values()].forEach(({ bytes }, p) => {
      set.bytes.set(bytes, p * set.stride);
    });
    return set;
  }

  /** After a round: patterns long without a neuron leave, those found come in. Returns how many of them are new. */
  update(ofNeurons: PatternSet, found: PatternSet): number {
    for (const one of this.#patterns.values()) one.idle++;
    this.#add(ofNeurons);
    this.#retire();
    return this.#add(found);
  }

  #add(set: PatternSet): number {
    const before = this.count;
    for (let p = 0; p < set.count; p++) {
      const key = patternKey(patternBytes(set, p));
      const known = this.#patterns.get(key);
      if (known) known.idle = 0;
      else this.#patterns.set(key, { bytes: patternBytes(set, p).slice(), idle: 0 });
    }
    return this.count - before;
  }

  #retire(): void {
    if (this.count <= smallProgram) return;
    for (const [key, { idle }] of this.#patterns) if (idle > idleRounds) this.#patterns.delete(key);
  }
}
