import type { Shape, Window } from './shape.js';

/** What a node computes. Every operation has one result; results never change (single assignment). */
export type Op =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly values: Float64Array }
  /** Elementwise, with broadcasting. */
  | { readonly kind: 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' }
  /** Elementwise; `positive` is 1 where x > 0 and 0 elsewhere. */
  | { readonly kind: 'negate' | 'exp' | 'log' | 'sqrt' | 'positive' }
  /** x where x >= 0 (ties are active), slope·x elsewhere. */
  | { readonly kind: 'rectify'; readonly slope: number }
  /** (x, dy) → dy where x >= 0, slope·dy elsewhere. */
  | { readonly kind: 'rectifyGradient'; readonly slope: number }
  /** A·B of two matrices, each transposed first if asked. */
  | { readonly kind: 'matmul'; readonly transA: boolean; readonly transB: boolean }
  /** Sum over some axes, which stay as axes of size 1. */
  | { readonly kind: 'sum'; readonly axes: readonly number[] }
  | { readonly kind: 'broadcast' | 'reshape' }
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  /** (logits [n, c], target [n, c]) → [n, 1]: −Σ target · log softmax(logits). Each row of target sums to 1. */
  | { readonly kind: 'crossEntropy' }
  /** (logits, target) → softmax(logits) − target. */
  | { readonly kind: 'crossEntropyGradient' }
  /** (image [n, c, h, w], kernel [o, c, s, s]) → [n, o, h', w']: correlation, as in every deep-learning library. */
  | ({ readonly kind: 'conv2d' } & Window)
  /** (dy, kernel) → gradient in the image. */
  | ({ readonly kind: 'conv2dImageGradient' } & Window)
  /** (image, dy) → gradient in the kernel. */
  | ({ readonly kind: 'conv2dKernelGradient' } & Window)
  | ({ readonly kind: 'maxPool' | 'averagePool'; readonly size: number } & Window)
  /** (image, pooled, dy) → gradient in the image; of several maxima in a window the first one gets it. */
  | ({ readonly kind: 'maxPoolGradient'; readonly size: number } & Window)
  /** dy → gradient in the image. */
  | ({ readonly kind: 'averagePoolGradient'; readonly size: number } & Window);

export type OpKind = Op['kind'];

/** The operation of one kind, with its attributes. */
export type OpOf<K extends OpKind> = Op & { readonly kind: K };

/** One operation of a graph with the nodes it reads. `id` grows in the order of construction, which is topological. */
export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Node[];
  readonly shape: Shape;
}

/** All nodes that the outputs need, in topological order. */
export function reachable(outputs: Iterable<Node>): Node[] {
  const seen = new Set<Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    pending.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
