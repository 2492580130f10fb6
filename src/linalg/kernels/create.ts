import { RelucentError } from '../../base/index.js';
import { checkedOperations, type Operations } from './checks.js';
import type { KernelOptions, Kernels } from './kernels.js';
import { type KernelMemory, PlainMemory } from './memory.js';
import { createWasmBackend, wasmMissing } from './wasm.js';

/**
 * The numeric kernels: WebAssembly where it can be had, plain TypeScript elsewhere or when asked for. Call `dispose` when
 * done. Throws `usage` for bad options, `resource` when `backend: 'wasm'` was asked for and cannot be had.
 */
export async function createKernels(options: KernelOptions = {}): Promise<Kernels> {
  checkOptions(options);
  const wasm = options.backend === 'plain' ? null : await createWasmBackend(options.threads ?? 1);
  if (wasm) return assemble('wasm', wasm.threads, wasm.memory, wasm.operations, () => wasm.dispose());
  if (options.backend === 'wasm') throw wasmMissing();
  // Few engines need them: loaded where there is no WebAssembly
  const { plainOperations } = await import('./plain/index.js');
  return assemble('plain', 1, new PlainMemory(), plainOperations, () => {});
}

function checkOptions({ threads, backend }: KernelOptions): void {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new RelucentError('usage', `createKernels: expected threads to be a whole number >= 1, got ${threads}.`);
  }
  if (backend !== undefined && backend !== 'wasm' && backend !== 'plain') {
    throw new RelucentError('usage', `createKernels: expected backend 'wasm' or 'plain', got '${backend}'.`);
  }
}

function assemble(
  backend: Kernels['backend'],
  threads: number,
  memory: KernelMemory,
  operations: Operations,
  end: () => void,
): Kernels {
  const kernels: Kernels = {
    backend,
    threads,
    float64: (length) => memory.float64(length),
    unset: (length) => memory.unset(length),
    int32: (length) => memory.int32(length),
    uint8: (length) => memory.uint8(length),
    mark: () => memory.mark(),
    release: (mark) => memory.release(mark),
    dispose() {
      memory.close();
      end();
    },
    ...checkedOperations(memory, operations),
  };
  return kernels;
}
