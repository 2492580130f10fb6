import type { Kernels } from './kernels.js';

/** A screen of n rows for `coneProximal` (see `Kernels.writeConeScreen`), in kernel memory that the caller marked. */
export function coneScreen(
  kernels: Kernels,
  n: number,
  d: number,
  x: Float64Array,
  inverseNorms: Float64Array,
): Uint8Array {
  const screen = kernels.uint8(kernels.coneScreenBytes(n, d));
  kernels.writeConeScreen(n, d, x, inverseNorms, screen);
  return screen;
}
