import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/index.js';
import { gaussianBlur, glassBlur, motionBlur, zoomBlur } from '../../src/deep/data/corruptions/blur.js';
import { brightness, contrast, saturate } from '../../src/deep/data/corruptions/colour.js';
import { corruptExamples, corruptionNames } from '../../src/deep/data/corruptions/corrupt.js';
import { jpegCompression, pixelate } from '../../src/deep/data/corruptions/digital.js';
import { canny } from '../../src/deep/data/corruptions/edges.js';
import { elastic, rotate, scale, shear, translate } from '../../src/deep/data/corruptions/geometry.js';
import type { Corruption, Five, Image } from '../../src/deep/data/corruptions/image.js';
import { cosineTransform, quantisation } from '../../src/deep/data/corruptions/jpeg.js';
import { impulseNoise } from '../../src/deep/data/corruptions/noise.js';
import { logFactorial, poisson } from '../../src/deep/data/corruptions/poisson.js';
import { stripe } from '../../src/deep/data/corruptions/strokes.js';
import { clouds } from '../../src/deep/data/corruptions/texture.js';
import { type Examples, selectExamples } from '../../src/deep/index.js';

/** Soft blobs on dark ground: something to blur, turn and find edges in. */
function blobs(channels: 1 | 3, size: number, count: number): Examples {
  const random = createRandom(7, channels);
  const x = new Float32Array(count * channels * size * size);
  for (let n = 0; n < count; n++) {
    const spots = Array.from({ length: 3 }, () => [0, 1].map(() => size * (0.25 + 0.5 * random.uniform())));
    for (let c = 0; c < channels; c++)
      for (let k = 0; k < size * size; k++) {
        const far = spots.map(([i, j]) => (Math.floor(k / size) - i) ** 2 + ((k % size) - j) ** 2);
        const value = Math.max(0, 1 - Math.min(...far) / 16) * (channels === 3 ? [0.9, 0.6, 0.4][c] : 1);
        x[(n * channels + c) * size * size + k] = Math.round(255 * (channels === 3 ? 0.2 + 0.7 * value : value)) / 255;
      }
  }
  return { count, input: [channels, size, size], outputs: 1, x, target: new Float32Array(count) };
}

const sets = [
  { set: 'mnist-c', images: blobs(1, 28, 12) },
  { set: 'cifar10-c', images: blobs(3, 32, 12) },
] as const;
const all = sets.flatMap(({ set, images }) => corruptionNames(set).map((name) => ({ set, images, name })));

const meanDistance = (a: Examples, b: Examples): number => {
  let sum = 0;
  for (let k = 0; k < a.x.length; k++) sum += (a.x[k] - b.x[k]) ** 2;
  return Math.sqrt(sum / a.count);
};

/** They draw nothing. */
const without = [
  ...['scale', 'brightness', 'stripe', 'canny_edges', 'defocus_blur', 'zoom_blur', 'contrast', 'pixelate'],
  ...['jpeg_compression', 'gaussian_blur', 'saturate'],
];

/**
 * Published numbers by which an image does not go further from what it was with every step: glass and frost blur or dim more
 * where they shuffle or add less, elasticity trades a push of the whole image for smaller ripples, spatter turns from water
 * to mud, saturation falls and then rises, rounded block sizes may not differ, the third and fourth motion blur do not.
 */
const uneven = ['motion_blur', 'glass_blur', 'frost', 'elastic_transform', 'spatter', 'saturate', 'pixelate'];

