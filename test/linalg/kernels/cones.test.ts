import { describe, expect, it } from 'vitest';
import { activeSet, loadWarm } from '../../../src/linalg/kernels/plain/coneActiveSet.js';
import { normOf } from '../../../src/linalg/kernels/plain/coneFactor.js';
import { coneProximalRange, createConeScratch, writeBlock } from '../../../src/linalg/kernels/plain/cones.js';
import {
  type CaseOptions,
  type ConeProblem,
  centre,
  coneProblem,
  coneRows,
  dot,
  FLAWS,
  length,
  projectByEnumeration,
} from './coneCases.js';

const solve = (p: ConeProblem): number => coneProximalRange(p, 0, p.blocks);
const outOf = (p: ConeProblem, b: number): Float64Array => p.out.subarray(b * p.d, (b + 1) * p.d);

/** c + X_sᵀν from the stored multipliers, and the largest of these. */
function proof(p: ConeProblem, b: number): { w: number[]; largest: number } {
  const w = centre(p, b);
  const rows = new Map(coneRows(p, b).map(({ row, a }) => [row, a]));
  let largest = 0;
  for (let k = b * p.d; k < b * p.d + p.tightCount[b]; k++) {
    expect(p.multiplier[k]).toBeGreaterThanOrEqual(0);
    largest = Math.max(largest, p.multiplier[k]);
    const a = rows.get(p.tight[k])!;
    for (let j = 0; j < p.d; j++) w[j] += p.multiplier[k] * a[j];
  }
  return { w, largest };
}

const worstViolation = (p: ConeProblem, b: number, u: ArrayLike<number>): number =>
  Math.max(0, ...coneRows(p, b).map(({ a }) => -dot(a, u) / (length(u) || 1)));

/** The optimality conditions of w = P_K(c), with the projection in `out` (threshold 0). */
function expectProjection(p: ConeProblem, b: number, violation: number): void {
  const c = centre(p, b);
  const w = outOf(p, b);
  const { w: proved, largest } = proof(p, b);
  const scale = length(c);
  // Multipliers of almost dependent rows are huge; then their own rounding is all that c + X_sᵀν can show.
  const rounding = 1e-12 * scale + 1e-15 * largest;
  expect(worstViolation(p, b, w)).toBeLessThanOrEqual(violation);
  expect(length(w.map((v, j) => v - proved[j]))).toBeLessThanOrEqual(rounding);
  expect(Math.abs(dot(w, w) - dot(w, c))).toBeLessThanOrEqual(1e-12 * scale * scale);
  expect(Math.abs(p.norm[b] - length(w))).toBeLessThanOrEqual(rounding);
  for (let k = 0; k < p.tightCount[b]; k++) {
    const { a } = coneRows(p, b).find(({ row }) => row === p.tight[b * p.d + k])!;
    expect(Math.abs(dot(a, w))).toBeLessThanOrEqual(1e-12 * scale);
  }
}

const shapes: [number, number][] = [
  [1, 1],
  [6, 1],
  [1, 4],
  [7, 3],
  [30, 5],
  [12, 20],
  [100, 9],
];

