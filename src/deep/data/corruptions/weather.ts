import type { Random } from '../../../base/index.js';
import { directionBetween } from './blur.js';
import { smeared, smoothed } from './filters.js';
import { type Corruption, clamped, type Five, type Image, mapped, planeOf, sampled, withPlane } from './image.js';
import { clouds, crystals, normalField, stretched } from './texture.js';

/** Adds clouds of this strength and brings the largest value back to what it was. */
export const fog =
  (settings: Five<readonly [strength: number, decay: number]>): Corruption =>
  (image, severity, random) => {
    const [strength, decay] = settings[severity - 1];
    const most = image.data.reduce((a, b) => Math.max(a, b), 0);
    const layer = clouds(image.height, image.width, decay, random);
    return withPlane(image, layer, (old, cloud) => ((old + strength * cloud) * most) / (most + strength));
  };

/** The tint of ice in red, green and blue. */
const ICE = [0.86, 0.95, 1];

/** This share of the image and that of frost: drawn crystals, where the published files use six photographs. */
export const frost =
  (settings: Five<readonly [kept: number, added: number]>): Corruption =>
  (image, severity, random) => {
    const [kept, added] = settings[severity - 1];
    const layer = crystals(image.height, image.width, random);
    return withPlane(image, layer, (old, ice, c) => kept * old + added * ice * (image.channels === 3 ? ICE[c] : 1));
  };

/** How snow falls and how white the ground gets. */
export interface Snow {
  /** Flakes are what of a normal field, enlarged by `zoom`, is above `threshold`. */
  readonly mean: number;
  readonly deviation: number;
  readonly zoom: number;
  readonly threshold: number;
  /** Of the streaks. */
  readonly radius: number;
  readonly sigma: number;
  /** Share of the image that is not whitened. */
  readonly kept: number;
}

/** A whitened image, and flakes as streaks that fall downwards, with the same ones upside down. */
export const snow =
  (settings: Five<Snow>): Corruption =>
  (image, severity, random) => {
    const { kept, ...falling } = settings[severity - 1];
    const layer = flakes(image, falling, random);
    const { data } = layer;
    const both = mapped(layer, (value, k) => value + data[data.length - 1 - k]);
    return withPlane(whitened(image, kept), both, (old, flake) => old + flake);
  };

function flakes({ height, width }: Image, how: Omit<Snow, 'kept'>, random: Random): Image {
  const { mean, deviation, zoom, threshold, radius, sigma } = how;
  const field = normalField(height, width, mean, deviation, random);
  const [middle, centre] = [(height - 1) / 2, (width - 1) / 2];
  const larger = planeOf(height, width, (i, j) => {
    const value = sampled(field, middle + (i - middle) / zoom, centre + (j - centre) / zoom, 'edge');
    return value < threshold ? 0 : clamped(value);
  });
  return smeared(larger, radius, sigma, directionBetween(45, 135, random));
}

/** `kept` of the image and else its brightness, lifted. */
function whitened(image: Image, kept: number): Image {
  const { channels, height, width, data } = image;
  const weights = channels === 3 ? [0.299, 0.587, 0.114] : [1];
  const grey = planeOf(height, width, (i, j) =>
    weights.reduce((sum, weight, c) => sum + weight * data[(c * height + i) * width + j], 0),
  );
  return withPlane(image, grey, (old, light) => kept * old + (1 - kept) * Math.max(old, 1.5 * light + 0.5));
}

/** Drops of water or mud. */
export interface Splash {
  /** Drops are what of a smoothed normal field is above the threshold. */
  readonly mean: number;
  readonly deviation: number;
  readonly sigma: number;
  readonly threshold: number;
  /** How much of what lies behind a drop is hidden: water at most this share, mud all of it. */
  readonly cover: number;
  readonly mud: boolean;
}

/** Pale turquoise and dark brown; on grey images a light and a dark grey. */
const WATER = { colour: [175 / 255, 238 / 255, 238 / 255], grey: [0.86] };
const MUD = { colour: [63 / 255, 42 / 255, 20 / 255], grey: [0.3] };

/** Drops lie over the image: water thickest in the middle of a drop and bright at its rim, mud with soft rims. */
export const spatter =
  (settings: Five<Splash>): Corruption =>
  (image, severity, random) => {
    const splash = settings[severity - 1];
    const { colour, grey } = splash.mud ? MUD : WATER;
    const paint = image.channels === 3 ? colour : grey;
    const cover = drops(image, splash, random);
    return withPlane(image, cover, (old, share, c) => old * (1 - share) + paint[c] * share);
  };

function drops({ height, width }: Image, splash: Splash, random: Random): Image {
  const { mean, deviation, sigma, threshold, cover, mud } = splash;
  const field = smoothed(normalField(height, width, mean, deviation, random), sigma);
  if (mud) {
    const solid = mapped(field, (value) => (value > threshold ? 1 : 0));
    return mapped(smoothed(solid, cover), (value) => (value < 0.8 ? 0 : value));
  }
  const wet = mapped(field, (value) => Math.max(0, value - threshold));
  const depth = stretched(wet);
  return mapped(depth, (value) => (value > 0 ? cover * (0.5 + 0.5 * value) : 0));
}
