import { createRandom, type Random } from '../../../src/base/index.js';
import { createKernels, type Kernels } from '../../../src/linalg/kernels/index.js';

/** The plain twin and the WebAssembly kernels on one, two and three threads. */
export interface Backends {
  readonly all: readonly Kernels[];
  dispose(): void;
}

export async function createBackends(): Promise<Backends> {
  const all = [
    await createKernels({ backend: 'plain' }),
    await createKernels({ backend: 'wasm' }),
    await createKernels({ backend: 'wasm', threads: 2 }),
    await createKernels({ backend: 'wasm', threads: 3 }),
  ];
  return {
    all,
    dispose() {
      for (const kernels of all) kernels.dispose();
    },
  };
}

export const normals = (length: number, random: Random = createRandom(length + 1)): Float64Array =>
  Float64Array.from({ length }, () => random.normal());

/** A copy in the memory of the kernels. */
export function place(kernels: Kernels, values: Float64Array): Float64Array;
export function place(kernels: Kernels, values: Int32Array): Int32Array;
export function place(kernels: Kernels, values: Uint8Array): Uint8Array;
export function place(kernels: Kernels, values: Float64Array | Int32Array | Uint8Array) {
  const kind = values instanceof Float64Array ? 'float64' : values instanceof Int32Array ? 'int32' : 'uint8';
  const array = kernels[kind](values.length);
  array.set(values);
  return array;
}

/** Runs on every backend, asks all results to be the same bytes and returns the first. */
export function agreed(backends: Backends, run: (kernels: Kernels) => Float64Array): Float64Array {
  const results = backends.all.map((kernels) => {
    const mark = kernels.mark();
    const result = Float64Array.from(run(kernels));
    kernels.release(mark);
    return result;
  });
  const [first, ...others] = results;
  others.forEach((other, k) => {
    const at = first.findIndex((value, i) => !Object.is(value, other[i]));
    if (at >= 0) throw new Error(`backend ${k + 1}: entry ${at} is ${other[at]}, not ${first[at]}`);
  });
  return first;
}

/** Largest difference, relative to the largest entry expected (or 1). */
export function relativeError(got: Float64Array, expected: Float64Array): number {
  let error = 0;
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(got[i])) return Infinity;
    error = Math.max(error, Math.abs(got[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return got.length === expected.length ? error / scale : Infinity;
}

/** Random patterns of n rows, pattern-major, unused bits zero. */
export function randomPatterns(n: number, count: number, random = createRandom(7)) {
  const stride = (n + 7) >> 3;
  const bytes = Uint8Array.from({ length: count * stride }, () => random.integer(256));
  if (n & 7) for (let p = 1; p <= count; p++) bytes[p * stride - 1] &= (1 << (n & 7)) - 1;
  const active = (p: number, i: number): boolean => ((bytes[p * stride + (i >> 3)] >> (i & 7)) & 1) === 1;
  return { stride, bytes, active };
}
