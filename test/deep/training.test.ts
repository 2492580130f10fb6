import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import {
  type Architecture,
  architecture,
  Batches,
  balance,
  compact,
  type DeepNetwork,
  decodeState,
  Evaluator,
  type Examples,
  encodeState,
  findGroups,
  groupNorms,
  idxExamples,
  initialise,
  measureWeights,
  normaliseExamples,
  oneHot,
  parametersOf,
  parseIdx,
  rateAt,
  type Schedule,
  selectExamples,
  type TrainOptions,
  trainDeep,
} from '../../src/deep/index.js';
import { Graph } from '../../src/deep/ir/graph.js';
import { applyLayers } from '../../src/deep/network/layers.js';
import { evaluate } from '../../src/deep/oracle/evaluate.js';
import { largestDifference, normals } from './helpers.js';
import { cnn, mlp, weightsOf } from './networks.js';

/** Three classes around three centres in five dimensions. */
function blobs(count: number, seed: number): Examples {
  const random = createRandom(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const x = Float64Array.from({ length: 5 * count }, (_, k) => {
    return (labels[Math.floor(k / 5)] === k % 5 ? 2 : 0) + 0.5 * random.normal();
  });
  return { count, input: [5], outputs: 3, x, target: oneHot(labels, 3) };
}

const small = architecture('mlp-4-20', [5], 3);
const data = blobs(90, 1);
const short: TrainOptions = { steps: 60, batch: 20, rate: 0.2, lambda: 5e-3, seed: 4 };

describe('trainDeep', () => {
  it('learns, and PathProx leaves fewer active units than weight decay at no loss of accuracy', async () => {
    const run = (method: TrainOptions['method']) =>
      trainDeep(small, data, { ...short, method, steps: 400, lambda: 0.02, validation: blobs(300, 2) });
    const [prox, decay] = [await run('pathprox'), await run('weight-decay')];
    const [a, b] = [prox.log.at(-1)!, decay.log.at(-1)!];
    expect(a.validation!.accuracy).toBeGreaterThan(0.93);
    expect(b.validation!.accuracy).toBeGreaterThan(0.93);
    expect(a.active).toBeLessThan(b.active);
    expect(b.active).toBe(b.units);
    expect(a.objective).toBeLessThan(prox.log[0].objective);
  });

  for (const optimiser of [{ kind: 'sgd' }, { kind: 'adam' }] as const) {
    it(`a run stopped twice and resumed through its file has the bytes of a whole one (${optimiser.kind})`, async () => {
      const whole = await trainDeep(small, data, { ...short, optimiser });
      let stops = 0;
      let state = undefined as TrainOptions['state'];
      for (let rounds = 0; rounds < 3; rounds++) {
        const controller = new AbortController();
        const part = await trainDeep(small, data, {
          ...short,
          optimiser,
          state,
          measureEvery: 7,
          signal: controller.signal,
          onMeasure: ({ step }) => {
            if (rounds < 2 && step >= 14 * (rounds + 1)) controller.abort();
          },
        });
        if (part.status === 'aborted') stops++;
        state = decodeState(encodeState(part.state));
      }
      expect(stops).toBe(2);
      expect(encodeState(state!)).toEqual(encodeState(whole.state));
    });
  }

  it('two threads give the bytes of one', async () => {
    const wide = architecture('mlp-3-150-factorised', [5], 3);
    const run = (threads: number) => trainDeep(wide, data, { ...short, steps: 10, threads });
    expect(encodeState((await run(2)).state)).toEqual(encodeState((await run(1)).state));
  });

  it('a loss that is no number ends the run with one line, and the state of the last measurement', async () => {
    const result = await trainDeep(small, data, { ...short, rate: 1e20, measureEvery: 1, loss: 'squared' });
    expect(result.status).toBe('diverged');
    expect(result.message).toMatch(/^step \d+: the loss is (NaN|Infinity); try a smaller learning rate/);
  });

  it('a time limit and no steps at all leave a network', async () => {
    const none = await trainDeep(small, data, { ...short, method: 'weight-decay', steps: 0 });
    expect(none.weights).toEqual(initialise(small, 4, 'float32'));
    expect(none.log).toHaveLength(1);
    const late = await trainDeep(small, data, { ...short, steps: 1e6, timeLimit: 0.05 });
    expect(late.status).toBe('time-limit');
  });

  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ['a method', { method: 'prox' }, /method must be 'pathprox', .* got 'prox'/],
    ['both lengths', { epochs: 2 }, /expected one of steps and epochs/],
    ['a batch', { batch: 91 }, /batch must be at most the 90 examples, got 91/],
    ['a rate', { rate: 0 }, /rate must be a number > 0, got 0/],
    ['an option', { lamda: 1 }, /there is no option 'lamda'/],
  ];
  for (const [name, options, message] of wrong) {
    it(`refuses ${name}`, async () => {
      await expect(trainDeep(small, data, { ...short, ...options } as TrainOptions)).rejects.toThrow(message);
    });
  }

  it('refuses examples of another shape, and layers that do not fit', async () => {
    await expect(trainDeep(small, { ...data, count: 89 }, short)).rejects.toThrow(/expected 89 examples \[5\]/);
    const broken: Architecture = { ...small, layers: [...small.layers, { kind: 'linear', inputs: 7, outputs: 3 }] };
    await expect(trainDeep(broken, data, short)).rejects.toThrow(/^layer 7 \(linear\): deep graph, matmul/);
  });
});

