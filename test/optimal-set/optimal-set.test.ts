import loadHighs, { type Highs } from 'highs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { type NetworkWeights, predictScores } from '../../src/networks/index.js';
import { type Member, type OptimalSet, optimalSet } from '../../src/optimal-set/index.js';
import { expectMember, expectSame, knownProblems, largestDifference, setOf } from './helpers.js';
import { independent } from './oracles.js';
import { dependentProblem, orthogonalProblem } from './problems.js';

let highs: Highs | undefined;

/** The least Σ cost_i a_i over {a ≥ 0 : Σ a_i z_i = f}, by HiGHS. */
async function leastByHighs(set: OptimalSet, cost: Float64Array): Promise<number> {
  highs ??= await (loadHighs as unknown as () => Promise<Highs>)();
  const { columns } = set.set;
  const start = set.polytope.start;
  const term = (value: number, i: number): string => `${value < 0 ? '-' : '+'} ${Math.abs(value).toFixed(15)} a${i}`;
  const rows = Array.from({ length: columns.cols }, (_, k) => {
    const z = Array.from(start, (_, i) => columns.data[i * columns.cols + k]);
    const f = z.reduce((sum, value, i) => sum + value * start[i], 0);
    return ` r${k}: ${z.map(term).join(' ')} = ${f.toFixed(15)}`;
  });
  const model = `Minimize\n obj: ${Array.from(cost, term).join(' ')}\nSubject To\n${rows.join('\n')}\nEnd`;
  return highs.solve(model).ObjectiveValue;
}

