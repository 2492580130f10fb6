export { createKernels } from './create.js';
export type {
  ConeFactors,
  ConeProximalArguments,
  KernelOptions,
  Kernels,
  RayArguments,
  SideArguments,
  UnitRowArguments,
} from './kernels.js';
export { compile as compileWasm } from './wasm.js';
