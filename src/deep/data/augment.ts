import type { Random } from '../../base/index.js';
import type { Shape } from '../ir/shape.js';
import type { Numbers } from '../onnx/index.js';

/** Random changes of training images [channels, height, width]. */
export interface Augmentation {
  /** Zeros put around the image, of which a window of the old size is kept at a random place. */
  readonly crop?: number;
  /** Mirrored left to right, every second time. */
  readonly flip?: boolean;
}

/** Writes one image, shifted and mirrored at random, to `into` at `start`. Zeros stand for what lies outside. */
export function augmentInto(
  into: Numbers,
  start: number,
  image: Numbers,
  [channels, height, width]: Shape,
  { crop = 0, flip = false }: Augmentation,
  random: Random,
): void {
  const [down, right] = [random.integer(2 * crop + 1) - crop, random.integer(2 * crop + 1) - crop];
  const mirrored = flip && random.integer(2) === 1;
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++) {
        const [row, column] = [i + down, (mirrored ? width - 1 - j : j) + right];
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        into[start + (c * height + i) * width + j] = inside ? image[(c * height + row) * width + column] : 0;
      }
}
