export { createKernels } from './create.js';
export type { ConeProximalArguments, KernelOptions, Kernels } from './kernels.js';
