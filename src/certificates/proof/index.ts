export { checkProof, type ProofVerdict } from './check.js';
export { type ProofFile, readProof, type SideState, type SolverState, writeProof } from './file.js';
export type { LineCombinations, Pairs, Proof, ProofSide, SlackSide } from './proof.js';
