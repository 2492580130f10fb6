import { circlePoint, createRandom, type Random, requireThat } from '../base/index.js';
import { type Matrix, matrix, matrixFromRows } from '../linalg/index.js';

/** A made-up data set: y holds numbers (regression) or labels −1 and +1 (classification). */
export interface ToySet {
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly name: string;
  readonly task: 'regression' | 'classification';
}

export interface ToyOptions {
  /** Rows. Default 200. */
  readonly n?: number;
  /** Standard deviation of the noise (on the points, for the planar sets; on y otherwise). Default 0.1. */
  readonly noise?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Standard normal X; y = Σ_j α_j (u_j·x)_+ + noise, with u_j uniform on the sphere and α_j = ±1/√neurons. */
export function plantedTeacher(options: ToyOptions & { readonly d?: number; readonly neurons?: number } = {}): ToySet {
  const { d = 5, neurons = 3 } = options;
  requireThat(Number.isInteger(d) && d > 0, `plantedTeacher: expected d > 0 columns, got ${d}.`);
  requireThat(Number.isInteger(neurons) && neurons > 0, `plantedTeacher: expected neurons > 0, got ${neurons}.`);
  const { n, noise, random } = start('plantedTeacher', options);
  const teacher = Array.from({ length: neurons }, () => unitVector(d, random));
  const signs = teacher.map(() => (random.uniform() < 0.5 ? -1 : 1) / Math.sqrt(neurons));
  const X = matrix(n, d);
  for (let k = 0; k < X.data.length; k++) X.data[k] = random.normal();
  const y = Float64Array.from({ length: n }, (_, i) => {
    const x = X.data.subarray(i * d, (i + 1) * d);
    const value = teacher.reduce((sum, u, j) => sum + signs[j] * Math.max(0, dot(u, x)), 0);
    return value + noise * random.normal();
  });
  return { X, y, name: 'planted-teacher', task: 'regression' };
}

/** One column x uniform in [−1, 1]; y = sin(2πx) + noise. */
export function noisySine(options: ToyOptions = {}): ToySet {
  const { n, noise, random } = start('noisySine', options);
  const X = matrix(
    n,
    1,
    Float64Array.from({ length: n }, () => 2 * random.uniform() - 1),
  );
  const y = X.data.map((x) => circlePoint(2 * Math.PI * x)[1] + noise * random.normal());
  return { X, y, name: 'noisy-sine', task: 'regression' };
}

/** Two spiral arms of one and a half turns, one per class. */
export const spiral = (options: ToyOptions = {}): ToySet =>
  planar('spiral', options, (label, random) => {
    const radius = 0.1 + 1.9 * random.uniform();
    const angle = 1.5 * Math.PI * radius + (label > 0 ? Math.PI : 0);
    return onCircle(radius, angle);
  });

/** Two interleaving half circles. */
export const moons = (options: ToyOptions = {}): ToySet =>
  planar('moons', options, (label, random) => {
    const [x, y] = circlePoint(Math.PI * random.uniform());
    return label > 0 ? [0.5 - x, 0.25 - y] : [x - 0.5, y - 0.25];
  });

/** A circle of radius 0.5 (+1) inside one of radius 1 (−1). */
export const circles = (options: ToyOptions = {}): ToySet =>
  planar('circles', options, (label, random) => {
    const angle = 2 * Math.PI * random.uniform();
    const radius = label > 0 ? 0.5 : 1;
    return onCircle(radius, angle);
  });

/** Points around the corners (±1, ±1); +1 where the two signs differ. */
export const xor = (options: ToyOptions = {}): ToySet =>
  planar('xor', options, (label, random) => {
    const side = random.uniform() < 0.5 ? -1 : 1;
    return [side, -label * side];
  });

function onCircle(radius: number, angle: number): readonly [number, number] {
  const [x, y] = circlePoint(angle);
  return [radius * x, radius * y];
}

/** Two columns and labels that alternate −1, +1; `point` places a row, noise is added to both columns. */
function planar(
  name: string,
  options: ToyOptions,
  point: (label: number, random: Random) => readonly [number, number],
): ToySet {
  const { n, noise, random } = start(name, options);
  const y = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1 : 1));
  const rows = Array.from(y, (label) => point(label, random).map((value) => value + noise * random.normal()));
  return { X: matrixFromRows(rows), y, name, task: 'classification' };
}

function start(
  name: string,
  { n = 200, noise = 0.1, seed = 0 }: ToyOptions,
): { n: number; noise: number; random: Random } {
  requireThat(Number.isInteger(n) && n > 0, `${name}: expected n > 0 rows, got ${n}.`);
  requireThat(noise >= 0, `${name}: expected noise ≥ 0, got ${noise}.`);
  return { n, noise, random: createRandom(seed) };
}

function unitVector(d: number, random: Random): Float64Array {
  const v = Float64Array.from({ length: d }, () => random.normal());
  const norm = Math.sqrt(dot(v, v));
  return v.map((value) => value / norm);
}

const dot = (u: Float64Array, x: Float64Array): number => u.reduce((sum, value, k) => sum + value * x[k], 0);
