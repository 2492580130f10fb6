import type { SharedMemory } from './shared-memory.js';

/** What assembly/index.ts exports. Arrays are addresses. */
export interface WasmExports {
  runAlone(kernel: number, tasks: number, scratch: number): void;
  runTogether(kernel: number, tasks: number, scratch: number, scratchSize: number, mayWait: boolean): void;
  mirror(n: number, c: number): void;
  choleskyDiagonal(n: number, a: number, from: number, to: number, scratch: number): number;
  choleskySolve(n: number, l: number, b: number): void;
  transposePatterns(count: number, stride: number, bytes: number, transposed: number): void;
  panelCount(d: number): number;
  forwardScratchBytes(blocks: number, rows: number): number;
  coneScratchBytes(n: number, d: number): number;
  factorNumbers(n: number, d: number): number;
  screenBytes(n: number, d: number): number;
  screenRowsOf(n: number, d: number, x: number, inverseNorms: number, screen: number): void;
  nullBasisScratchBytes(d: number, count: number): number;
  nullBasis(d: number, x: number, rows: number, count: number, basis: number, scratch: number): number;
  spanBasis(d: number, x: number, rows: number, count: number, basis: number, scratch: number): number;
  complementScratchBytes(d: number, count: number): number;
  complementBasis(d: number, count: number, q: number, basis: number, scratch: number): void;
  readonly ARGUMENTS: WebAssembly.Global<'i32'>;
  readonly RESULT: WebAssembly.Global<'i32'>;
  readonly PANEL: WebAssembly.Global<'i32'>;
  readonly PRODUCT_SCRATCH: WebAssembly.Global<'i32'>;
  readonly TILE_COLUMNS: WebAssembly.Global<'i32'>;
  readonly TABLE_SCRATCH: WebAssembly.Global<'i32'>;
  readonly CHOLESKY_SCRATCH: WebAssembly.Global<'i32'>;
}

/** The numbers by which assembly/index.ts knows its tasks. */
export const KERNEL = {
  product: 0,
  vector: 1,
  choleskyRows: 2,
  transposeProduct: 3,
  forward: 4,
  columns: 5,
  cones: 6,
  rays: 7,
  sides: 8,
  unitRows: 9,
  relu: 10,
  gate: 11,
} as const;

/** Below this many floating-point operations (about 40 µs) waking others costs more than it saves. */
const SHARED_WORK = 800_000;

/** Strides are in entries. */
interface Left {
  readonly array: number;
  readonly row: number;
  readonly step: number;
  readonly weights: number;
}
interface Right {
  readonly array: number;
  readonly step: number;
  readonly column: number;
}
interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly alpha: number;
  readonly beta: number;
  readonly lower: boolean;
}

/** Runs the tasks of one kernel call, alone or together with the workers. */
export class Jobs {
  private readonly values: Float64Array;
  private readonly result: Int32Array;

  constructor(
    readonly exports: WasmExports,
    readonly memory: SharedMemory,
    readonly threads: number,
    private readonly mayWait: boolean,
  ) {
    this.values = new Float64Array(memory.buffer, exports.ARGUMENTS.value, 64);
    this.result = new Int32Array(memory.buffer, exports.RESULT.value, 1);
  }

  /** Whether a call of that many operations is shared among the threads. */
  share(work: number): boolean {
    return this.threads > 1 && work >= SHARED_WORK;
  }

  setArguments(...values: number[]): void {
    copy(values, this.values);
  }

  /** Runs the tasks with `scratch` bytes for each thread; returns what they added to RESULT. */
  run(kernel: number, tasks: number, work: number, scratch: number): number {
    const size = Math.ceil(scratch / 64) * 64;
    this.result[0] = 0;
    if (tasks > 1 && this.share(work)) {
      this.exports.runTogether(kernel, tasks, this.memory.scratch(size * this.threads), size, this.mayWait);
    } else this.exports.runAlone(kernel, tasks, this.memory.scratch(size));
    return this.result[0];
  }

  /** C ← beta C + alpha A B, or its lower triangle. */
  product(shape: Shape, a: Left, b: Right, c: { array: number; row: number }): void {
    const { m, n, k, alpha, beta, lower } = shape;
    const work = (lower ? 1 : 2) * m * n * k;
    const [height, width] = this.tile(m, n, lower, work);
    const sizes = [m, n, k, alpha, beta, height, width];
    copy(
      [...sizes, a.array, a.row, a.step, a.weights, b.array, b.step, b.column, c.array, c.row, lower ? 1 : 0],
      this.values,
    );
    const tasks = Math.ceil(m / height) * Math.ceil(n / width);
    this.run(KERNEL.product, tasks, work, this.exports.PRODUCT_SCRATCH.value);
  }

  /** Big tiles pack less, small ones give every thread something to do. */
  private tile(m: number, n: number, lower: boolean, work: number): [number, number] {
    const widest = this.exports.TILE_COLUMNS.value;
    if (!this.share(work)) return [m, Math.min(n, widest)];
    const wanted = (lower ? 6 : 3) * this.threads;
    let width = Math.min(n, widest);
    let height = Math.min(m, 960);
    while (Math.ceil(m / height) * Math.ceil(n / width) < wanted && (height > 96 || width > 64)) {
      if (height >= width && height > 96) height = halve(height, 6);
      else width = halve(width, 4);
    }
    return [height, width];
  }
}

function copy(from: readonly number[], to: Float64Array): void {
  for (let k = 0; k < from.length; k++) to[k] = from[k];
}

const halve = (size: number, unit: number): number => Math.ceil(size / 2 / unit) * unit;

/** Whether this thread may sleep on a word of memory: a page's main thread may not. */
export function callerMayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
