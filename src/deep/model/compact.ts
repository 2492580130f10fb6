import { findGroups, type Group, type Grouping } from '../methods/groups.js';
import { type Architecture, type Layer, layerPath, parametersOf } from '../network/layers.js';
import type { Tensors } from '../network/parameters.js';
import type { Numbers } from '../onnx/index.js';
import { groupNorms } from '../training/measure.js';

/** A network: layers and their weights. */
export interface DeepNetwork {
  readonly architecture: Architecture;
  readonly weights: Tensors;
}

/** Units of a group that count: some output weight is not zero, and input weights or bias are not all zero. */
function living(input: Float64Array, output: Float64Array, bias: Numbers | undefined): number[] {
  const alive = Array.from(input.keys()).filter((k) => output[k] > 0 && (input[k] > 0 || (bias?.[k] ?? 0) !== 0));
  // A layer needs one unit; a dead one does no harm.
  return alive.length > 0 ? alive : [0];
}

/** The given rows of [units, …]. */
function takeRows(values: Numbers, units: number, kept: readonly number[]): Numbers {
  const width = values.length / units;
  const out = values.slice(0, kept.length * width);
  kept.forEach((k, i) => {
    out.set(values.subarray(k * width, (k + 1) * width), i * width);
  });
  return out;
}

/** The given units of [outputs, units, depth]. */
function takeColumns(values: Numbers, units: number, outputs: number, kept: readonly number[]): Numbers {
  const depth = values.length / (units * outputs);
  const out = values.slice(0, outputs * kept.length * depth);
  for (let o = 0; o < outputs; o++)
    kept.forEach((k, i) => {
      const from = (o * units + k) * depth;
      out.set(values.subarray(from, from + depth), (o * kept.length + i) * depth);
    });
  return out;
}

/** Changes of layers by path: fewer outputs of one, fewer inputs of another, fewer slopes between. */
type Edits = Map<string, (layer: Layer) => Layer>;

function editLayers(layers: readonly Layer[], parent: string, edits: Edits): Layer[] {
  return layers.map((layer, i) => {
    const path = layerPath(parent, i);
    if (layer.kind === 'residual') return { ...layer, layers: editLayers(layer.layers, path, edits) };
    return edits.get(path)?.(layer) ?? layer;
  });
}

/** PReLU layers between the two of a group have one slope per unit. */
const slopesBetween = (weights: Tensors, { into, outOf }: Group): string[] => {
  const parent = into.includes('.') ? into.slice(0, into.lastIndexOf('.') + 1) : '';
  const index = (path: string): number => Number(path.slice(parent.length));
  const paths = Array.from({ length: index(outOf) - index(into) - 1 }, (_, i) => `${parent}${index(into) + 1 + i}`);
  return paths.filter((path) => weights[`${path}.slope`]);
};

/**
 * Removes dead units: those of groups whose output weights are all zero, or whose input weights and bias are. The function
 * stays the same; layers become smaller. Returns a new network.
 */
export function compact(network: DeepNetwork, grouping: Grouping = findGroups(network.architecture)): DeepNetwork {
  const { architecture } = network;
  const weights: Record<string, Numbers> = { ...network.weights };
  const outputs = new Map(parametersOf(architecture.layers).map(({ name, shape }) => [name, shape[0]]));
  const norms = groupNorms(architecture, grouping, weights);
  const edits: Edits = new Map();
  grouping.chains
    .flatMap(({ groups }) => groups)
    .forEach((group, g) => {
      const { into, outOf, units } = group;
      const kept = living(norms[g].input, norms[g].output, weights[`${into}.bias`]);
      const [W, V, b] = [`${into}.weight`, `${outOf}.weight`, `${into}.bias`];
      weights[V] = takeColumns(weights[V], units, outputs.get(V)!, kept);
      for (const name of [W, b, ...slopesBetween(weights, group).map((path) => `${path}.slope`)]) {
        if (weights[name]) weights[name] = takeRows(weights[name], units, kept);
      }
      resize(edits, group, weights, kept.length);
    });
  return { architecture: { ...architecture, layers: editLayers(architecture.layers, '', edits) }, weights };
}

function resize(edits: Edits, group: Group, weights: Tensors, count: number): void {
  const { into, outOf, units } = group;
  edits.set(into, (layer) => ({ ...layer, outputs: count }) as Layer);
  // After flattening a unit has several inputs.
  edits.set(outOf, (layer) => {
    const { inputs } = layer as Layer & { kind: 'linear' };
    return { ...layer, inputs: (inputs / units) * count } as Layer;
  });
  for (const path of slopesBetween(weights, group))
    edits.set(path, (layer) => ({ ...layer, channels: count }) as Layer);
}
