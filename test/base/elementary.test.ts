import { describe, expect, it } from 'vitest';
import { binaryExponent, circlePoint, createRandom, exp, log, log1p } from '../../src/base/index.js';

/** Oracle: numbers as whole multiples of 2^-160. */
const bits = 160n;
const one = 1n << bits;
const times = (a: bigint, b: bigint): bigint => (a * b) >> bits;

function exact(x: number): bigint {
  const word = new BigUint64Array(Float64Array.of(x).buffer)[0];
  const exponent = Number((word >> 52n) & 0x7ffn);
  const mantissa = (word & ((1n << 52n) - 1n)) | (exponent > 0 ? 1n << 52n : 0n);
  const shift = BigInt(Math.max(1, exponent) - 1075) + bits;
  const size = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return x < 0 ? -size : size;
}

/** Distance in units in the last place of `got`. */
function ulps(got: number, want: bigint): number {
  const next = new BigUint64Array(Float64Array.of(Math.abs(got)).buffer);
  next[0]++;
  const unit = exact(new Float64Array(next.buffer)[0]) - exact(Math.abs(got));
  return Math.abs(Number(((exact(got) - want) * 10000n) / unit)) / 10000;
}

function series(x: bigint, first: bigint, next: (term: bigint, k: bigint) => bigint): bigint {
  let [sum, term] = [0n, first];
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = next(times(term, x), k);
  }
  return sum;
}

/** e^x = (e^{x/256})^256. */
function trueExp(x: bigint): bigint {
  let power = series(x >> 8n, one, (term, k) => term / k);
  for (let i = 0; i < 8; i++) power = times(power, power);
  return power;
}

/** Newton's steps on e^q = x from a start that is good to 1e-15. */
function trueLog(x: bigint, start: number): bigint {
  let q = exact(start);
  for (let i = 0; i < 4; i++) q += times(x, trueExp(-q)) - one;
  return q;
}

const trueSine = (x: bigint): bigint => series(times(x, x), x, (term, k) => -term / (2n * k * (2n * k + 1n)));
const trueCosine = (x: bigint): bigint => series(times(x, x), one, (term, k) => -term / (2n * k * (2n * k - 1n)));

const random = createRandom(1);
const numbers = (count: number, make: () => number): number[] => Array.from({ length: count }, make);
const worst = (xs: number[], error: (x: number) => number): number => Math.max(...xs.map(error));

describe('exp', () => {
  it('is right to one unit in the last place', () => {
    const xs = [...numbers(300, () => 2 * random.uniform() - 1), ...numbers(300, () => 40 * random.uniform() - 20)];
    expect(worst(xs, (x) => ulps(exp(x), trueExp(exact(x))))).toBeLessThan(1);
  });
  it('keeps its ends', () => {
    expect([exp(0), exp(-0), exp(-800), exp(Number.NEGATIVE_INFINITY)]).toEqual([1, 1, 0, 0]);
    expect([exp(709.79), exp(Number.POSITIVE_INFINITY), exp(Number.NaN)]).toEqual([Infinity, Infinity, Number.NaN]);
    expect(exp(-745.13)).toBe(5e-324);
    for (const x of [709.78, -708.5, -720, -740.25]) expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-3);
    expect(exp(709.78)).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

describe('log', () => {
  it('is right to one unit in the last place', () => {
    const xs = [...numbers(150, () => 0.5 + random.uniform()), ...numbers(150, () => exp(40 * random.uniform() - 20))];
    expect(worst(xs, (x) => ulps(log(x), trueLog(exact(x), log(x))))).toBeLessThan(1);
  });
  it('keeps its ends', () => {
    expect([log(1), log(0), log(-1), log(Number.NaN)]).toEqual([0, -Infinity, Number.NaN, Number.NaN]);
    expect(log(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    for (const x of [5e-324, 1e-310, 1e-308, 1e300, Number.MAX_VALUE]) expect(log(x)).toBeCloseTo(Math.log(x), 11);
  });
});

describe('log1p', () => {
  it('is right to two units in the last place', () => {
    const xs = [
      ...numbers(150, () => exp(-20 * random.uniform())),
      ...numbers(100, () => -0.99 * random.uniform()),
      ...numbers(50, () => 1 + 100 * random.uniform()),
    ];
    expect(worst(xs, (x) => ulps(log1p(x), trueLog(one + exact(x), log1p(x))))).toBeLessThan(2);
  });
  it('keeps its ends', () => {
    expect([log1p(0), log1p(1e-300), log1p(-1e-20), log1p(-1)]).toEqual([0, 1e-300, -1e-20, -Infinity]);
    expect([log1p(-2), log1p(Infinity), log1p(Number.NaN)]).toEqual([Number.NaN, Infinity, Number.NaN]);
  });
});

describe('circlePoint', () => {
  it('is right to 2e-16', () => {
    for (const angle of numbers(200, () => 20 * random.uniform() - 10)) {
      const [c, s] = circlePoint(angle);
      const x = exact(angle);
      expect(Math.abs(Number(exact(c) - trueCosine(x)))).toBeLessThan(2e-16 * Number(one));
      expect(Math.abs(Number(exact(s) - trueSine(x)))).toBeLessThan(2e-16 * Number(one));
    }
    expect(circlePoint(0)).toEqual([1, 0]);
    expect(circlePoint(-Math.PI / 2)[1]).toBe(-1);
  });
});

describe('binaryExponent', () => {
  it.each([
    [1, 0],
    [0.9999999999999999, -1],
    [1023.9999999999999, 9],
    [1024, 10],
    [3e-310, -1029],
    [5e-324, -1074],
    [Number.MAX_VALUE, 1023],
  ])('of %d is %d', (x, exponent) => {
    expect(binaryExponent(x)).toBe(exponent);
  });
});

describe('bytes', () => {
  /** FNV over the bytes of 5 × 20000 values, as every engine must give them. */
  it('are these', () => {
    const draw = createRandom(3);
    let hash = 0x811c9dc5;
    for (let i = 0; i < 20000; i++) {
      const x = 60 * draw.uniform() - 30;
      const values = Float64Array.of(exp(x), log(Math.abs(x)), log1p(exp(-Math.abs(x))), ...circlePoint(x));
      for (const word of new Uint32Array(values.buffer)) hash = Math.imul(hash ^ word, 0x01000193);
    }
    expect(hash >>> 0).toBe(1025127493);
  });
});