describe('measures', () => {
  it('agree with sums over units', () => {
    const line: Architecture = {
      name: 'line',
      input: [2],
      layers: [{ kind: 'linear', inputs: 2, outputs: 2 }, { kind: 'relu' }, { kind: 'linear', inputs: 2, outputs: 1 }],
    };
    const weights = {
      '0.weight': Float64Array.of(3, 4, 1, 0),
      '0.bias': Float64Array.of(9, 9),
      '2.weight': Float64Array.of(-2, 0),
      '2.bias': Float64Array.of(9),
    };
    expect(measureWeights(line, findGroups(line), weights)).toEqual({
      pathNorm: 10,
      groupedSquares: 30,
      otherSquares: 0,
      active: 1,
      units: 2,
    });
  });

  it('scores count every example once, whatever the batches', async () => {
    const weights = initialise(small, 1, 'float32');
    const evaluator = await Evaluator.create(small, 'cross-entropy');
    const [all, parts] = [
      blobs(700, 5),
      [0, 1, 2, 3, 4, 5, 6].map((k) => Array.from({ length: 100 }, (_, i) => 100 * k + i)),
    ];
    const whole = await evaluator.scores(weights, all);
    const each = await Promise.all(parts.map((rows) => evaluator.scores(weights, selectExamples(all, rows))));
    expect(whole.loss).toBeCloseTo(each.reduce((sum, { loss }) => sum + loss, 0) / 7, 6);
    expect(whole.accuracy).toBeCloseTo(each.reduce((sum, { accuracy }) => sum + accuracy, 0) / 7, 12);
  });
});

/** The network's outputs by the plain executor, in float64. */
function outputs({ architecture: network, weights }: DeepNetwork, x: Float64Array): Float64Array {
  const graph = new Graph();
  const parameters = parametersOf(network.layers).map(({ name, shape }) => [name, graph.input(name, shape)]);
  const count = x.length / network.input.reduce((a, b) => a * b);
  const input = graph.input('x', [count, ...network.input]);
  return evaluate([applyLayers(graph, network.layers, input, Object.fromEntries(parameters))], { ...weights, x })[0];
}

const outputsOf = (network: Architecture, path: string): number =>
  parametersOf(network.layers).find(({ name }) => name === `${path}.weight`)!.shape[0];

const squaresOf = (weights: DeepNetwork['weights']): number =>
  Object.entries(weights)
    .filter(([key]) => key.endsWith('weight'))
    .reduce((sum, [, w]) => sum + Float64Array.from(w).reduce((s, v) => s + v * v, 0), 0);

/** Every third unit of each group dies: by its output weights, or by input weights and bias. */
function withDeadUnits(network: Architecture): DeepNetwork {
  const weights = structuredClone(weightsOf(network)) as Record<string, Float64Array>;
  for (const { groups } of findGroups(network).chains)
    for (const { into, outOf, units } of groups) {
      const [W, b, V] = [weights[`${into}.weight`], weights[`${into}.bias`], weights[`${outOf}.weight`]];
      W.fill(0, 0, W.length / units);
      b[0] = 0;
      const depth = V.length / (units * outputsOf(network, outOf));
      for (let i = 0; i < V.length; i++) if (Math.floor(i / depth) % units === 1) V[i] = 0;
    }
  return { architecture: network, weights };
}

