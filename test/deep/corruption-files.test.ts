import { describe, expect, it } from 'vitest';
import { cifarCExamples, classOf, mnistCExamples } from '../../src/deep/index.js';
import { npy } from './npy-file.js';

const bytes = (count: number): number[] => Array.from({ length: count }, (_, k) => (k * 7) % 256);

describe('the official files', () => {
  it('of MNIST-C: images and labels, pixels by 255', () => {
    const pixels = bytes(3 * 784);
    const examples = mnistCExamples(npy([3, 28, 28, 1], '|u1', pixels), npy([3], '<i8', [4, 0, 9]), 'fog');
    expect([examples.count, examples.input, examples.outputs]).toEqual([3, [1, 28, 28], 10]);
    expect([0, 1, 2].map((row) => classOf(examples, row))).toEqual([4, 0, 9]);
    for (const k of [0, 783, 784, 2000]) expect(examples.x[k]).toBeCloseTo(pixels[k] / 255, 6);
  });

  it('of CIFAR-10-C: the block of a severity, colours last to colours first', () => {
    const pixels = bytes(10 * 3072);
    const labels = npy([10], '|u1', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const file = npy([10, 32, 32, 3], '|u1', pixels);
    for (const severity of [1, 5]) {
      const examples = cifarCExamples(file, labels, severity, 'snow.npy');
      const first = 2 * (severity - 1);
      expect([examples.count, examples.input]).toEqual([2, [3, 32, 32]]);
      expect([classOf(examples, 0), classOf(examples, 1)]).toEqual([first, first + 1]);
      for (const [image, colour, row, column] of [
        [0, 0, 0, 0],
        [0, 2, 5, 9],
        [1, 1, 31, 30],
      ] as const) {
        const value = pixels[(((first + image) * 32 + row) * 32 + column) * 3 + colour] / 255;
        expect(examples.x[((image * 3 + colour) * 32 + row) * 32 + column]).toBeCloseTo(value, 6);
      }
    }
  });

  it('are named where they are damaged, of another kind or do not belong together', () => {
    const images = npy([2, 28, 28, 1], '|u1', bytes(1568));
    const labels = npy([2], '<i8', [1, 2]);
    const wrong = (image: Uint8Array, label: Uint8Array, message: RegExp): void => {
      expect(() => mnistCExamples(image, label, 'fog')).toThrow(message);
    };
    wrong(Uint8Array.of(1, 2, 3), labels, /^fog: cannot be read as npy/);
    wrong(images.slice(0, 900), labels, /^fog: cannot be read as npy/);
    wrong(npy([2, 784], '|u1', bytes(1568)), labels, /^fog: expected images \[n, 28, 28, 1\] of bytes, got \[2, 784\]/);
    wrong(npy([1, 28, 28, 1], '<f8', bytes(784)), labels, /expected images .* got numbers of another kind/);
    wrong(images, npy([3], '<i8', [1, 2, 3]), /^fog: labels: expected \[2\], got \[3\]; use the official files/);
    wrong(images, npy([2], '<i8', [1, 12]), /expected a class from 0 to 9, got 12/);
    const three = npy([3, 32, 32, 3], '|u1', bytes(3 * 3072));
    expect(() => cifarCExamples(three, npy([3], '|u1', [1, 2, 3]), 1, 'snow.npy')).toThrow(
      /^snow\.npy: expected as many images of each of five severities, got 3;/,
    );
    const five = npy([5, 32, 32, 3], '|u1', bytes(5 * 3072));
    for (const severity of [0, 6, 1.5]) {
      expect(() => cifarCExamples(five, npy([5], '|u1', [1, 2, 3, 4, 5]), severity)).toThrow(
        /severity: expected a whole number from 1 to 5/,
      );
    }
  });
});
