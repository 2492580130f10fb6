import type { RayArguments, SideArguments, UnitRowArguments } from '../kernels.js';

/** Even and odd entries are summed apart, then together: as two lanes do. */
function laneSum(length: number, term: (k: number) => number): number {
  let [even, odd] = [0, 0];
  for (let k = 0; k + 1 < length; k += 2) {
    even += term(k);
    odd += term(k + 1);
  }
  if (length & 1) even += term(length - 1);
  return even + odd;
}

const rowOf = (data: Float64Array, row: number, length: number): Float64Array =>
  data.subarray(row * length, (row + 1) * length);

const dot = (a: Float64Array, b: Float64Array): number => laneSum(a.length, (k) => a[k] * b[k]);

/** a ← scale (a + t b). */
function blend(scale: number, a: Float64Array, t: number, b: Float64Array): void {
  for (let k = 0; k < a.length; k++) a[k] = scale * (a[k] + t * b[k]);
}

/** `Kernels.bestOnRays`. */
export function bestOnRays(p: RayArguments): void {
  for (let b = 0; b < p.blocks; b++) p.moved[b] = bestOnRay(p, b) ? 1 : 0;
}

function bestOnRay(p: RayArguments, b: number): boolean {
  const [w, products] = [rowOf(p.w, p.row[b], p.d), rowOf(p.products, p.row[b], p.m)];
  const [along, alongProducts] = [rowOf(p.along, p.alongRow[b], p.d), rowOf(p.alongProducts, p.alongRow[b], p.m)];
  const [halfA, halfB] = [dot(p.half, w), dot(p.half, along)];
  const [aa, ab, bb] = [dot(w, w), dot(w, along), dot(along, along)];
  const square = (t: number): number => aa + t * (2 * ab + t * bb);
  let [best, step] = [p.value[b], 0];
  for (const length of p.steps) {
    const t = p.factor[b] * length;
    const sum = laneSum(p.m, (g) => p.weights[g] * Math.abs(products[g] + t * alongProducts[g]));
    const value = (p.sign[b] * (halfA + t * halfB + 0.5 * sum)) / Math.sqrt(square(t));
    if (value > best) [best, step] = [value, t];
  }
  if (step === 0) return false;
  p.value[b] = best;
  const scale = 1 / Math.sqrt(square(step));
  blend(scale, w, step, along);
  blend(scale, products, step, alongProducts);
  return true;
}

/** `Kernels.packSides`. */
export function packSides(p: SideArguments): void {
  for (let b = 0; b < p.blocks; b++) packRow(p, b);
}

function packRow({ m, stride, tolerance, ties, tieStride, words, hash, ...p }: SideArguments, b: number): void {
  const products = rowOf(p.products, p.row[b], m);
  const out = p.byteRow[b];
  const tied = ties.slice(out * tieStride, out * tieStride + stride);
  const bytes = p.bytes.subarray(out * stride, (out + 1) * stride).fill(0, 0, (m + 7) >> 3);
  hash.fill(0, 2 * out, 2 * out + 2);
  for (let g = 0; g < m; g++) {
    const tie = (tied[g >> 3] >> (g & 7)) & 1;
    const bit = products[g] > tolerance ? 1 : products[g] < -tolerance ? 0 : tie;
    bytes[g >> 3] |= bit << (g & 7);
    hash[2 * out] ^= words[2 * g] * bit;
    hash[2 * out + 1] ^= words[2 * g + 1] * bit;
  }
}

/** `Kernels.unitRows`. */
export function unitRows(p: UnitRowArguments): void {
  for (let k = 0; k < p.count; k++) {
    const b = p.block[k];
    const factor = 1 / p.norm[b];
    const [w, products] = [rowOf(p.w, p.row[k], p.d), rowOf(p.products, p.row[k], p.m)];
    for (let j = 0; j < p.d; j++) w[j] = factor * p.out[b * p.d + j];
    let touched = 0;
    for (let g = 0; g < p.m; g++) {
      products[g] = factor * p.outProducts[b * p.m + g];
      if (products[g] > p.tolerance || products[g] < -p.tolerance) continue;
      p.touched[k * p.m + touched++] = g;
    }
    p.touchedCount[k] = touched;
  }
}
