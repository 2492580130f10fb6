import type { Loss } from '../losses/index.js';

/**
 * The best feasible point on the ray s·r, 0 ≤ s ≤ limit, of the dual max −Σ ℓ*(−r) [PE; MATH §2]: D is concave in s.
 * All on the sum scale (r = nθ). Returns s and D(s r).
 */
export function bestDualScale(
  loss: Loss,
  r: Float64Array,
  y: Float64Array,
  outputs: number,
  limit: number,
): { scale: number; value: number } {
  const scaled = new Float64Array(r.length);
  const value = (s: number): number => {
    scaleInto(r, s, scaled);
    return -loss.conjugate(scaled, y, outputs);
  };
  if (loss.name === 'squared') {
    const rr = product(r, r);
    const scale = rr > 0 ? Math.max(0, Math.min(limit, product(r, y) / rr)) : 0;
    return { scale, value: value(scale) };
  }
  return atLimit(value, limit) ?? goldenSection(value, limit);
}

function scaleInto(r: Float64Array, s: number, out: Float64Array): void {
  for (let i = 0; i < r.length; i++) out[i] = s * r[i];
}

/** r·y, summed in order. */
function product(r: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < r.length; i++) sum += r[i] * y[i];
  return sum;
}

/** Where the answer mostly is: at 1, the residual itself, or at the limit below it. */
const NEAR = 1e-6;

/**
 * The best of a concave function when the nearest values on both sides (on the left, where it is the limit) are no larger; else null.
 */
function atLimit(value: (s: number) => number, limit: number): { scale: number; value: number } | null {
  const scale = Math.min(1, limit);
  const here = value(scale);
  if (here === Number.NEGATIVE_INFINITY || !(here >= value(scale * (1 - NEAR)))) return null;
  return scale === limit || here >= value(Math.min(limit, 1 + NEAR)) ? { scale, value: here } : null;
}

/** Largest value of a concave function on [0, limit]; −Infinity outside its domain is allowed. */
function goldenSection(value: (s: number) => number, limit: number): { scale: number; value: number } {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = 0;
  let high = Math.min(limit, 2);
  let a = high - ratio * (high - low);
  let b = low + ratio * (high - low);
  let va = value(a);
  let vb = value(b);
  for (let k = 0; k < 60 && high - low > 1e-13; k++) {
    if (va >= vb) {
      high = b;
      b = a;
      vb = va;
      a = high - ratio * (high - low);
      va = value(a);
    } else {
      low = a;
      a = b;
      va = vb;
      b = low + ratio * (high - low);
      vb = value(b);
    }
  }
  // The ends matter: the constraint is often active, and s = 1 is the unscaled residual
  const candidates = [0, Math.min(1, limit), limit, a].map((scale) => ({ scale, value: value(scale) }));
  return candidates.reduce((best, c) => (c.value > best.value ? c : best));
}
