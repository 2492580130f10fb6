import { binaryExponent } from '../../base/index.js';
import { wasmExports } from '../kernels/index.js';
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
   * The positive semidefinite part of a symmetric matrix (size×size, lower triangle read), as RRᵀ. Householder's tridiagonal
   * form, all eigenvalues by the implicit QL method, vectors of the positive ones alone by inverse iteration: a third of the
   * work of a full decomposition where few are positive. Nothing is proved with it.
   */
  positiveFactor(m: Float64Array, size: number): PositiveFactor;
  /** Eigenvalues and vectors of a symmetric matrix (size×size, lower triangle read) in the same way. Nothing is proved with them. */
  decompose(m: Float64Array, size: number): Decomposition;
}

/** Eigenvalues and unit vectors (rows of `stride`) of entries of size 1. */
interface Eigenvectors {
  readonly values: Float64Array;
  readonly rows: Float64Array;
  readonly count: number;
}

/** @throws nothing: where WebAssembly is missing the plain kernels are used. */
export async function createSpectral(backend?: 'plain'): Promise<Spectral> {
  const wasm = backend === 'plain' ? null : await wasmEigenvectors();
  return wasm ? spectralOf('wasm', wasm) : spectralOf('plain', plainEigenvectors);
}

/** @param place writes the matrix, scaled, into rows of `stride`. */
type Kernel = (size: number, stride: number, place: (a: Float64Array) => void, all: boolean) => Eigenvectors;

const plainEigenvectors: Kernel = (size, stride, place, all) => {
  const [a, rows] = [new Float64Array(size * stride), new Float64Array(size * stride)];
  place(a);
  return { ...plain.eigenvectors(size, stride, a, rows, all), rows };
};

function spectralOf(backend: Spectral['backend'], kernel: Kernel): Spectral {
  const solve = (m: Float64Array, size: number, all: boolean) => {
    const stride = strideOf(size);
    const unit = rootScale(m);
    return { ...kernel(size, stride, (a) => place(m, size, a, stride, unit), all), stride, unit };
  };
  return {
    backend,
    positiveFactor(m, size) {
      const { values, rows: found, count, stride, unit } = solve(m, size, false);
      const rows = new Float64Array(count * size);
      for (let j = 0; j < count; j++) {
        const root = Math.sqrt(values[j]);
        for (let i = 0; i < size; i++) rows[j * size + i] = unit * (found[j * stride + i] * root);
      }
      return { rank: count, rows };
    },
    decompose(m, size) {
      const { values, rows, count, stride, unit } = solve(m, size, true);
      const vectors = new Float64Array(size * size);
      for (let j = 0; j < count; j++) vectors.set(rows.subarray(j * stride, j * stride + size), j * size);
      // of zero: any basis
      for (let j = count; j < size; j++) vectors[j * size + j] = 1;
      return { values: values.map((x) => unit * unit * x), vectors };
    },
  };
}

interface Exports {
  scratchDoubles(size: number, stride: number): number;
  eigenvectors(
    size: number,
    stride: number,
    a: number,
    scratch: number,
    values: number,
    rows: number,
    all: number,
  ): number;
}

const PAGE = 65536;
/** What the compiler lays down lies below. */
const BASE = PAGE;

async function wasmEigenvectors(): Promise<Kernel | null> {
  const made: WebAssembly.Memory[] = [];
  const imports = (): object => {
    made.push(new WebAssembly.Memory({ initial: 2, maximum: 65536 }));
    return { env: { memory: made[0] } };
  };
  const exports = (await wasmExports(wasmGzipBase64, imports)) as Exports | null;
  if (exports === null) return null;
  const [memory] = made;
  return (size, stride, place, all) => {
    const rows = BASE + 8 * size * stride;
    const values = rows + 8 * size * stride;
    const scratch = values + 8 * stride;
    const missing = Math.ceil((scratch + 8 * exports.scratchDoubles(size, stride) - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    place(new Float64Array(memory.buffer, BASE, size * stride));
    const count = exports.eigenvectors(size, stride, BASE, scratch, values, rows, all ? 1 : 0);
    return {
      values: new Float64Array(memory.buffer, values, size),
      rows: new Float64Array(memory.buffer, rows, count * stride),
      count,
    };
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
