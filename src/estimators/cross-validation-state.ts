import { requireThat } from '../base/index.js';
import type { FoldProgress } from '../path/index.js';

/** How far a cross-validation is: plain data that `crossValidate` goes on from. */
export interface CrossValidationState {
  /** What was asked for, as far as it decides the numbers. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Hash of rows, encoding and folds. */
  readonly digest: string;
  /** All λ, descending. */
  readonly lambdas: readonly number[];
  readonly folds: readonly FoldProgress[];
}

/** Throws `usage` unless one state goes on from the other: the same numbers in the end. */
export function requireSameFolds(begun: CrossValidationState, now: CrossValidationState, source: string): void {
  const again = 'resume with the table and options it was begun with';
  const other = Object.keys(now.options).find((name) => begun.options[name] !== now.options[name]);
  requireThat(
    other === undefined,
    `cross-validation: the one to go on with was made with ${other} ${other && begun.options[other]}, not ${other && now.options[other]}; ${again}.`,
  );
  requireThat(
    begun.digest === now.digest && begun.folds.length === now.folds.length,
    `cross-validation: the one to go on with was made from other rows, columns or folds than those of ${source}; ${again}.`,
  );
  requireThat(
    begun.lambdas.length === now.lambdas.length && begun.lambdas.every((lambda, k) => lambda === now.lambdas[k]),
    `cross-validation: the one to go on with has other λ than these options give; ${again}.`,
  );
}
