import { Matrix as Dense, pseudoInverse } from 'ml-matrix';
import { createRandom, log, type Random } from '../../src/base/index.js';
import { emptyPatterns, type Matrix, matrix, type PatternSet, setActive } from '../../src/linalg/index.js';
import type { NetworkWeights } from '../../src/networks/index.js';

/** A training problem with an optimal network that is known by construction not to be the only one. */
export interface KnownProblem {
  readonly name: string;
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly lambda: number;
  readonly weights: NetworkWeights;
  readonly options: {
    readonly loss: 'squared' | 'logistic';
    readonly outputBias: boolean;
    readonly hiddenBias: boolean;
    readonly patterns?: PatternSet;
    readonly gates?: Matrix;
  };
  /** Dimension of the optimal set, where the construction gives it. */
  readonly dimension?: number;
}

export interface Shape {
  readonly activation: 'relu' | 'gated';
  readonly outputs: number;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
}

/** Cases in turn: both activations, one and two outputs, with and without either bias. */
export function shapeOf(seed: number): Shape {
  return {
    activation: seed % 2 === 0 ? 'relu' : 'gated',
    outputs: 1 + ((seed >> 1) % 2),
    outputBias: (seed >> 2) % 2 === 1,
    hiddenBias: (seed >> 3) % 2 === 1,
  };
}

/**
 * Rows are made so that Σ β_i s_i D_iXu_i = 0 holds for chosen directions u_i inside their cones, and the residual so that
 * s_i XᵀD_i r = nλ u_i: then every u_i is in the equicorrelation set, and one step along β keeps fit and penalty (Σβ = 0).
 * `idle` of the neurons have size zero, and come with the given patterns or gates.
 */
export function dependentProblem(seed: number, idle: number): KnownProblem {
  const shape = shapeOf(seed);
  const random = createRandom(seed, 7);
  const lambda = 0.01 + 0.02 * random.uniform();
  // some choices leave no residual that satisfies all equations
  for (;;) {
    const k = 4 + random.integer(2);
    const signs = Array.from({ length: k }, () => (shape.activation === 'gated' || random.uniform() < 0.6 ? 1 : -1));
    const directions = Array.from({ length: k }, () => unit(Array.from({ length: k }, () => random.normal())));
    const beta = zeroSum(k, random);
    const rows = Array.from({ length: 3 * k * k }, () =>
      dependentRow(directions, beta, signs, random, shape.hiddenBias),
    );
    if (rows.includes(null)) continue;
    const found = rows as number[][];
    const residuals = Array.from({ length: shape.outputs }, () =>
      residualFor(found, directions, signs, found.length * lambda, random, shape),
    );
    if (residuals.includes(null)) continue;
    const sizes = residuals.map(() => directions.map((_, i) => (i < k - idle ? 0.3 + random.uniform() : 0)));
    const name = `dependent ${seed}`;
    return assemble(name, shape, found, directions, signs, residuals as number[][], sizes, lambda, random);
  }
}

function assemble(
  name: string,
  shape: Shape,
  rows: number[][],
  directions: number[][],
  signs: number[],
  residuals: number[][],
  sizes: number[][],
  lambda: number,
  random: Random,
): KnownProblem {
  const { outputs, hiddenBias, activation } = shape;
  const n = rows.length;
  const d = rows[0].length - (hiddenBias ? 1 : 0);
  const bias = Array.from({ length: outputs }, () => (shape.outputBias ? random.normal() : 0));
  const X = matrix(n, d, Float64Array.from(rows.flatMap((row) => row.slice(0, d))));
  const y = new Float64Array(n * outputs);
  const used: { i: number; k: number; a: number }[] = [];
  for (let k = 0; k < outputs; k++) {
    sizes[k].forEach((a, i) => {
      if (a > 0) used.push({ i, k, a });
    });
    rows.forEach((row, t) => {
      const f = directions.reduce((sum, u, i) => sum + sizes[k][i] * signs[i] * Math.max(0, dot(row, u)), bias[k]);
      y[t * outputs + k] = f + residuals[k][t];
    });
  }
  const hidden = matrix(used.length, d);
  const hiddenBiases = new Float64Array(used.length);
  const output = matrix(used.length, outputs);
  used.forEach(({ i, k, a }, j) => {
    // neurons from elsewhere are not balanced
    const scale = 0.5 + random.uniform();
    for (let c = 0; c < d; c++) hidden.data[j * d + c] = scale * directions[i][c];
    if (hiddenBias) hiddenBiases[j] = scale * directions[i][d];
    output.data[j * outputs + k] = (signs[i] * a) / scale;
  });
  const gated = activation === 'gated';
  const gates = matrix(directions.length, d + 1);
  directions.forEach((u, i) => {
    for (let c = 0; c < u.length; c++) gates.data[i * (d + 1) + c] = 2 * u[c];
  });
  const own = matrix(
    used.length,
    d,
    Float64Array.from(used.flatMap(({ i }) => directions[i].slice(0, d).map((v) => 2 * v))),
  );
  const ownBias = Float64Array.from(used, ({ i }) => (hiddenBias ? 2 * directions[i][d] : 0));
  return {
    name,
    X,
    y,
    lambda,
    weights: {
      activation,
      hidden,
      hiddenBias: hiddenBiases,
      output,
      outputBias: Float64Array.from(bias),
      ...(gated && { gates: own, gateBias: ownBias }),
    },
    options: { loss: 'squared', outputBias: shape.outputBias, hiddenBias, gates },
    dimension: outputs,
  };
}

