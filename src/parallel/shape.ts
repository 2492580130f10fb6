import { RelucentError, requireThat } from '../base/index.js';

/**
 * The tree of units of a sub-network with L layers: units sit on the levels 1 … L−1, the root alone on the last. Nodes are
 * numbered level by level from the leaves (first-layer neurons); a node's children are consecutive.
 */
export interface Shape {
  readonly layers: number;
  /** Children of a unit of level 2, 3, …, L−1 (empty for L = 2). */
  readonly widths: readonly number[];
  readonly leaves: number;
  readonly nodes: number;
  /** Of each node: the first of its children and how many; leaves have none. */
  readonly firstChild: Int32Array;
  readonly children: Int32Array;
  /** −1 at the root. */
  readonly parent: Int32Array;
}

/** Most first-layer neurons of one sub-network. */
const mostLeaves = 64;

/** Throws `usage` for fewer than two layers, widths below 1 or of another number than the layers need. */
export function shapeOf(layers: number, width: number | readonly number[], where: string): Shape {
  requireThat(
    Number.isSafeInteger(layers) && layers >= 2,
    `${where}: layers must be a whole number ≥ 2, got ${layers}.`,
  );
  const widths = typeof width === 'number' ? new Array<number>(layers - 2).fill(width) : [...width];
  if (widths.length !== layers - 2) {
    throw new RelucentError(
      'usage',
      `${where}: ${layers} layers take ${layers - 2} widths, got ${widths.length}; give one number for all of them or one each.`,
    );
  }
  const wrong = (typeof width === 'number' ? [width] : widths).find((m) => !(Number.isSafeInteger(m) && m >= 1));
  requireThat(wrong === undefined, `${where}: width must be a whole number ≥ 1, got ${wrong}.`);
  const leaves = widths.reduce((product, m) => product * m, 1);
  requireThat(
    leaves <= mostLeaves,
    `${where}: width: a sub-network of widths ${widths.join('·')} has ${leaves} first-layer neurons; at most ${mostLeaves} are supported, take a smaller width.`,
  );
  return treeOf(layers, widths, leaves);
}

function treeOf(layers: number, widths: readonly number[], leaves: number): Shape {
  const counts = [leaves];
  for (const m of widths) counts.push(counts[counts.length - 1] / m);
  const nodes = counts.reduce((sum, count) => sum + count, 0);
  const firstChild = new Int32Array(nodes);
  const children = new Int32Array(nodes);
  const parent = new Int32Array(nodes).fill(-1);
  let below = 0;
  for (let level = 1, at = leaves; level < counts.length; below += counts[level - 1], at += counts[level], level++) {
    const m = widths[level - 1];
    for (let v = 0; v < counts[level]; v++) {
      firstChild[at + v] = below + v * m;
      children[at + v] = m;
      parent.fill(at + v, below + v * m, below + (v + 1) * m);
    }
  }
  return { layers, widths, leaves, nodes, firstChild, children, parent };
}
