import { smoothed } from './filters.js';
import { type Corruption, type Five, type Image, mirrored, perPlane, planeOf, withPlane } from './image.js';

/** Draws the image towards its edges: at share 1 they are all that is left. */
export const cannyEdges =
  (shares: Five<number>, sigma = 1): Corruption =>
  (image, severity) =>
    perPlane(image, (plane) => {
      const share = shares[severity - 1];
      return withPlane(plane, canny(plane, sigma), (old, edge) => (1 - share) * old + share * edge);
    });

interface Gradient {
  readonly down: Image;
  readonly right: Image;
  readonly size: Image;
}

/** Canny's edges (1986), 0 or 1: a smoothed image, crests of its gradient, those above `high` and what hangs on them above `low`. */
export function canny(plane: Image, sigma: number, low = 0.1, high = 0.2): Image {
  const crests = crestsOf(gradientOf(smoothed(plane, sigma)));
  return connected(crests, low, high);
}

/** Sobel's differences, divided by four: a step of 1 in the image has the gradient 1. */
function gradientOf({ height, width, data }: Image): Gradient {
  const at = (i: number, j: number): number => data[mirrored(i, height) * width + mirrored(j, width)];
  const down = planeOf(height, width, (i, j) => {
    const row = (k: number): number => at(k, j - 1) + 2 * at(k, j) + at(k, j + 1);
    return (row(i + 1) - row(i - 1)) / 4;
  });
  const right = planeOf(height, width, (i, j) => {
    const column = (k: number): number => at(i - 1, k) + 2 * at(i, k) + at(i + 1, k);
    return (column(j + 1) - column(j - 1)) / 4;
  });
  const size = planeOf(height, width, (i, j) => {
    const k = i * width + j;
    return Math.sqrt(down.data[k] ** 2 + right.data[k] ** 2);
  });
  return { down, right, size };
}

/** The gradient where it is largest across the edge, 0 elsewhere. */
function crestsOf({ down, right, size }: Gradient): Image {
  const { height, width, data } = size;
  const at = (i: number, j: number): number => (i < 0 || j < 0 || i >= height || j >= width ? 0 : data[i * width + j]);
  return planeOf(height, width, (i, j) => {
    const k = i * width + j;
    const [a, b] = acrossEdge(down.data[k], right.data[k]);
    // Of two equal neighbours one counts, so that an even ridge is an edge one pixel wide.
    return data[k] > at(i - a, j - b) && data[k] >= at(i + a, j + b) ? data[k] : 0;
  });
}

/** The neighbour that a gradient points at, one of eight: 0.414… is the tangent of 22.5°. */
function acrossEdge(down: number, right: number): readonly [down: number, right: number] {
  const tangent = Math.SQRT2 - 1;
  const [vertical, horizontal] = [Math.abs(down), Math.abs(right)];
  return [
    vertical > tangent * horizontal ? Math.sign(down) : 0,
    horizontal > tangent * vertical ? Math.sign(right) : 0,
  ];
}

/** Grown from the pixels of at least `high` over neighbours of at least `low`. */
function connected({ height, width, data, channels }: Image, low: number, high: number): Image {
  const out = new Float64Array(data.length);
  const open = [...data.keys()].filter((k) => data[k] >= high);
  for (let k = open.pop(); k !== undefined; k = open.pop()) {
    if (out[k] === 1) continue;
    out[k] = 1;
    const [i, j] = [Math.floor(k / width), k % width];
    for (let a = Math.max(0, i - 1); a <= Math.min(height - 1, i + 1); a++)
      for (let b = Math.max(0, j - 1); b <= Math.min(width - 1, j + 1); b++)
        if (data[a * width + b] >= low) open.push(a * width + b);
  }
  return { channels, height, width, data: out };
}
