/**
 * The training problem and its dual in dense loops over arrays of rows: the oracle of the solver tests. It shares nothing
 * with src, and nothing here is meant to be fast.
 */
export type LossKind = 'squared' | 'huber' | 'logistic' | 'squared-hinge' | 'softmax';

export interface DenseProblem {
  readonly X: readonly (readonly number[])[];
  /** n rows of c targets. */
  readonly Y: readonly (readonly number[])[];
  readonly loss: LossKind;
  readonly lambda: number;
  readonly outputBias: boolean;
  readonly gated: boolean;
}

export interface DenseBlock {
  readonly pattern: readonly boolean[];
  readonly sign: number;
  readonly output: number;
  readonly z: readonly number[];
}

/** One sample's loss, its residual −∂ℓ/∂f and its conjugate ℓ*(−r). */
interface SampleLoss {
  value(f: readonly number[], y: readonly number[]): number;
  residual(f: readonly number[], y: readonly number[]): number[];
  conjugate(r: readonly number[], y: readonly number[]): number;
}

const xlogx = (p: number): number => (p > 0 ? p * Math.log(p) : 0);
const outside = (r: number, low: number, high: number): boolean => r < low || r > high;

function scalar(
  value: (f: number, y: number) => number,
  residual: (f: number, y: number) => number,
  conjugate: (r: number, y: number) => number,
): SampleLoss {
  const sum = (g: (a: number, y: number) => number, a: readonly number[], y: readonly number[]): number =>
    a.reduce((total, v, k) => total + g(v, y[k]), 0);
  return {
    value: (f, y) => sum(value, f, y),
    residual: (f, y) => f.map((v, k) => residual(v, y[k])),
    conjugate: (r, y) => sum(conjugate, r, y),
  };
}

export const sampleLosses: Record<LossKind, SampleLoss> = {
  squared: scalar(
    (f, y) => (f - y) ** 2 / 2,
    (f, y) => y - f,
    (r, y) => r ** 2 / 2 - r * y,
  ),
  huber: scalar(
    (f, y) => (Math.abs(f - y) <= 1 ? (f - y) ** 2 / 2 : Math.abs(f - y) - 1 / 2),
    (f, y) => (Math.abs(f - y) <= 1 ? y - f : Math.sign(y - f)),
    (r, y) => (outside(r, -1, 1) ? Number.POSITIVE_INFINITY : r ** 2 / 2 - r * y),
  ),
  logistic: scalar(
    (f, y) => (y * f > -30 ? Math.log1p(Math.exp(-y * f)) : -y * f),
    (f, y) => y / (1 + Math.exp(y * f)),
    (r, y) => (outside(r * y, 0, 1) ? Number.POSITIVE_INFINITY : xlogx(r * y) + xlogx(1 - r * y)),
  ),
  'squared-hinge': scalar(
    (f, y) => Math.max(0, 1 - y * f) ** 2 / 2,
    (f, y) => y * Math.max(0, 1 - y * f),
    (r, y) => (r * y < 0 ? Number.POSITIVE_INFINITY : r ** 2 / 2 - r * y),
  ),
  softmax: {
    value(f, y) {
      const top = Math.max(...f);
      return top + Math.log(f.reduce((s, v) => s + Math.exp(v - top), 0)) - f.reduce((s, v, k) => s + v * y[k], 0);
    },
    residual(f, y) {
      const weights = f.map((v) => Math.exp(v - Math.max(...f)));
      const total = weights.reduce((s, w) => s + w, 0);
      return weights.map((w, k) => y[k] - w / total);
    },
    conjugate: (r, y) =>
      r.some((v, k) => y[k] - v < 0) ? Number.POSITIVE_INFINITY : r.reduce((s, v, k) => s + xlogx(y[k] - v), 0),
  },
};

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, k) => s + v * b[k], 0);
export const length = (a: readonly number[]): number => Math.sqrt(dot(a, a));

/** n×c outputs of the blocks, from their patterns as given. */
export function denseForward(p: DenseProblem, blocks: readonly DenseBlock[], bias: readonly number[]): number[][] {
  return p.X.map((x, i) =>
    bias.map(
      (b, k) =>
        b +
        blocks.reduce((s, block) => s + (block.output === k && block.pattern[i] ? block.sign * dot(x, block.z) : 0), 0),
    ),
  );
}

