/** `Kernels.transposePatterns`. */
export function transposePatterns(count: number, stride: number, bytes: Uint8Array, transposed: Uint8Array): void {
  for (let p = 0; p < count; p++) for (let c = 0; c < stride; c++) transposed[c * count + p] = bytes[p * stride + c];
}

/**
 * `Kernels.maskedTransposeProduct`. Eight rows at a time: the active ones among the first four are added in order, those
 * among the last four likewise, then the two sums, then that to what the rows before gave.
 */
export function maskedTransposeProduct(
  n: number,
  d: number,
  count: number,
  x: Float64Array,
  transposed: Uint8Array,
  r: Float64Array,
  g: Float64Array,
): void {
  const scaled = new Float64Array(8 * d);
  g.fill(0, 0, count * d);
  for (let chunk = 0; chunk * 8 < n; chunk++) {
    const rows = Math.min(8, n - 8 * chunk);
    scaled.fill(0);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < d; j++) scaled[i * d + j] = r[8 * chunk + i] * x[(8 * chunk + i) * d + j];
    }
    for (let p = 0; p < count; p++) addSubset(d, scaled, transposed[chunk * count + p], g, p * d);
  }
}

/** out ← out + the sum of the rows whose bits are set. */
function addSubset(d: number, rows: Float64Array, byte: number, out: Float64Array, at: number): void {
  for (let j = 0; j < d; j++) out[at + j] += halfSum(d, rows, byte, 0, j) + halfSum(d, rows, byte, 4, j);
}

function halfSum(d: number, rows: Float64Array, byte: number, from: number, j: number): number {
  let sum = 0;
  for (let i = from; i < from + 4; i++) if ((byte >> i) & 1) sum += rows[i * d + j];
  return sum;
}

/**
 * `Kernels.maskedForward`: for each row its active z are added as in `maskedTransposeProduct` (eight blocks at a time),
 * then f_i gets the dot product of that with x_i, summed over even and odd columns apart.
 */
export function maskedForward(
  n: number,
  d: number,
  blocks: number,
  x: Float64Array,
  bytes: Uint8Array,
  stride: number,
  pattern: Int32Array,
  scale: Float64Array,
  z: Float64Array,
  f: Float64Array,
): void {
  const scaled = new Float64Array(((blocks + 7) & ~7) * d);
  for (let k = 0; k < blocks; k++) for (let j = 0; j < d; j++) scaled[k * d + j] = scale[k] * z[k * d + j];
  const sum = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    sum.fill(0);
    for (let from = 0; from < blocks; from += 8) {
      const byte = blockByte(i, from, Math.min(8, blocks - from), bytes, stride, pattern);
      addSubset(d, scaled.subarray(from * d, (from + 8) * d), byte, sum, 0);
    }
    f[i] += laneDot(d, x, i * d, sum, 0);
  }
}

/** Bit k: whether row i is active in the pattern of block from + k. */
function blockByte(
  i: number,
  from: number,
  width: number,
  bytes: Uint8Array,
  stride: number,
  pattern: Int32Array,
): number {
  let byte = 0;
  for (let k = 0; k < width; k++) byte |= ((bytes[pattern[from + k] * stride + (i >> 3)] >> (i & 7)) & 1) << k;
  return byte;
}

/** Dot product, even and odd entries summed apart. */
function laneDot(length: number, a: Float64Array, ai: number, b: Float64Array, bi: number): number {
  let even = 0;
  let odd = 0;
  for (let j = 0; j + 1 < length; j += 2) {
    even += a[ai + j] * b[bi + j];
    odd += a[ai + j + 1] * b[bi + j + 1];
  }
  if (length & 1) even += a[ai + length - 1] * b[bi + length - 1];
  return even + odd;
}

/** `Kernels.maskedColumns`. */
export function maskedColumns(
  n: number,
  d: number,
  k: number,
  x: Float64Array,
  pattern: Uint8Array,
  scale: number,
  basis: Float64Array,
  m: Float64Array,
  ldm: number,
  offset: number,
): void {
  for (let i = 0; i < n; i++) {
    const active = (pattern[i >> 3] >> (i & 7)) & 1;
    for (let q = 0; q < k; q++) {
      m[i * ldm + offset + q] = active ? scale * laneDot(d, x, i * d, basis, q * d) : 0;
    }
  }
}