describe('the corruptions', () => {
  it('are the fifteen of MNIST-C and the nineteen of CIFAR-10-C', () => {
    expect(sets.map(({ set }) => new Set(corruptionNames(set)).size)).toEqual([15, 19]);
  });

  it.each(all)(
    '$set $name: seeded, image by image, 256 levels of [0, 1]; the images given stay',
    ({ set, images, name }) => {
      const before = Float32Array.from(images.x);
      const of = (examples: Examples, seed = 3) => corruptExamples(examples, { set, name, severity: 4, seed }).x;
      const changed = of(images);
      expect(images.x).toEqual(before);
      expect(changed).not.toEqual(before);
      expect(of(images)).toEqual(changed);
      const first = selectExamples(images, [0, 1, 2]);
      expect(of(first)).toEqual((changed as Float32Array).slice(0, first.x.length));
      const rest = selectExamples(images, [10, 11]);
      const last = corruptExamples(rest, { set, name, severity: 4, seed: 3, first: 10 }).x;
      expect(last).toEqual((changed as Float32Array).slice(-rest.x.length));
      if (without.includes(name)) expect(of(images, 4)).toEqual(changed);
      else expect(of(images, 4)).not.toEqual(changed);
      for (const value of Array.from(changed)) {
        if (!(value >= 0 && value <= 1 && Math.abs(255 * value - Math.round(255 * value)) < 1e-4)) {
          throw new Error(`${name}: ${value}`);
        }
      }
    },
  );

  it.each(all.filter(({ set, name }) => set === 'mnist-c' || !uneven.includes(name)))(
    '$set $name: further from the images with each severity',
    ({ set, images, name }) => {
      const far = [1, 2, 3, 4, 5].map((severity) =>
        meanDistance(corruptExamples(images, { set, name, severity }), images),
      );
      expect(far[0]).toBeGreaterThan(0);
      for (let k = 1; k < 5; k++) expect(far[k]).toBeGreaterThan(far[k - 1]);
    },
  );

  it('names what does not fit in one line', () => {
    const [{ images }] = sets;
    const wrong = (change: object, message: RegExp): void => {
      const options = { set: 'mnist-c' as const, name: 'fog', severity: 1, ...change };
      expect(() => corruptExamples(images, options)).toThrow(message);
    };
    wrong({ set: 'imagenet-c' }, /^corruptExamples: set: expected mnist-c or cifar10-c, got 'imagenet-c'\.$/);
    wrong({ name: 'snow' }, /^corruptExamples: name: expected one of shot_noise, .*canny_edges, got 'snow'\.$/);
    for (const severity of [0, 6, 1.5, Number.NaN])
      wrong({ severity }, /severity: expected a whole number from 1 to 5/);
    const rows = { ...images, count: 1, input: [784], x: new Float32Array(784), target: [0] };
    expect(() => corruptExamples(rows, { set: 'mnist-c', name: 'fog', severity: 1 })).toThrow(
      /expected images \[1 or 3, height, width\], got \[784\]/,
    );
    expect(() => corruptExamples({ ...images, count: 3 }, { set: 'mnist-c', name: 'fog', severity: 1 })).toThrow(
      /corruptExamples: expected 3 examples/,
    );
  });
});

const five = <T>(value: T): Five<T> => [value, value, value, value, value];
const image = (channels: number, rows: readonly (readonly number[])[]): Image => {
  const height = rows.length / channels;
  return { channels, height, width: rows[0].length, data: Float64Array.from(rows.flat()) };
};
const apply = (corruption: Corruption, of: Image, random: Random = createRandom(1)): number[] =>
  Array.from(corruption(of, 1, random).data);
const close = (got: readonly number[], expected: readonly number[]): void => {
  expect(got.length).toBe(expected.length);
  got.forEach((value, k) => {
    expect(value).toBeCloseTo(expected[k], 12);
  });
};
/** A generator whose `integer(2)` is what is given. */
const turned = (bit: 0 | 1): Random => ({ ...createRandom(1), integer: () => bit });

const small = image(1, [
  [0.1, 0.2, 0.3],
  [0.4, 0.5, 0.6],
  [0.7, 0.8, 0.9],
]);

