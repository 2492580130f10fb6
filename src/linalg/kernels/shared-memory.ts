import { RelucentError } from '../../base/index.js';
import { type KernelMemory, requireLength, requireMark, requireOpen } from './memory.js';
import type { WasmModule } from './wasm-module.js';

const PAGE = 65536;
/** Arrays start here; the control block and what the compiler lays down lie below. */
const BASE = PAGE;
const ALIGNMENT = 64;
const LEAST_GROWTH = 256;

/** Largest memory first: some engines refuse to reserve 4 GiB. */
const PAGE_LIMITS = [65536, 32768, 16384, 4096];

/** Shared WebAssembly memory, or null where there is none. */
export function createSharedMemory(): WebAssembly.Memory | null {
  for (const maximum of PAGE_LIMITS) {
    try {
      return new WebAssembly.Memory({ initial: 2, maximum, shared: true });
    } catch {
      // Too much to reserve: the next limit is smaller, and after the last there is the plain backend.
    }
  }
  return null;
}

/**
 * The stack of arrays in one shared memory. Because it is shared, growing it leaves older arrays valid; each growth
 * brings a new buffer object, so all of them are remembered.
 */
export class SharedMemory implements KernelMemory {
  private top = BASE;
  /** Nothing at or above was ever written: still zero. */
  private clean = BASE;
  private closed = false;
  private readonly buffers = new WeakSet<ArrayBufferLike>();
  buffer: ArrayBufferLike;

  constructor(private readonly memory: WasmModule['memory']) {
    this.buffer = memory.buffer;
    this.buffers.add(this.buffer);
  }

  float64(length: number): Float64Array {
    const at = this.allocate(length, 8);
    return new Float64Array(this.buffer, at, length);
  }

  unset(length: number): Float64Array {
    const at = this.place(length, 8);
    return new Float64Array(this.buffer, at, length);
  }

  int32(length: number): Int32Array {
    const at = this.allocate(length, 4);
    return new Int32Array(this.buffer, at, length);
  }

  uint8(length: number): Uint8Array {
    const at = this.allocate(length, 1);
    return new Uint8Array(this.buffer, at, length);
  }

  mark(): number {
    return this.top;
  }

  release(mark: number): void {
    requireMark(mark, this.top);
    this.top = Math.max(mark, BASE);
  }

  holds(array: Float64Array | Int32Array | Uint8Array): boolean {
    return (
      this.buffers.has(array.buffer) && array.byteOffset >= BASE && array.byteOffset + array.byteLength <= this.top
    );
  }

  close(): void {
    this.release(0);
    this.closed = true;
  }

  /** The address of `bytes` bytes above the stack, of any content, free to use until the next allocation. */
  scratch(bytes: number): number {
    this.reserve(this.top + bytes);
    this.clean = Math.max(this.clean, this.top + bytes);
    return this.top;
  }

  private allocate(length: number, size: number): number {
    const written = this.clean;
    const at = this.place(length, size);
    const dirty = Math.min(this.top, written);
    if (dirty > at) new Uint8Array(this.buffer, at, dirty - at).fill(0);
    return at;
  }

  /** The next array's address; its content is what was there before. */
  private place(length: number, size: number): number {
    requireOpen(this.closed);
    requireLength(length);
    const at = this.top;
    const end = at + Math.ceil((length * size) / ALIGNMENT) * ALIGNMENT;
    this.reserve(end);
    this.top = end;
    this.clean = Math.max(this.clean, end);
    return at;
  }

  private reserve(end: number): void {
    const missing = Math.ceil((end - this.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    const spare = Math.max(missing, LEAST_GROWTH, Math.floor(this.buffer.byteLength / PAGE / 4));
    if (!this.grow(spare) && !this.grow(missing)) {
      throw new RelucentError(
        'resource',
        `kernels: cannot grow memory to ${Math.ceil(end / 2 ** 20)} MiB (a page of memory holds at most 4096); use fewer patterns or rows.`,
      );
    }
    this.buffer = this.memory.buffer;
    this.buffers.add(this.buffer);
  }

  private grow(pages: number): boolean {
    if (pages > PAGE_LIMITS[0]) return false;
    try {
      this.memory.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}
