export { coneScreen } from './cone-screen.js';
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
export { type WasmModule, wasmModule } from './wasm-module.js';