describe('projection on a cone', () => {
  // Rows 1e-9 apart spoil the enumeration itself, not the kernel.
  it.each(FLAWS.filter((f) => f !== 'close'))(
    'equals the best feasible point over all subsets of rows (%s rows)',
    (flaw) => {
      for (let seed = 1; seed <= 12; seed++) {
        for (const realisable of [true, false]) {
          const [n, d] = [3 + (seed % 5), 1 + (seed % 3)];
          const p = coneProblem({ n, d, patterns: 3, flaw, seed, realisable });
          solve(p);
          for (let b = 0; b < p.blocks; b++) {
            const expected = projectByEnumeration(p, b);
            const tolerance = (flaw === 'correlated' ? 1e-8 : 1e-11) * length(centre(p, b));
            expect(length(outOf(p, b).map((v, j) => v - expected[j]))).toBeLessThanOrEqual(tolerance);
          }
        }
      }
    },
  );

  it.each(FLAWS)('satisfies the optimality conditions (%s rows)', (flaw) => {
    for (const [n, d] of shapes) {
      for (let seed = 1; seed <= 4; seed++) {
        const p = coneProblem({ n, d, patterns: 2, flaw, seed });
        expect(solve(p)).toBe(
          Array.from({ length: p.blocks }, (_, b) => b).filter((b) => length(outOf(p, b)) > 0).length,
        );
        for (let b = 0; b < p.blocks; b++) expectProjection(p, b, flaw === 'close' ? 1e-11 : 1e-12);
      }
    }
  });

  it('is zero for the zero vector, whole for rows that are all zero, and needs no rows', () => {
    const p = coneProblem({ n: 20, d: 4, patterns: 2 });
    p.z.fill(0);
    p.g.fill(0);
    expect(solve(p)).toBe(0);
    expect([...p.out, ...p.norm].every((v) => v === 0)).toBe(true);
    const free = coneProblem({ n: 20, d: 4, patterns: 2 });
    free.x.fill(0);
    free.inverseNorms.fill(0);
    solve(free);
    for (let b = 0; b < free.blocks; b++) expect(Array.from(outOf(free, b))).toEqual(centre(free, b));
    const empty = coneProblem({ n: 0, d: 4, patterns: 2 });
    expect(solve(empty)).toBe(4);
    for (let b = 0; b < empty.blocks; b++) expect(Array.from(outOf(empty, b))).toEqual(centre(empty, b));
  });

  it('comes out the same from any warm start', () => {
    for (const flaw of FLAWS.filter((f) => f !== 'close')) {
      const cold = coneProblem({ n: 60, d: 8, patterns: 4, flaw });
      const warm = coneProblem({ n: 60, d: 8, patterns: 4, flaw });
      warm.tightCount.fill(8);
      for (let k = 0; k < warm.tight.length; k++) warm.tight[k] = (k * 7) % 20;
      warm.multiplier.fill(1.5);
      solve(cold);
      solve(warm);
      for (let b = 0; b < cold.blocks; b++) {
        const difference = length(outOf(cold, b).map((v, j) => v - outOf(warm, b)[j]));
        expect(difference).toBeLessThanOrEqual(1e-11 * length(centre(cold, b)));
        expectProjection(warm, b, 1e-12);
      }
    }
  });

  it('comes out the same from any stored multipliers, also from what is none', () => {
    for (const value of [0, 1e-300, 1e200, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const cold = coneProblem({ n: 60, d: 8, patterns: 4 });
      const warm = coneProblem({ n: 60, d: 8, patterns: 4 });
      solve(warm);
      warm.multiplier.forEach((m, k) => {
        warm.multiplier[k] = k % 3 === 0 ? m : value;
      });
      for (const p of [cold, warm]) {
        p.z.forEach((v, k) => {
          p.z[k] = v + 0.1 * Math.sin(3 * k);
        });
        solve(p);
      }
      for (let b = 0; b < cold.blocks; b++) {
        const difference = length(outOf(cold, b).map((v, j) => v - outOf(warm, b)[j]));
        expect(difference, `${value}`).toBeLessThanOrEqual(1e-11 * length(centre(cold, b)));
        expectProjection(warm, b, 1e-12);
      }
    }
  });

  it('moves on from the stored multipliers: hardly more rows enter than are new', () => {
    const p = coneProblem({ n: 600, d: 40, patterns: 6 });
    const s = createConeScratch(p.n, p.d);
    const cold = coneProximalRange(p, 0, p.blocks, s);
    const before = s.entered;
    const held = Array.from(
      { length: p.blocks },
      (_, b) => new Set(p.tight.subarray(b * p.d, b * p.d + p.tightCount[b])),
    );
    p.z.forEach((v, k) => {
      p.z[k] = v + 0.05 * Math.sin(3 * k);
    });
    expect(coneProximalRange(p, 0, p.blocks, s)).toBe(cold);
    let fresh = 0;
    for (let b = 0; b < p.blocks; b++) {
      for (let k = 0; k < p.tightCount[b]; k++) if (!held[b].has(p.tight[b * p.d + k])) fresh++;
    }
    expect(fresh).toBeGreaterThan(0);
    expect(s.entered - before).toBeLessThan(4 * fresh);
    expect(s.entered - before).toBeLessThan(before / 3);
  });

  it('comes out the same with factors kept from call to call, however many rows left them', () => {
    let renewed = 0;
    for (const flaw of FLAWS.filter((f) => f !== 'close')) {
      const [fresh, kept] = [undefined, 6].map((places) =>
        coneProblem({ n: 90, d: 12, patterns: 3, flaw, kept: places }),
      );
      const { state } = kept.factors!;
      const leftOf = () => Array.from({ length: 6 }, (_, place) => state[place * 14 + 1]);
      let most = 0;
      for (let call = 0; call < 40; call++) {
        const before = leftOf();
        for (const p of [fresh, kept]) {
          for (let k = 0; k < p.z.length; k++) p.z[k] = 2 * Math.sin(3 * k + call * call);
          solve(p);
        }
        most = Math.max(most, ...leftOf());
        renewed += leftOf().filter((left, place) => left < before[place]).length;
        for (let b = 0; b < kept.blocks; b++) {
          expect(state[kept.factors!.place[b] * 14]).toBe(kept.tightCount[b]);
          const difference = length(outOf(fresh, b).map((v, j) => v - outOf(kept, b)[j]));
          expect(difference).toBeLessThanOrEqual(1e-11 * length(centre(kept, b)));
          if (call % 10 === 9) expectProjection(kept, b, 1e-12);
        }
      }
      expect(most, flaw).toBeGreaterThan(10);
    }
    expect(renewed).toBeGreaterThan(5);
  });

  it('scales with c and does not depend on the lengths of the rows', () => {
    const options: CaseOptions = { n: 80, d: 7, patterns: 5, threshold: 0.8 };
    const plain = coneProblem(options);
    solve(plain);
    for (const factor of [1e-6, 1e6]) {
      const scaled = coneProblem({ ...options, threshold: 0.8 * factor });
      for (let k = 0; k < scaled.z.length; k++) scaled.z[k] *= factor;
      for (let k = 0; k < scaled.g.length; k++) scaled.g[k] *= factor;
      for (let i = 0; i < scaled.n; i++) {
        const rowFactor = 10 ** ((i % 13) - 6);
        for (let j = 0; j < scaled.d; j++) scaled.x[i * scaled.d + j] *= rowFactor;
        scaled.inverseNorms[i] /= rowFactor;
      }
      solve(scaled);
      for (let k = 0; k < plain.out.length; k++) expect(scaled.out[k] / factor).toBeCloseTo(plain.out[k], 10);
      for (let b = 0; b < plain.blocks; b++) expect(scaled.norm[b] / factor).toBeCloseTo(plain.norm[b], 11);
    }
  });
});

describe('proximal step', () => {
  it('shrinks the projection by the threshold, and writes over z when asked to', () => {
    const projected = coneProblem({ n: 50, d: 6, patterns: 6 });
    solve(projected);
    const p = coneProblem({ n: 50, d: 6, patterns: 6, threshold: 1 });
    p.out = p.z;
    const active = solve(p);
    expect(active).toBeGreaterThan(0);
    expect(active).toBeLessThan(p.blocks);
    for (let k = 0; k < p.out.length; k++) {
      const norm = length(outOf(projected, Math.floor(k / 6)));
      expect(p.out[k]).toBeCloseTo(Math.max(0, 1 - 1 / norm) * projected.out[k], 12);
    }
  });

  it('without cones shrinks c itself', () => {
    const p = coneProblem({ n: 50, d: 6, patterns: 6, threshold: 1.5, cones: false });
    solve(p);
    for (let b = 0; b < p.blocks; b++) {
      const c = centre(p, b);
      expect(p.norm[b]).toBeCloseTo(length(c), 13);
      c.forEach((v, j) => {
        expect(outOf(p, b)[j]).toBeCloseTo(Math.max(0, 1 - 1.5 / length(c)) * v, 13);
      });
    }
  });

  it.each(FLAWS)('left early: zero with a proof below the threshold, else as if exact (%s rows)', (flaw) => {
    const options = { n: 60, d: 8, patterns: 10, flaw, threshold: 0 };
    const first = coneProblem(options);
    solve(first);
    options.threshold = 1.001 * Array.from(first.norm).sort((a, b) => a - b)[10];
    const exact = coneProblem(options);
    const early = coneProblem({ ...options, exact: false });
    let zeros = 0;
    for (let call = 0; call < 4; call++) {
      for (const p of [exact, early]) {
        p.z.forEach((v, k) => {
          p.z[k] = v + 0.05 * Math.sin(3 * k + call);
        });
        if (call === 2) Object.assign(p, { sigma: p.sigma * 4, threshold: p.threshold * 2 });
      }
      expect(solve(early)).toBe(solve(exact));
      for (let b = 0; b < early.blocks; b++) {
        const { w, largest } = proof(early, b);
        const scale = length(centre(early, b));
        expect(early.norm[b]).toBeGreaterThanOrEqual(length(outOf(exact, b)) * (1 - 1e-12));
        expect(early.norm[b]).toBeGreaterThanOrEqual(length(w) - 1e-12 * scale - 1e-15 * largest);
        if (exact.norm[b] <= early.threshold) {
          zeros++;
          expect(early.norm[b]).toBeLessThanOrEqual(early.threshold);
        } else expect(early.norm[b]).toBeCloseTo(exact.norm[b], 6);
      }
      const difference = Math.max(...early.out.map((v, k) => Math.abs(v - exact.out[k])));
      expect(difference).toBeLessThanOrEqual(1e-9);
    }
    expect(zeros).toBeGreaterThan(0);
  });

  it.each(FLAWS.filter((f) => f !== 'correlated'))(
    'sweeps alone prove a threshold that is not too near (%s rows)',
    (flaw) => {
      const options = { n: 200, d: 33, patterns: 6, flaw };
      const exact = coneProblem(options);
      solve(exact);
      let [open, proved] = [0, 0];
      for (let b = 0; b < exact.blocks; b++) {
        const scale = length(centre(exact, b));
        const threshold = exact.norm[b] + 0.1 * scale;
        if (threshold > scale) continue;
        open++;
        const early = coneProblem({ ...options, threshold, exact: false });
        const s = createConeScratch(early.n, early.d);
        expect(coneProximalRange(early, b, b + 1, s)).toBe(0);
        const { w, largest } = proof(early, b);
        expect(length(w)).toBeLessThanOrEqual(early.norm[b] + 1e-12 * scale + 1e-15 * largest);
        expect(early.norm[b]).toBeGreaterThanOrEqual(exact.norm[b] * (1 - 1e-9));
        expect(early.norm[b]).toBeLessThanOrEqual(threshold);
        if (s.entered === 0) proved++;
      }
      expect(proved).toBeGreaterThan(open / 2);
    },
  );

  it.each([8, 40])(
    'is zero up to the norm that is given for a block, and otherwise as without one (%i columns)',
    (d) => {
      const exact = coneProblem({ n: 150, d, patterns: 10 });
      solve(exact);
      const sorted = Array.from(exact.norm).sort((a, b) => a - b);
      const [threshold, idle] = [0.9 * sorted[8], sorted[14] * 1.001];
      const options = { n: 150, d, patterns: 10, threshold, exact: false };
      const [plain, reluctant] = [coneProblem(options), coneProblem({ ...options, idle })];
      solve(plain);
      expect(solve(reluctant)).toBeLessThan(solve(plain));
      let zeros = 0;
      for (let b = 0; b < plain.blocks; b++) {
        const kept = exact.norm[b] > Math.max(threshold, reluctant.idle![b]);
        const expected = kept ? outOf(plain, b) : new Float64Array(d);
        const difference = length(outOf(reluctant, b).map((v, j) => v - expected[j]));
        expect(difference).toBeLessThanOrEqual(1e-11 * length(centre(plain, b)));
        expect(reluctant.norm[b]).toBeGreaterThanOrEqual(exact.norm[b] * (1 - 1e-12));
        if (!kept && exact.norm[b] > threshold) zeros++;
      }
      expect(zeros).toBeGreaterThan(0);
    },
  );

  it('proves nothing with stored multipliers below zero', () => {
    let turned = 0;
    for (const d of [8, 40]) {
      const exact = coneProblem({ n: 60, d, patterns: 6 });
      solve(exact);
      for (let b = 0; b < exact.blocks; b++) {
        if (exact.norm[b] < 1e-9 || exact.tightCount[b] === 0) continue;
        turned++;
        const early = coneProblem({ n: 60, d, patterns: 6, exact: false, threshold: 0.9 * exact.norm[b] });
        early.tight.set(exact.tight);
        early.tightCount.set(exact.tightCount);
        early.multiplier.set(exact.multiplier.map((m) => -m));
        // no threshold below the norm may ever be proved
        expect(coneProximalRange(early, b, b + 1)).toBe(1);
      }
    }
    expect(turned).toBeGreaterThan(6);
    // factor and multipliers both turned: along −Aᵀν the norm falls where no cone allows it
    const p = coneProblem({ n: 1, d: 2, patterns: 1, exact: false, threshold: 0.5 });
    p.x.set([1, 0]);
    p.inverseNorms.set([1]);
    p.g.fill(0);
    const inside = p.bytes[0] & 1 ? 1 : -1;
    for (let b = 0; b < p.blocks; b++) {
      p.z.set([inside, 0], b * p.d);
      p.tight[b * p.d] = 0;
      p.tightCount[b] = 1;
      p.multiplier[b * p.d] = -1;
    }
    coneProximalRange(p, 0, p.blocks);
    for (let b = 0; b < p.blocks; b++) expect(p.norm[b]).toBeGreaterThanOrEqual(1 - 1e-12);
  });

  it('sweeps that prove nothing leave no trace', () => {
    const options = { n: 200, d: 33, patterns: 6 };
    const exact = coneProblem(options);
    const early = coneProblem({ ...options, exact: false, threshold: 0 });
    solve(exact);
    solve(early);
    for (const key of ['norm', 'out', 'tight', 'tightCount', 'multiplier'] as const)
      expect(early[key]).toEqual(exact[key]);
  });

  it('gives norms that no direction of the cone exceeds', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const options = { n: 40, d: 5, patterns: 8, seed, threshold: 1 };
      const early = coneProblem({ ...options, exact: false });
      const directions = coneProblem({ ...options, threshold: 0 });
      solve(early);
      for (let call = 0; call < 30; call++) {
        directions.z.forEach((_, k) => {
          directions.z[k] = Math.sin(1.7 * k * (call + 1) + seed);
        });
        solve(directions);
        for (let b = 0; b < early.blocks; b++) {
          const u = outOf(directions, b);
          const value = dot(centre(early, b), u) / (length(u) || 1);
          expect(value).toBeLessThanOrEqual(early.norm[b] * (1 + 1e-12));
        }
      }
    }
  });

  it('stopped at its cap stays inside the cone, with a norm that holds', () => {
    const p = coneProblem({ n: 100, d: 9, patterns: 6 });
    const exact = coneProblem({ n: 100, d: 9, patterns: 6 });
    solve(exact);
    let stopped = 0;
    for (let b = 0; b < p.blocks; b++) {
      const s = createConeScratch(p.n, p.d);
      const c = Float64Array.from(centre(p, b));
      s.factor.c.set(c);
      loadWarm(p, b, s.factor, length(c));
      const norm = activeSet(p, b, s, length(c), 2, 1);
      writeBlock(p, b, s.factor, norm, length(c));
      if (norm >= 0) continue;
      stopped++;
      expect(length(outOf(p, b))).toBe(0);
      expect(p.norm[b]).toBeGreaterThanOrEqual(exact.norm[b] * (1 - 1e-12));
      expect(p.norm[b]).toBeCloseTo(normOf(s.factor, s.factor.w), 12);
      expect(length(proof(p, b).w)).toBeLessThanOrEqual(p.norm[b] * (1 + 1e-12));
    }
    expect(stopped).toBeGreaterThan(6);
  });
});
