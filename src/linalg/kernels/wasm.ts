import { RelucentError } from '../../base/index.js';
import type { Operations } from './checks.js';
import { denseOperations } from './dense-operations.js';
import { Jobs, type WasmExports } from './jobs.js';
import { coneOperations, liftedOperations } from './lifted-operations.js';
import { rayOperations } from './ray-operations.js';
import { SharedMemory } from './shared-memory.js';
import { wasmGzipBase64 } from './wasm.generated.js';
import { wasmModule } from './wasm-module.js';

export interface WasmBackend {
  readonly memory: SharedMemory;
  readonly operations: Operations;
  readonly threads: number;
  dispose(): void;
}

/** The WebAssembly kernels, or null where shared memory or SIMD is missing. */
export async function createWasmBackend(threads: number): Promise<WasmBackend | null> {
  const module = await wasmModule(wasmGzipBase64, threads);
  if (!module) return null;
  const memory = new SharedMemory(module.memory);
  const jobs = new Jobs(module.exports as WasmExports, memory, module.threads, module.mayWait);
  return {
    memory,
    operations: {
      ...denseOperations(jobs),
      ...liftedOperations(jobs),
      ...coneOperations(jobs),
      ...rayOperations(jobs),
    },
    threads: jobs.threads,
    dispose: () => module.end(),
  };
}

/** For `backend: 'wasm'` where it cannot be had. */
export function wasmMissing(): RelucentError {
  return new RelucentError(
    'resource',
    "createKernels: expected an engine with WebAssembly SIMD and shared memory (and DecompressionStream), got one without; use backend 'plain'.",
  );
}