describe('by hand', () => {
  it('a quarter turn, to either side', () => {
    close(apply(rotate(five(Math.PI / 2)), small, turned(0)), [0.3, 0.6, 0.9, 0.2, 0.5, 0.8, 0.1, 0.4, 0.7]);
    close(apply(rotate(five(Math.PI / 2)), small, turned(1)), [0.7, 0.4, 0.1, 0.8, 0.5, 0.2, 0.9, 0.6, 0.3]);
  });

  it('nothing turned, pushed, scaled, moved, bent or blurred is what it was', () => {
    const corruptions = [rotate(five(0)), shear(five(0)), scale(five(1)), translate(five(0)), gaussianBlur(five(0))];
    for (const corruption of [...corruptions, elastic(five({ reach: 0, sigma: 0, affine: 0 })), zoomBlur(five(1))]) {
      close(apply(corruption, small), Array.from(small.data));
    }
  });

  it('moved by one pixel, with zeros from outside; rows pushed by one pixel a row', () => {
    close(apply(translate(five(1)), small, turned(1)), [0, 0, 0, 0, 0.1, 0.2, 0, 0.4, 0.5]);
    close(apply(translate(five(1)), small, turned(0)), [0.5, 0.6, 0, 0.8, 0.9, 0, 0, 0, 0]);
    close(apply(shear(five(1)), small, turned(1)), [0, 0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 0]);
  });

  it('half as large: every second pixel about the middle, zeros around', () => {
    const wide = image(1, [[0.1, 0.2, 0.3, 0.4, 0.5]]);
    close(apply(scale(five(0.5)), wide), [0, 0.1, 0.3, 0.5, 0]);
  });

  it('the middle stripe inverted', () => {
    close(apply(stripe(five(1)), small), [0.1, 0.8, 0.3, 0.4, 0.5, 0.6, 0.7, 0.2, 0.9]);
  });

  it('brightness adds to the largest channel and keeps the ratios; grey and black stay grey', () => {
    const rgb = image(3, [
      [0.2, 0.5, 0],
      [0.4, 0.5, 0],
      [0.1, 0.5, 0],
    ]);
    close(apply(brightness(five(0.4)), rgb), [0.4, 0.9, 0.4, 0.8, 0.9, 0.4, 0.2, 0.9, 0.4]);
  });

  it('contrast draws to the mean of each channel', () => {
    close(
      apply(contrast(five(0.5)), small),
      Array.from(small.data, (value) => 0.5 * value + 0.25),
    );
  });

  it('saturation: twice as far from the largest channel, at most to 0; grey stays', () => {
    const rgb = image(3, [
      [0.6, 0.8, 0.5],
      [0.8, 0.2, 0.5],
      [0.7, 0.4, 0.5],
    ]);
    close(apply(saturate(five([2, 0] as const)), rgb), [0.4, 0.8, 0.5, 0.8, 0, 0.5, 0.6, 0.8 - 0.4 / 0.75, 0.5]);
    close(apply(saturate(five([0, 0] as const)), rgb), [0.8, 0.8, 0.5, 0.8, 0.8, 0.5, 0.8, 0.8, 0.5]);
  });

  it('pixelate: means of areas, then blocks', () => {
    const even = image(1, [
      [0, 0.2, 0.4, 0.6],
      [0.2, 0.4, 0.6, 0.8],
      [1, 1, 0, 0],
      [1, 1, 0, 1],
    ]);
    close(
      apply(pixelate(five(0.5)), even),
      [0.2, 0.2, 0.6, 0.6, 0.2, 0.2, 0.6, 0.6, 1, 1, 0.25, 0.25, 1, 1, 0.25, 0.25],
    );
    // Two of three pixels: shares of 2/3 and 1/3.
    close(apply(pixelate(five(0.7)), image(1, [[0.3, 0.6, 0.9]])), [0.4, 0.4, 0.8]);
  });

  it('impulse noise: 0, 1 or what it was, in the shares asked for', () => {
    const grey: Image = { channels: 1, height: 200, width: 200, data: new Float64Array(40_000).fill(0.5) };
    const values = apply(impulseNoise(five(0.2)), grey);
    const share = (value: number): number => values.filter((other) => other === value).length / values.length;
    expect(share(0) + share(0.5) + share(1)).toBe(1);
    // Five standard deviations of a binomial share.
    for (const value of [0, 1]) expect(Math.abs(share(value) - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / 40_000));
  });

  it('glass changes places only; motion and smoothing keep a flat image; smoothing spreads one point as a bell', () => {
    const values = Array.from({ length: 49 }, (_, k) => k / 49);
    const seven: Image = { channels: 1, height: 7, width: 7, data: Float64Array.from(values) };
    const shuffled = apply(glassBlur(five([0, 1, 3] as const)), seven);
    expect(shuffled).not.toEqual(values);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(values);
    const flat: Image = { ...seven, data: new Float64Array(49).fill(0.3) };
    for (const blur of [motionBlur(five([3, 2] as const)), gaussianBlur(five(1)), zoomBlur(five(1.2))]) {
      close(apply(blur, flat), Array.from(flat.data));
    }
    const point: Image = {
      ...flat,
      channels: 1,
      height: 1,
      width: 21,
      data: Float64Array.from({ length: 21 }, (_, k) => (k === 10 ? 1 : 0)),
    };
    const spread = apply(gaussianBlur(five(1)), point);
    expect(spread[11] / spread[10]).toBeCloseTo(Math.exp(-0.5), 12);
    expect(spread[12] / spread[10]).toBeCloseTo(Math.exp(-2), 12);
    expect(spread.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it('edges of a square: a closed line one pixel wide along its rim', () => {
    const square: Image = { channels: 1, height: 16, width: 16, data: new Float64Array(256) };
    for (let i = 4; i < 12; i++) square.data.fill(1, i * 16 + 4, i * 16 + 12);
    const edges = canny(square, 1);
    const row = Array.from(edges.data.subarray(8 * 16, 9 * 16));
    expect(row.reduce((a, b) => a + b, 0)).toBe(2);
    expect([row[3] + row[4], row[11] + row[12]]).toEqual([1, 1]);
    expect(edges.data[8 * 16 + 8] + edges.data[0]).toBe(0);
    expect(canny({ ...square, data: new Float64Array(256).fill(0.7) }, 1).data.every((value) => value === 0)).toBe(
      true,
    );
  });
});

describe('JPEG', () => {
  it('cosines are orthogonal: there and back is the block, and lengths are kept', () => {
    const random = createRandom(5);
    const block = Float64Array.from({ length: 64 }, () => 200 * random.uniform() - 100);
    const square = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);
    const frequencies = cosineTransform(block, false);
    expect(square(frequencies)).toBeCloseTo(square(block), 8);
    cosineTransform(frequencies, true).forEach((value, k) => {
      expect(value).toBeCloseTo(block[k], 10);
    });
    expect(cosineTransform(new Float64Array(64).fill(3), false)[0]).toBeCloseTo(24, 10);
  });

  it('steps by quality: the table at 50, ones at 100, at most 255', () => {
    expect(quantisation([16, 11, 99], 50)).toEqual([16, 11, 99]);
    expect(quantisation([16, 11, 99], 100)).toEqual([1, 1, 1]);
    expect(quantisation([16, 11, 99], 10)).toEqual([80, 55, 255]);
    expect(quantisation([16, 11, 99], 80)).toEqual([6, 4, 40]);
  });

  it('keeps flat grey images to a level, and any image closely at quality 100; worse with less', () => {
    const flat: Image = { channels: 3, height: 20, width: 20, data: new Float64Array(1200).fill(0.5) };
    for (const value of apply(jpegCompression(five(100)), flat)) expect(Math.abs(value - 0.5)).toBeLessThan(1.5 / 255);
    const slope: Image = {
      ...flat,
      channels: 1,
      data: Float64Array.from({ length: 400 }, (_, k) => (k % 20) * 0.03 + Math.floor(k / 20) * 0.01),
    };
    const error = (quality: number): number => {
      const got = apply(jpegCompression(five(quality)), slope);
      return Math.sqrt(got.reduce((sum, value, k) => sum + (value - slope.data[k]) ** 2, 0) / 400);
    };
    expect(error(100)).toBeLessThan(1 / 255);
    expect(error(10)).toBeGreaterThan(4 * error(100));
  });
});

describe('what noise and weather are drawn from', () => {
  it('ln k! is the sum of logarithms, on both sides of the change to the series', () => {
    let sum = 0;
    for (let k = 1; k <= 600; k++) {
      sum += Math.log(k);
      expect(Math.abs(logFactorial(k) - sum)).toBeLessThan(1e-7);
    }
    expect(logFactorial(0)).toBe(0);
  });

  it.each([0, 0.5, 3, 9.99, 10, 40, 500])('Poisson numbers of mean %d have its mean, variance and shares', (mean) => {
    const random = createRandom(11);
    const n = 40_000;
    const counts = Array.from({ length: n }, () => poisson(mean, random));
    const average = counts.reduce((a, b) => a + b, 0) / n;
    const variance = counts.reduce((sum, k) => sum + (k - average) ** 2, 0) / (n - 1);
    // Five standard errors; that of the variance is √((2 mean² + mean)/n).
    expect(Math.abs(average - mean)).toBeLessThanOrEqual(5 * Math.sqrt(mean / n));
    expect(Math.abs(variance - mean)).toBeLessThanOrEqual(5 * Math.sqrt((2 * mean * mean + mean) / n));
    for (const k of [Math.floor(mean), Math.floor(mean + Math.sqrt(mean)), Math.floor(mean - Math.sqrt(mean))]) {
      if (k < 0) continue;
      const expected = mean === 0 ? (k === 0 ? 1 : 0) : Math.exp(k * Math.log(mean) - mean - logFactorial(k));
      const share = counts.filter((count) => count === k).length / n;
      expect(Math.abs(share - expected)).toBeLessThanOrEqual(5 * Math.sqrt((expected * (1 - expected)) / n));
    }
  });

  it('clouds reach from 0 to 1 and are smoother where their reach decays faster', () => {
    const rough = (decay: number): number => {
      const { data } = clouds(32, 32, decay, createRandom(2));
      expect([Math.min(...data), Math.max(...data)]).toEqual([0, 1]);
      let sum = 0;
      for (let k = 0; k < 1023; k++) sum += (data[k + 1] - data[k]) ** 2;
      return sum;
    };
    expect(rough(3)).toBeLessThan(0.5 * rough(1.2));
  });
});
