import { callerMayWait } from './jobs.js';
import { createSharedMemory } from './shared-memory.js';
import { createTeam } from './threads.js';

/** A WebAssembly module of ours with its memory and the threads that serve it. Names no type of WebAssembly, which not every project of a user's knows. */
export interface WasmModule {
  readonly exports: object;
  readonly memory: { readonly buffer: ArrayBufferLike; grow(pages: number): number };
  /** The caller's included. */
  readonly threads: number;
  /** Whether the caller may sleep until the others are done. */
  readonly mayWait: boolean;
  /** Ends the threads. */
  end(): void;
}

/** Starts a packed module in shared memory of its own, with as many threads as can be had; null where the engine cannot run it. */
export async function wasmModule(packed: string, threads: number): Promise<WasmModule | null> {
  const memory = typeof WebAssembly === 'object' ? createSharedMemory() : null;
  const module = memory && (await compile(packed));
  if (!memory || !module) return null;
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const team = await createTeam(threads - 1, module, memory);
  const end = (): void => {
    (exports.stop as () => void)();
    team.end();
  };
  return { exports, memory, threads: team.size + 1, mayWait: callerMayWait(), end };
}

/** Null when the engine does not know an instruction of ours, or cannot unpack them: all is standard, but younger than WebAssembly. */
async function compile(packed: string): Promise<WebAssembly.Module | null> {
  if (typeof DecompressionStream === 'undefined') return null;
  const bytes = await unpacked(packed);
  if (!WebAssembly.validate(bytes)) return null;
  return WebAssembly.compile(bytes);
}

async function unpacked(base64: string): Promise<BufferSource> {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
