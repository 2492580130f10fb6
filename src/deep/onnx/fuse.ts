import type { Node } from '../ir/node.js';
import { sameShape } from '../ir/shape.js';
import { emitConvolution } from './convolution.js';
import type { OnnxModel } from './model.js';

/** How to write a node together with what it absorbs, or that another node absorbs it. */
export type Fusion = 'absorbed' | ((model: OnnxModel, nameOf: (node: Node) => string) => string);

/** A product that can take an addend: read once, and not itself an output. */
type Absorbs = (node: Node) => boolean;

/** C ± A·B as one Gemm: the addend of a layer's bias, or the weights that a gradient step changes. */
function gemm(node: Node, product: Node, addend: Node, sign: 1 | -1): Fusion | null {
  const rows = addend.shape.length < 2 || addend.shape[0] === 1 || addend.shape[0] === node.shape[0];
  if (product.op.kind !== 'matmul' || !rows || !sameShape(product.shape, node.shape)) return null;
  const { transA, transB } = product.op;
  const attributes = { transA: +transA, transB: +transB, alpha: { float: sign } };
  return (model, nameOf) => model.op('Gemm', [...product.inputs.map(nameOf), nameOf(addend)], attributes);
}

/** A convolution with one bias per channel, given as [o] reshaped to [1, o, 1, 1]. */
function biasedConvolution(product: Node, addend: Node): Fusion | null {
  const bias = addend.op.kind === 'reshape' ? addend.inputs[0] : null;
  const { op } = product;
  if (op.kind !== 'conv2d' || bias?.shape.length !== 1 || bias.shape[0] !== product.shape[1]) return null;
  return (model, nameOf) => emitConvolution(model, [...product.inputs.map(nameOf), nameOf(bias)], product, op);
}

function fusionOf(node: Node, absorbs: Absorbs): readonly [Fusion, Node] | null {
  const [a, b] = node.inputs;
  const options: [Node, Fusion | null][] = [];
  if (node.op.kind === 'add') {
    options.push([a, gemm(node, a, b, 1) ?? biasedConvolution(a, b)], [b, gemm(node, b, a, 1)]);
  } else if (node.op.kind === 'subtract') options.push([b, gemm(node, b, a, -1)]);
  for (const [product, fusion] of options) if (fusion && absorbs(product)) return [fusion, product];
  return null;
}

/** Which of the nodes are written together. `kept` are outputs: they must exist by themselves. */
export function fusions(nodes: readonly Node[], kept: ReadonlySet<Node>): Map<Node, Fusion> {
  const uses = new Map<Node, number>();
  for (const node of nodes) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const found = new Map<Node, Fusion>();
  for (const node of nodes) {
    const match = fusionOf(node, (product) => uses.get(product) === 1 && !kept.has(product) && !found.has(product));
    if (!match) continue;
    found.set(node, match[0]);
    found.set(match[1], 'absorbed');
  }
  return found;
}