/** A row with Σ_{i active} β_i s_i u_i·x = 0, no u_i·x near zero; its last entry is 1 where there is a hidden bias. */
function dependentRow(u: number[][], beta: number[], signs: number[], random: Random, ones: boolean): number[] | null {
  for (let attempt = 0; attempt < 500; attempt++) {
    const x = u[0].map(() => random.normal());
    const active = u.map((v) => dot(v, x) > 0);
    const sum = u[0].map((_, c) => u.reduce((s, v, i) => s + (active[i] ? beta[i] * signs[i] * v[c] : 0), 0));
    const size = dot(sum, sum);
    if (size > 0) {
      const along = dot(sum, x) / size;
      for (let c = 0; c < x.length; c++) x[c] -= along * sum[c];
    }
    if (ones) {
      const last = x[x.length - 1];
      if (!(last > 0.3)) continue;
      for (let c = 0; c < x.length; c++) x[c] /= last;
    }
    const clear = u.every((v, i) => Math.abs(dot(v, x)) > 0.03 * Math.sqrt(dot(x, x)) && dot(v, x) > 0 === active[i]);
    if (clear) return x;
  }
  return null;
}

/** Null where the equations have no solution. r with s_i XᵀD_i r = capacity · u_i for all i, and 1ᵀr = 0 where the output bias is free; else random. */
function residualFor(
  rows: number[][],
  u: number[][],
  signs: number[],
  capacity: number,
  random: Random,
  { outputBias }: Shape,
): number[] | null {
  const equations: number[][] = [];
  const right: number[] = [];
  u.forEach((v, i) => {
    v.forEach((value, c) => {
      equations.push(rows.map((x) => (dot(v, x) > 0 ? signs[i] * x[c] : 0)));
      right.push(capacity * value);
    });
  });
  if (outputBias) {
    equations.push(rows.map(() => 1));
    right.push(0);
  }
  const A = new Dense(equations);
  const inverse = pseudoInverse(A);
  const start = Dense.columnVector(rows.map(() => 0.1 * random.normal()));
  let r = start;
  // the second round takes away the rounding of the first
  for (let round = 0; round < 3; round++)
    r = Dense.add(r, inverse.mmul(Dense.sub(Dense.columnVector(right), A.mmul(r))));
  const wrong = Dense.sub(Dense.columnVector(right), A.mmul(r)).to1DArray();
  return wrong.every((value) => Math.abs(value) < 1e-12 * capacity) ? r.to1DArray() : null;
}

/**
 * Orthonormal rows, |r_i| = ρ: the gated pattern D has the price ρ√|D|, so all sets of s rows are in the equicorrelation set.
 * ReLU: sets within the rows of one sign, given as patterns.
 */
