import type { Operations } from '../checks.js';
import { cholesky, choleskySolve } from './cholesky.js';
import { coneFactorNumbers } from './coneFactor.js';
import { complementBasis, coneProximalRange, nullBasis, spanBasis } from './cones.js';
import { gemm, outerGram, weightedGram } from './dense.js';
import { gate, relu } from './gates.js';
import { maskedColumns, maskedForward, maskedTransposeProduct, transposePatterns } from './lifted.js';
import { bestOnRays, packSides, unitRows } from './rays.js';

/** The kernels in TypeScript: they add in the order of the WebAssembly ones, and give the same bytes. */
export const plainOperations: Operations = {
  gemm,
  weightedGram,
  outerGram,
  cholesky,
  choleskySolve,
  transposePatterns,
  maskedTransposeProduct,
  maskedForward,
  maskedColumns,
  coneProximal: (p) => coneProximalRange(p, 0, p.blocks),
  coneFactorNumbers,
  coneScreenBytes: () => 0,
  writeConeScreen: () => undefined,
  nullBasis,
  spanBasis,
  complementBasis,
  bestOnRays,
  packSides,
  unitRows,
  relu,
  gate,
};
