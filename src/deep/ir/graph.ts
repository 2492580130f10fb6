import type { Node, Op } from './node.js';
import { broadcastShape, requireShape, type Shape, sameShape, sizeOf, type Window, windowCount } from './shape.js';

type Binary = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum';
type Unary = 'negate' | 'exp' | 'log' | 'sqrt' | 'positive';

/**
 * Builds a graph of typed operations on tensors of fixed shape. Each method checks the shapes that it is given, throws
 * `usage` in one line where they do not fit, and returns the new node.
 */
export class Graph {
  #count = 0;

  #node(op: Op, inputs: readonly Node[], shape: Shape): Node {
    return { id: this.#count++, op, inputs, shape };
  }

  input(name: string, shape: Shape): Node {
    return this.#node({ kind: 'input', name }, [], shape);
  }

  /** Numbers in row-major order; one number without a shape is a scalar. */
  constant(values: number | ArrayLike<number>, shape: Shape = []): Node {
    const list = typeof values === 'number' ? [values] : values;
    requireShape(list.length === sizeOf(shape), 'constant', `${list.length} entries`, shape);
    return this.#node({ kind: 'constant', values: Float64Array.from(list) }, [], shape);
  }

  #binary(kind: Binary, a: Node, b: Node): Node {
    return this.#node({ kind }, [a, b], broadcastShape(kind, a.shape, b.shape));
  }

  #unary(kind: Unary, a: Node): Node {
    return this.#node({ kind }, [a], a.shape);
  }

  add = (a: Node, b: Node): Node => this.#binary('add', a, b);
  subtract = (a: Node, b: Node): Node => this.#binary('subtract', a, b);
  multiply = (a: Node, b: Node): Node => this.#binary('multiply', a, b);
  divide = (a: Node, b: Node): Node => this.#binary('divide', a, b);
  maximum = (a: Node, b: Node): Node => this.#binary('maximum', a, b);
  negate = (a: Node): Node => this.#unary('negate', a);
  exp = (a: Node): Node => this.#unary('exp', a);
  log = (a: Node): Node => this.#unary('log', a);
  sqrt = (a: Node): Node => this.#unary('sqrt', a);
  /** 1 where a > 0, 0 elsewhere. */
  positive = (a: Node): Node => this.#unary('positive', a);

  /** factor · a for a plain number. */
  scale(a: Node, factor: number): Node {
    return factor === 1 ? a : this.multiply(a, this.constant(factor));
  }

  /** ReLU (slope 0) or leaky ReLU. */
  rectify(a: Node, slope = 0): Node {
    return this.#node({ kind: 'rectify', slope }, [a], a.shape);
  }

  rectifyGradient(a: Node, dy: Node, slope: number): Node {
    requireShape(sameShape(a.shape, dy.shape), 'rectify', 'equal shapes', a.shape, dy.shape);
    return this.#node({ kind: 'rectifyGradient', slope }, [a, dy], a.shape);
  }

  matmul(a: Node, b: Node, transA = false, transB = false): Node {
    requireShape(a.shape.length === 2 && b.shape.length === 2, 'matmul', 'two matrices', a.shape, b.shape);
    const [rows, inner] = transA ? [a.shape[1], a.shape[0]] : a.shape;
    const [depth, cols] = transB ? [b.shape[1], b.shape[0]] : b.shape;
    requireShape(inner === depth, 'matmul', 'equal inner sizes', a.shape, b.shape);
    return this.#node({ kind: 'matmul', transA, transB }, [a, b], [rows, cols]);
  }

  /** Sum over the axes (all by default), which stay with size 1. */
  sum(a: Node, axes: readonly number[] = a.shape.map((_, axis) => axis)): Node {
    requireShape(
      axes.every((axis) => axis >= 0 && axis < a.shape.length),
      'sum',
      `axes ${axes.join(', ')} to exist`,
      a.shape,
    );
    if (axes.length === 0) return a;
    const shape = a.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return this.#node({ kind: 'sum', axes }, [a], shape);
  }

  broadcast(a: Node, shape: Shape): Node {
    if (sameShape(a.shape, shape)) return a;
    const fits = sameShape(broadcastShape('broadcast', a.shape, shape), shape);
    requireShape(fits, 'broadcast', 'a shape that stretches', a.shape, shape);
    return this.#node({ kind: 'broadcast' }, [a], shape);
  }

  reshape(a: Node, shape: Shape): Node {
    if (sameShape(a.shape, shape)) return a;
    requireShape(sizeOf(a.shape) === sizeOf(shape), 'reshape', 'equally many entries', a.shape, shape);
    return this.#node({ kind: 'reshape' }, [a], shape);
  }

  /** Axis i of the result is axis order[i] of a. */
  transpose(a: Node, order: readonly number[]): Node {
    const isOrder = [...order].sort((i, j) => i - j).every((axis, i) => axis === i) && order.length === a.shape.length;
    requireShape(isOrder, 'transpose', `an order of the axes, not ${order.join(', ')}`, a.shape);
    return this.#node(
      { kind: 'transpose', order },
      [a],
      order.map((axis) => a.shape[axis]),
    );
  }

  crossEntropy(logits: Node, target: Node): Node {
    const fits = logits.shape.length === 2 && sameShape(logits.shape, target.shape);
    requireShape(fits, 'crossEntropy', 'two [n, c] matrices', logits.shape, target.shape);
    return this.#node({ kind: 'crossEntropy' }, [logits, target], [logits.shape[0], 1]);
  }

  crossEntropyGradient(logits: Node, target: Node): Node {
    return this.#node({ kind: 'crossEntropyGradient' }, [logits, target], logits.shape);
  }

  conv2d(image: Node, kernel: Node, { stride, padding }: Window): Node {
    const [a, k] = [image.shape, kernel.shape];
    const fits = a.length === 4 && k.length === 4 && a[1] === k[1] && k[2] === k[3];
    requireShape(fits, 'conv2d', 'an image [n, c, h, w] and a kernel [o, c, s, s]', a, k);
    const [height, width] = [a[2], a[3]].map((size) => windowCount(size, k[2], { stride, padding }));
    requireShape(height > 0 && width > 0, 'conv2d', 'an image no smaller than the kernel', a, k);
    return this.#node({ kind: 'conv2d', stride, padding }, [image, kernel], [a[0], k[0], height, width]);
  }

  conv2dImageGradient(dy: Node, kernel: Node, shape: Shape, { stride, padding }: Window): Node {
    return this.#node({ kind: 'conv2dImageGradient', stride, padding }, [dy, kernel], shape);
  }

  conv2dKernelGradient(image: Node, dy: Node, shape: Shape, { stride, padding }: Window): Node {
    return this.#node({ kind: 'conv2dKernelGradient', stride, padding }, [image, dy], shape);
  }

  #pool(kind: 'maxPool' | 'averagePool', a: Node, size: number, stride: number): Node {
    const window = { stride, padding: 0 };
    requireShape(a.shape.length === 4, kind, 'an image [n, c, h, w]', a.shape);
    const [height, width] = [a.shape[2], a.shape[3]].map((length) => windowCount(length, size, window));
    requireShape(height > 0 && width > 0, kind, `an image of at least ${size} x ${size}`, a.shape);
    return this.#node({ kind, size, ...window }, [a], [a.shape[0], a.shape[1], height, width]);
  }

  maxPool = (a: Node, size: number, stride = size): Node => this.#pool('maxPool', a, size, stride);
  averagePool = (a: Node, size: number, stride = size): Node => this.#pool('averagePool', a, size, stride);

  maxPoolGradient(image: Node, pooled: Node, dy: Node, size: number, stride: number): Node {
    return this.#node({ kind: 'maxPoolGradient', size, stride, padding: 0 }, [image, pooled, dy], image.shape);
  }

  averagePoolGradient(dy: Node, shape: Shape, size: number, stride: number): Node {
    return this.#node({ kind: 'averagePoolGradient', size, stride, padding: 0 }, [dy], shape);
  }
}
