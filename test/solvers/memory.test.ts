import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { squared } from '../../src/losses/index.js';
import { LiftedProgram, requireKernelMemory, type TwoLayerProblem } from '../../src/programs/index.js';
import { wholeSolveBytes } from '../../src/solvers/solve-memory.js';
import { chooseWay } from '../../src/solvers/working-set-choice.js';
import { randomCase, solveCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

/** Kernels that add up what is asked of them. */
function counting(inner: Kernels): { kernels: Kernels; most: () => number } {
  let [top, most] = [0, 0];
  const counted = <T extends { byteLength: number }>(array: T): T => {
    top += array.byteLength;
    most = Math.max(most, top);
    return array;
  };
  const marks = new Map<number, number>();
  const kernels: Kernels = {
    ...inner,
    float64: (length) => counted(inner.float64(length)),
    int32: (length) => counted(inner.int32(length)),
    uint8: (length) => counted(inner.uint8(length)),
    mark: () => {
      const mark = inner.mark();
      marks.set(mark, top);
      return mark;
    },
    release: (mark) => {
      top = marks.get(mark) ?? 0;
      inner.release(mark);
    },
  };
  return { kernels, most: () => most };
}

const large: TwoLayerProblem = {
  // Sizes alone matter: nothing may be read or copied before the guard
  X: { rows: 2_000_000, cols: 500, data: new Float64Array(0) },
  y: new Float64Array(0),
  outputs: 1,
  loss: squared,
  lambda: 0.1,
  outputBias: false,
  activation: 'relu',
};

describe('kernel memory', () => {
  it('a program too large for WebAssembly is refused in one line that names its sizes and need', () => {
    const patterns = { n: 2_000_000, count: 3, stride: 250_000, bytes: new Uint8Array(0) };
    const make = (): LiftedProgram => new LiftedProgram(kernels, large, patterns);
    expect(make).toThrow(
      /^program: expected at most 4032 MiB .* 2000000 rows of 500 columns, 3 patterns .* 96\d\d MiB; use fewer/,
    );
    // Without cones no copy of the rows in 16-bit integers
    const gated = (): LiftedProgram => new LiftedProgram(kernels, { ...large, activation: 'gated' }, patterns);
    expect(gated).toThrow(/77\d\d MiB; use fewer/);
    try {
      make();
    } catch (error) {
      expect(error).toMatchObject({ name: 'RelucentError', kind: 'resource' });
    }
  });

  it('the guard stops at what can be addressed, and for WebAssembly alone', () => {
    expect(() => requireKernelMemory(kernels, 4032 * 2 ** 20, 'a matrix')).not.toThrow();
    expect(() => requireKernelMemory(kernels, 4032 * 2 ** 20 + 1, 'a matrix')).toThrow(/a matrix .* 4033 MiB/);
    expect(() => requireKernelMemory({ ...kernels, backend: 'plain' }, 2 ** 40, 'a matrix')).not.toThrow();
  });

  it('a solve stays within its estimate, Newton systems apart', async () => {
    for (const more of [{}, { outputs: 3 }, { gated: true }]) {
      const c = randomCase({ n: 200, d: 6, patternCount: 400, lambda: 0.5, seed: 3, ...more });
      const own = counting(kernels);
      const mark = kernels.mark();
      const { program } = await solveCase(own.kernels, c, { gap: 1e-3, way: 'whole' });
      expect(own.most()).toBeLessThanOrEqual(1.3 * wholeSolveBytes(program));
      expect(own.most()).toBeGreaterThanOrEqual(0.7 * wholeSolveBytes(program));
      kernels.release(mark);
    }
  });

  it('where a whole solve would not fit, a working set is taken', () => {
    const c = randomCase({ n: 30, d: 3, patternCount: 50, ratio: 0.1, gated: true });
    const program = new LiftedProgram(kernels, c.problem, c.patterns);
    expect(chooseWay(program, {})).toBe('whole');
    const vast = Object.create(program, { blocks: { value: 3e7 } }) as LiftedProgram;
    expect(chooseWay(vast, {})).toBe('parts');
  });

  it('the Newton systems of many columns need no more than vectors over rows', async () => {
    // 12,000 free directions: a dense system would take 1.1 GB
    const c = randomCase({ n: 300, d: 40, patternCount: 300, lambda: 1e-3, gated: true, seed: 9 });
    const own = counting(kernels);
    const mark = kernels.mark();
    const { outcome, program } = await solveCase(own.kernels, c, { gap: 1e-3, newton: 'gradients', way: 'whole' });
    expect(outcome.status).toBe('solved');
    expect(own.most()).toBeLessThanOrEqual(wholeSolveBytes(program) + 2 ** 23);
    kernels.release(mark);
  });
});
