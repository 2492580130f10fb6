import { RelucentError } from '../../base/index.js';
import { type Architecture, type Layer, layerPath } from '../network/layers.js';

/** Two consecutive weight layers whose units may be rescaled against each other without changing the function. */
export interface Group {
  /** Paths of the layer whose rows enter the units, and of the one whose columns leave them. */
  readonly into: string;
  readonly outOf: string;
  readonly units: number;
}

/** Groups one after another, so that scale can move between them. */
export interface Chain {
  readonly groups: readonly Group[];
  /** Weight layers after group g's second layer, up to the second layer of group g + 1: their biases scale along. */
  readonly between: readonly (readonly string[])[];
}

export interface Grouping {
  readonly chains: readonly Chain[];
  /** Weight layers in no group: plain weight decay. */
  readonly others: readonly string[];
}

export interface GroupingOptions {
  /** Whether a pair may have a pooling layer between its two layers. Default false. */
  readonly acrossPooling?: boolean;
}

type Weighted = Layer & { readonly kind: 'linear' | 'conv2d' };

const isWeighted = (layer: Layer): layer is Weighted => layer.kind === 'linear' || layer.kind === 'conv2d';

/** Whether scaling its input by c > 0 scales its output by c, unit by unit. */
function isHomogeneous(layer: Layer, acrossPooling: boolean): boolean {
  if (layer.kind === 'maxPool' || layer.kind === 'averagePool') return acrossPooling;
  return !isWeighted(layer) && layer.kind !== 'residual';
}

function weightedPaths(layers: readonly Layer[], parent: string): string[] {
  return layers.flatMap((layer, i) => {
    const path = layerPath(parent, i);
    return layer.kind === 'residual' ? weightedPaths(layer.layers, path) : isWeighted(layer) ? [path] : [];
  });
}

/** Pairs of consecutive weight layers; `disjoint` ones share no layer. */
function pairs(layers: readonly Layer[], parent: string, acrossPooling: boolean, disjoint = true): Group[] {
  const groups: Group[] = [];
  let first: { path: string; units: number } | null = null;
  layers.forEach((layer, i) => {
    const path = layerPath(parent, i);
    if (isWeighted(layer)) {
      if (first) groups.push({ into: first.path, outOf: path, units: first.units });
      first = first && disjoint ? null : { path, units: layer.outputs };
    } else if (!isHomogeneous(layer, acrossPooling)) first = null;
  });
  return groups;
}

/** Every pair of weight layers between whose units scale can move, across pooling too; they share layers. */
export function consecutivePairs({ layers }: Architecture): Group[] {
  const within = (list: readonly Layer[], parent: string): Group[] => [
    ...pairs(list, parent, true, false),
    ...list.flatMap((layer, i) => (layer.kind === 'residual' ? within(layer.layers, layerPath(parent, i)) : [])),
  ];
  return within(layers, '');
}

function chainOf(layers: readonly Layer[], parent: string, groups: readonly Group[]): Chain {
  const paths = weightedPaths(layers, parent);
  const between = groups.slice(1).map(({ outOf }, g) => {
    return paths.slice(paths.indexOf(groups[g].outOf) + 1, paths.indexOf(outOf));
  });
  return { groups, between };
}

function chains(layers: readonly Layer[], parent: string, acrossPooling: boolean): Chain[] {
  const groups = pairs(layers, parent, acrossPooling);
  const inner = layers.flatMap((layer, i) =>
    layer.kind === 'residual' ? chains(layer.layers, layerPath(parent, i), acrossPooling) : [],
  );
  return [...(groups.length > 0 ? [chainOf(layers, parent, groups)] : []), ...inner];
}

/**
 * Pairs consecutive weight layers, (1,2), (3,4), …, with nothing but activations and flattening (and pooling, if asked)
 * between the two. Pairs never reach into or out of a residual branch; a branch has its own.
 */
export function findGroups({ layers }: Architecture, { acrossPooling = false }: GroupingOptions = {}): Grouping {
  const found = chains(layers, '', acrossPooling);
  const grouped = new Set(found.flatMap(({ groups }) => groups.flatMap(({ into, outOf }) => [into, outOf])));
  return { chains: found, others: weightedPaths(layers, '').filter((path) => !grouped.has(path)) };
}

/**
 * Groups of one's own: pairs of layer paths such as `['1', '3']`, each of layers that follow one another with nothing but
 * activations, flattening and pooling between, no layer in two pairs. Throws `usage` for others, with those there are.
 */
export function groupsFrom(architecture: Architecture, wanted: readonly (readonly [string, string])[]): Grouping {
  const possible = consecutivePairs(architecture);
  const found = wanted.map(([into, outOf]) => {
    const group = possible.find((pair) => pair.into === into && pair.outOf === outOf);
    if (group) return group;
    const names = possible.map((pair) => `${pair.into}-${pair.outOf}`).join(', ');
    throw new RelucentError('usage', `groups: expected pairs among ${names}, got ${into}-${outOf}.`);
  });
  const used = found.flatMap(({ into, outOf }) => [into, outOf]);
  const twice = used.find((path, i) => used.indexOf(path) < i);
  if (twice !== undefined) throw new RelucentError('usage', `groups: layer ${twice} is in two pairs; put it in one.`);
  const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const parents = [...new Set(found.map(({ into }) => parentOf(into)))];
  const paths = weightedPaths(architecture.layers, '');
  const made = parents.map((parent) => {
    const within = found
      .filter(({ into }) => parentOf(into) === parent)
      .sort((a, b) => paths.indexOf(a.into) - paths.indexOf(b.into));
    return chainOf(layersAt(architecture.layers, parent), parent, within);
  });
  return { chains: made, others: paths.filter((path) => !used.includes(path)) };
}

/** The layers inside the residual at a path; all for the empty one. */
function layersAt(layers: readonly Layer[], parent: string): readonly Layer[] {
  return parent === ''
    ? layers
    : parent.split('.').reduce((list, index) => {
        const layer = list[Number(index)];
        return layer?.kind === 'residual' ? layer.layers : [];
      }, layers);
}
