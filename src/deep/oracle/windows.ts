import { type Shape, sizeOf, type Window } from '../ir/shape.js';

/**
 * Calls `visit(imageAt, kernelAt, resultAt)` for every product of a correlation: image [n, c, h, w] with kernel
 * [o, c, s, s]. All three maps of a convolution (forward, gradient in the image, in the kernel) are sums over these.
 */
export function eachProduct(
  image: Shape,
  kernel: Shape,
  result: Shape,
  window: Window,
  visit: (image: number, kernel: number, result: number) => void,
): void {
  const channels = image[1];
  const [, outputs, rows, cols] = result;
  const size = kernel[2];
  eachWindow(image, result, size, window, (n, c, y, x, i, j, at) => {
    for (let o = 0; o < outputs; o++) {
      const kernelAt = ((o * channels + c) * size + i) * size + j;
      visit(at, kernelAt, ((n * outputs + o) * rows + y) * cols + x);
    }
  });
}

/** Every entry under every window, padding left out: image n, channel c, window (y, x), place (i, j) in it. */
function eachWindow(
  [images, channels, height, width]: Shape,
  [, , rows, cols]: Shape,
  size: number,
  { stride, padding }: Window,
  visit: (n: number, c: number, y: number, x: number, i: number, j: number, at: number) => void,
): void {
  for (let plane = 0; plane < images * channels; plane++)
    for (let window = 0; window < rows * cols; window++)
      for (let place = 0; place < size * size; place++) {
        const [y, x] = [Math.floor(window / cols), window % cols];
        const [i, j] = [Math.floor(place / size), place % size];
        const [row, col] = [y * stride + i - padding, x * stride + j - padding];
        if (row < 0 || col < 0 || row >= height || col >= width) continue;
        const at = (plane * height + row) * width + col;
        visit(Math.floor(plane / channels), plane % channels, y, x, i, j, at);
      }
}

/** Every entry of every pooling window: where it is in the image, and the position of its window in the result. */
function eachPooled(
  image: Shape,
  result: Shape,
  size: number,
  window: Window,
  visit: (at: number, out: number) => void,
): void {
  const [, channels, rows, cols] = result;
  eachWindow(image, result, size, window, (n, c, y, x, _i, _j, at) => {
    visit(at, ((n * channels + c) * rows + y) * cols + x);
  });
}

export function maxPool(values: Float64Array, image: Shape, result: Shape, size: number, w: Window): Float64Array {
  const out = new Float64Array(sizeOf(result)).fill(Number.NEGATIVE_INFINITY);
  eachPooled(image, result, size, w, (at, k) => {
    out[k] = Math.max(out[k], values[at]);
  });
  return out;
}

export function maxPoolGradient(
  [values, dy]: readonly [Float64Array, Float64Array],
  image: Shape,
  result: Shape,
  size: number,
  window: Window,
): Float64Array {
  const first = new Int32Array(dy.length).fill(-1);
  eachPooled(image, result, size, window, (at, k) => {
    if (first[k] < 0 || values[at] > values[first[k]]) first[k] = at;
  });
  const out = new Float64Array(values.length);
  first.forEach((at, k) => {
    out[at] += dy[k];
  });
  return out;
}

export function averagePool(values: Float64Array, image: Shape, result: Shape, size: number, w: Window): Float64Array {
  const out = new Float64Array(sizeOf(result));
  eachPooled(image, result, size, w, (at, k) => {
    out[k] += values[at] / (size * size);
  });
  return out;
}

export function averagePoolGradient(dy: Float64Array, image: Shape, result: Shape, size: number, w: Window) {
  const out = new Float64Array(sizeOf(image));
  eachPooled(image, result, size, w, (at, k) => {
    out[at] += dy[k] / (size * size);
  });
  return out;
}
