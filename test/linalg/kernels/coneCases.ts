import { createRandom, type Random } from '../../../src/base/index.js';
import type { ConeFactors, ConeProximalArguments } from '../../../src/linalg/kernels/kernels.js';
import { coneFactorNumbers } from '../../../src/linalg/kernels/plain/coneFactor.js';

export type ConeProblem = { -readonly [K in keyof ConeProximalArguments]: ConeProximalArguments[K] };

/** Ways to spoil a random matrix: rows repeated, negated, zeroed, combined, or nearly parallel. */
export type Flaw = 'none' | 'duplicate' | 'negated' | 'zero' | 'dependent' | 'close' | 'correlated';
export const FLAWS: readonly Flaw[] = ['none', 'duplicate', 'negated', 'zero', 'dependent', 'close', 'correlated'];

export function flawedRows(n: number, d: number, flaw: Flaw, random: Random): Float64Array {
  const x = Float64Array.from({ length: n * d }, () => random.normal());
  const common = Float64Array.from({ length: d }, () => random.normal());
  for (let i = 0; i < n; i++) {
    const source = random.integer(n);
    const other = random.integer(n);
    const spoil = random.uniform() < 0.6;
    for (let j = 0; j < d; j++) {
      const at = i * d + j;
      if (flaw === 'correlated') x[at] = common[j] + 1e-3 * x[at];
      if (!spoil || flaw === 'none' || flaw === 'correlated') continue;
      if (flaw === 'duplicate') x[at] = x[source * d + j];
      if (flaw === 'negated') x[at] = -2 * x[source * d + j];
      if (flaw === 'zero') x[at] = 0;
      if (flaw === 'dependent') x[at] = x[source * d + j] - 0.5 * x[other * d + j];
      if (flaw === 'close') x[at] = x[source * d + j] + 1e-9 * x[at];
    }
  }
  return x;
}

export interface CaseOptions {
  n: number;
  d: number;
  patterns: number;
  flaw?: Flaw;
  seed?: number;
  threshold?: number;
  exact?: boolean;
  cones?: boolean;
  /** Patterns of random directions (else of random bits: cones that may hold nothing but zero). */
  realisable?: boolean;
  /** Places for the factors of the first blocks. */
  kept?: number;
  /** Norms up to which blocks are idle: 0 for every third, these for the others. */
  idle?: number;
}

/** Two blocks (one a sign) for each pattern, cold. */
export function coneProblem(o: CaseOptions): ConeProblem {
  const random = createRandom(o.seed ?? 1);
  const { n, d } = o;
  const blocks = 2 * o.patterns;
  const stride = (n + 7) >> 3;
  const fill = (k: number, f: (i: number) => number) => Float64Array.from({ length: k }, (_, i) => f(i));
  const rows = flawedRows(n, d, o.flaw ?? 'none', random);
  const norms = inverseNorms(n, d, rows);
  const bytes = new Uint8Array(stride * o.patterns);
  for (let p = 0; p < o.patterns; p++) {
    const gate = Float64Array.from({ length: d }, () => random.normal());
    for (let i = 0; i < n; i++) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += rows[i * d + j] * gate[j];
      const on = o.realisable === false ? random.uniform() < 0.5 : dot >= 0;
      if (on) bytes[p * stride + (i >> 3)] |= 1 << (i & 7);
    }
  }
  return {
    n,
    d,
    blocks,
    x: fill(n * d, (i) => rows[i]),
    inverseNorms: fill(n, (i) => norms[i]),
    bytes,
    stride,
    pattern: Int32Array.from({ length: blocks }, (_, b) => b >> 1),
    sign: fill(blocks, (b) => (b & 1 ? -1 : 1)),
    z: fill(blocks * d, () => random.normal()),
    g: fill(o.patterns * d, () => random.normal()),
    sigma: 0.7,
    threshold: o.threshold ?? 0,
    cones: o.cones ?? true,
    exact: o.exact ?? true,
    tight: new Int32Array(blocks * d),
    tightCount: new Int32Array(blocks),
    multiplier: new Float64Array(blocks * d),
    norm: new Float64Array(blocks),
    out: new Float64Array(blocks * d),
    idle: o.idle === undefined ? undefined : fill(blocks, (b) => (b % 3 === 0 ? 0 : o.idle!)),
    factors: o.kept === undefined ? undefined : noFactors(n, d, blocks, o.kept),
  };
}

/** Places, all empty, for the factors of the first blocks; anything may lie in the numbers. */
export function noFactors(n: number, d: number, blocks: number, kept: number): ConeFactors {
  return {
    place: Int32Array.from({ length: blocks }, (_, b) => (b < kept ? kept - 1 - b : -1)),
    state: new Int32Array(kept * (d + 2)),
    numbers: new Float64Array(kept * coneFactorNumbers(n, d)).fill(7),
  };
}

export function inverseNorms(n: number, d: number, x: Float64Array): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let square = 0;
    for (let j = 0; j < d; j++) square += x[i * d + j] ** 2;
    return square > 0 ? 1 / Math.sqrt(square) : 0;
  });
}

/** The signed unit rows of block b (zero rows left out) with their row numbers. */
export function coneRows(p: ConeProblem, b: number): { row: number; a: number[] }[] {
  const out: { row: number; a: number[] }[] = [];
  for (let i = 0; i < p.n; i++) {
    if (p.inverseNorms[i] === 0) continue;
    const on = (p.bytes[p.pattern[b] * p.stride + (i >> 3)] >> (i & 7)) & 1;
    const scale = (on ? 1 : -1) * p.inverseNorms[i];
    out.push({ row: i, a: Array.from(p.x.subarray(i * p.d, (i + 1) * p.d), (v) => v * scale) });
  }
  return out;
}

export function centre(p: ConeProblem, b: number): number[] {
  return Array.from({ length: p.d }, (_, j) => p.z[b * p.d + j] + p.sigma * p.sign[b] * p.g[p.pattern[b] * p.d + j]);
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
};
export const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/**
 * P_K(c) by brute force: of the projections of c on the null spaces of all subsets of rows, the nearest to c that lies
 * in the cone. For a handful of rows only.
 */
export function projectByEnumeration(p: ConeProblem, b: number): number[] {
  const c = centre(p, b);
  const rows = coneRows(p, b);
  let best = c.map(() => 0);
  for (let subset = 0; subset < 1 << rows.length; subset++) {
    const w = [...c];
    const span: number[][] = [];
    rows.forEach(({ a }, k) => {
      if ((subset >> k) & 1) addToSpan(span, a);
    });
    for (let pass = 0; pass < 2; pass++) for (const q of span) subtract(w, q, dot(q, w));
    if (rows.every(({ a }) => dot(a, w) >= -1e-10 * length(c)) && distance(w, c) < distance(best, c)) best = w;
  }
  return best;
}

function addToSpan(span: number[][], a: number[]): void {
  const rest = [...a];
  for (let pass = 0; pass < 3; pass++) for (const q of span) subtract(rest, q, dot(q, rest));
  const norm = length(rest);
  if (norm > 1e-9) span.push(rest.map((v) => v / norm));
}

function subtract(w: number[], q: number[], factor: number): void {
  for (let j = 0; j < w.length; j++) w[j] -= factor * q[j];
}

const distance = (a: number[], b: number[]): number => length(a.map((v, j) => v - b[j]));
