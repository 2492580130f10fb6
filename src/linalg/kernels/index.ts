export { createKernels } from './create.js';
export { wasmExports } from './exports.js';
export type {
  ConeFactors,
  ConeProximalArguments,
  KernelOptions,
  Kernels,
  RayArguments,
  SideArguments,
  UnitRowArguments,
} from './kernels.js';
