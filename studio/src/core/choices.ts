import { type Field, flag, numberBetween, oneOf, words } from './fields.js';

export const tabs = ['play', 'luck', 'set', 'take'] as const;
export type Tab = (typeof tabs)[number];

export const setNames = ['moons', 'spiral', 'circles', 'xor', 'sine', 'teacher', 'outlier', 'own'] as const;
export type SetName = (typeof setNames)[number];

export const losses = ['auto', 'squared', 'huber', 'logistic', 'squared-hinge'] as const;
/** The architectures there are; each is a row of `architectures` in the controls. */
export const networks = ['relu', 'gated', 'three', 'path'] as const;
export type NetworkName = (typeof networks)[number];

/** Three layers and their penalty; null for the two-layer networks. */
export const regularizerOf = (network: NetworkName): 'weight-decay' | 'path' | null =>
  network === 'three' ? 'weight-decay' : network === 'path' ? 'path' : null;

/** Everything a link restores. */
export interface Choices {
  readonly tab: Tab;
  readonly set: SetName;
  readonly n: number;
  readonly noise: number;
  readonly seed: number;
  readonly network: (typeof networks)[number];
  readonly loss: (typeof losses)[number];
  readonly lambda: number;
  /** Own tables: the roles of their columns; empty for what is guessed. */
  readonly target: string;
  readonly x: string;
  readonly y: string;
  /** Own tables: train on all columns and look along the two, instead of training on the two alone. */
  readonly along: boolean;
  readonly lines: boolean;
  readonly duals: boolean;
  readonly points: boolean;
  readonly width: number;
  readonly runs: number;
  readonly rate: number;
  readonly steps: number;
  /** −log10 of the tolerance of the set of optimal networks. */
  readonly near: number;
  readonly pruned: boolean;
  /** Show how far the predictions of all optimal networks reach. */
  readonly band: boolean;
  /** Where in the set the shown member lies: a point of its picture. */
  readonly u: number;
  readonly v: number;
}

/** One row for each choice: its name in a link, its value at the start, how it is written and read. */
export const fields: { readonly [K in keyof Choices]: Field<Choices[K]> } = {
  tab: oneOf('tab', tabs, 'play'),
  set: oneOf('set', setNames, 'moons'),
  n: numberBetween('n', 4, 400, 200, true),
  noise: numberBetween('noise', 0, 0.5, 0.15),
  seed: numberBetween('seed', 0, 99999, 0, true),
  network: oneOf('net', networks, 'relu'),
  loss: oneOf('loss', losses, 'auto'),
  lambda: numberBetween('lambda', 5e-4, 0.5, 0.01),
  target: words('target'),
  x: words('x'),
  y: words('y'),
  along: flag('along', false),
  lines: flag('lines', true),
  duals: flag('duals', false),
  points: flag('points', true),
  width: numberBetween('width', 1, 200, 40, true),
  runs: numberBetween('runs', 1, 8, 4, true),
  rate: numberBetween('rate', 0.001, 2, 0.2),
  steps: numberBetween('steps', 100, 20000, 4000, true),
  near: numberBetween('near', 1, 6, 6),
  pruned: flag('pruned', false),
  band: flag('band', true),
  u: numberBetween('u', -1, 1, 0),
  v: numberBetween('v', -1, 1, 0),
};
