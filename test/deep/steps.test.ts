import { describe, expect, it } from 'vitest';
import { differentiate } from '../../src/deep/ir/gradient.js';
import { Graph } from '../../src/deep/ir/graph.js';
import { sizeOf } from '../../src/deep/ir/shape.js';
import { findGroups } from '../../src/deep/methods/groups.js';
import { METHODS } from '../../src/deep/methods/method.js';
import { layerBalance, shrinkage } from '../../src/deep/methods/pathprox.js';
import { architecture } from '../../src/deep/network/architectures.js';
import { type Architecture, applyLayers, parametersOf } from '../../src/deep/network/layers.js';
import { initialise } from '../../src/deep/network/parameters.js';
import type { Precision } from '../../src/deep/onnx/index.js';
import { evaluate } from '../../src/deep/oracle/evaluate.js';
import type { Optimiser } from '../../src/deep/step/optimiser.js';
import {
  lossNode,
  nextName,
  type StepOptions,
  stateName,
  stepGraph,
  weightName,
} from '../../src/deep/step/step-graph.js';
import { initialState, Stepper } from '../../src/deep/step/stepper.js';
import { largestDifference, normals } from './helpers.js';
import { cnn, mlp, weightsOf } from './networks.js';
import { type Arrays, mlpGradients, referenceStep } from './reference-step.js';

const BATCH = 6;
const RATE = 0.25;
/** Large enough that some units die in one step. */
const LAMBDA = 1.5;
const sgd: Optimiser = { kind: 'sgd' };

function batchOf(architecture: Architecture, seed = 11) {
  const x = normals(BATCH * sizeOf(architecture.input), seed);
  const target = new Float64Array(BATCH * 3);
  for (let i = 0; i < BATCH; i++) target[3 * i + (i % 3)] = 1;
  return { x, target };
}

const optionsOf = (architecture: Architecture, more: Partial<StepOptions> = {}): StepOptions => ({
  architecture,
  grouping: findGroups(architecture),
  method: 'pathprox',
  loss: 'cross-entropy',
  optimiser: sgd,
  batch: BATCH,
  ...more,
});

function predictionNode(graph: Graph, { layers, input }: Architecture) {
  const nodes = Object.fromEntries(parametersOf(layers).map(({ name, shape }) => [name, graph.input(name, shape)]));
  return { nodes, out: applyLayers(graph, layers, graph.input('x', [BATCH, ...input]), nodes) };
}

/** Gradients by the plain executor, for networks that have no gradient by hand. */
function gradientsOf(architecture: Architecture, weights: Arrays, batch: Arrays): Arrays {
  const graph = new Graph();
  const { nodes, out } = predictionNode(graph, architecture);
  const loss = lossNode(graph, 'cross-entropy', out, graph.input('target', out.shape));
  const values = evaluate(differentiate(graph, loss, Object.values(nodes)), { ...weights, ...batch });
  return Object.fromEntries(Object.keys(nodes).map((name, i) => [name, values[i]]));
}

