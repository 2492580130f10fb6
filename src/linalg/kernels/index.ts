export { createKernels } from './create.js';
export { type WasmModule, wasmModule } from './exports.js';
export type {
  ConeFactors,
  ConeProximalArguments,
  KernelOptions,
  Kernels,
  RayArguments,
  SideArguments,
  UnitRowArguments,
} from './kernels.js';
