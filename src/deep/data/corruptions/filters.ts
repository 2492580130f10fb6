import { exp } from '../../../base/index.js';
import { type Image, mirrored, perPlane, planeOf, sampled } from './image.js';

/** Weights of a bell of deviation σ from −radius to radius, sum 1; radius 4σ by default. */
export function bell(sigma: number, radius = Math.floor(4 * sigma + 0.5)): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => exp((-0.5 * (k - radius) ** 2) / sigma ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The plane filtered along one axis, mirrored at its borders. */
function alongAxis({ channels, height, width, data }: Image, weights: Float64Array, vertical: boolean): Image {
  const radius = (weights.length - 1) / 2;
  const out = new Float64Array(data.length);
  const length = vertical ? height : width;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const at = mirrored((vertical ? i : j) + k, length);
        sum += weights[k + radius] * (vertical ? data[at * width + j] : data[i * width + at]);
      }
      out[i * width + j] = sum;
    }
  return { channels, height, width, data: out };
}

/** Smoothed by a bell of deviation σ (pixels), mirrored at the borders; σ = 0 changes nothing. */
export function smoothed(image: Image, sigma: number, radius?: number): Image {
  const weights = bell(sigma, radius);
  if (weights.length === 1) return image;
  return perPlane(image, (plane) => alongAxis(alongAxis(plane, weights, true), weights, false));
}

/** Each pixel the weighted mean of those around it; `kernel` is odd and square, the image mirrored at its borders. */
export function filtered(image: Image, kernel: Image): Image {
  const radius = (kernel.width - 1) / 2;
  const near = Array.from(kernel.data, (weight, k) => {
    return { weight, down: Math.floor(k / kernel.width) - radius, right: (k % kernel.width) - radius };
  }).filter(({ weight }) => weight !== 0);
  return perPlane(image, (plane) => {
    const { height, width, data } = plane;
    return planeOf(height, width, (i, j) =>
      near.reduce((sum, { weight, down, right }) => {
        return sum + weight * data[mirrored(i + down, height) * width + mirrored(j + right, width)];
      }, 0),
    );
  });
}

/** Smeared to one side, `direction` [down, right] of length 1: half a bell of deviation σ over 2 · radius + 1 pixels. */
export function smeared(
  image: Image,
  radius: number,
  sigma: number,
  [down, right]: readonly [down: number, right: number],
): Image {
  const half = bell(sigma, 2 * radius).subarray(2 * radius);
  const total = half.reduce((sum, weight) => sum + weight, 0);
  return perPlane(image, (plane) =>
    planeOf(plane.height, plane.width, (i, j) =>
      half.reduce((sum, weight, k) => sum + (weight / total) * sampled(plane, i + k * down, j + k * right, 'edge'), 0),
    ),
  );
}

/** The mean of the area that each pixel of the smaller plane covers. */
export function shrunk(plane: Image, height: number, width: number): Image {
  const rows = overlaps(plane.height, height);
  const columns = overlaps(plane.width, width);
  return planeOf(height, width, (i, j) => {
    let sum = 0;
    for (const [row, down] of rows[i])
      for (const [column, right] of columns[j]) sum += down * right * plane.data[row * plane.width + column];
    return sum;
  });
}

/** For each of `to` equal parts of 0 … from: which pixels it covers, with their shares of it. */
function overlaps(from: number, to: number): (readonly [pixel: number, share: number])[][] {
  const size = from / to;
  return Array.from({ length: to }, (_, k) => {
    const [first, last] = [k * size, (k + 1) * size];
    const pixels: (readonly [number, number])[] = [];
    for (let p = Math.floor(first); p < Math.min(from, Math.ceil(last)); p++) {
      pixels.push([p, (Math.min(last, p + 1) - Math.max(first, p)) / size]);
    }
    return pixels;
  });
}

/** Blocks of equal pixels. */
export const enlarged = (plane: Image, height: number, width: number): Image =>
  planeOf(height, width, (i, j) => {
    const [row, column] = [Math.floor((i * plane.height) / height), Math.floor((j * plane.width) / width)];
    return plane.data[row * plane.width + column];
  });