/** (1/n) Σℓ + λ Σ‖z‖. */
export function denseObjective(p: DenseProblem, F: readonly (readonly number[])[], norms: number): number {
  const { value } = sampleLosses[p.loss];
  return F.reduce((s, f, i) => s + value(f, p.Y[i]), 0) / p.X.length + p.lambda * norms;
}

/** Largest violation of (2D − I)Xz ≥ 0 relative to ‖x_i‖‖z‖. */
export function coneViolation(p: DenseProblem, blocks: readonly DenseBlock[]): number {
  let worst = 0;
  for (const { pattern, z } of blocks) {
    p.X.forEach((x, i) => {
      const size = length(x) * length(z);
      if (size > 0) worst = Math.max(worst, ((pattern[i] ? -1 : 1) * dot(x, z)) / size);
    });
  }
  return worst;
}

export const denseResidual = (p: DenseProblem, F: readonly (readonly number[])[]): number[][] =>
  F.map((f, i) => sampleLosses[p.loss].residual(f, p.Y[i]));

/** g = XᵀD r for one output. */
export function denseGradient(X: DenseProblem['X'], pattern: readonly boolean[], r: readonly number[]): number[] {
  const g = new Array<number>(X[0].length).fill(0);
  X.forEach((x, i) => {
    if (pattern[i]) for (let j = 0; j < g.length; j++) g[j] += r[i] * x[j];
  });
  return g;
}

/**
 * P_K(g), K = {u : (2D − I)Xu ≥ 0}: g + Σν_i s_i x_i of least norm over ν ≥ 0, by Lawson and Hanson's method and sweeps over
 * single coordinates after it. Whatever ν they stop at proves max{gᵀu : u ∈ K, ‖u‖ ≤ 1} ≤ ‖result‖.
 */
export function coneProjection(X: DenseProblem['X'], pattern: readonly boolean[], g: readonly number[]): number[] {
  const rows = X.map((x, i) => x.map((v) => (pattern[i] ? v : -v) / (length(x) || 1))).filter((x) => length(x) > 0);
  const nu = lawsonHanson(rows, g);
  const w = combination(g, rows, nu);
  for (let sweep = 0; sweep < 500; sweep++) {
    let moved = 0;
    rows.forEach((x, i) => {
      const step = Math.max(-nu[i], -dot(w, x));
      if (step === 0) return;
      nu[i] += step;
      for (let j = 0; j < w.length; j++) w[j] += step * x[j];
      moved = Math.max(moved, Math.abs(step));
    });
    if (moved <= 1e-15 * length(g)) break;
  }
  return w;
}

const combination = (g: readonly number[], rows: readonly number[][], nu: readonly number[]): number[] =>
  g.map((v, j) => rows.reduce((s, x, i) => s + nu[i] * x[j], v));

/** ν ≥ 0 that minimises ‖g + Σν_i x_i‖. */
function lawsonHanson(rows: readonly number[][], g: readonly number[]): number[] {
  const nu = rows.map(() => 0);
  const blocked = new Set<number>();
  let passive: number[] = [];
  for (let round = 0; round < 20 * rows.length; round++) {
    const w = combination(g, rows, nu);
    const slopes = rows.map((x, i) => (passive.includes(i) || blocked.has(i) ? 0 : dot(x, w)));
    const entering = slopes.indexOf(Math.min(...slopes));
    if (!(slopes[entering] < -1e-14 * length(g))) break;
    passive.push(entering);
    while (passive.length > 0) {
      const s = leastSquares(
        passive.map((i) => rows[i]),
        g,
      );
      if (s === null) {
        blocked.add(passive.pop() as number);
        break;
      }
      const ratios = passive.map((i, k) => (s[k] > 0 ? 1 : nu[i] / (nu[i] - s[k] || 1)));
      const t = Math.min(1, ...ratios);
      passive.forEach((i, k) => {
        nu[i] = t < 1 && ratios[k] === t ? 0 : Math.max(0, nu[i] + t * (s[k] - nu[i]));
      });
      if (t === 1) break;
      const left = passive.filter((i) => nu[i] > 0);
      if (!left.includes(entering)) blocked.add(entering);
      else if (left.length < passive.length) blocked.clear();
      if (left.length === passive.length) break;
      passive = left;
    }
  }
  return nu;
}

