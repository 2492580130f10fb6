import type { Random } from '../../../base/index.js';
import { type Corruption, clamped, type Five, mapped } from './image.js';
import { poisson } from './poisson.js';

/** Adds normal noise of these deviations. */
export const gaussianNoise =
  (deviations: Five<number>): Corruption =>
  (image, severity, random) =>
    mapped(image, (value) => value + deviations[severity - 1] * random.normal());

/** Counts photons: so many on average at value 1. */
export const shotNoise =
  (photons: Five<number>): Corruption =>
  (image, severity, random) => {
    const most = photons[severity - 1];
    return mapped(image, (value) => poisson(most * clamped(value), random) / most);
  };

/** Salt and pepper: these shares of all values become 0 or 1. */
export const impulseNoise =
  (shares: Five<number>): Corruption =>
  (image, severity, random) => {
    const share = shares[severity - 1];
    return mapped(image, (value) => pepperedOrSalted(value, share, random));
  };

function pepperedOrSalted(value: number, share: number, random: Random): number {
  const u = random.uniform();
  return u < share / 2 ? 0 : u < share ? 1 : value;
}

/** Normal noise in proportion to each value. */
export const speckleNoise =
  (deviations: Five<number>): Corruption =>
  (image, severity, random) =>
    mapped(image, (value) => value + value * deviations[severity - 1] * random.normal());
