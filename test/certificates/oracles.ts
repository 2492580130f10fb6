import { solveQP } from 'quadprog';
import { enumeratePatterns } from '../../src/arrangements/index.js';
import { createRandom, type Random } from '../../src/base/index.js';
import { isActive, type Matrix, matrix, type PatternSet } from '../../src/linalg/index.js';
import type { LossName } from '../../src/losses/index.js';
import type { NetworkWeights } from '../../src/networks/index.js';

export function gaussian(n: number, d: number, random: Random): Matrix {
  return matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
}

export const normals = (n: number, random: Random): Float64Array =>
  Float64Array.from({ length: n }, () => random.normal());

/** rᵀ(Xu)_+ by the definition. */
export function positivePart(X: Matrix, r: Float64Array, u: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < X.rows; i++) {
    let t = 0;
    for (let j = 0; j < X.cols; j++) t += X.data[i * X.cols + j] * u[j];
    if (t > 0) sum += r[i] * t;
  }
  return sum;
}

/** The largest |rᵀ(Xu)_+| over many points of the sphere: random ones, and random steps up from the best. */
export function sampledMaximum(X: Matrix, r: Float64Array, points: number, random: Random): number {
  let best = 0;
  let at = normals(X.cols, random);
  for (let k = 0; k < points; k++) {
    const spread = k % 3 === 0 ? 1e9 : 2 ** -(k % 20);
    const u = at.map((x) => (spread > 1 ? 0 : x) + Math.min(1, spread) * random.normal());
    const length = Math.hypot(...u);
    const value = Math.abs(positivePart(X, r, u)) / length;
    if (value > best) {
      best = value;
      at = u.map((x) => x / length);
    }
  }
  return best;
}

/** ‖P_K(sign·XᵀDr)‖ for the cone of pattern p, by quadprog: min ½‖u − g‖² with (2D − I)Xu ≥ 0. */
export function coneSupport(X: Matrix, r: Float64Array, patterns: PatternSet, p: number, sign: number): number {
  const d = X.cols;
  const g = new Float64Array(d);
  const rows: number[][] = [];
  for (let i = 0; i < X.rows; i++) {
    const x = Array.from(X.data.subarray(i * d, (i + 1) * d));
    const active = isActive(patterns, p, i);
    const length = Math.hypot(...x);
    if (active) for (let j = 0; j < d; j++) g[j] += sign * r[i] * x[j];
    if (length > 0) rows.push(x.map((v) => ((active ? 1 : -1) * v) / length));
  }
  const size = Math.hypot(...g);
  if (size === 0) return 0;
  // quadprog counts from 1
  const column = (values: ArrayLike<number>): number[] => [0, ...Array.from(values)];
  const square = [
    [],
    ...Array.from({ length: d }, (_, i) => column(Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)))),
  ];
  const amat = [[], ...Array.from({ length: d }, (_, j) => column(rows.map((row) => row[j])))];
  const solved = solveQP(square, column(g.map((x) => x / size)), amat, column(rows.map(() => 0)));
  return size * Math.hypot(...solved.solution.slice(1));
}

/**
 * h(r) over all patterns: enumeration, and a quadratic program for each. The patterns may be taken from other data that
 * has the same ones, such as X with other column scales.
 */
export async function enumeratedMaximum(X: Matrix, r: Float64Array, like = X): Promise<number> {
  const { patterns, complete } = await enumeratePatterns(like);
  if (!complete) throw new Error('the enumeration is not complete');
  let best = 0;
  for (let p = 0; p < patterns.count; p++) {
    for (const sign of [1, -1]) best = Math.max(best, coneSupport(X, r, patterns, p, sign));
  }
  return best;
}

export interface Sample {
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly outputs: number;
  readonly loss: LossName;
}

/** Data with targets of the right kind; noise, so that nothing is separable for certain. */
export function sample(loss: LossName, n: number, d: number, outputs: number, random: Random): Sample {
  const X = gaussian(n, d, random);
  const y = new Float64Array(n * outputs);
  for (let i = 0; i < n; i++) {
    const scores = Array.from({ length: outputs }, (_, k) => Math.abs(X.data[i * d]) * (k - 0.5) + random.normal());
    if (loss === 'softmax') y[i * outputs + scores.indexOf(Math.max(...scores))] = 1;
    else {
      const number = loss === 'squared' || loss === 'huber';
      y.set(
        scores.map((s) => (number ? s : s >= 0 ? 1 : -1)),
        i * outputs,
      );
    }
  }
  return { X, y, outputs, loss };
}

export interface Biases {
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
}

/** A random ReLU network with one output a neuron, of random overall size. */
export function randomNetwork(d: number, outputs: number, biases: Biases, random: Random): NetworkWeights {
  const m = 1 + random.integer(6);
  const size = 4 * random.uniform() ** 2;
  const output = matrix(m, outputs);
  for (let j = 0; j < m; j++) output.data[j * outputs + random.integer(outputs)] = size * random.normal();
  return {
    activation: 'relu',
    hidden: gaussian(m, d, random),
    hiddenBias: biases.hiddenBias ? normals(m, random) : new Float64Array(m),
    output,
    outputBias: biases.outputBias ? normals(outputs, random) : new Float64Array(outputs),
  };
}

export const random = createRandom;
