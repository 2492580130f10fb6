export { bestDualScale } from './dual.js';
export { type LiftedNeuron, LiftedProgram, type TwoLayerProblem } from './lifted-program.js';
