import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { squared } from '../../src/losses/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { KeptFactors } from '../../src/solvers/kept-factors.js';

const [n, d, outputs] = [60, 9, 2];
let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels({ backend: 'plain' });
});
afterAll(() => kernels.dispose());

function program(): LiftedProgram {
  const random = createRandom(5);
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
  const y = Float64Array.from({ length: n * outputs }, () => random.normal());
  const { patterns } = samplePatterns(X, 12, { seed: 3 });
  return new LiftedProgram(
    kernels,
    { X, y, outputs, loss: squared, lambda: 0.1, outputBias: false, activation: 'relu' },
    patterns,
  );
}

/** Bytes of that many places. */
const roomFor = (places: number): number => places * (8 * kernels.coneFactorNumbers(n, d) + 4 * d + 8);

class Steps {
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  readonly norm: Float64Array;
  readonly out: Float64Array;
  readonly #multiplier: Float64Array;
  readonly #z: Float64Array;
  readonly #g: Float64Array;

  constructor(
    readonly p: LiftedProgram,
    readonly factors: KeptFactors | null,
  ) {
    this.tight = kernels.int32(p.blocks * d);
    this.tightCount = kernels.int32(p.blocks);
    this.norm = kernels.float64(p.blocks);
    this.out = kernels.float64(p.blocks * d);
    this.#multiplier = kernels.float64(p.blocks * d);
    this.#z = kernels.float64(p.blocks * d);
    this.#g = kernels.float64(p.patternCount * d);
  }

  take(step: number, threshold: number): void {
    const { p, factors } = this;
    for (let k = 0; k < this.#z.length; k++) this.#z[k] = 2 * Math.sin(1.3 * k + step * step);
    for (let k = 0, count = p.blocksPerOutput; k < outputs; k++) {
      const [from, to] = [k * count, (k + 1) * count];
      const part = <T extends Float64Array | Int32Array>(a: T, width: number): T =>
        a.subarray(from * width, to * width) as T;
      kernels.coneProximal({
        ...{ n, d, blocks: count, x: p.x, inverseNorms: p.inverseNorms, bytes: p.bytes, stride: p.stride },
        ...{ pattern: p.pattern, sign: p.sign, z: part(this.#z, d), g: this.#g, sigma: 1, threshold },
        ...{ cones: true, exact: false, tight: part(this.tight, d), tightCount: part(this.tightCount, 1) },
        ...{ multiplier: part(this.#multiplier, d), norm: part(this.norm, 1), out: part(this.out, d) },
        factors: factors?.of(from, to),
      });
    }
    factors?.keep(d, this.norm, threshold);
  }
}

const placesOf = (p: LiftedProgram, factors: KeptFactors): number[] => [...factors.of(0, p.blocks).place];

describe('factors kept between proximal steps', () => {
  it.each([0, 1, 7, 20, 1000])('with room for %i leave the steps as they are', (places) => {
    const mark = kernels.mark();
    const p = program();
    const factors = new KeptFactors(p, roomFor(places));
    const [kept, fresh] = [new Steps(p, factors), new Steps(p, null)];
    let changed = 0;
    for (let step = 0; step < 12; step++) {
      const threshold = step % 3 === 0 ? 3 : 0.5;
      const before = placesOf(p, factors);
      kept.take(step, threshold);
      fresh.take(step, threshold);
      const worst = kept.out.reduce((most, v, k) => Math.max(most, Math.abs(v - fresh.out[k])), 0);
      expect(worst).toBeLessThan(1e-11);
      const now = placesOf(p, factors);
      const { state } = factors.of(0, p.blocks);
      now.forEach((at, b) => {
        if (at < 0 || at === before[b]) return;
        changed++;
        expect(state[at * (d + 2)]).toBe(0);
      });
      const given = now.filter((at) => at >= 0);
      expect(new Set(given).size).toBe(given.length);
      const active = Array.from(kept.norm.keys()).filter((b) => kept.norm[b] > threshold);
      const placed = active.filter((b) => placesOf(p, factors)[b] >= 0);
      expect(placed).toHaveLength(Math.min(places, active.length));
    }
    if (places > 0 && places < p.blocks) expect(changed).toBeGreaterThan(places);
    kernels.release(mark);
  });

  it('give the span of just the tight rows asked for, and nothing for others', () => {
    const mark = kernels.mark();
    const p = program();
    const factors = new KeptFactors(p, roomFor(10));
    const steps = new Steps(p, factors);
    for (let step = 0; step < 3; step++) steps.take(step, 0.5);
    let [found, none] = [0, 0];
    for (let b = 0; b < p.blocks; b++) {
      const count = steps.tightCount[b];
      const tight = steps.tight.subarray(b * d, b * d + count);
      const q = count > 0 ? factors.basisOf(p, b, tight) : null;
      if (!q) {
        none++;
        continue;
      }
      found++;
      const width = q.length / count;
      for (let i = 0; i < count; i++) {
        const row = Array.from({ length: d }, (_, j) => p.x[tight[i] * d + j]);
        for (let k = 0; k < count; k++) {
          let along = 0;
          for (let j = 0; j < d; j++) along += row[j] * q[k * width + j];
          for (let j = 0; j < d; j++) row[j] -= along * q[k * width + j];
        }
        expect(Math.max(...row.map(Math.abs))).toBeLessThan(1e-12);
      }
      expect(factors.basisOf(p, b, tight.subarray(0, count - 1))).toBeNull();
      expect(
        factors.basisOf(
          p,
          b,
          tight.map((row, k) => (k === 0 ? (row + 1) % n : row)),
        ),
      ).toBeNull();
    }
    expect(found).toBeGreaterThan(3);
    expect(none).toBeGreaterThan(3);
    kernels.release(mark);
  });
});
