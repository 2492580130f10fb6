import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createKernels, type Kernels } from '../../../src/linalg/kernels/index.js';
import { normals, place } from './support.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Many short shared jobs, one right after the other: the threads must never mix two of them up. */
function manyJobs(kernels: Kernels, rounds: number): Float64Array {
  const mark = kernels.mark();
  const sizes = [
    [120, 90, 40],
    [64, 200, 33],
    [210, 30, 64],
  ];
  const sums = kernels.float64(rounds);
  const [a, b, c] = [normals(14_000), normals(14_000), normals(14_000)].map((values) => place(kernels, values));
  for (let round = 0; round < rounds; round++) {
    const [m, n, k] = sizes[round % 3];
    a[0] = round;
    kernels.gemm(m, n, k, 1, a, false, b, round % 2 === 0, 0, c);
    for (let i = 0; i < m * n; i++) sums[round] += (i % 7) * c[i];
  }
  const result = Float64Array.from(sums);
  kernels.release(mark);
  return result;
}

describe('threads', () => {
  it('are as many as asked for, and three thousand jobs in a row give the bytes of one thread', async () => {
    const alone = await createKernels({ threads: 1 });
    const expected = manyJobs(alone, 3000);
    alone.dispose();
    for (const threads of [2, 3]) {
      const kernels = await createKernels({ threads });
      expect(kernels.threads).toBe(threads);
      expect(manyJobs(kernels, 3000)).toEqual(expected);
      kernels.dispose();
    }
  });

  it('wake up again after they have slept', async () => {
    const kernels = await createKernels({ threads: 2 });
    const first = manyJobs(kernels, 3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(manyJobs(kernels, 3)).toEqual(first);
    kernels.dispose();
  });

  it('are one where the host has no workers', async () => {
    vi.stubGlobal('process', { ...process, getBuiltinModule: () => undefined });
    const kernels = await createKernels({ threads: 3 });
    expect([kernels.backend, kernels.threads]).toEqual(['wasm', 1]);
    kernels.dispose();
  });

  it('are one where a worker does not start', async () => {
    const worker = {
      once: (event: string, listener: () => void) => void (event === 'error' && setTimeout(listener, 1)),
      unref() {},
      terminate() {},
    };
    const threads = {
      Worker: vi.fn(function Worker() {
        return worker;
      }),
    };
    vi.stubGlobal('process', { ...process, getBuiltinModule: () => threads });
    const kernels = await createKernels({ threads: 2 });
    expect(threads.Worker).toHaveBeenCalledOnce();
    expect(kernels.threads).toBe(1);
    kernels.dispose();
  });

  it('do not keep a process alive', () => {
    const entry = fileURLToPath(new URL('../../../src/linalg/kernels/index.ts', import.meta.url));
    const script = `import { createKernels } from ${JSON.stringify(entry)};
      const kernels = await createKernels({ threads: 3 });
      const a = kernels.float64(160000);
      kernels.gemm(400, 400, 400, 1, a, false, a, false, 0, kernels.float64(160000));
      console.log(kernels.threads);`;
    const run = ['--import', 'tsx', '--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, run, { timeout: 20_000, encoding: 'utf8' }).trim()).toBe('3');
  });
});

describe('without shared memory', () => {
  it('are plain where the engine cannot unpack them', async () => {
    vi.stubGlobal('DecompressionStream', undefined);
    const kernels = await createKernels();
    expect(kernels.backend).toBe('plain');
    kernels.dispose();
    await expect(createKernels({ backend: 'wasm' })).rejects.toThrow(/WebAssembly SIMD and shared memory/);
  });

  it('the plain kernels stand in, and asking for WebAssembly is refused', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect((await createKernels({ threads: 2 })).backend).toBe('plain');
    await expect(createKernels({ backend: 'wasm' })).rejects.toThrow(/WebAssembly SIMD and shared memory/);
  });

  it('of 4 GiB a smaller one is taken', async () => {
    const limits: number[] = [];
    const engine = WebAssembly;
    function Memory(descriptor: WebAssembly.MemoryDescriptor) {
      limits.push(descriptor.maximum!);
      if (descriptor.maximum! > 16384) throw new RangeError('too large');
      return new engine.Memory(descriptor);
    }
    vi.stubGlobal('WebAssembly', Object.create(engine, { Memory: { value: Memory } }));
    const kernels = await createKernels();
    expect(limits).toEqual([65536, 32768, 16384]);
    expect(kernels.backend).toBe('wasm');
    expect(kernels.float64(10).length).toBe(10);
    kernels.dispose();
  });
});
