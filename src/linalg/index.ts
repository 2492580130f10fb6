export { addPositiveParts, affine } from './affine.js';
export { type Matrix, matrix, matrixFromRows, rowOf, transpose } from './matrix.js';
export {
  emptyPatterns,
  isActive,
  type PatternSet,
  patternBytes,
  patternKey,
  patternStride,
  selectPatterns,
  setActive,
  uniquePatterns,
} from './patterns.js';
export { dot, euclideanNorm, scaledNorm } from './vectors.js';
