import {
  encodeFeatures,
  encodeTarget,
  fitPreprocessing,
  type Table,
  type TargetTransform,
} from '../../src/data/index.js';
import type { Matrix } from '../../src/linalg/index.js';
import { type LossName, lossByName } from '../../src/losses/index.js';
import { type PlannedSet, protocol } from './plan.js';

/** Rows to train on and rows held out, encoded by what the former say. */
export interface Part {
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly outputs: number;
  readonly heldX: Matrix;
  readonly heldY: Float64Array;
  readonly target: TargetTransform;
}

/** The loss that a network is trained by. */
export function lossOf({ task, classes }: PlannedSet): LossName {
  if (task === 'regression') return 'squared';
  return classes.length === 2 ? 'logistic' : 'softmax';
}

export function outerPart(table: Table, planned: PlannedSet, loss: LossName, fold: number): Part {
  const { outerFold } = planned;
  const trains = (at: number): boolean => outerFold[at] !== fold;
  return encodedPart(table, planned, loss, trains, (at) => outerFold[at] === fold);
}

/** The inner folds of an outer training part. */
export function innerParts(table: Table, planned: PlannedSet, loss: LossName, fold: number): Part[] {
  const innerFold = planned.innerFold[fold];
  return Array.from({ length: protocol.inner }, (_, k) => {
    const trains = (at: number): boolean => innerFold[at] >= 0 && innerFold[at] !== k;
    return encodedPart(table, planned, loss, trains, (at) => innerFold[at] === k);
  });
}

function encodedPart(
  table: Table,
  { rows, target, task, drop, categorical }: PlannedSet,
  loss: LossName,
  trains: (at: number) => boolean,
  held: (at: number) => boolean,
): Part {
  const train = Int32Array.from(rows.filter((_, at) => trains(at)));
  const test = Int32Array.from(rows.filter((_, at) => held(at)));
  const { preprocessing } = fitPreprocessing(table, { target, task, drop, categorical, rows: train });
  const kind = lossByName(loss).targets;
  const { y, outputs } = encodeTarget(table, preprocessing, kind, train);
  return {
    X: encodeFeatures(table, preprocessing, train).X,
    y,
    outputs,
    heldX: encodeFeatures(table, preprocessing, test).X,
    heldY: encodeTarget(table, preprocessing, kind, test).y,
    target: preprocessing.target,
  };
}

/** What another program must find as well when it encodes an outer fold: rows, columns, held rows, and absolute sums. */
export interface Encoding {
  readonly shape: readonly number[];
  readonly sums: readonly number[];
}

export function encodingOf(table: Table, planned: PlannedSet, fold: number): Encoding {
  const { X, heldX } = outerPart(table, planned, lossOf(planned), fold);
  const sum = ({ data }: Matrix): number => data.reduce((total, x) => total + Math.abs(x), 0);
  return { shape: [X.rows, X.cols, heldX.rows], sums: [sum(X), sum(heldX)] };
}

/** Equal shapes, sums to rounding. */
export const agree = (a: Encoding, b: Encoding): boolean =>
  a.shape.join() === b.shape.join() && a.sums.every((sum, k) => Math.abs(sum - b.sums[k]) <= 1e-9 * Math.abs(sum));
