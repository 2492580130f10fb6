import { RelucentError } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';

/** What WebAssembly can address, less what the kernels need for themselves. */
const addressable = 2 ** 32 - 2 ** 26;

/**
 * Throws `resource` when a computation needs more kernel memory than WebAssembly can ever give, before anything is
 * allocated: `what` names its sizes.
 */
export function requireKernelMemory(kernels: Kernels, bytes: number, what: string): void {
  if (kernels.backend !== 'wasm' || bytes <= addressable) return;
  const mebibytes = (b: number): number => Math.ceil(b / 2 ** 20);
  throw new RelucentError(
    'resource',
    `program: expected at most ${mebibytes(addressable)} MiB of kernel memory, got ${what} which needs about ${mebibytes(bytes)} MiB; use fewer patterns, rows or columns.`,
  );
}