/** The step graph in the plain executor. */
function plainStep(options: StepOptions, weights: Arrays, batch: Arrays): Arrays {
  const outputs = stepGraph(options);
  const state = initialState(options, weights);
  const feeds = {
    ...Object.fromEntries(Object.entries(weights).map(([name, values]) => [weightName(name), values])),
    ...state.optimiser,
    ...batch,
    rate: [RATE],
    lambda: [LAMBDA],
    correction1: [1 / (1 - 0.9)],
    correction2: [1 / (1 - 0.999)],
  };
  const names = Object.keys(weights);
  const values = evaluate(
    names.map((name) => outputs[nextName(weightName(name))]),
    feeds,
  );
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

async function runtimeStep(options: StepOptions, weights: Arrays, batch: Arrays, precision: Precision) {
  const typed = (list: Arrays) =>
    precision === 'float64'
      ? list
      : Object.fromEntries(Object.entries(list).map(([name, values]) => [name, Float32Array.from(values)]));
  const stepper = await Stepper.create(options, initialState(options, typed(weights)), precision);
  const { x, target } = typed(batch);
  const loss = await stepper.step({ x, target, rate: RATE, lambda: LAMBDA });
  const next = stepper.state().weights;
  await stepper.release();
  return { loss, next };
}

function worst(a: Readonly<Record<string, ArrayLike<number>>>, b: typeof a): number {
  return Math.max(...Object.keys(b).map((name) => largestDifference(a[name], b[name])));
}

describe('one step of each method against the formulas written a second time', () => {
  const weights = weightsOf(mlp) as Arrays;
  const batch = batchOf(mlp);
  const { loss, gradients } = mlpGradients(mlp, weights, batch.x, batch.target);
  for (const method of METHODS) {
    for (const regularizeBias of [false, true]) {
      it(`${method}${regularizeBias ? ', biases regularised' : ''}: ONNX Runtime in float64, an MLP`, async () => {
        const result = await runtimeStep(optionsOf(mlp, { method, regularizeBias }), weights, batch, 'float64');
        const parts = { method, optimiser: sgd, rate: RATE, lambda: LAMBDA, regularizeBias };
        expect(result.loss).toBeCloseTo(loss, 12);
        expect(worst(result.next, referenceStep(mlp, weights, gradients, parts))).toBeLessThan(1e-10);
      });
    }
  }

  for (const optimiser of [{ kind: 'momentum', momentum: 0.9 }, { kind: 'adam' }] as const) {
    for (const method of ['pathprox', 'weight-decay'] as const) {
      it(`${optimiser.kind} with ${method}`, async () => {
        const result = await runtimeStep(optionsOf(mlp, { method, optimiser }), weights, batch, 'float64');
        const expected = referenceStep(mlp, weights, gradients, { method, optimiser, rate: RATE, lambda: LAMBDA });
        expect(worst(result.next, expected)).toBeLessThan(1e-10);
      });
    }
  }

  for (const method of METHODS) {
    for (const acrossPooling of [false, true]) {
      it(`${method}, a convolutional network${acrossPooling ? ', groups across pooling' : ''}`, async () => {
        const start = weightsOf(cnn) as Arrays;
        const images = batchOf(cnn);
        const options = optionsOf(cnn, { method, grouping: findGroups(cnn, { acrossPooling }) });
        const parts = { method, optimiser: sgd, rate: RATE, lambda: LAMBDA, acrossPooling };
        const expected = referenceStep(cnn, start, gradientsOf(cnn, start, images), parts);
        expect(worst(plainStep(options, start, images), expected)).toBeLessThan(1e-10);
        expect(worst((await runtimeStep(options, start, images, 'float32')).next, expected)).toBeLessThan(2e-5);
      });
    }
  }
});

/** A network, batch and start that fill the blocks of channels and images. */
function blocksCase(size: number) {
  const network = architecture('cnn-small', [1, size, size], 3);
  const x = normals(16 * size * size, 5);
  const target = Float64Array.from({ length: 48 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0));
  return { network, batch: { x, target }, weights: initialise(network, 1, 'float32') };
}

describe('a step in blocks', () => {
  for (const method of ['pathprox', 'weight-decay'] as const) {
    it(`${method}: agrees with the plain executor`, async () => {
      const { network, batch, weights } = blocksCase(8);
      const options = optionsOf(network, { method, batch: 16 });
      const expected = plainStep(options, weights as unknown as Arrays, batch);
      const { next } = await runtimeStep(options, weights as unknown as Arrays, batch, 'float32');
      expect(worst(next, expected)).toBeLessThan(2e-5);
      expect(worst(next, weights)).toBeGreaterThan(1e-2);
    });
  }
});

describe('several steps', () => {
  for (const optimiser of [sgd, { kind: 'momentum', momentum: 0.5 }, { kind: 'adam', beta1: 0.8 }] as const) {
    it(`${optimiser.kind}: state goes along, and a stepper made from a state goes on with the same bytes`, async () => {
      const options = optionsOf(mlp, { optimiser });
      const batches = [1, 2, 3, 4].map((seed) => batchOf(mlp, seed));
      const run = async (stepper: Stepper, list: typeof batches): Promise<void> => {
        for (const { x, target } of list) await stepper.step({ x, target, rate: 0.05, lambda: 0.01 });
      };
      const whole = await Stepper.create(options, initialState(options, weightsOf(mlp)), 'float64');
      await run(whole, batches);
      const first = await Stepper.create(options, initialState(options, weightsOf(mlp)), 'float64');
      await run(first, batches.slice(0, 2));
      const second = await Stepper.create(options, first.state(), 'float64');
      await run(second, batches.slice(2));
      expect(second.state()).toEqual(whole.state());
      expect(whole.state().steps).toBe(4);
      expect(worst(whole.state().weights, first.state().weights)).toBeGreaterThan(1e-4);
    });
  }

  it('two threads give the bytes of one, in blocks of channels and images', async () => {
    const { network, batch, weights } = blocksCase(16);
    const options = optionsOf(network, { batch: 16 });
    const [x, target] = [Float32Array.from(batch.x), Float32Array.from(batch.target)];
    const run = async (threads: number) => {
      const stepper = await Stepper.create(options, initialState(options, weights), 'float32', { threads });
      for (let k = 0; k < 4; k++) await stepper.step({ x, target, rate: 0.05, lambda: 0.01 });
      const { weights: next } = stepper.state();
      await stepper.release();
      return next;
    };
    const [one, two] = [await run(1), await run(2)];
    expect(two).toEqual(one);
    expect(worst(one, weights)).toBeGreaterThan(1e-3);
  });

  it('Adam follows its recurrence with bias correction', async () => {
    const line: Architecture = {
      name: 'line',
      input: [1],
      layers: [{ kind: 'linear', inputs: 1, outputs: 1, bias: false }],
    };
    const optimiser: Optimiser = { kind: 'adam' };
    const options = optionsOf(line, { method: 'none', loss: 'squared', optimiser, batch: 1 });
    const stepper = await Stepper.create(options, initialState(options, { '0.weight': Float64Array.of(1) }), 'float64');
    let [w, m, v] = [1, 0, 0];
    for (let t = 1; t <= 5; t++) {
      const g = (w * t - 3) * t;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= (0.1 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      await stepper.step({ x: Float64Array.of(t), target: Float64Array.of(3), rate: 0.1, lambda: 0 });
    }
    expect(stepper.state().weights['0.weight'][0]).toBeCloseTo(w, 12);
    expect(stepper.state().optimiser[stateName('0.weight', 'first')][0]).toBeCloseTo(m, 12);
  });
});

describe('layer balance', () => {
  for (const [name, network] of Object.entries({ mlp, cnn })) {
    it(`changes no output of the ${name} and makes the path norms of a chain equal`, () => {
      const weights = weightsOf(network) as Arrays;
      const graph = new Graph();
      const { nodes, out } = predictionNode(graph, network);
      const balanced = layerBalance(graph, findGroups(network), nodes);
      const names = Object.keys(nodes);
      const x = batchOf(network).x;
      const values = evaluate([out, ...names.map((key) => balanced[key])], { ...weights, x });
      const after = Object.fromEntries(names.map((key, i) => [key, values[i + 1]]));
      expect(largestDifference(evaluate([out], { ...after, x })[0], values[0])).toBeLessThan(1e-12);
      expect(worst(after, weights)).toBeGreaterThan(1e-3);
    });
  }
});

describe('shrinkage', () => {
  it('is max(0, 1 − t/‖v‖) on hand values, 0 for a dead unit, and smooth below the guard', () => {
    const graph = new Graph();
    const factors = shrinkage(graph, graph.constant([5, 1, 0.5, 0.2, 0, 1e-9], [6]), graph.constant(0.5));
    const [values] = evaluate([factors], {});
    [0.9, 0.5, 0, 0, 0, 0].forEach((expected, i) => {
      expect(values[i]).toBeCloseTo(expected, 15);
    });
  });
});

describe('pruning', () => {
  const options = optionsOf(mlp, { prune: true });
  const input = { ...batchOf(mlp), rate: RATE, lambda: 2 * LAMBDA };
  const dead = (weights: Readonly<Record<string, ArrayLike<number>>>): string[] =>
    options.grouping.chains.flatMap(({ groups }) =>
      groups.flatMap(({ into, outOf, units }) => {
        const V = Array.from(weights[`${outOf}.weight`]);
        return Array.from({ length: units }, (_, k) => k)
          .filter((k) => V.every((v, i) => i % units !== k || v === 0))
          .map((k) => `${into}:${k}`);
      }),
    );

  it('off: a step as without it; on: units that die lose their input weights and never come back', async () => {
    const start = initialState(options, weightsOf(mlp));
    const run = async (prune: boolean | undefined) => {
      const stepper = await Stepper.create(optionsOf(mlp, { prune: prune !== undefined }), start, 'float64');
      await stepper.step({ ...input, prune });
      return stepper;
    };
    const [without, off, on] = [await run(undefined), await run(false), await run(true)];
    expect(off.state().weights).toEqual(without.state().weights);
    const gone = dead(on.state().weights);
    expect(gone).toEqual(dead(off.state().weights));
    expect(gone.length).toBeGreaterThan(0);
    const inputs = ({ weights }: { weights: Readonly<Record<string, ArrayLike<number>>> }, unit: string): number[] => {
      const [into, k] = unit.split(':');
      const { units } = options.grouping.chains.flatMap(({ groups }) => groups).find((group) => group.into === into)!;
      const W = Array.from(weights[`${into}.weight`]);
      const width = W.length / units;
      return [...W.slice(Number(k) * width, (Number(k) + 1) * width), weights[`${into}.bias`][Number(k)]];
    };
    for (const unit of gone) {
      expect(inputs(on.state(), unit).every((w) => w === 0)).toBe(true);
      expect(inputs(off.state(), unit).some((w) => w !== 0)).toBe(true);
    }
    // Nothing is regularised any more, so that units could come back.
    for (let k = 0; k < 20; k++) await on.step({ ...input, lambda: 0, prune: true });
    expect(dead(on.state().weights)).toEqual(gone);
    await off.step({ ...input, lambda: 0 });
    expect(dead(off.state().weights).length).toBeLessThan(gone.length);
    for (const stepper of [without, off, on]) await stepper.release();
  });
});
