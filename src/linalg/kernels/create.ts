import { RelucentError } from '../../base/index.js';
import { checkedOperations } from './checks.js';
import type { KernelOptions, Kernels } from './kernels.js';
import { PlainMemory } from './memory.js';
import { plainOperations } from './plain/index.js';

/**
 * The numeric kernels. Throws `usage` for bad options.
 */
export async function createKernels(options: KernelOptions = {}): Promise<Kernels> {
  checkOptions(options);
  return plainKernels();
}

function checkOptions({ threads, backend }: KernelOptions): void {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new RelucentError('usage', `createKernels: expected threads to be a whole number >= 1, got ${threads}.`);
  }
  if (backend !== undefined && backend !== 'wasm' && backend !== 'plain') {
    throw new RelucentError('usage', `createKernels: expected backend 'wasm' or 'plain', got '${backend}'.`);
  }
}

function plainKernels(): Kernels {
  const memory = new PlainMemory();
  return {
    backend: 'plain',
    threads: 1,
    float64: (length) => memory.float64(length),
    int32: (length) => memory.int32(length),
    uint8: (length) => memory.uint8(length),
    mark: () => memory.mark(),
    release: (mark) => memory.release(mark),
    dispose: () => memory.release(0),
    ...checkedOperations(memory, plainOperations),
  };
}
