/**
 * Elementary functions with the same bytes on every engine: engines may round `Math.exp`, `Math.log`, `Math.sin` and
 * their like as they please, and do, while + − × ÷ and `Math.sqrt` are IEEE 754 everywhere. Errors stay below one unit
 * in the last place (`log1p`: below two). NaN gives NaN.
 */

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** Where the word of sign and exponent lies: on little-endian machines behind the other one. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** ln 2 in two parts; the first has 33 bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^x. Above 709.78 Infinity, below −745.13 zero. */
export function exp(x: number): number {
  if (!(x > -746 && x < 710)) return x >= 710 ? Number.POSITIVE_INFINITY : x <= -746 ? 0 : Number.NaN;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  // r coth(r/2) = 2 + Σ 2 B_2k r^2k / (2k)!, and e^r = 1 + r + r c / (2 − c) with c = r + 2 − r coth(r/2).
  const tail = 1 / 15120 + t * (-1 / 604800 + t * (1 / 23950080 - t * (691 / 653837184000)));
  const c = r - t * (1 / 6 + t * (-1 / 360 + t * tail));
  return scaled(1 - (low - (r * c) / (2 - c) - high), k);
}

/** y 2^k for y near 1: in two steps where 2^k is no normal number. */
function scaled(y: number, k: number): number {
  if (k >= -1022 && k <= 1023) return y * powerOfTwo(k);
  return k > 0 ? y * powerOfTwo(k - 1) * 2 : y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
}

function powerOfTwo(k: number): number {
  words[1 - HIGH] = 0;
  words[HIGH] = (k + 1023) << 20;
  return scratch[0];
}

/** ln x; −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) {
    return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  }
  const shift = x < 2.2250738585072014e-308 ? 54 : 0;
  scratch[0] = shift > 0 ? x * 18014398509481984 : x;
  // Exponent and mantissa m of x = m 2^k with m in [√½, √2): 0x6a09e is where the mantissa of √2 begins.
  const top = words[HIGH];
  const up = (top & 0xfffff) > 0x6a09e ? 1 : 0;
  const k = (top >>> 20) - 1023 + up - shift;
  words[HIGH] = (top & 0xfffff) | ((1023 - up) << 20);
  return logOf(scratch[0] - 1, k);
}

/** ln((1 + f) 2^k): with s = f/(2 + f), ln(1 + f) = 2 Σ s^(2j+1)/(2j + 1). */
function logOf(f: number, k: number): number {
  const s = f / (2 + f);
  const t = s * s;
  const u = t * t;
  // Two short chains of multiply-adds run side by side.
  const even = 2 / 5 + u * (2 / 9 + u * (2 / 13 + u * (2 / 17 + u * (2 / 21))));
  const odd = 2 / 3 + u * (2 / 7 + u * (2 / 11 + u * (2 / 15 + u * (2 / 19 + u * (2 / 23)))));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + (t * odd + u * even)) + k * LN2_LOW) - f);
}

/** ln(1 + x), accurate near zero. */
export function log1p(x: number): number {
  if (x > -0.25 && x <= 1) return x < 0.4 ? logOf(x, 0) : logOf(0.5 * (x - 1), 1);
  const sum = 1 + x;
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) return log(sum);
  return log(sum) + (x - (sum - 1)) / sum;
}

/** π/2 in three parts of 33 bits, 33 bits and the rest. */
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;

/** [cos a, sin a] of an angle in radians, |a| ≤ 1e5. */
export function circlePoint(angle: number): [cos: number, sin: number] {
  const k = Math.floor(angle / (HALF_PI[0] + HALF_PI[1]) + 0.5);
  const r = angle - k * HALF_PI[0] - k * HALF_PI[1] - k * HALF_PI[2];
  const [c, s] = [cosine(r * r), r * sine(r * r)];
  const quarter = k - 4 * Math.floor(k / 4);
  if (quarter === 0) return [c, s];
  if (quarter === 1) return [-s, c];
  return quarter === 2 ? [-c, -s] : [s, -c];
}

/** cos r and sin r / r as series in t = r², for |r| ≤ π/4. */
function cosine(t: number): number {
  let sum = 1;
  for (let j = 18; j > 0; j -= 2) sum = 1 - (t / (j * (j - 1))) * sum;
  return sum;
}
function sine(t: number): number {
  let sum = 1;
  for (let j = 18; j > 0; j -= 2) sum = 1 - (t / (j * (j + 1))) * sum;
  return sum;
}

/** ⌊log₂ x⌋ of a positive finite number, exactly. */
export function binaryExponent(x: number): number {
  const shift = x < 2.2250738585072014e-308 ? 54 : 0;
  scratch[0] = shift > 0 ? x * 18014398509481984 : x;
  return (words[HIGH] >>> 20) - 1023 - shift;
}
