import type { OnnxNode } from './parse.js';
import { type Affine, type Constant, identity, type Shape, unknown, type Value, widthOf } from './values.js';

/**
 * Flatten, Reshape, Squeeze and Unsqueeze: read where it is plain that each sample keeps its numbers in their order.
 * That is so for constants, for the untouched input, for samples of one number, and where the last axis stays.
 */
export function reshape(node: OnnxNode, [a, target]: readonly (Value | undefined)[]): Value {
  if (a?.kind === 'constant') return reshapedConstant(node, a, target);
  if (a?.kind !== 'affine') return unclear(node);
  if (widthOf(a) === 1 && a.base.depth > 0) return { ...a, shape: null };
  const shape = newShape(node, a, target);
  if (!shape || !a.shape) return keepsPlainRows(node, a) ? a : unclear(node);
  const last = shape.at(-1);
  if (shape.length >= 2 && last !== null && last === a.shape.at(-1)) return { ...a, shape };
  const untouched = a.base.kind === 'inputs' && !a.weight && !a.scale && !a.bias;
  return untouched && last === sampleSize(a.shape) ? identity(a.base, shape) : unclear(node);
}

const unclear = (node: OnnxNode): Value => unknown(`op ${node.op} reshapes in a way that is not understood`);

/** Flatten with axis 1 leaves matrices as they are, whatever their size. */
function keepsPlainRows(node: OnnxNode, a: Affine): boolean {
  return (
    node.op === 'Flatten' && (node.attributes.get('axis')?.int ?? 1) === 1 && (a.shape === null || a.shape.length === 2)
  );
}

/** Numbers per sample; null when a size is free. */
function sampleSize(shape: NonNullable<Shape>): number | null {
  return shape
    .slice(1)
    .reduce((product: number | null, dim) => (product === null || dim === null ? null : product * dim), 1);
}

/** The shape after the operation, null when it cannot be told. */
function newShape(node: OnnxNode, a: Affine, target: Value | undefined): Shape {
  if (!a.shape) return null;
  if (node.op === 'Flatten') return flattened(node, a.shape);
  if (node.op === 'Reshape') return target?.kind === 'constant' ? resized(a.shape, target.data) : null;
  return null;
}

function flattened(node: OnnxNode, shape: NonNullable<Shape>): Shape {
  const axis = node.attributes.get('axis')?.int ?? 1;
  const isRow = axis === 1 || axis === 1 - shape.length;
  return isRow ? [shape[0], sampleSize(shape)] : null;
}

/** ONNX's rule: 0 copies a size, −1 takes what is left. */
function resized(shape: NonNullable<Shape>, target: Float64Array): Shape {
  const sizes = Array.from(target, (size, k) => (size === 0 ? (shape[k] ?? null) : size === -1 ? null : size));
  if (target.at(-1) !== -1) return sizes;
  const rowsStay = target.length === 2 && (target[0] === 0 || (shape[0] !== null && target[0] === shape[0]));
  return rowsStay ? [...sizes.slice(0, -1), sampleSize(shape)] : null;
}

function reshapedConstant(node: OnnxNode, a: Constant, target: Value | undefined): Value {
  if (node.op !== 'Reshape' || target?.kind !== 'constant') return unclear(node);
  const known = Array.from(target.data, (size, k) => (size === 0 ? a.dims[k] : size));
  const rest = a.data.length / known.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const dims = known.map((size) => (size === -1 ? rest : size));
  const fits = dims.every(Number.isInteger) && dims.reduce((product, size) => product * size, 1) === a.data.length;
  return fits ? { ...a, dims } : unclear(node);
}
