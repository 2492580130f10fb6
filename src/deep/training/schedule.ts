import { circlePoint } from '../../base/index.js';

/** Learning rate over the steps of a run. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** × factor at each milestone, counted in steps. */
  | { readonly kind: 'milestones'; readonly at: readonly number[]; readonly factor: number }
  /** × factor after every so many steps. */
  | { readonly kind: 'exponential'; readonly every: number; readonly factor: number }
  /** From the full rate down to 0 along half a cosine. */
  | { readonly kind: 'cosine' };

/** By multiplication: the same on every engine. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result *= base;
  return result;
}

/** Rate of step k (from 0) of `total`. */
export function rateAt(schedule: Schedule, rate: number, k: number, total: number): number {
  switch (schedule.kind) {
    case 'constant':
      return rate;
    case 'milestones':
      return rate * power(schedule.factor, schedule.at.filter((step) => step <= k).length);
    case 'exponential':
      return rate * power(schedule.factor, Math.floor(k / schedule.every));
    case 'cosine':
      return (rate * (1 + circlePoint((Math.PI * k) / total)[0])) / 2;
  }
}
