import type { Status } from '../base/index.js';
import type { Certificate } from '../certificates/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { CrossValidation, LambdaChoice, Model, Objective, Scores } from './model.js';

/** The network of a path at one λ. */
export interface PathModelPoint {
  readonly lambda: number;
  readonly status: Status;
  readonly certificate: Certificate;
  readonly scores: { readonly train: Scores; readonly test: Scores | null };
  readonly weights: NetworkWeights;
}

/** All that a path file holds; plain data. It carries no clock, so the same seed gives the same bytes. */
export interface PathModel
  extends Pick<Model, 'preprocessing' | 'patternSource' | 'rows' | 'seed' | 'dataDigest' | 'version'> {
  readonly objective: Omit<Objective, 'lambda'>;
  /** Why there are no more points: all λ are done, a limit that was asked for is reached, or it was stopped. */
  readonly end: 'complete' | 'aborted' | 'time-limit' | 'max-neurons' | 'max-deviance';
  /** At and above it the network is a constant. */
  readonly lambdaMax: number;
  /** Mean loss of the best constant on the training rows. */
  readonly nullLoss: number;
  /** All λ that were asked for, descending. */
  readonly lambdas: readonly number[];
  /** One for each of the first λ. */
  readonly points: readonly PathModelPoint[];
  /** Held-out errors at the λ of the points, where they were asked for. */
  readonly crossValidation?: CrossValidation;
}

/** The k-th network of a path as a model of its own. */
export function modelOfPoint(
  { points, lambdas: _, lambdaMax: __, nullLoss: ___, end: ____, crossValidation, ...shared }: PathModel,
  k: number,
): Model {
  const { lambda, weights, certificate, scores } = points[k];
  const choice = crossValidation && choiceOf(crossValidation, lambda);
  return {
    ...shared,
    objective: { ...shared.objective, lambda },
    weights,
    certificate,
    scores,
    ...(choice && { choice }),
  };
}

/** Where a cross-validation chose this λ. */
function choiceOf(cv: CrossValidation, lambda: number): LambdaChoice | undefined {
  if (lambda === cv.lambdas[cv.min]) return { rule: 'cv', ...cv };
  return lambda === cv.lambdas[cv.oneStandardError] ? { rule: 'cv-1se', ...cv } : undefined;
}
