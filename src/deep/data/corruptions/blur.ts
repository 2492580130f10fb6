import { circlePoint, type Random } from '../../../base/index.js';
import { filtered, smeared, smoothed } from './filters.js';
import { type Corruption, type Five, type Image, planeOf, warped } from './image.js';

/** By a bell of these deviations (pixels). */
export const gaussianBlur =
  (deviations: Five<number>): Corruption =>
  (image, severity) =>
    smoothed(image, deviations[severity - 1]);

/** By a disk of this radius, whose rim is smoothed over 3 × 3 pixels by a bell of this deviation. */
export const defocusBlur =
  (settings: Five<readonly [radius: number, rim: number]>): Corruption =>
  (image, severity) =>
    filtered(image, disk(...settings[severity - 1]));

function disk(radius: number, rim: number): Image {
  const reach = Math.floor(radius) + 1;
  const size = 2 * reach + 1;
  const solid = planeOf(size, size, (i, j) => ((i - reach) ** 2 + (j - reach) ** 2 <= radius ** 2 ? 1 : 0));
  const soft = smoothed(solid, rim, 1);
  const total = soft.data.reduce((sum, value) => sum + value, 0);
  return { ...soft, data: soft.data.map((value) => value / total) };
}

/** A unit vector [down, right] at a random angle (degrees) from that to the right. */
export function directionBetween(from: number, to: number, random: Random): readonly [down: number, right: number] {
  const degrees = from + (to - from) * random.uniform();
  const [right, down] = circlePoint((degrees * Math.PI) / 180);
  return [down, right];
}

/** Along a line at −45° to 45°: half a bell of the deviation over 2 · radius + 1 pixels. */
export const motionBlur =
  (settings: Five<readonly [radius: number, sigma: number]>): Corruption =>
  (image, severity, random) => {
    const [radius, sigma] = settings[severity - 1];
    return smeared(image, radius, sigma, directionBetween(-45, 45, random));
  };

/** The mean of the image and its enlargements by 1, 1 + step, … up to these factors. */
export const zoomBlur =
  (factors: Five<number>, step = 0.01): Corruption =>
  (image, severity) => {
    const count = Math.round((factors[severity - 1] - 1) / step) + 1;
    const data = Float64Array.from(image.data);
    for (let k = 0; k < count; k++) {
      const zoomed = scaled(image, 1 + k * step);
      for (let p = 0; p < data.length; p++) data[p] += zoomed.data[p];
    }
    return { ...image, data: data.map((value) => value / (count + 1)) };
  };

/** Enlarged about the middle. */
function scaled(image: Image, factor: number): Image {
  const [middle, centre] = [(image.height - 1) / 2, (image.width - 1) / 2];
  return warped(image, 'edge', (i, j) => [middle + (i - middle) / factor, centre + (j - centre) / factor]);
}

/** Smoothed, each pixel changed with a random one at most `reach` away, so many times over, and smoothed again. */
export const glassBlur =
  (settings: Five<readonly [sigma: number, reach: number, rounds: number]>): Corruption =>
  (image, severity, random) => {
    const [sigma, reach, rounds] = settings[severity - 1];
    const soft = smoothed(image, sigma);
    const data = Float64Array.from(soft.data);
    for (let round = 0; round < rounds; round++) shuffleNear({ ...soft, data }, reach, random);
    return smoothed({ ...soft, data }, sigma);
  };

/** In place: from the lower right, each pixel but those at the border, with all channels. */
function shuffleNear({ channels, height, width, data }: Image, reach: number, random: Random): void {
  const step = (): number => random.integer(2 * reach + 1) - reach;
  for (let i = height - 1 - reach; i >= reach; i--)
    for (let j = width - 1 - reach; j >= reach; j--) {
      const [here, there] = [i * width + j, (i + step()) * width + j + step()];
      for (let at = 0; at < channels * height * width; at += height * width) {
        const kept = data[at + here];
        data[at + here] = data[at + there];
        data[at + there] = kept;
      }
    }
}
