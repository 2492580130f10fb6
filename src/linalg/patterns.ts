/**
 * A set of activation patterns of n rows, bit-packed and pattern-major: bit k (least significant first) of
 * `bytes[p * stride + c]` is 1 when row 8c + k is active (x·g ≥ 0: a tie is active) in pattern p. Unused bits are 0.
 */
export interface PatternSet {
  readonly n: number;
  readonly count: number;
  /** Bytes per pattern, ⌈n/8⌉. */
  readonly stride: number;
  readonly bytes: Uint8Array;
}

export const patternStride = (n: number): number => (n + 7) >> 3;

export function emptyPatterns(n: number, count = 0): PatternSet {
  const stride = patternStride(n);
  return { n, count, stride, bytes: new Uint8Array(count * stride) };
}

/** Whether row i is active in pattern p. */
export const isActive = (patterns: PatternSet, p: number, i: number): boolean =>
  ((patterns.bytes[p * patterns.stride + (i >> 3)] >> (i & 7)) & 1) === 1;

/** Marks row i active in pattern p. */
export function setActive(patterns: PatternSet, p: number, i: number): void {
  patterns.bytes[p * patterns.stride + (i >> 3)] |= 1 << (i & 7);
}

/** One pattern as bytes (a view). */
export const patternBytes = (patterns: PatternSet, p: number): Uint8Array =>
  patterns.bytes.subarray(p * patterns.stride, (p + 1) * patterns.stride);

/** A key that is equal exactly for equal patterns (for Map and Set). */
export function patternKey(bytes: Uint8Array): string {
  let key = '';
  for (let i = 0; i < bytes.length; i++) key += String.fromCharCode(bytes[i]);
  return key;
}

/** The patterns of the chosen indices, in that order. */
export function selectPatterns(patterns: PatternSet, indices: ArrayLike<number>): PatternSet {
  const out = emptyPatterns(patterns.n, indices.length);
  for (let k = 0; k < indices.length; k++) out.bytes.set(patternBytes(patterns, indices[k]), k * out.stride);
  return out;
}

/** All patterns of several sets, first come first kept, duplicates dropped; `source[k]` = position in the concatenation. */
export function uniquePatterns(sets: readonly PatternSet[]): { patterns: PatternSet; source: Int32Array } {
  const seen = new Set<string>();
  const kept: Uint8Array[] = [];
  const source: number[] = [];
  let offset = 0;
  for (const set of sets) {
    for (let p = 0; p < set.count; p++) {
      const bytes = patternBytes(set, p);
      const key = patternKey(bytes);
      if (seen.has(key)) continue;
      seen.add(key);
      kept.push(bytes);
      source.push(offset + p);
    }
    offset += set.count;
  }
  const patterns = emptyPatterns(sets[0]?.n ?? 0, kept.length);
  kept.forEach((bytes, k) => {
    patterns.bytes.set(bytes, k * patterns.stride);
  });
  return { patterns, source: Int32Array.from(source) };
}