export function orthogonalProblem(seed: number, loss: 'squared' | 'logistic'): KnownProblem {
  const random = createRandom(seed, 8);
  const n = 6 + 2 * random.integer(3);
  const outputBias = seed % 2 === 0;
  const relu = seed % 3 === 0 && loss === 'squared';
  const rows = orthonormal(n, random);
  const rho = 0.2 + 0.2 * random.uniform();
  const label = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const r = label.map((s) => rho * s);
  const size = relu ? 2 : 2 + random.integer(n / 2 - 1);
  const sets = relu ? signedSets(label) : cyclicSets(n, size, 2, random);
  // families of equal sizes cover all rows alike, as the logistic loss needs
  const c = log((1 - rho) / rho);
  const share = [0.3 + 0.4 * random.uniform()];
  const a = sets.map((_, i) =>
    loss === 'logistic' ? (c / Math.sqrt(size)) * (i < n ? share[0] : 1 - share[0]) : 0.2 + random.uniform(),
  );
  const directions = sets.map((set) =>
    rows[0].map((_, k) => set.reduce((s, i) => s + label[i] * rows[i][k], 0) / Math.sqrt(size)),
  );
  const f = Array.from({ length: n }, (_, i) =>
    sets.reduce((s, set, j) => s + (set.includes(i) ? (a[j] * label[i]) / Math.sqrt(size) : 0), 0),
  );
  const y = Float64Array.from(f, (value, i) => (loss === 'logistic' ? label[i] : value + r[i]));
  return {
    name: `orthogonal ${loss} ${seed}`,
    X: matrix(n, n, Float64Array.from(rows.flat())),
    y,
    lambda: (rho * Math.sqrt(size)) / n,
    ...orthogonalNetwork(rows, sets, directions, a, label, relu),
    options: {
      loss,
      outputBias,
      hiddenBias: false,
      ...(relu ? { patterns: setsAsPatterns(n, sets) } : { gates: gatesOf(rows, sets) }),
    },
  };
}

function orthogonalNetwork(
  rows: number[][],
  sets: number[][],
  directions: number[][],
  a: number[],
  label: number[],
  relu: boolean,
) {
  const n = rows.length;
  const m = sets.length;
  // ReLU: the neuron reaches rows of one sign, and the output weight has that sign
  const sign = sets.map((set) => (relu ? label[set[0]] : 1));
  const hidden = matrix(m, n, Float64Array.from(directions.flatMap((u, j) => u.map((v) => sign[j] * v))));
  const gates = gatesOf(rows, sets);
  const weights: NetworkWeights = {
    activation: relu ? 'relu' : 'gated',
    hidden,
    hiddenBias: new Float64Array(m),
    output: matrix(
      m,
      1,
      Float64Array.from(a, (value, j) => sign[j] * value),
    ),
    outputBias: new Float64Array(1),
    ...(!relu && { gates, gateBias: new Float64Array(m) }),
  };
  return { weights };
}

const gatesOf = (rows: number[][], sets: number[][]): Matrix =>
  matrix(
    sets.length,
    rows.length,
    Float64Array.from(
      sets.flatMap((set) =>
        rows[0].map((_, k) => rows.reduce((s, row, i) => s + (set.includes(i) ? row[k] : -row[k]), 0)),
      ),
    ),
  );

function setsAsPatterns(n: number, sets: number[][]): PatternSet {
  const patterns = emptyPatterns(n, sets.length);
  sets.forEach((set, p) => {
    for (const i of set) setActive(patterns, p, i);
  });
  return patterns;
}

/** For random orders of the rows, every run of `size` rows in a circle. */
function cyclicSets(n: number, size: number, families: number, random: Random): number[][] {
  return Array.from({ length: families }, () => {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order.map((_, i) => Array.from({ length: size }, (_, k) => order[(i + k) % n]));
  }).flat();
}

/** All pairs of rows of one label. */
function signedSets(label: number[]): number[][] {
  const sets: number[][] = [];
  for (let i = 0; i < label.length; i++) for (let j = 0; j < i; j++) if (label[i] === label[j]) sets.push([j, i]);
  return sets;
}

function orthonormal(n: number, random: Random): number[][] {
  const rows: number[][] = [];
  while (rows.length < n) {
    let v = Array.from({ length: n }, () => random.normal());
    for (const row of [...rows, ...rows]) {
      const part = dot(row, v);
      v = v.map((value, k) => value - part * row[k]);
    }
    rows.push(unit(v));
  }
  return rows;
}

function zeroSum(k: number, random: Random): number[] {
  const beta = Array.from({ length: k }, (_, i) => (i % 2 === 0 ? 1 : -1) * (0.4 + random.uniform()));
  const positive = beta.filter((b) => b > 0).reduce((s, b) => s + b, 0);
  const negative = -beta.filter((b) => b < 0).reduce((s, b) => s + b, 0);
  return beta.map((b) => (b < 0 ? (b * positive) / negative : b));
}

const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
const unit = (v: number[]): number[] => v.map((value) => value / Math.sqrt(dot(v, v)));