describe('compact', () => {
  for (const [name, network] of Object.entries({ mlp, cnn })) {
    it(`the ${name} without its dead units computes the same`, async () => {
      const before = withDeadUnits(network);
      const after = compact(before);
      const count = (weights: DeepNetwork['weights']) => Object.values(weights).reduce((sum, w) => sum + w.length, 0);
      expect(count(after.weights)).toBeLessThan(count(before.weights));
      const measures = measureWeights(after.architecture, findGroups(after.architecture), after.weights);
      expect(measures.active).toBe(measures.units);
      const x = normals(4 * network.input.reduce((a, b) => a * b), 8);
      expect(largestDifference(outputs(after, x), outputs(before, x))).toBeLessThan(1e-12);
    });
  }
});

/** The same function with every unit of every group scaled by a power of two. */
function rescaled(network: Architecture, before: Record<string, Float64Array>): DeepNetwork {
  const weights = structuredClone(before);
  for (const { groups } of findGroups(network).chains)
    for (const { into, outOf, units } of groups) {
      const factor = (k: number): number => 2 ** ((k % 5) - 2);
      const [W, b, V] = [weights[`${into}.weight`], weights[`${into}.bias`], weights[`${outOf}.weight`]];
      const depth = V.length / (units * outputsOf(network, outOf));
      weights[`${into}.weight`] = W.map((w, i) => w * factor(Math.floor((i * units) / W.length)));
      weights[`${into}.bias`] = b.map((w, k) => w * factor(k));
      weights[`${outOf}.weight`] = V.map((v, i) => v / factor(Math.floor(i / depth) % units));
    }
  return { architecture: network, weights };
}

describe('balance', () => {
  for (const [name, network] of Object.entries({ mlp, cnn })) {
    it(`the ${name} keeps its function, ‖w_k‖ = ‖v_k‖ everywhere, and no rescaling has a smaller sum of squares`, async () => {
      const before: DeepNetwork = { architecture: network, weights: weightsOf(network) };
      const after = balance(before);
      expect(after.converged).toBe(true);
      const x = normals(4 * network.input.reduce((a, b) => a * b), 8);
      expect(largestDifference(outputs(after, x), outputs(before, x))).toBeLessThan(1e-12);
      expect(squaresOf(after.weights)).toBeLessThan(squaresOf(before.weights));
      for (const { input, output } of groupNorms(network, findGroups(network), after.weights)) {
        expect(largestDifference(input, output)).toBeLessThan(1e-9);
      }
      const scaled = rescaled(network, before.weights as Record<string, Float64Array>);
      expect(largestDifference(outputs(scaled, x), outputs(before, x))).toBeLessThan(1e-12);
      expect(squaresOf(balance(scaled).weights)).toBeCloseTo(squaresOf(after.weights), 9);
    });
  }
});

