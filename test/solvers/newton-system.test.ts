import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { activeBlocksAt } from '../../src/solvers/newton-blocks.js';
import { isWide } from '../../src/solvers/newton-cost.js';
import { type NewtonMethod, type NewtonPoint, NewtonSystem } from '../../src/solvers/newton-system.js';
import { coneProjection, dot, length } from './dense.js';
import { allLosses, type Case, type CaseSpec, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

const [sigma, sigmaBias, tau] = [0.7, 1.3, 2.5];

/** A point of the proximal point method: blocks, bias and anchor z, b, a of a subproblem, output-major. */
interface Subproblem {
  readonly c: Case;
  readonly program: LiftedProgram;
  readonly z: number[][];
  readonly anchor: Float64Array;
}

function subproblem(spec: CaseSpec): Subproblem {
  const c = randomCase(spec);
  const program = new LiftedProgram(kernels, c.problem, c.patterns);
  const random = createRandom(31);
  const z = Array.from({ length: program.blocks }, (_, b) => {
    const g = Array.from({ length: program.d }, () => (b % 3 === 0 ? random.normal() : 0));
    return c.dense.gated ? g : coneProjection(c.dense.X, c.flags[program.patternOf(b)], g);
  });
  return { c, program, z, anchor: Float64Array.from({ length: program.rows }, () => random.normal()) };
}

/** ∇Ψ(r) = A z⁺(r) + b⁺(r) − f(r) in dense loops (the loss's proximal step is the library's, tested with the losses). */
function gradient({ c, program, z, anchor }: Subproblem, r: Float64Array): Float64Array {
  const { n, outputs } = program;
  const out = new Float64Array(r.length);
  const column = (k: number): number[] => Array.from(r.subarray(k * n, (k + 1) * n));
  z.forEach((zb, b) => {
    const [k, pattern, sign] = [program.outputOf(b), c.flags[program.patternOf(b)], program.signOf(b)];
    const rk = column(k);
    const point = zb.map(
      (v, j) => v + sigma * sign * c.dense.X.reduce((s, x, i) => s + (pattern[i] ? rk[i] * x[j] : 0), 0),
    );
    const w = c.dense.gated ? point : coneProjection(c.dense.X, pattern, point);
    const factor = Math.max(0, 1 - (sigma * program.threshold) / length(w));
    c.dense.X.forEach((x, i) => {
      if (pattern[i]) out[k * n + i] += sign * factor * dot(x, w);
    });
  });
  for (let k = 0; k < outputs && program.outputBias; k++) {
    const sum = column(k).reduce((s, v) => s + v, 0);
    for (let i = 0; i < n; i++) out[k * n + i] += sigmaBias * sum;
  }
  const f = new Float64Array(r.length);
  program.lossProximal(
    anchor.map((v, i) => v - tau * r[i]),
    tau,
    f,
  );
  return out.map((v, i) => v - f[i]);
}

/** What SSNAL hands to the Newton system at r. */
function newtonPoint({ program, z, anchor }: Subproblem, r: Float64Array, at: Float64Array): NewtonPoint {
  const { d, blocks, blocksPerOutput: count, patternCount, outputs, n } = program;
  const prices = kernels.float64(outputs * patternCount * d);
  const rk = kernels.float64(r.length);
  rk.set(r);
  program.price(rk, prices);
  const start = kernels.float64(blocks * d);
  z.forEach((zb, b) => {
    start.set(zb, b * d);
  });
  const [zPlus, multiplier, norm] = [kernels.float64(blocks * d), kernels.float64(blocks * d), kernels.float64(blocks)];
  const [tight, tightCount] = [kernels.int32(blocks * d), kernels.int32(blocks)];
  for (let k = 0; k < outputs; k++) {
    const part = <T extends { subarray(from: number, to: number): T }>(v: T, unit: number): T =>
      v.subarray(k * count * unit, (k + 1) * count * unit);
    kernels.coneProximal({
      ...{ n, d, blocks: count, x: program.x, inverseNorms: program.inverseNorms, bytes: program.bytes },
      ...{ stride: program.stride, pattern: program.pattern, sign: program.sign, z: part(start, d), sigma },
      g: prices.subarray(k * patternCount * d, (k + 1) * patternCount * d),
      ...{ threshold: sigma * program.threshold, cones: program.cones, exact: true, tight: part(tight, d) },
      ...{ tightCount: part(tightCount, 1), multiplier: part(multiplier, d), norm: part(norm, 1), out: part(zPlus, d) },
    });
  }
  const f = new Float64Array(r.length);
  program.lossProximal(
    anchor.map((v, i) => v - tau * r[i]),
    tau,
    f,
  );
  const weights = new Float64Array(outputs === 1 ? r.length : r.length * outputs);
  program.curvature(f, weights);
  for (let i = 0; i < weights.length; i++) {
    if (outputs === 1 || (i % (outputs * outputs)) % (outputs + 1) === 0) weights[i] += 1 / tau;
  }
  const g = kernels.float64(r.length);
  g.set(at);
  return { zPlus, norm, tight, tightCount, sigma, sigmaBias, weights, gradient: g };
}

const specs: CaseSpec[] = allLosses.flatMap((loss) =>
  [false, true].flatMap((gated) => [
    { loss, gated, n: 9, d: 3, ratio: 0.2, patternCount: 2, seed: 3, outputBias: true },
    { loss, gated, n: 5, d: 4, ratio: 0.05, patternCount: 9, seed: 4, outputBias: gated },
    { loss, gated, n: 11, d: 7, ratio: 0.02, patternCount: 6, seed: 6, outputBias: !gated },
    { loss, gated, n: 7, d: 2, ratio: 0.1, patternCount: 4, seed: 5, outputs: 3, outputBias: !gated },
  ]),
);

describe('the Newton step against differences of the gradient', () => {
  it.each(specs)('$loss, gated $gated, n = $n, d = $d', (spec) => {
    const mark = kernels.mark();
    const sub = subproblem(spec);
    const random = createRandom(77);
    const r = Float64Array.from({ length: sub.program.rows }, () => 0.5 * random.normal());
    const at = gradient(sub, r);
    // Conjugate gradients expect what SSNAL gives them: for a coupled loss, classes that sum to zero
    const newton = new NewtonSystem(sub.program, sub.program.loss.separable ? 'auto' : 'columns');
    expect(newton.solve(newtonPoint(sub, r, at))).toBe(true);
    const size = Math.sqrt(newton.step.reduce((s, v) => s + v * v, 0));
    const h = 1e-6 / size;
    const moved = (t: number): Float64Array =>
      gradient(
        sub,
        r.map((v, i) => v + t * newton.step[i]),
      );
    const [ahead, behind] = [moved(h), moved(-h)];
    // (∇Ψ(r + hs) − ∇Ψ(r − hs)) / 2h = Hs = −∇Ψ(r)
    const worst = at.reduce((m, v, i) => Math.max(m, Math.abs((ahead[i] - behind[i]) / (2 * h) + v)), 0);
    expect(worst).toBeLessThanOrEqual(1e-5 * at.reduce((m, v) => Math.max(m, Math.abs(v)), 0));
    kernels.release(mark);
  });
});

describe('the blocks of a point', () => {
  const freeSpaces = () => {
    const sub = subproblem(specs[2]);
    const random = createRandom(77);
    const r = Float64Array.from({ length: sub.program.rows }, () => 0.5 * random.normal());
    const at = newtonPoint(sub, r, gradient(sub, r));
    return { program: sub.program, at, blocks: activeBlocksAt(sub.program, at) };
  };

  it('have both kinds of free spaces here, and the n×n form takes some by their complement', () => {
    const mark = kernels.mark();
    const { program, blocks } = freeSpaces();
    expect(new Set(blocks.map(({ free }) => free.complement)).size).toBe(2);
    expect(new Set(blocks.map(({ free }) => isWide(free, program.d))).size).toBe(2);
    kernels.release(mark);
  });

  it('hold their iterate in the free space, and their tight rows outside', () => {
    const mark = kernels.mark();
    const { program, at, blocks } = freeSpaces();
    const { d, x } = program;
    for (const { block, direction, free } of blocks) {
      const rows = Array.from({ length: free.rows.length / d }, (_, k) => free.rows.subarray(k * d, (k + 1) * d));
      const inside = (v: Float64Array): Float64Array => {
        const along = Float64Array.from(v, (_, j) => rows.reduce((s, row) => s + row[j] * dot([...row], [...v]), 0));
        return free.complement ? v.map((value, j) => value - along[j]) : along;
      };
      expect(length([...inside(direction).map((v, j) => v - direction[j])])).toBeLessThan(1e-9);
      for (let k = 0; k < at.tightCount[block]; k++) {
        const i = at.tight[block * d + k];
        expect(length([...inside(x.slice(i * d, (i + 1) * d))])).toBeLessThan(1e-9);
      }
    }
    kernels.release(mark);
  });
});

describe('every way of solving the Newton system', () => {
  const directions = (spec: CaseSpec, method: NewtonMethod, accuracy?: number) => {
    const mark = kernels.mark();
    const sub = subproblem(spec);
    const random = createRandom(78);
    const r = Float64Array.from({ length: sub.program.rows }, () => 0.5 * random.normal());
    const at = newtonPoint(sub, r, gradient(sub, r));
    if (!sub.program.loss.separable) {
      // As SSNAL has it: gradients and steps whose classes sum to zero, and W without the part beside them
      sub.program.centre(at.gradient);
      for (let i = 0; i < at.weights.length; i++) at.weights[i] -= 1 / (sub.program.outputs * tau);
    }
    const newton = new NewtonSystem(sub.program, method);
    const found = newton.solve(at, accuracy);
    const size = norm(at.gradient);
    const slope = at.gradient.reduce((s, v, i) => s + v * newton.step[i], 0);
    const result = { found, step: Float64Array.from(newton.step), size, slope };
    kernels.release(mark);
    return result;
  };
  const norm = (a: Float64Array): number => Math.sqrt(a.reduce((s, v) => s + v * v, 0));
  const distance = (a: Float64Array, b: Float64Array): number => norm(a.map((v, i) => v - b[i]));

  it.each(specs)('gradients equal the dense step: $loss, gated $gated, n = $n, d = $d', (spec) => {
    const dense = directions(spec, 'columns');
    const { found, step } = directions(spec, 'gradients');
    expect(found).toBe(true);
    expect(distance(step, dense.step)).toBeLessThanOrEqual(1e-9 * norm(dense.step));
  });

  it.each(specs)('at a loose accuracy the step still goes down: $loss, gated $gated, n = $n, d = $d', (spec) => {
    const { size } = directions(spec, 'columns');
    const loose = directions(spec, 'gradients', 0.3 * size);
    expect(loose.found).toBe(true);
    expect(loose.slope).toBeLessThan(0);
  });

  it.each(specs.filter(({ outputs, loss }) => !outputs && loss !== 'softmax'))(
    'rows equal columns: $loss, gated $gated, n = $n, d = $d',
    (spec) => {
      const dense = directions(spec, 'columns');
      expect(distance(directions(spec, 'rows').step, dense.step)).toBeLessThanOrEqual(1e-9 * norm(dense.step));
    },
  );
});
