import type { OnnxModel } from './model.js';

/**
 * Where the numbers of images lie: channels outside ("rows", [n, c, h, w]), or in blocks as the processor's convolutions want
 * them, [n, c/B, h, w, B] under the same nominal shape. An image is brought into the other order when something asks for it,
 * once; between convolutions everything stays in blocks.
 */
export class Layouts {
  readonly rows = new Map<string, string>();
  readonly blocks = new Map<string, string>();
  /** Channels of every image in blocks. */
  readonly channels = new Map<string, number>();
  /** Other forms of values, see `once`. */
  readonly forms = new Map<string, string>();
}

/** The value that is known under a key, made when it is first asked for. */
export function once({ layouts: { forms } }: OnnxModel, key: string, make: () => string): string {
  const value = forms.get(key) ?? make();
  forms.set(key, value);
  return value;
}

export const isBlocked = ({ layouts }: OnnxModel, name: string): boolean => layouts.channels.has(name);

/** Says that a value lies in blocks; returns its name. */
export function markBlocked({ layouts }: OnnxModel, name: string, channels: number): string {
  layouts.channels.set(name, channels);
  return name;
}

/** An image whose channels fill blocks, in blocks. */
export function toBlocks(model: OnnxModel, name: string, channels: number): string {
  if (isBlocked(model, name)) return name;
  const { rows, blocks } = model.layouts;
  const known = blocks.get(name);
  if (known) return known;
  const blocked = markBlocked(model, model.blockedOp('ReorderInput', [name]), channels);
  blocks.set(name, blocked);
  rows.set(blocked, name);
  return blocked;
}

/** A value in rows; what does not lie in blocks stays as it is. */
export function toRows(model: OnnxModel, name: string): string {
  const { rows, blocks, channels } = model.layouts;
  const count = channels.get(name);
  if (count === undefined) return name;
  const known = rows.get(name);
  if (known) return known;
  const plain = model.blockedOp('ReorderOutput', [name], { channels: count, channels_last: 0 });
  rows.set(name, plain);
  blocks.set(plain, name);
  return plain;
}

/** An image as [n, h, w, c]. */
export function channelsLast(model: OnnxModel, name: string, [n, c, h, w]: readonly number[]): string {
  const asItLies = c === 1 || (c === model.block && isBlocked(model, name));
  if (asItLies) return model.op('Reshape', [name, model.indices([n, h, w, c])]);
  if (!isBlocked(model, name)) return model.op('Transpose', [name], { perm: [0, 2, 3, 1] });
  return model.blockedOp('ReorderOutput', [name], { channels: c, channels_last: 1 });
}
