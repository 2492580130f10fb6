export { type BoxProblem, boxLeastSquares } from './box-least-squares.js';
export type { BoundMethod, Certificate, Scope } from './certificate.js';
export { type CertifyOptions, certify, type PatternOrigin } from './certify.js';
export { bestDualPoint, type DualPoint, dualValue } from './dual.js';
export { type GlobalBound, type GlobalBoundOptions, globalLowerBound } from './global-bound.js';
export { patternDigest, type StatedPatterns, statedPatterns } from './patterns.js';
export {
  augment,
  improvedOutputBias,
  networkObjective,
  type Problem,
  type ProblemOptions,
  residualOf,
  trainingProblem,
} from './problem.js';
export { checkProof, type Proof, type ProofFile, type ProofVerdict, readProof, writeProof } from './proof/index.js';
export { semidefiniteLowerBound } from './prove.js';
export { above, gamma, norm } from './rounding.js';
export { type SphereBound, type SphereMethod, type SphereOptions, sphereBound } from './sphere/bound.js';
export { type SupportBound, supportBound } from './support.js';
export { type CertificateVerdict, verifyCertificate } from './verify.js';
