import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import {
  type DenseBlock,
  denseForward,
  denseGradient,
  denseObjective,
  denseResidual,
  length,
} from '../solvers/dense.js';
import { allLosses, type Case, type CaseSpec, randomCase } from '../solvers/problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

const specs: CaseSpec[] = allLosses.flatMap((loss) => [
  { loss, n: 21, d: 3, seed: 1, lambda: 0.1 },
  { loss, n: 9, d: 5, seed: 2, lambda: 0.1, gated: true, outputBias: false },
  { loss, n: 16, d: 2, seed: 3, lambda: 0.1, outputs: 3 },
]);

/** Random blocks (some zero) and a bias, in both forms. */
function randomPoint(c: Case, program: LiftedProgram): { z: Float64Array; blocks: DenseBlock[]; bias: Float64Array } {
  const random = createRandom(5);
  const z = kernels.float64(program.blocks * program.d);
  const blocks: DenseBlock[] = [];
  for (let b = 0; b < program.blocks; b += 3) {
    const own = Array.from({ length: program.d }, () => random.normal());
    z.set(own, b * program.d);
    const pattern = c.flags[program.patternOf(b)];
    blocks.push({ pattern, sign: program.signOf(b), output: program.outputOf(b), z: own });
  }
  const bias = Float64Array.from({ length: program.outputs }, () => (program.outputBias ? random.normal() : 0));
  return { z, blocks, bias };
}

/** An output-major vector as n rows of c. */
const rowsOf = (v: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: v.length / n }, (_, k) => v[k * n + i]));

const worst = (a: number[][], b: number[][]): number =>
  Math.max(...a.map((row, i) => Math.max(...row.map((v, k) => Math.abs(v - b[i][k])))));

describe.each(specs)('LiftedProgram against dense loops: $loss, n = $n, gated $gated', (spec) => {
  let c: Case;
  let program: LiftedProgram;
  let mark: number;
  beforeAll(() => {
    mark = kernels.mark();
    c = randomCase(spec);
    program = new LiftedProgram(kernels, c.problem, c.patterns);
  });
  afterAll(() => kernels.release(mark));

  it('forward, loss, penalty and residual', () => {
    const { z, blocks, bias } = randomPoint(c, program);
    const [f, r] = [kernels.float64(program.rows), kernels.float64(program.rows)];
    program.forward(z, bias, f);
    const F = denseForward(c.dense, blocks, Array.from(bias));
    expect(worst(rowsOf(f, program.n), F)).toBeLessThan(1e-11);
    const norms = blocks.reduce((s, block) => s + length(block.z), 0);
    const objective = (program.lossValue(f) + program.threshold * program.groupNorm(z)) / program.n;
    expect(objective).toBeCloseTo(denseObjective(c.dense, F, norms), 10);
    program.residual(f, r);
    expect(worst(rowsOf(r, program.n), denseResidual(c.dense, F))).toBeLessThan(1e-11);
    expect(program.neurons(z).map(({ z: own }) => Array.from(own))).toEqual(blocks.map((block) => block.z));
  });

  it('price is the transpose of forward', () => {
    const { z, blocks } = randomPoint(c, program);
    const random = createRandom(9);
    const [r, f] = [kernels.float64(program.rows), kernels.float64(program.rows)];
    for (let i = 0; i < r.length; i++) r[i] = random.normal();
    const prices = kernels.float64(program.outputs * program.patternCount * program.d);
    program.price(r, prices);
    for (const [k, p] of [
      [0, 0],
      [program.outputs - 1, program.patternCount - 1],
    ]) {
      const at = (k * program.patternCount + p) * program.d;
      const g = denseGradient(c.dense.X, c.flags[p], Array.from(r.subarray(k * program.n, (k + 1) * program.n)));
      g.forEach((v, j) => {
        expect(prices[at + j]).toBeCloseTo(v, 11);
      });
    }
    program.forward(z, new Float64Array(program.outputs), f);
    const inner = f.reduce((s, v, i) => s + v * r[i], 0);
    let priced = 0;
    for (let b = 0, block = 0; b < program.blocks; b += 3, block++) {
      const at = (program.outputOf(b) * program.patternCount + program.patternOf(b)) * program.d;
      blocks[block].z.forEach((v, j) => {
        priced += program.signOf(b) * v * prices[at + j];
      });
    }
    expect(priced).toBeCloseTo(inner, 9);
  });

  it('numbers its blocks one way', () => {
    for (let b = 0; b < program.blocks; b++) {
      expect(program.blockOf(program.outputOf(b), program.signOf(b), program.patternOf(b))).toBe(b);
    }
  });

  it('improveBias leaves residuals of sum zero, and nothing without a bias', () => {
    const { z, bias } = randomPoint(c, program);
    const [f, r] = [kernels.float64(program.rows), kernels.float64(program.rows)];
    program.forward(z, bias, f);
    const before = program.lossValue(f);
    program.improveBias(f, bias);
    program.residual(f, r);
    expect(program.lossValue(f)).toBeLessThanOrEqual(before * (1 + 1e-14));
    for (let k = 0; k < program.outputs && program.outputBias; k++) {
      const sum = r.subarray(k * program.n, (k + 1) * program.n).reduce((s, v) => s + v, 0);
      expect(Math.abs(sum)).toBeLessThan(1e-7);
    }
    if (!program.outputBias) expect(program.lossValue(f)).toBe(before);
    const again = kernels.float64(program.rows);
    program.forward(z, bias, again);
    expect(worst(rowsOf(again, program.n), rowsOf(f, program.n))).toBeLessThan(1e-12);
  });
});

it('centre takes the mean over outputs from every sample', () => {
  const c = randomCase({ loss: 'softmax', n: 4, d: 2, lambda: 0.1 });
  const program = new LiftedProgram(kernels, c.problem, c.patterns);
  const v = Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8, 0, 1, -1, 3]);
  program.centre(v);
  expect(Array.from(v)).toEqual([-1, -1, 0, -1, 3, 3, 4, 3, -2, -2, -4, -2]);
});
