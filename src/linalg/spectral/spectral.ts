import { binaryExponent } from '../../base/index.js';
import { type WasmModule, wasmModule } from '../kernels/index.js';
import * as plain from './plain.js';
import { wasmGzipBase64 } from './wasm.generated.js';

/** M ≈ RRᵀ − (a positive semidefinite rest): row j of `rows` is the j-th column of R. */
export interface PositiveFactor {
  readonly rank: number;
  /** rank×size. */
  readonly rows: Float64Array;
}

/** M ≈ Σ_j values_j · v_j v_jᵀ. */
export interface Decomposition {
  /** In falling order. */
  readonly values: Float64Array;
  /** size×size: row j is v_j. */
  readonly vectors: Float64Array;
}

/** Kernels that only proofs need, in WebAssembly where it can be had and in TypeScript elsewhere: the same bytes. */
export interface Spectral {
  readonly backend: 'wasm' | 'plain';
  /**
   * The positive semidefinite parts of symmetric matrices (size×size, lower triangles read), as RRᵀ, each on a thread. Householder's
   * tridiagonal form, all eigenvalues by the implicit QL method, vectors of the positive ones alone by inverse iteration: a third of
   * the work of a full decomposition where few are positive. Nothing is proved with them.
   */
  positiveFactors(ms: readonly Float64Array[], size: number): PositiveFactor[];
  /** Eigenvalues and vectors of a symmetric matrix (size×size, lower triangle read) in the same way. Nothing is proved with them. */
  decompose(m: Float64Array, size: number): Decomposition;
  /** Ends the threads; where there is one, there is nothing to end. */
  dispose(): void;
}

/** Eigenvalues and unit vectors (rows of `stride`) of entries of size 1. */
interface Eigenvectors {
  readonly values: Float64Array;
  readonly rows: Float64Array;
  readonly count: number;
}

export interface SpectralOptions {
  /** Threads, the caller's included. Default 1; more than one needs shared memory and workers, else 1 is used. */
  readonly threads?: number;
  readonly backend?: 'plain';
}

/** @throws nothing: where WebAssembly is missing the plain kernels are used. */
export async function createSpectral({ threads = 1, backend }: SpectralOptions = {}): Promise<Spectral> {
  const module = backend === 'plain' ? null : await wasmModule(wasmGzipBase64, threads);
  if (module === null) return spectralOf('plain', plainEigenvectors, () => {});
  return spectralOf('wasm', wasmEigenvectors(module), () => module.end());
}

/** @param places write the matrices, scaled, into rows of `stride`. What comes back is whole until the next call. */
type Kernel = (size: number, stride: number, places: readonly Place[], all: boolean) => Eigenvectors[];
type Place = (a: Float64Array) => void;

const plainEigenvectors: Kernel = (size, stride, places, all) =>
  places.map((place) => {
    const [a, rows] = [new Float64Array(size * stride), new Float64Array(size * stride)];
    place(a);
    return { ...plain.eigenvectors(size, stride, a, rows, all), rows };
  });

function spectralOf(backend: Spectral['backend'], kernel: Kernel, dispose: () => void): Spectral {
  const solve = (ms: readonly Float64Array[], size: number, all: boolean) => {
    const stride = strideOf(size);
    const units = ms.map(rootScale);
    const places = ms.map((m, t) => (a: Float64Array) => place(m, size, a, stride, units[t]));
    return kernel(size, stride, places, all).map((found, t) => ({ ...found, stride, unit: units[t] }));
  };
  return {
    backend,
    dispose,
    positiveFactors: (ms, size) =>
      solve(ms, size, false).map(({ values, rows: found, count, stride, unit }) => {
        const rows = new Float64Array(count * size);
        for (let j = 0; j < count; j++) {
          const root = Math.sqrt(values[j]);
          for (let i = 0; i < size; i++) rows[j * size + i] = unit * (found[j * stride + i] * root);
        }
        return { rank: count, rows };
      }),
    decompose(m, size) {
      const [{ values, rows, count, stride, unit }] = solve([m], size, true);
      const vectors = new Float64Array(size * size);
      for (let j = 0; j < count; j++) vectors.set(rows.subarray(j * stride, j * stride + size), j * size);
      // of zero: any basis
      for (let j = count; j < size; j++) vectors[j * size + j] = 1;
      return { values: values.map((x) => unit * unit * x), vectors };
    },
  };
}

/** What assembly/spectral.ts exports. */
interface Exports {
  placeDoubles(size: number, stride: number): number;
  runAlone(kernel: number, tasks: number, scratch: number): void;
  runTogether(kernel: number, tasks: number, scratch: number, scratchSize: number, mayWait: boolean): void;
  readonly ARGUMENTS: { readonly value: number };
}

const PAGE = 65536;
/** The control block and what the compiler lays down lie below. */
const BASE = PAGE;

function wasmEigenvectors({ exports, memory, threads, mayWait }: WasmModule): Kernel {
  const { placeDoubles, runAlone, runTogether, ARGUMENTS } = exports as Exports;
  return (size, stride, places, all) => {
    const bytes = 64 * Math.ceil(placeDoubles(size, stride) / 8);
    const missing = Math.ceil((BASE + places.length * bytes - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    const { buffer } = memory;
    const numbers = (task: number, from: number, length: number): Float64Array =>
      new Float64Array(buffer, BASE + task * bytes + 8 * from, length);
    places.forEach((place, task) => {
      place(numbers(task, 0, size * stride));
    });
    new Float64Array(buffer, ARGUMENTS.value, 5).set([size, stride, BASE, bytes, all ? 1 : 0]);
    if (threads > 1 && places.length > 1) runTogether(0, places.length, 0, 0, mayWait);
    else runAlone(0, places.length, 0);
    return places.map((_, task) => {
      const at = 2 * size * stride;
      const [count] = numbers(task, at + stride, 1);
      return { values: numbers(task, at, size), rows: numbers(task, size * stride, count * stride), count };
    });
  };
}

/** Entries of a row, so that blocks of four begin at whole pairs. */
const strideOf = (size: number): number => (size + 3) & ~3;

/** Copies the lower triangle of m, divided by unit². */
function place(m: Float64Array, size: number, a: Float64Array, stride: number, unit: number): void {
  const factor = 1 / (unit * unit);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) a[i * stride + j] = m[i * size + j] * factor;
}

/** A power of two near the root of the largest entry, so that squares neither overflow nor vanish. */
function rootScale(m: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < m.length; at++) {
    const x = Math.abs(m[at]);
    if (x > largest) largest = x;
  }
  return largest > 0 ? 2 ** Math.floor(binaryExponent(largest) / 2) : 1;
}
