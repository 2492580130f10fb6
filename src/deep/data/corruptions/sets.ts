import { defocusBlur, gaussianBlur, glassBlur, motionBlur, zoomBlur } from './blur.js';
import { brightness, contrast, saturate } from './colour.js';
import { jpegCompression, pixelate } from './digital.js';
import { cannyEdges } from './edges.js';
import { elastic, rotate, scale, shear, translate } from './geometry.js';
import type { Corruption, Five } from './image.js';
import { gaussianNoise, impulseNoise, shotNoise, speckleNoise } from './noise.js';
import { dottedLine, stripe, zigzag } from './strokes.js';
import { fog, frost, type Snow, type Splash, snow, spatter } from './weather.js';

const flakes = (
  ...[mean, deviation, zoom, threshold, radius, sigma, kept]: readonly [
    mean: number,
    deviation: number,
    zoom: number,
    threshold: number,
    radius: number,
    sigma: number,
    kept: number,
  ]
): Snow => ({ mean, deviation, zoom, threshold, radius, sigma, kept });

const splash = (deviation: number, sigma: number, threshold: number, cover: number, mud: boolean): Splash => {
  return { mean: 0.65, deviation, sigma, threshold, cover, mud };
};

/**
 * The fifteen of MNIST-C (Mu and Gilmer 2019). The published files have one severity; these five are our own, to be weak
 * at 1 and hard for people at 5.
 */
const mnistC = {
  shot_noise: shotNoise([60, 25, 12, 5, 3]),
  impulse_noise: impulseNoise([0.03, 0.06, 0.09, 0.17, 0.27]),
  glass_blur: glassBlur([
    [0.4, 1, 1],
    [0.5, 1, 2],
    [0.6, 1, 3],
    [0.6, 2, 2],
    [0.7, 2, 4],
  ]),
  motion_blur: motionBlur([
    [3, 1.5],
    [4, 2],
    [5, 3],
    [7, 4],
    [9, 6],
  ]),
  shear: shear([0.2, 0.35, 0.5, 0.65, 0.8]),
  scale: scale([0.9, 0.8, 0.7, 0.6, 0.5]),
  rotate: rotate([0.2, 0.35, 0.5, 0.65, 0.8]),
  brightness: brightness([0.1, 0.2, 0.35, 0.5, 0.65]),
  translate: translate([1, 2, 3, 4, 5]),
  stripe: stripe([3, 5, 7, 9, 11]),
  fog: fog([
    [0.4, 2],
    [0.8, 2],
    [1.2, 2],
    [1.6, 1.8],
    [2, 1.6],
  ]),
  spatter: spatter([
    splash(0.3, 1.2, 0.72, 0.7, false),
    splash(0.3, 1.2, 0.69, 0.75, false),
    splash(0.3, 1.2, 0.67, 0.8, false),
    splash(0.3, 1.2, 0.65, 0.85, false),
    splash(0.3, 1.2, 0.63, 0.9, false),
  ]),
  dotted_line: dottedLine([1, 2, 3, 4, 5]),
  zigzag: zigzag([1, 2, 3, 4, 5]),
  canny_edges: cannyEdges([0.6, 0.7, 0.8, 0.9, 1]),
} satisfies Readonly<Record<string, Corruption>>;

const elasticity = (settings: Five<readonly [reach: number, sigma: number, affine: number]>): Corruption => {
  const [a, b, c, d, e] = settings.map(([reach, sigma, affine]) => ({ reach, sigma, affine }));
  return elastic([a, b, c, d, e]);
};

/**
 * The nineteen files of CIFAR-10-C (Hendrycks and Dietterich 2019): fifteen and, from `speckle_noise` on, four extra ones.
 * The numbers are those published for 32 × 32 images.
 */
const cifar10C = {
  gaussian_noise: gaussianNoise([0.04, 0.06, 0.08, 0.09, 0.1]),
  shot_noise: shotNoise([500, 250, 100, 75, 50]),
  impulse_noise: impulseNoise([0.01, 0.02, 0.03, 0.05, 0.07]),
  defocus_blur: defocusBlur([
    [0.3, 0.4],
    [0.4, 0.5],
    [0.5, 0.6],
    [1, 0.2],
    [1.5, 0.1],
  ]),
  glass_blur: glassBlur([
    [0.05, 1, 1],
    [0.25, 1, 1],
    [0.4, 1, 1],
    [0.25, 1, 2],
    [0.4, 1, 2],
  ]),
  motion_blur: motionBlur([
    [6, 1],
    [6, 1.5],
    [6, 2],
    [8, 2],
    [9, 2.5],
  ]),
  zoom_blur: zoomBlur([1.05, 1.1, 1.15, 1.2, 1.25]),
  snow: snow([
    flakes(0.1, 0.2, 1, 0.6, 8, 3, 0.95),
    flakes(0.1, 0.2, 1, 0.5, 10, 4, 0.9),
    flakes(0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
    flakes(0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
    flakes(0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
  ]),
  frost: frost([
    [1, 0.2],
    [1, 0.3],
    [0.9, 0.4],
    [0.85, 0.4],
    [0.75, 0.45],
  ]),
  fog: fog([
    [0.2, 3],
    [0.5, 3],
    [0.75, 2.5],
    [1, 2],
    [1.5, 1.75],
  ]),
  brightness: brightness([0.05, 0.1, 0.15, 0.2, 0.3]),
  contrast: contrast([0.75, 0.5, 0.4, 0.3, 0.15]),
  elastic_transform: elasticity([
    [0, 0, 0.08],
    [0.05, 0.2, 0.07],
    [0.08, 0.06, 0.06],
    [0.1, 0.04, 0.05],
    [0.1, 0.03, 0.03],
  ]),
  pixelate: pixelate([0.95, 0.9, 0.85, 0.75, 0.65]),
  jpeg_compression: jpegCompression([80, 65, 58, 50, 40]),
  speckle_noise: speckleNoise([0.06, 0.1, 0.12, 0.16, 0.2]),
  gaussian_blur: gaussianBlur([0.4, 0.6, 0.7, 0.8, 1]),
  spatter: spatter([
    splash(0.1, 0.7, 0.72, 0.5, false),
    splash(0.1, 0.8, 0.7, 0.5, false),
    splash(0.3, 1, 0.69, 0.5, false),
    splash(0.1, 0.7, 0.69, 0.6, true),
    splash(0.1, 0.5, 0.68, 0.6, true),
  ]),
  saturate: saturate([
    [0.3, 0],
    [0.1, 0],
    [1.5, 0],
    [2, 0.1],
    [2.5, 0.2],
  ]),
} satisfies Readonly<Record<string, Corruption>>;

/** Corruptions by name, in the order of their papers. */
export const corruptionSets: Readonly<Record<'mnist-c' | 'cifar10-c', Readonly<Record<string, Corruption>>>> = {
  'mnist-c': mnistC,
  'cifar10-c': cifar10C,
};
