import {
  circles,
  createRandom,
  moons,
  noisySine,
  plantedTeacher,
  spiral,
  type Table,
  type ToySet,
  tableFrom,
  xor,
} from 'relucent';
import type { Choices, SetName } from './choices.js';

export interface BuiltIn {
  readonly name: Exclude<SetName, 'own'>;
  readonly title: string;
  /** Where to begin with it. */
  readonly start: Pick<Choices, 'n' | 'noise' | 'lambda'>;
  readonly make: (options: { n: number; noise: number; seed: number }) => ToySet;
}

export const builtIns: readonly BuiltIn[] = [
  { name: 'moons', title: 'Moons', start: { n: 200, noise: 0.15, lambda: 0.01 }, make: moons },
  { name: 'spiral', title: 'Spiral', start: { n: 200, noise: 0.05, lambda: 0.002 }, make: spiral },
  { name: 'circles', title: 'Circles', start: { n: 200, noise: 0.1, lambda: 0.01 }, make: circles },
  { name: 'xor', title: 'XOR', start: { n: 200, noise: 0.3, lambda: 0.01 }, make: xor },
  { name: 'sine', title: 'Noisy sine', start: { n: 60, noise: 0.15, lambda: 0.01 }, make: noisySine },
  {
    name: 'teacher',
    title: 'Planted teacher',
    start: { n: 120, noise: 0.1, lambda: 0.01 },
    make: (options) => plantedTeacher({ ...options, d: 2, neurons: 3 }),
  },
  { name: 'outlier', title: 'Outlier', start: { n: 41, noise: 0.02, lambda: 0.001 }, make: outlier },
];

/** A straight line, and one point in its middle that is off it. */
function outlier({ n, noise, seed }: { n: number; noise: number; seed: number }): ToySet {
  const random = createRandom(seed);
  const x = Float64Array.from({ length: n }, (_, i) => (n > 1 ? -1 + (2 * i) / (n - 1) : 0));
  const middle = Math.floor(n / 2);
  const y = x.map((value, i) => 0.5 * value + noise * random.normal() + (i === middle ? 1.5 : 0));
  return { X: { rows: n, cols: 1, data: x }, y, name: 'outlier', task: 'regression' };
}

export const classNames = ['blue', 'orange'] as const;

/** The set as a table of three decimals, so that its file is short and says exactly what was trained. */
export function tableOfSet(name: SetName, options: { n: number; noise: number; seed: number }): Table {
  const set = builtIns.find((other) => other.name === name) ?? builtIns[0];
  const { X, y, task } = set.make(options);
  const column = (j: number): number[] => Array.from({ length: X.rows }, (_, i) => rounded(X.data[i * X.cols + j]));
  const inputs: Record<string, number[]> = X.cols === 1 ? { x: column(0) } : { x1: column(0), x2: column(1) };
  const target =
    task === 'regression' ? Array.from(y, rounded) : Array.from(y, (label) => classNames[label > 0 ? 1 : 0]);
  return tableFrom({ ...inputs, y: target }, `${set.name}.csv`);
}

export const rounded = (value: number): number => Math.round(1000 * value) / 1000;
