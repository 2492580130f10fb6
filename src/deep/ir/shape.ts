import { RelucentError } from '../../base/index.js';

/** Sizes of a tensor, outermost first; row-major. A scalar has none. */
export type Shape = readonly number[];

/** A square window that slides over the last two axes. */
export interface Window {
  /** Steps between windows, ≥ 1. */
  readonly stride: number;
  /** Zeros around the image, on every side. */
  readonly padding: number;
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`;

/** Throws `usage`: which operation, what it expects, what came. */
export function requireShape(condition: boolean, op: string, expected: string, ...shapes: Shape[]): void {
  if (condition) return;
  const got = shapes.map(shapeText).join(' and ');
  throw new RelucentError('usage', `deep graph, ${op}: expected ${expected}, got ${got}; check the layer sizes.`);
}

/** Sizes of an elementwise result: trailing axes are matched, an axis of 1 stretches. */
export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    requireShape(left === right || left === 1 || right === 1, op, 'shapes that broadcast', a, b);
    return left === 1 ? right : left;
  });
}

/** Number of windows along one axis. */
export function windowCount(size: number, window: number, { stride, padding }: Window): number {
  return Math.floor((size + 2 * padding - window) / stride) + 1;
}

/** The axes along which `from` was stretched to become `to`, counted in `to`. */
export function stretchedAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  return to.map((_, axis) => axis).filter((axis) => axis < lead || (from[axis - lead] === 1 && to[axis] !== 1));
}
