import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { lossByName } from '../../src/losses/index.js';
import { predictScores } from '../../src/networks/index.js';
import { fewestNeurons, type Member, type OptimalSet, selectMember } from '../../src/optimal-set/index.js';
import { expectMember, knownProblems, setOf } from './helpers.js';
import { exhaustive, fewNeurons } from './oracles.js';
import { dependentProblem, type KnownProblem, orthogonalProblem } from './problems.js';

/** ⌈least Σ a_i/M_i⌉ with M_i the largest a_i of the set. */
function relaxation(set: OptimalSet): number {
  const unit = (k: number): number[] => set.candidates.map((_, i) => (i === k ? 1 : 0));
  const most = set.candidates.map((_, i) => set.extreme(unit(i)).greatest.value);
  return Math.ceil(set.extreme(most.map((value) => (value > 0 ? 1 / value : 0))).least.value - 1e-6);
}

const norm = ({ sizes }: Member): number => Math.sqrt(sizes.reduce((sum, a) => sum + a * a, 0));

describe('fewestNeurons', () => {
  it('equals exhaustive search on small problems, with the proof', async () => {
    const few = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16].map((seed) => fewNeurons(orthogonalProblem(seed, 'squared'))),
    );
    const problems = [...few, ...knownProblems(40), orthogonalProblem(1, 'logistic'), orthogonalProblem(7, 'logistic')];
    let degenerate = 0;
    let open = 0;
    let looked = 0;
    for (const p of problems) {
      const set = await setOf(p);
      if (set.candidates.length > 13) continue;
      const { member, lowerBound, proved } = fewestNeurons(set);
      if (member.neurons < set.rank) degenerate++;
      looked++;
      const fewest = exhaustive(set);
      expect(member.neurons, p.name).toBe(fewest);
      expect(proved, p.name).toBe(true);
      const early = fewestNeurons(set, { programs: 0, restarts: 0 });
      expect(early.lowerBound, p.name).toBeLessThanOrEqual(fewest);
      if (set.problem.outputs > 1) continue;
      const bound = relaxation(set);
      expect(bound, p.name).toBeLessThanOrEqual(fewest);
      expect(early.lowerBound, p.name).toBe(Math.min(bound, early.member.neurons));
      if (bound < fewest) open++;
      expect(lowerBound).toBe(member.neurons);
      await expectMember(p, member);
    }
    expect(looked).toBeGreaterThan(30);
    // some proofs need branching
    expect(open).toBeGreaterThan(0);
    // where all vertices have rank many neurons there is nothing to find
    expect(degenerate).toBeGreaterThan(6);
  });

  it('without a proof the bound is below the width, and says so', async () => {
    const set = await setOf(orthogonalProblem(5, 'logistic'));
    const { member, lowerBound, proved } = fewestNeurons(set, { programs: 0, restarts: 0 });
    expect(lowerBound).toBeGreaterThanOrEqual(1);
    expect(lowerBound).toBeLessThanOrEqual(member.neurons);
    expect(proved).toBe(lowerBound === member.neurons);
    expect(fewestNeurons(set).member.neurons).toBeLessThanOrEqual(member.neurons);
    expect(() => fewestNeurons(set, { programs: -1 })).toThrow(/programs/);
  });
});

describe('selectMember', () => {
  it('min-norm and max-norm bound the norms of all members', async () => {
    for (const p of knownProblems(16)) {
      const set = await setOf(p);
      const least = selectMember(set, 'min-norm');
      const greatest = selectMember(set, 'max-norm');
      expect(least.proved, p.name).toBe(true);
      expect(least.value).toBeCloseTo(norm(least.member), 12);
      await expectMember(p, least.member);
      await expectMember(p, greatest.member);
      for (const member of [...set.sample(20, 2), ...set.vertices(20).members]) {
        expect(norm(member), p.name).toBeGreaterThanOrEqual(least.value * (1 - 1e-9));
        if (greatest.proved) expect(norm(member), p.name).toBeLessThanOrEqual(greatest.value * (1 + 1e-9));
      }
    }
  });

  it('min-norm on a segment is the point that calculus gives', async () => {
    for (const seed of [1, 4, 8, 13]) {
      const set = await setOf(dependentProblem(seed, 0));
      const [a, b] = set.vertices().members.map((member) => member.sizes);
      const step = b.map((value, i) => value - a[i]);
      const square = step.reduce((sum, v) => sum + v * v, 0);
      const t = Math.min(1, Math.max(0, -a.reduce((sum, v, i) => sum + v * step[i], 0) / square));
      const { sizes } = selectMember(set, 'min-norm').member;
      sizes.forEach((value, i) => {
        expect(value).toBeCloseTo(a[i] + t * step[i], 10);
      });
    }
  });

  it('validation: no sampled member has less loss on the rows', async () => {
    const cases: KnownProblem[] = [
      dependentProblem(2, 0),
      dependentProblem(7, 0),
      orthogonalProblem(2, 'squared'),
      orthogonalProblem(3, 'logistic'),
    ];
    for (const p of cases) {
      const set = await setOf(p);
      const random = createRandom(8);
      const outputs = p.weights.outputBias.length;
      const X = matrix(
        15,
        p.X.cols,
        Float64Array.from({ length: 15 * p.X.cols }, () => random.normal()),
      );
      const y = Float64Array.from({ length: 15 * outputs }, () =>
        p.options.loss === 'logistic' ? (random.uniform() < 0.5 ? -1 : 1) : 3 * random.normal(),
      );
      const lossOf = (member: Member): number =>
        lossByName(p.options.loss).value(predictScores(member.weights, X).data, y, outputs) / 15;
      const { member, value, proved } = selectMember(set, 'validation', { validation: { X, y } });
      expect(proved, p.name).toBe(true);
      expect(lossOf(member)).toBeCloseTo(value, 9);
      await expectMember(p, member);
      for (const other of [...set.sample(200, 3), ...set.vertices(50).members]) {
        expect(lossOf(other), p.name).toBeGreaterThanOrEqual(value * (1 - 1e-8));
      }
      expect(lossOf(set.given)).toBeGreaterThan(value);
    }
  });

  it('fewest is fewestNeurons; unknown rules and missing rows are refused', async () => {
    const set = await setOf(dependentProblem(1, 0));
    expect(selectMember(set, 'fewest').value).toBe(fewestNeurons(set).member.neurons);
    expect(() => selectMember(set, 'best' as 'fewest')).toThrow(/expected one of min-norm/);
    expect(() => selectMember(set, 'validation')).toThrow(/needs validation rows/);
    expect(() => selectMember(set, 'validation', { validation: { X: matrix(1, 1), y: new Float64Array(1) } })).toThrow(
      /validation rows of/,
    );
  });
});
