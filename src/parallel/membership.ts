import { requireThat } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import type { ParallelNetwork, ParallelSubnetwork } from './network.js';
import type { ParallelProblem } from './options.js';
import type { Shape } from './shape.js';
import type { LiftedSubnet } from './subnet.js';

/** The widest sub-network of each level. */
export function widthsOf({ subnetworks, layers }: ParallelNetwork): number | readonly number[] {
  if (layers === 2) return [];
  const fans = Array.from({ length: layers - 2 }, (_, l) =>
    subnetworks.reduce((most, { weights }) => Math.max(most, largestFan(weights[l + 1])), 1),
  );
  return fans;
}

/** Most non-zero weights of a unit. */
function largestFan(layer: Matrix): number {
  let most = 1;
  for (let j = 0; j < layer.rows; j++) {
    let count = 0;
    for (let k = 0; k < layer.cols; k++) if (layer.data[j * layer.cols + k] !== 0) count++;
    most = Math.max(most, count);
  }
  return most;
}

/** Throws `usage` unless the network is one of the class that the problem trains. */
export function requireFit(
  network: ParallelNetwork,
  { shape, training, inputs, hiddenBias, skip }: ParallelProblem,
): void {
  const where = 'certifyParallel';
  requireThat(network.inputs === inputs, `${where}: X has ${inputs} columns, the network takes ${network.inputs}.`);
  requireThat(
    network.outputs === training.outputs,
    `${where}: y has ${training.outputs} columns, the network has ${network.outputs} outputs.`,
  );
  requireThat(
    network.layers === shape.layers,
    `${where}: the network has ${network.layers} layers, the problem ${shape.layers}; give the network's.`,
  );
  requireThat(
    skip || network.skip === null,
    `${where}: the network has a skip branch, the problem has none; set skip.`,
  );
  requireThat(
    training.outputBias || network.outputBias.every((b) => b === 0),
    `${where}: the network has an output bias, the problem has none; set outputBias.`,
  );
  network.subnetworks.forEach((subnetwork, k) => {
    requireMember(subnetwork, shape, hiddenBias, `${where}: sub-network ${k}`);
  });
}

/** Whether a sub-network is one of the class: no wider, and a tree where there are more than three layers. */
function requireMember({ weights, bias }: ParallelSubnetwork, shape: Shape, hiddenBias: boolean, where: string): void {
  requireThat(
    hiddenBias || bias.every((b) => b === 0),
    `${where} has a hidden bias, the problem has none; set hiddenBias.`,
  );
  weights.slice(1).forEach((layer, l) => {
    const widest = largestFan(layer);
    requireThat(
      widest <= shape.widths[l],
      `${where} has a unit that reads ${widest} others, the problem allows ${shape.widths[l]}; give a larger width.`,
    );
    const shared = Array.from({ length: layer.cols }, (_, k) => k).some(
      (k) =>
        Array.from({ length: layer.rows }, (_, j) => layer.data[j * layer.cols + k]).filter((t) => t !== 0).length > 1,
    );
    requireThat(
      !shared,
      `${where} is no tree: a unit feeds two others; only trees can be certified beyond three layers.`,
    );
  });
}

/** The lifted form of an explicit tree-shaped sub-network; missing children get z = 0. */
export function liftSubnetwork(
  { output, weights, bias, alpha }: ParallelSubnetwork,
  shape: Shape,
  d: number,
): LiftedSubnet {
  const signs = new Int8Array(shape.nodes).fill(1);
  const z = new Float64Array(shape.leaves * d);
  const inputs = weights[0].cols;
  const place = (level: number, unit: number, node: number, size: number): void => {
    if (level === 0) {
      for (let k = 0; k < inputs; k++) z[node * d + k] = size * weights[0].data[unit * inputs + k];
      if (d > inputs) z[node * d + inputs] = size * bias[unit];
      return;
    }
    const layer = weights[level];
    let child = shape.firstChild[node];
    for (let c = 0; c < layer.cols; c++) {
      const edge = layer.data[unit * layer.cols + c];
      if (edge === 0) continue;
      signs[child] = edge < 0 ? -1 : 1;
      place(level - 1, c, child++, size * Math.abs(edge));
    }
  };
  place(weights.length - 1, 0, shape.nodes - 1, Math.abs(alpha));
  return { output, sign: alpha < 0 ? -1 : 1, signs, z };
}