/** ν that minimises ‖g + Σν_k x_k‖ without signs, by Gram–Schmidt done twice; null when the rows are dependent. */
function leastSquares(rows: readonly number[][], g: readonly number[]): number[] | null {
  const basis: number[][] = [];
  const upper: number[][] = [];
  for (const x of rows) {
    let rest = [...x];
    const entries = basis.map(() => 0);
    for (let pass = 0; pass < 2; pass++) {
      basis.forEach((q, k) => {
        const along = dot(q, rest);
        entries[k] += along;
        rest = rest.map((v, j) => v - along * q[j]);
      });
    }
    const size = length(rest);
    if (size < 1e-13) return null;
    basis.push(rest.map((v) => v / size));
    upper.push([...entries, size]);
  }
  const nu = basis.map((q) => -dot(q, g));
  for (let k = nu.length - 1; k >= 0; k--) {
    for (let l = k + 1; l < nu.length; l++) nu[k] -= upper[l][k] * nu[l];
    nu[k] /= upper[k][k];
  }
  return nu;
}

/** Largest support function over the patterns, both signs and all outputs. */
export function denseSupport(
  p: DenseProblem,
  patterns: readonly (readonly boolean[])[],
  R: readonly (readonly number[])[],
): number {
  let largest = 0;
  for (let k = 0; k < R[0].length; k++) {
    const r = R.map((row) => row[k]);
    for (const pattern of patterns) {
      const g = denseGradient(p.X, pattern, r);
      if (length(g) <= largest) continue;
      if (p.gated) largest = length(g);
      else
        for (const s of [1, -1]) {
          const c = g.map((v) => s * v);
          largest = Math.max(largest, length(coneProjection(p.X, pattern, c)));
        }
    }
  }
  return largest;
}

/** The columns of R scaled on their larger side so that they sum to zero (which keeps every loss's domain). */
export function balancedColumns(p: DenseProblem, R: readonly (readonly number[])[]): number[][] {
  const out = R.map((row) => [...row]);
  if (!p.outputBias) return out;
  for (let k = 0; k < R[0].length; k++) {
    const plus = R.reduce((s, row) => s + Math.max(0, row[k]), 0);
    const minus = R.reduce((s, row) => s + Math.max(0, -row[k]), 0);
    const [over, factor] = plus > minus ? [1, minus / plus] : [-1, plus / minus];
    for (const row of out) if (over * row[k] > 0) row[k] *= factor;
  }
  return out;
}

/** −(1/n) Σℓ*(−s r), largest over 0 ≤ s ≤ limit (a concave function of s), by thirds. */
export function denseDual(p: DenseProblem, R: readonly (readonly number[])[], limit: number): number {
  const { conjugate } = sampleLosses[p.loss];
  const value = (s: number): number => {
    const sum = R.reduce(
      (t, row, i) =>
        t +
        conjugate(
          row.map((v) => s * v),
          p.Y[i],
        ),
      0,
    );
    return -sum / p.X.length;
  };
  let [low, high] = [0, Math.min(limit, 1)];
  if (limit > 1 && value(Math.min(limit, 2)) > value(1)) high = Math.min(limit, 2);
  const ends = [value(low), value(high)];
  for (let k = 0; k < 120; k++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (value(a) < value(b)) low = a;
    else high = b;
  }
  return Math.max(...ends, value((low + high) / 2));
}

/** A proved lower bound over the patterns from any residual. Softmax rows must sum to zero already. */
export function denseLowerBound(
  p: DenseProblem,
  patterns: readonly (readonly boolean[])[],
  R: readonly (readonly number[])[],
): number {
  const balanced = balancedColumns(p, R);
  return denseDual(p, balanced, (p.X.length * p.lambda) / Math.max(denseSupport(p, patterns, balanced), 1e-300));
}

/** The best constant for each output: zero sum of residuals, by bisection (softmax: log frequencies). */
export function denseConstant({ Y, loss, outputBias }: DenseProblem): number[] {
  const c = Y[0].length;
  if (!outputBias) return new Array<number>(c).fill(0);
  if (loss === 'softmax') return Y[0].map((_, k) => Math.log(Y.reduce((s, y) => s + y[k], 0)));
  return Y[0].map((_, k) => {
    const slope = (b: number): number => Y.reduce((s, y) => s + sampleLosses[loss].residual([b], [y[k]])[0], 0);
    let [low, high] = [-1e9, 1e9];
    for (let step = 0; step < 200; step++) {
      const middle = (low + high) / 2;
      if (slope(middle) > 0) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  });
}

/** λ from which on the constant model is optimal over the patterns. */
export function denseLambdaMax(p: DenseProblem, patterns: readonly (readonly boolean[])[]): number {
  const F = p.Y.map(() => denseConstant(p));
  return denseSupport(p, patterns, denseResidual(p, F)) / p.X.length;
}
