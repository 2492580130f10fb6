import { RelucentError } from '../base/index.js';
import { huber } from './huber.js';
import { logistic } from './logistic.js';
import type { Loss, LossName } from './loss.js';
import { softmax } from './softmax.js';
import { squared } from './squared.js';
import { squaredHinge } from './squared-hinge.js';

export type { Loss, LossName } from './loss.js';
export { huber, logistic, softmax, squared, squaredHinge };

const byName: Record<LossName, Loss> = {
  squared,
  huber: huber(),
  logistic,
  'squared-hinge': squaredHinge,
  softmax,
};

export const lossNames = Object.keys(byName) as LossName[];

/** The loss of that name (Huber with delta 1). Throws `usage` for an unknown name. */
export function lossByName(name: string): Loss {
  if (!Object.hasOwn(byName, name)) {
    throw new RelucentError('usage', `loss: expected one of ${lossNames.join(', ')}, got '${name}'.`);
  }
  return byName[name as LossName];
}
