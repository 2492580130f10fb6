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

/** Kernels that only proofs need, in WebAssembly where it can be had and in TypeScript elsewhere: the same bytes. */
export interface Spectral {
  readonly backend: 'wasm' | 'plain';
  /**
   * The positive semidefinite part of a symmetric matrix (size×size, lower triangle read), as RRᵀ. Householder's tridiagonal
   * form, all eigenvalues by the implicit QL method, vectors of the positive ones alone by inverse iteration: a third of the
   * work of a full decomposition where few are positive. Nothing is proved with it.
   */
  positiveFactor(m: Float64Array, size: number): PositiveFactor;
}

/** @throws nothing: where WebAssembly is missing the plain kernels are used. */
export async function createSpectral(backend?: 'plain'): Promise<Spectral> {
  const wasm = backend === 'plain' ? null : await wasmSpectral();
  return wasm ?? { backend: 'plain', positiveFactor: plainFactor };
}

const plainFactor: Spectral['positiveFactor'] = (m, size) => {
  const stride = strideOf(size);
  const [a, found] = [new Float64Array(size * stride), new Float64Array(size * stride)];
  const unit = place(m, size, a, stride);
  return taken(found, plain.positiveFactor(size, stride, a, found), size, stride, unit);
};

interface Exports {
  scratchDoubles(size: number, stride: number): number;
  positiveFactor(size: number, stride: number, a: number, scratch: number, rows: number): number;
}

const PAGE = 65536;
/** What the compiler lays down lies below. */
const BASE = PAGE;

async function wasmSpectral(): Promise<Spectral | null> {
  const made: WebAssembly.Memory[] = [];
  const imports = (): object => {
    made.push(new WebAssembly.Memory({ initial: 2, maximum: 65536 }));
    return { env: { memory: made[0] } };
  };
  const exports = (await wasmExports(wasmGzipBase64, imports)) as Exports | null;
  if (exports === null) return null;
  const [memory] = made;
  const positiveFactor: Spectral['positiveFactor'] = (m, size) => {
    const stride = strideOf(size);
    const scratch = BASE + 8 * size * stride;
    const rows = scratch + 8 * exports.scratchDoubles(size, stride);
    const missing = Math.ceil((rows + 8 * size * stride - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    const unit = place(m, size, new Float64Array(memory.buffer, BASE, size * stride), stride);
    const rank = exports.positiveFactor(size, stride, BASE, scratch, rows);
    return taken(new Float64Array(memory.buffer, rows, rank * stride), rank, size, stride, unit);
  };
  return { backend: 'wasm', positiveFactor };
}

/** Entries of a row, so that blocks of four begin at whole pairs. */
const strideOf = (size: number): number => (size + 3) & ~3;

/** Copies m, its entries brought to size 1 by a power of two whose root is returned. */
function place(m: Float64Array, size: number, a: Float64Array, stride: number): number {
  const unit = rootScale(m);
  const factor = 1 / (unit * unit);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) a[i * stride + j] = m[i * size + j] * factor;
  return unit;
}

function taken(found: Float64Array, rank: number, size: number, stride: number, unit: number): PositiveFactor {
  const rows = new Float64Array(rank * size);
  for (let j = 0; j < rank; j++) for (let i = 0; i < size; i++) rows[j * size + i] = unit * found[j * stride + i];
  return { rank, rows };
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
