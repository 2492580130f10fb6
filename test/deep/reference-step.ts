/**
 * One step of every method, written a second time: plain arrays, one formula after the other, nothing of the graph.
 */
import { findGroups, type Group } from '../../src/deep/methods/groups.js';
import type { Method } from '../../src/deep/methods/method.js';
import type { Architecture } from '../../src/deep/network/layers.js';
import type { Optimiser } from '../../src/deep/step/optimiser.js';

export type Arrays = Record<string, Float64Array>;

export interface ReferenceOptions {
  readonly method: Method;
  readonly optimiser: Optimiser;
  readonly rate: number;
  readonly lambda: number;
  readonly regularizeBias?: boolean;
  readonly acrossPooling?: boolean;
}

const EPS = 1e-6;
const norm = (values: number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

/** Indices of unit k's entries in W [units, …] and in V [outputs, units · depth]. */
function entries(weights: Arrays, { into, outOf, units }: Group, outputs: number, k: number) {
  const w = weights[`${into}.weight`].length / units;
  const depth = weights[`${outOf}.weight`].length / (outputs * units);
  const rows = Array.from({ length: w }, (_, i) => k * w + i);
  const columns = Array.from({ length: outputs * depth }, (_, i) => {
    return (Math.floor(i / depth) * units + k) * depth + (i % depth);
  });
  return { rows, columns };
}

function outputsOf(architecture: Architecture, path: string): number {
  const layer = path
    .split('.')
    .reduce<{ layers?: unknown }>((at, i) => (at.layers as never[])[Number(i)], architecture);
  return (layer as { outputs: number }).outputs;
}

type Unit = { rows: number[]; columns: number[]; w: number; v: number; k: number };

function unitsOf(architecture: Architecture, weights: Arrays, group: Group, withBias = false): Unit[] {
  const [W, V, b] = [`${group.into}.weight`, `${group.outOf}.weight`, `${group.into}.bias`].map((n) => weights[n]);
  return Array.from({ length: group.units }, (_, k) => {
    const { rows, columns } = entries(weights, group, outputsOf(architecture, group.outOf), k);
    const w = norm([...rows.map((i) => W[i]), ...(withBias ? [b[k]] : [])]);
    return { rows, columns, w, v: norm(columns.map((i) => V[i])), k };
  });
}

function penaltyGradient(architecture: Architecture, weights: Arrays, options: ReferenceOptions): Arrays {
  const grouping = findGroups(architecture, options);
  const zeros = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, new Float64Array(w.length)]));
  if (options.method === 'none') return zeros;
  for (const path of grouping.others) zeros[`${path}.weight`] = weights[`${path}.weight`].slice();
  for (const group of grouping.chains.flatMap(({ groups }) => groups)) {
    const [W, V] = [`${group.into}.weight`, `${group.outOf}.weight`];
    for (const { rows, columns, w, v } of unitsOf(architecture, weights, group)) {
      for (const [name, list, own, other] of [
        [W, rows, w, v],
        [V, columns, v, w],
      ] as const)
        for (const i of list) {
          const x = weights[name][i];
          if (options.method === 'weight-decay' || options.method === 'weight-normalization') zeros[name][i] = x;
          if (options.method === 'path-norm') zeros[name][i] = (other * x) / own;
          if (options.method === 'lasso') zeros[name][i] = Math.sign(x);
          if (options.method === 'group-lasso') zeros[name][i] = own === 0 ? 0 : x / own;
        }
    }
  }
  return zeros;
}

/** First step of an optimiser, from a state of zeros. */
function move(weights: Arrays, gradients: Arrays, penalties: Arrays, options: ReferenceOptions): Arrays {
  const { optimiser, rate, lambda } = options;
  return Object.fromEntries(
    Object.entries(weights).map(([name, w]) => {
      const g = gradients[name].map((x, i) => x + lambda * penalties[name][i]);
      // With zero state Adam's corrected moments are g and g² themselves.
      const step = g.map((x) => (optimiser.kind === 'adam' ? x / (Math.sqrt(x * x) + 1e-8) : x));
      return [name, w.map((x, i) => x - rate * step[i])];
    }),
  );
}

