export { bestDualScale } from './dual.js';
export { type LiftedNeuron, LiftedProgram, type TwoLayerProblem } from './lifted-program.js';
export { requireKernelMemory } from './memory.js';
