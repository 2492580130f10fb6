import type { Preprocessing } from '../../data/index.js';
import { type InputColumn, inputColumns } from '../inputs.js';
import type { NetworkWeights } from '../network.js';
import { commentText } from './literals.js';

/** Options of the code exports. */
export interface CodeOptions {
  /** Made part of the code, which then takes raw columns. Default: the code takes the encoded features. */
  readonly preprocessing?: Preprocessing;
  /** Whether a classifier also gives probabilities (see `toOnnx`). Default true. */
  readonly probability?: boolean;
}

/** What the code is, for the comment at its top. */
export function headline(weights: NetworkWeights): string {
  const { hidden, output, activation } = weights;
  const sizes = [count(hidden.cols, 'feature'), count(hidden.rows, 'neuron'), count(output.cols, 'output')];
  return `A two-layer ${activation} network: ${sizes.join(', ')}. Written by relucent.`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** One line per input column: what the caller passes. */
export function inputLines(preprocessing: Preprocessing | undefined, features: number): string[] {
  if (!preprocessing) return [`Input: the ${features} encoded features, as numbers.`];
  const lines = inputColumns(preprocessing).map((column, k) => `  ${k}: ${describe(column)}`);
  return ['Input, one number per column (NaN: missing):', ...lines];
}

function describe(column: InputColumn): string {
  const name = commentText(column.name);
  if (column.kind === 'number') return `${name}, a number`;
  const levels = column.levels.map((level, k) => `${k} = ${commentText(level)}`);
  return `${name}, the index of its level (${levels.join(', ')}; -1 = any other)`;
}

/** What comes out: the target, or its classes by index. */
export function outputLine(preprocessing: Preprocessing | undefined): string {
  const target = preprocessing?.target;
  if (!target) return 'Output: the scores.';
  if (target.kind === 'number') return `Output: ${commentText(target.name)}, in its own units.`;
  return `Classes of ${commentText(target.name)}: ${target.classes.map((name, k) => `${k} = ${commentText(name)}`).join(', ')}.`;
}