/** Layer balance in place, group by group, exactly as written down; needs path norms above ε. */
export function balance(architecture: Architecture, weights: Arrays, options: { acrossPooling?: boolean } = {}): void {
  const times = (name: string, s: number): void => {
    if (weights[name]) weights[name] = weights[name].map((x) => x * s);
  };
  for (const { groups, between } of findGroups(architecture, options).chains) {
    const norms = groups.map((group) =>
      unitsOf(architecture, weights, group).reduce((sum, { w, v }) => sum + w * v, 0),
    );
    const mean = Math.exp(norms.reduce((sum, pn) => sum + Math.log(Math.max(pn, EPS)), 0) / norms.length);
    for (let g = 0; g + 1 < groups.length; g++) {
      const s = mean / Math.max(norms[g], EPS);
      times(`${groups[g].outOf}.weight`, s);
      for (const path of [groups[g].outOf, ...between[g]]) times(`${path}.bias`, s);
      times(`${groups[g + 1].outOf}.weight`, 1 / s);
      norms[g + 1] /= s;
    }
  }
}

function project(architecture: Architecture, weights: Arrays, options: ReferenceOptions): void {
  const { method, rate, lambda, regularizeBias, acrossPooling } = options;
  const isProx = method.startsWith('pathprox');
  if (method === 'pathprox' && !regularizeBias) balance(architecture, weights, { acrossPooling });
  if (!isProx && method !== 'weight-normalization') return;
  for (const group of findGroups(architecture, options).chains.flatMap(({ groups }) => groups)) {
    const [W, V, b] = [`${group.into}.weight`, `${group.outOf}.weight`, `${group.into}.bias`];
    for (const { rows, columns, w, v, k } of unitsOf(architecture, weights, group, isProx && regularizeBias)) {
      const shrink = v <= lambda * rate ? 0 : 1 - (lambda * rate) / v;
      if (isProx) for (const i of columns) weights[V][i] *= shrink;
      for (const i of rows) weights[W][i] /= w;
      weights[b][k] /= w;
    }
  }
}

/** Weights after the first step. */
export function referenceStep(
  architecture: Architecture,
  weights: Arrays,
  gradients: Arrays,
  options: ReferenceOptions,
): Arrays {
  const next = move(weights, gradients, penaltyGradient(architecture, weights, options), options);
  project(architecture, next, options);
  return next;
}

/** Gradients of the mean cross entropy of a plain MLP, by hand. */
export function mlpGradients(architecture: Architecture, weights: Arrays, x: Float64Array, target: Float64Array) {
  const batch = x.length / architecture.input[0];
  const gradients: Arrays = Object.fromEntries(
    Object.entries(weights).map(([n, w]) => [n, new Float64Array(w.length)]),
  );
  let loss = 0;
  for (let n = 0; n < batch; n++) {
    const inputs: number[][] = [];
    let h = [...x.subarray(n * architecture.input[0], (n + 1) * architecture.input[0])];
    architecture.layers.forEach((layer, l) => {
      inputs.push(h);
      if (layer.kind === 'linear') {
        const W = weights[`${l}.weight`];
        h = [...weights[`${l}.bias`]].map((b, o) => h.reduce((sum, v, i) => sum + W[o * layer.inputs + i] * v, b));
      } else {
        const slope = layer.kind === 'leakyRelu' ? layer.slope : 0;
        h = h.map((v) => (v >= 0 ? v : slope * v));
      }
    });
    const total = h.reduce((sum, z) => sum + Math.exp(z), 0);
    const t = target.subarray(n * h.length, (n + 1) * h.length);
    loss -= h.reduce((sum, z, o) => sum + t[o] * (z - Math.log(total)), 0) / batch;
    let dh = h.map((z, o) => (Math.exp(z) / total - t[o]) / batch);
    for (let l = architecture.layers.length - 1; l >= 0; l--) {
      const layer = architecture.layers[l];
      const input = inputs[l];
      if (layer.kind === 'linear') {
        const W = weights[`${l}.weight`];
        dh.forEach((d, o) => {
          gradients[`${l}.bias`][o] += d;
          input.forEach((v, i) => {
            gradients[`${l}.weight`][o * layer.inputs + i] += d * v;
          });
        });
        dh = input.map((_, i) => dh.reduce((sum, d, o) => sum + d * W[o * layer.inputs + i], 0));
      } else {
        const slope = layer.kind === 'leakyRelu' ? layer.slope : 0;
        dh = dh.map((d, i) => (input[i] >= 0 ? d : slope * d));
      }
    }
  }
  return { loss, gradients };
}