describe('data', () => {
  const idx = (type: number, sizes: number[], values: number[]): Uint8Array =>
    Uint8Array.from([0, 0, type, sizes.length, ...sizes.flatMap((size) => [0, 0, 0, size]), ...values]);

  it('reads idx files', () => {
    const images = parseIdx(idx(8, [2, 1, 2], [0, 255, 51, 102]));
    const examples = idxExamples(images, parseIdx(idx(8, [2], [1, 0])), 2);
    expect(examples.input).toEqual([1, 1, 2]);
    expect(Array.from(examples.x).map((v) => Math.round(v * 10) / 10)).toEqual([0, 1, 0.2, 0.4]);
    expect(Array.from(examples.target)).toEqual([0, 1, 1, 0]);
    const shifted = normaliseExamples(examples, [0.5], [0.5]);
    expect(shifted.x[0]).toBe(-1);
    expect(() => idxExamples(images, parseIdx(idx(8, [1], [1])), 2)).toThrow(
      /expected images .* got \[2,1,2\] and \[1\]/,
    );
    expect(() => idxExamples(images, parseIdx(idx(8, [2], [1, 2])), 2)).toThrow(
      /row 1: expected a class from 0 to 1, got 2/,
    );
  });

  it('normalises each channel by its own mean and deviation', () => {
    const rows = { count: 2, input: [2, 1, 2], outputs: 1, x: [1, 2, 30, 40, 5, 6, 70, 80], target: [0, 1] };
    const { x, target } = normaliseExamples(rows, [1, 10], [2, 20]);
    expect(Array.from(x)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
    expect(target).toEqual([0, 1]);
  });

  const damaged: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['another file', Uint8Array.of(80, 75, 3, 4), /^f\.idx: expected an idx file, got another kind/],
    ['another type', idx(13, [1], [1]), /expected unsigned bytes \(type 8\), got type 13/],
    ['a short file', idx(8, [3], [1]), /expected 3 values, got 1/],
    ['a cut header', Uint8Array.of(0, 0, 8, 3, 0, 0), /expected 3 sizes, got the end/],
  ];
  for (const [name, bytes, message] of damaged) {
    it(`names ${name}`, () => expect(() => parseIdx(bytes, 'f.idx')).toThrow(message));
  }

  it('batches: each epoch is a new order of all rows, and batch k does not depend on what came before', () => {
    const examples: Examples = { count: 6, input: [1], outputs: 1, x: [0, 1, 2, 3, 4, 5], target: [0, 1, 2, 3, 4, 5] };
    const read = (batches: Batches, k: number): number[] => {
      batches.load(k);
      expect(Array.from(batches.x)).toEqual(Array.from(batches.target));
      return Array.from(batches.x);
    };
    const first = new Batches(examples, 2, 3, 'float64');
    const all = [0, 1, 2, 3, 4, 5].map((k) => read(first, k));
    expect(all.slice(0, 3).flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(all.slice(3).flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(all.slice(3)).not.toEqual(all.slice(0, 3));
    expect(read(new Batches(examples, 2, 3, 'float64'), 4)).toEqual(all[4]);
    expect(
      read(new Batches(examples, 2, 4, 'float64'), 0).concat(read(new Batches(examples, 2, 5, 'float64'), 0)),
    ).not.toEqual(all[0].concat(all[0]));
  });

  it('schedules', () => {
    const at = (schedule: Schedule, steps: number[]) => steps.map((k) => rateAt(schedule, 2, k, 8));
    expect(at({ kind: 'constant' }, [0, 7])).toEqual([2, 2]);
    expect(at({ kind: 'milestones', at: [2, 5], factor: 0.5 }, [0, 1, 2, 4, 5, 7])).toEqual([2, 2, 1, 1, 0.5, 0.5]);
    expect(at({ kind: 'exponential', every: 2, factor: 0.5 }, [0, 1, 2, 5])).toEqual([2, 2, 1, 0.5]);
    at({ kind: 'cosine' }, [0, 4, 8]).forEach((rate, i) => {
      expect(rate).toBeCloseTo([2, 1, 0][i], 12);
    });
  });
});

describe('the threshold', () => {
  it('is λ times the rate of the step, also under a schedule (hand values)', async () => {
    const one: Architecture = {
      ...{ name: 'one', input: [1], start: 'uniform' },
      layers: [
        { kind: 'linear', inputs: 1, outputs: 1, bias: false },
        { kind: 'relu' },
        { kind: 'linear', inputs: 1, outputs: 1, bias: false },
      ],
    };
    // At x = 0 all gradients are 0: the prox alone moves v.
    const nothing: Examples = { count: 1, input: [1], outputs: 1, x: [0], target: [0] };
    const { weights } = await trainDeep(one, nothing, {
      ...{ steps: 3, rate: 0.5, lambda: 0.25, loss: 'squared', precision: 'float64' },
      schedule: { kind: 'milestones', at: [1, 2], factor: 0.5 },
      weights: { '0.weight': Float64Array.of(-2), '2.weight': Float64Array.of(0.75) },
    });
    expect(weights['0.weight'][0]).toBe(-1);
    // 2 · 0.75 − 0.25 · (0.5 + 0.25 + 0.125)
    expect(weights['2.weight'][0]).toBeCloseTo(1.28125, 15);
  });
});

describe('state files', () => {
  it('name another kind of file and a cut one', async () => {
    const { state } = await trainDeep(small, data, { ...short, steps: 2, precision: 'float64' });
    const bytes = encodeState(state);
    expect(decodeState(bytes)).toEqual(state);
    expect(() => decodeState(bytes.subarray(0, bytes.length - 1), 'run/state')).toThrow(
      /^run\/state: expected \d+ bytes, got/,
    );
    expect(() => decodeState(Uint8Array.of(1, 2, 3), 'x')).toThrow(/^x: expected the state of a deep run/);
  });
});
