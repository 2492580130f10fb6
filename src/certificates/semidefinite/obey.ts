/** Step of the multipliers, in units of the penalty; up to (1 + √5)/2 the method converges. */
export const STEP = 1.618;

/** How far apart the copies are, and how fast they move; squared norms. */
export interface Errors {
  apart: number;
  moved: number;
  size: number;
  dual: number;
}

/** Entries that are at least 0, but entry `zero` (−1 for none), which is 0. */
export function obeyRow(
  factor: Float64Array,
  inside: Float64Array,
  multipliers: Float64Array,
  zero: number,
  errors: Errors,
): void {
  let [apart, moved, size, dual] = [0, 0, 0, 0];
  for (let l = 0; l < factor.length; l++) {
    const next = l === zero ? 0 : Math.max(0, factor[l] - multipliers[l]);
    const difference = next - factor[l];
    const change = next - inside[l];
    multipliers[l] += STEP * difference;
    inside[l] = next;
    apart += difference * difference;
    moved += change * change;
    size += next * next;
    dual += multipliers[l] * multipliers[l];
  }
  errors.apart += apart;
  errors.moved += moved;
  errors.size += size;
  errors.dual += dual;
}

/** The entry's copy becomes `next`, where the factor has `factor`. */
export function move(
  inside: Float64Array,
  multipliers: Float64Array,
  at: number,
  next: number,
  factor: number,
  errors: Errors,
): void {
  const change = next - inside[at];
  inside[at] = next;
  multipliers[at] += STEP * (next - factor);
  errors.apart += 2 * (next - factor) ** 2;
  errors.moved += 2 * change * change;
  errors.size += 2 * next * next;
  errors.dual += 2 * multipliers[at] ** 2;
}
