import type { Matrix, PatternSet } from '../linalg/index.js';
import { coneScreen, createKernels, type Kernels } from '../linalg/kernels/index.js';

/** Projected prices of P patterns: row p is P_K(sign · XᵀD_p r), or sign · XᵀD_p r itself where there are no cones. */
export interface Prices {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
}

/** One result for each column r of the residual (n×outputs, row-major). */
export async function projectedPrices(
  X: Matrix,
  patterns: PatternSet,
  residual: Float64Array,
  cones: boolean,
): Promise<Prices[]> {
  const outputs = residual.length / X.rows;
  const kernels = await createKernels();
  try {
    return Array.from({ length: outputs }, (_, k) => {
      const r = Float64Array.from({ length: X.rows }, (_, i) => residual[i * outputs + k]);
      const mark = kernels.mark();
      const prices = pricesOf(kernels, X, patterns, r, cones);
      kernels.release(mark);
      return prices;
    });
  } finally {
    kernels.dispose();
  }
}

function pricesOf(kernels: Kernels, X: Matrix, patterns: PatternSet, r: Float64Array, cones: boolean): Prices {
  const { rows: n, cols: d } = X;
  const { count, stride } = patterns;
  const x = filled(kernels, X.data);
  const bytes = kernels.uint8(patterns.bytes.length);
  bytes.set(patterns.bytes);
  const transposed = kernels.uint8(patterns.bytes.length);
  kernels.transposePatterns(count, stride, bytes, transposed);
  const g = kernels.float64(count * d);
  kernels.maskedTransposeProduct(n, d, count, x, transposed, filled(kernels, r), g);
  const norms = filled(kernels, inverseNorms(X));
  const screen = cones ? coneScreen(kernels, n, d, x, norms) : undefined;
  const project = (sign: 1 | -1): Float64Array => {
    const out = kernels.float64(count * d);
    kernels.coneProximal({
      ...{ n, d, blocks: count, x, inverseNorms: norms, screen, bytes, stride, cones, exact: true },
      pattern: numbered(kernels, count),
      sign: kernels.float64(count).fill(sign),
      ...{ z: kernels.float64(count * d), g, sigma: 1, threshold: 0, out },
      ...{ tight: kernels.int32(count * d), tightCount: kernels.int32(count) },
      ...{ multiplier: kernels.float64(count * d), norm: kernels.float64(count) },
    });
    return out.slice();
  };
  return { plus: project(1), minus: project(-1) };
}

function filled(kernels: Kernels, values: Float64Array): Float64Array {
  const out = kernels.float64(values.length);
  out.set(values);
  return out;
}

const inverseNorms = ({ rows, cols, data }: Matrix): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let k = i * cols; k < (i + 1) * cols; k++) sum += data[k] ** 2;
    return sum > 0 ? 1 / Math.sqrt(sum) : 0;
  });

function numbered(kernels: Kernels, count: number): Int32Array {
  const out = kernels.int32(count);
  for (let k = 0; k < count; k++) out[k] = k;
  return out;
}
