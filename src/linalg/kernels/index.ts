export { createKernels } from './create.js';
export type {
  ConeProximalArguments,
  KernelOptions,
  Kernels,
  RayArguments,
  SideArguments,
  UnitRowArguments,
} from './kernels.js';
export { compile as compileWasm } from './wasm.js';
