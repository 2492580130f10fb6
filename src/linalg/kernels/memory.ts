import { RelucentError } from '../../base/index.js';

type KernelArray = Float64Array | Int32Array | Uint8Array;

/** The stack of arrays behind `Kernels`; see there. */
export interface KernelMemory {
  float64(length: number): Float64Array;
  unset(length: number): Float64Array;
  int32(length: number): Int32Array;
  uint8(length: number): Uint8Array;
  mark(): number;
  release(mark: number): void;
  /** Whether the array was allocated here and not released since. */
  holds(array: KernelArray): boolean;
  /** Releases everything for good. */
  close(): void;
}

/** Throws `usage` when the memory was closed. */
export function requireOpen(closed: boolean): void {
  if (closed) throw new RelucentError('usage', 'kernels: expected live kernels, got disposed ones; create new ones.');
}

/** Throws `usage` unless a length is a whole number ≥ 0. */
export function requireLength(length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RelucentError('usage', `kernels: expected an array length that is a whole number >= 0, got ${length}.`);
  }
}

/** Throws `usage` unless `mark` came from `mark()` and has not been released. */
export function requireMark(mark: number, top: number): void {
  if (!Number.isSafeInteger(mark) || mark < 0 || mark > top) {
    throw new RelucentError('usage', `kernels: release expected a mark of this stack that is still live, got ${mark}.`);
  }
}

/** The plain backend's stack: each array has a buffer of its own, so that an array of another stack is recognised. */
export class PlainMemory implements KernelMemory {
  private readonly stack: ArrayBufferLike[] = [];
  private readonly live = new Set<ArrayBufferLike>();
  private closed = false;

  float64(length: number): Float64Array {
    return new Float64Array(this.allocate(length, 8));
  }

  /** NaN all over, so that a number that is read before it is written shows. */
  unset(length: number): Float64Array {
    return this.float64(length).fill(Number.NaN);
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.allocate(length, 4));
  }

  uint8(length: number): Uint8Array {
    return new Uint8Array(this.allocate(length, 1));
  }

  mark(): number {
    return this.stack.length;
  }

  release(mark: number): void {
    requireMark(mark, this.stack.length);
    for (const buffer of this.stack.splice(mark)) this.live.delete(buffer);
  }

  holds(array: KernelArray): boolean {
    return this.live.has(array.buffer);
  }

  close(): void {
    this.release(0);
    this.closed = true;
  }

  private allocate(length: number, size: number): ArrayBuffer {
    requireOpen(this.closed);
    requireLength(length);
    const buffer = newBuffer(length * size);
    this.stack.push(buffer);
    this.live.add(buffer);
    return buffer;
  }
}

function newBuffer(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new RelucentError(
      'resource',
      `kernels: no memory for an array of ${bytes} bytes; use fewer patterns or rows.`,
      { cause },
    );
  }
}
