export { checkProof, type ProofVerdict } from './check.js';
export { type ProofFile, readProof, type SideState, type SolverState, writeProof } from './file.js';
export type { Pairs, Proof, ProofSide } from './proof.js';