describe('optimalSet', () => {
  it('120 problems: vertices and samples have the objective and the fit of the given network, and are certified', async () => {
    for (const p of knownProblems(120)) {
      const set = await setOf(p);
      expect(set.deviation, p.name).toBeLessThan(1e-11);
      expect(set.excess, p.name).toBeLessThan(1e-11);
      expect(set.isUnique, p.name).toBe(false);
      if (p.dimension !== undefined) expect(set.dimension, p.name).toBe(p.dimension);
      const { members } = set.vertices(3);
      for (const member of [set.given, ...members, ...set.sample(2, 5)]) expectSame(p, member.weights);
      const drawn = set.sample(1, 6)[0];
      await expectMember(p, set.rank % 2 === 0 ? drawn : members[members.length - 1]);
    }
  });

  it('vertices are minimal: independent activations, no more neurons than the rank', async () => {
    for (const p of knownProblems(30)) {
      const set = await setOf(p);
      const { members } = set.vertices(40);
      for (const member of members) {
        expect(member.neurons, p.name).toBeLessThanOrEqual(set.rank);
        expect(independent(set, member.sizes), p.name).toBe(true);
      }
      expect(independent(set, set.sample(1)[0].sizes), p.name).toBe(false);
    }
  });

  it('a segment has two vertices, and a square of two segments four', async () => {
    for (const seed of [1, 4, 7, 2, 10, 11]) {
      const p = dependentProblem(seed, 0);
      const { members, complete } = (await setOf(p)).vertices();
      expect(complete).toBe(true);
      expect(members.length, p.name).toBe(2 ** (p.dimension ?? 0));
    }
  });

  it('extremes are those of HiGHS', async () => {
    for (const p of knownProblems(15)) {
      const set = await setOf(p);
      const random = createRandom(3);
      const cost = Float64Array.from(set.candidates, () => Math.round(8 * random.normal()) / 8);
      const { least, greatest } = set.extreme(cost);
      expect(Math.abs(least.value - (await leastByHighs(set, cost))), p.name).toBeLessThan(1e-6);
      expect(
        Math.abs(
          greatest.value +
            (await leastByHighs(
              set,
              cost.map((c) => -c),
            )),
        ),
        p.name,
      ).toBeLessThan(1e-6);
      await expectMember(p, least.member);
    }
  });

  it('predictionRange holds the predictions of 1,000 members and is attained', async () => {
    for (const p of [
      dependentProblem(2, 0),
      dependentProblem(5, 1),
      orthogonalProblem(3, 'logistic'),
      orthogonalProblem(2, 'squared'),
    ]) {
      const set = await setOf(p);
      const random = createRandom(11);
      const x = Float64Array.from({ length: p.X.cols }, () => 2 * random.normal());
      const row = matrix(1, p.X.cols, x);
      const output = p.weights.outputBias.length - 1;
      const { least, greatest } = set.predictionRange(x, output);
      const predict = (member: Member): number => predictScores(member.weights, row).data[output];
      expect(predict(least.member)).toBeCloseTo(least.value, 9);
      expect(predict(greatest.member)).toBeCloseTo(greatest.value, 9);
      expect(greatest.value - least.value, p.name).toBeGreaterThan(1e-3);
      const predictions = set.sample(1000, 4).map(predict);
      expect(Math.min(...predictions)).toBeGreaterThanOrEqual(least.value - 1e-9);
      expect(Math.max(...predictions)).toBeLessThanOrEqual(greatest.value + 1e-9);
      expect(Math.max(...predictions) - Math.min(...predictions)).toBeGreaterThan(0.3 * (greatest.value - least.value));
    }
  });

  it('samples of a segment are uniform', async () => {
    const p = dependentProblem(1, 0);
    const set = await setOf(p);
    const [a, b] = set.vertices().members.map((member) => member.sizes);
    const i = Array.from(a.keys()).find((k) => Math.abs(a[k] - b[k]) > 1e-3) ?? -1;
    const shares = set.sample(2000, 9).map(({ sizes }) => (sizes[i] - a[i]) / (b[i] - a[i]));
    const below = (t: number): number => shares.filter((s) => s < t).length / shares.length;
    for (const t of [0.1, 0.25, 0.5, 0.75, 0.9]) expect(Math.abs(below(t) - t)).toBeLessThan(0.04);
  });

  it('the same seed gives the same members, and asking does not change later answers', async () => {
    const p = orthogonalProblem(2, 'squared');
    const [one, two] = [await setOf(p), await setOf(p)];
    two.extreme(Float64Array.from(two.candidates, (_, i) => i % 3));
    expect(two.sample(5, 1).map((m) => m.sizes)).toEqual(one.sample(5, 1).map((m) => m.sizes));
    expect(one.sample(1, 2)[0].sizes).not.toEqual(one.sample(1, 1)[0].sizes);
  });

  it('a network of independent neurons is unique, split in two or not', async () => {
    const p = dependentProblem(1, 0);
    const minimal = (await setOf(p)).vertices().members[0].weights;
    const { gates: _, ...options } = p.options;
    const alone = await optimalSet(minimal, p.X, p.y, p.lambda, options);
    expect(alone.isUnique).toBe(true);
    expect(alone.vertices().members.length).toBe(1);
    const twice = doubled(minimal);
    const split = await optimalSet(twice, p.X, p.y, p.lambda, options);
    expect(split.candidates.length).toBe(alone.candidates.length);
    expect(split.isUnique).toBe(true);
    expect(largestDifference(split.given.sizes, alone.given.sizes)).toBeLessThan(1e-12);
  });

  it('losses that do not bend everywhere: says at how many targets, and does not call the network unique there', async () => {
    const p = dependentProblem(1, 0);
    const { weights } = (await setOf(p)).vertices().members[0];
    const { gates: _, ...options } = p.options;
    // within one of the fit Huber's loss is the squared one
    const fit = predictScores(weights, p.X).data;
    const inside = fit.map((value, k) => value + (k % 3) / 3);
    const near = await optimalSet(weights, p.X, inside, p.lambda, { ...options, loss: 'huber' });
    expect([near.dimension, near.looseTargets, near.isUnique]).toEqual([0, 0, true]);
    const y = inside.map((value, k) => (k === 3 ? fit[k] + 2 : k === 5 ? fit[k] - 1.5 : value));
    const far = await optimalSet(weights, p.X, y, p.lambda, { ...options, loss: 'huber' });
    expect([far.dimension, far.looseTargets, far.isUnique]).toEqual([0, 2, false]);
  });

  it('says how far a network is from optimal', async () => {
    const p = dependentProblem(1, 0);
    const half = {
      ...p.weights,
      output: matrix(
        p.weights.output.rows,
        p.weights.output.cols,
        p.weights.output.data.map((a) => a / 2),
      ),
    };
    const set = await optimalSet(half, p.X, p.y, p.lambda, p.options);
    expect(Math.max(set.deviation, set.excess)).toBeGreaterThan(0.1);
  });

  it('refuses what is no problem', async () => {
    const p = dependentProblem(1, 0);
    const { weights, X, y, lambda, options } = p;
    await expect(optimalSet(weights, X, y, 0, options)).rejects.toThrow(/optimalSet: lambda must be > 0/);
    await expect(optimalSet(weights, X, y, lambda, { ...options, tolerance: 0 })).rejects.toThrow(/tolerance/);
    await expect(optimalSet(weights, matrix(X.rows, 1), y, lambda, options)).rejects.toThrow(/inputs/);
    await expect(optimalSet(weights, X, y, lambda, { ...options, gates: matrix(1, X.cols + 3) })).rejects.toThrow(
      /gates have/,
    );
    const set = await setOf(p);
    expect(() => set.extreme([1])).toThrow(/expected 5 numbers|expected 4 numbers/);
    expect(() => set.predictionRange([1])).toThrow(/predictionRange/);
    expect(() => set.member(new Float64Array(1))).toThrow(/sizes/);
  });
});

/** Every neuron as two of the same direction, a quarter and three quarters of it. */
function doubled(w: NetworkWeights): NetworkWeights {
  const { gates, gateBias, output } = w;
  const same = (v: Float64Array): Float64Array => Float64Array.of(...v, ...v);
  const rows = (m: Matrix): Matrix => matrix(2 * m.rows, m.cols, same(m.data));
  const shares = Float64Array.of(...output.data.map((v) => 0.25 * v), ...output.data.map((v) => 0.75 * v));
  return {
    ...w,
    hidden: rows(w.hidden),
    hiddenBias: same(w.hiddenBias),
    output: matrix(2 * output.rows, output.cols, shares),
    ...(gates && gateBias && { gates: rows(gates), gateBias: same(gateBias) }),
  };
}
