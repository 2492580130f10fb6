import { RelucentError } from '../../base/index.js';
import type { Operations } from './checks.js';
import { denseOperations } from './dense-operations.js';
import { Jobs, type WasmExports } from './jobs.js';
import { coneOperations, liftedOperations } from './lifted-operations.js';
import { rayOperations } from './ray-operations.js';
import { createSharedMemory, SharedMemory } from './shared-memory.js';
import { createTeam } from './threads.js';
import { wasmGzipBase64 } from './wasm.generated.js';

export interface WasmBackend {
  readonly memory: SharedMemory;
  readonly operations: Operations;
  readonly threads: number;
  dispose(): void;
}

/** The WebAssembly kernels, or null where shared memory or SIMD is missing. */
export async function createWasmBackend(threads: number): Promise<WasmBackend | null> {
  const shared = typeof WebAssembly === 'object' ? createSharedMemory() : null;
  const module = shared && (await compile(wasmGzipBase64));
  if (!shared || !module) return null;
  const instance = await WebAssembly.instantiate(module, { env: { memory: shared } });
  const exports = instance.exports as unknown as WasmExports;
  const team = await createTeam(threads - 1, module, shared);
  const memory = new SharedMemory(shared);
  const jobs = new Jobs(exports, memory, team.size + 1);
  return {
    memory,
    operations: {
      ...denseOperations(jobs),
      ...liftedOperations(jobs),
      ...coneOperations(jobs),
      ...rayOperations(jobs),
    },
    threads: jobs.threads,
    dispose() {
      jobs.stop();
      team.end();
    },
  };
}

/** Null when the engine does not know an instruction of ours, or cannot unpack them: all is standard, but younger than WebAssembly. */
export async function compile(packed: string): Promise<WebAssembly.Module | null> {
  if (typeof WebAssembly === 'undefined' || typeof DecompressionStream === 'undefined') return null;
  const bytes = await unpacked(packed);
  if (!WebAssembly.validate(bytes)) return null;
  return WebAssembly.compile(bytes);
}

async function unpacked(base64: string): Promise<BufferSource> {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

/** For `backend: 'wasm'` where it cannot be had. */
export function wasmMissing(): RelucentError {
  return new RelucentError(
    'resource',
    "createKernels: expected an engine with WebAssembly SIMD and shared memory (and DecompressionStream), got one without; use backend 'plain'.",
  );
}
