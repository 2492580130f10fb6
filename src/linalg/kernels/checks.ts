import { RelucentError } from '../../base/index.js';
import type {
  ConeFactors,
  ConeProximalArguments,
  Kernels,
  RayArguments,
  SideArguments,
  UnitRowArguments,
} from './kernels.js';
import type { KernelMemory } from './memory.js';

/** Those of the cones. */
export type ConeOperations = Pick<
  Kernels,
  | 'coneProximal'
  | 'coneFactorNumbers'
  | 'coneScreenBytes'
  | 'writeConeScreen'
  | 'nullBasis'
  | 'spanBasis'
  | 'complementBasis'
>;

/** The computing half of `Kernels`: arguments are taken as right. */
export type Operations = Pick<
  Kernels,
  | 'gemm'
  | 'weightedGram'
  | 'outerGram'
  | 'cholesky'
  | 'choleskySolve'
  | 'transposePatterns'
  | 'maskedTransposeProduct'
  | 'maskedForward'
  | 'maskedColumns'
  | keyof ConeOperations
  | 'bestOnRays'
  | 'packSides'
  | 'unitRows'
  | 'relu'
  | 'gate'
>;

type Entry = Float64Array | Int32Array | Uint8Array;

/** Name, array, least length. */
type Requirement = readonly [string, Entry, number];

/**
 * The operations with their arguments checked, for either backend: sizes are whole numbers, arrays live in this memory
 * and are long enough. Indices inside arrays (patterns, rows) are checked too: a wrong one would read foreign memory.
 */
export function checkedOperations(memory: KernelMemory, inner: Operations): Operations {
  const check = (kernel: string, sizes: Record<string, number>, arrays: readonly Requirement[]): void => {
    for (const name in sizes) requireSize(kernel, name, sizes[name]);
    for (let k = 0; k < arrays.length; k++) requireArray(memory, kernel, arrays[k]);
  };
  const checkedBasis =
    (kernel: 'nullBasis' | 'spanBasis'): Operations['nullBasis'] =>
    (d, x, rows, count, basis) => {
      check(kernel, { d, count }, [
        ['x', x, 0],
        ['rows', rows, count],
        ['basis', basis, d * d],
      ]);
      requireIndices(kernel, 'rows', rows, count, d ? x.length / d : Infinity);
      return inner[kernel](d, x, rows, count, basis);
    };
  return {
    gemm(m, n, k, alpha, a, transposeA, b, transposeB, beta, c) {
      check('gemm', { m, n, k }, [
        ['a', a, m * k],
        ['b', b, k * n],
        ['c', c, m * n],
      ]);
      inner.gemm(m, n, k, alpha, a, transposeA, b, transposeB, beta, c);
    },
    weightedGram(n, k, a, w, beta, c) {
      check('weightedGram', { n, k }, [
        ['a', a, n * k],
        ['w', w ?? a, w ? n : 0],
        ['c', c, k * k],
      ]);
      inner.weightedGram(n, k, a, w, beta, c);
    },
    outerGram(n, k, a, beta, c) {
      check('outerGram', { n, k }, [
        ['a', a, n * k],
        ['c', c, n * n],
      ]);
      inner.outerGram(n, k, a, beta, c);
    },
    cholesky(n, a) {
      check('cholesky', { n }, [['a', a, n * n]]);
      return inner.cholesky(n, a);
    },
    choleskySolve(n, l, b) {
      check('choleskySolve', { n }, [
        ['l', l, n * n],
        ['b', b, n],
      ]);
      inner.choleskySolve(n, l, b);
    },
    transposePatterns(count, stride, bytes, transposed) {
      check('transposePatterns', { count, stride }, [
        ['bytes', bytes, count * stride],
        ['transposed', transposed, count * stride],
      ]);
      inner.transposePatterns(count, stride, bytes, transposed);
    },
    maskedTransposeProduct(n, d, count, x, transposed, r, g) {
      check('maskedTransposeProduct', { n, d, count }, [
        ['x', x, n * d],
        ['transposed', transposed, count * ((n + 7) >> 3)],
        ['r', r, n],
        ['g', g, count * d],
      ]);
      inner.maskedTransposeProduct(n, d, count, x, transposed, r, g);
    },
    maskedForward(n, d, blocks, x, bytes, stride, pattern, scale, z, f) {
      check('maskedForward', { n, d, blocks, stride }, [
        ['x', x, n * d],
        ['bytes', bytes, 0],
        ['pattern', pattern, blocks],
        ['scale', scale, blocks],
        ['z', z, blocks * d],
        ['f', f, n],
      ]);
      requireStride('maskedForward', n, stride);
      requireIndices('maskedForward', 'pattern', pattern, blocks, stride ? bytes.length / stride : Infinity);
      inner.maskedForward(n, d, blocks, x, bytes, stride, pattern, scale, z, f);
    },
    maskedColumns(n, d, k, x, pattern, scale, basis, m, ldm, offset) {
      check('maskedColumns', { n, d, k, ldm, offset }, [
        ['x', x, n * d],
        ['pattern', pattern, (n + 7) >> 3],
        ['basis', basis, k * d],
        ['m', m, n * ldm],
      ]);
      if (offset + k > ldm) throw usage('maskedColumns', `offset + k <= ldm = ${ldm}`, `${offset} + ${k}`);
      inner.maskedColumns(n, d, k, x, pattern, scale, basis, m, ldm, offset);
    },
    coneProximal(p) {
      checkCones(check, p);
      if (p.screen) check('coneProximal', {}, [['screen', p.screen, inner.coneScreenBytes(p.n, p.d)]]);
      if (p.factors) checkFactors(check, p, p.factors, inner.coneFactorNumbers(p.n, p.d));
      return inner.coneProximal(p);
    },
    coneFactorNumbers(n, d) {
      check('coneFactorNumbers', { n, d }, []);
      return inner.coneFactorNumbers(n, d);
    },
    coneScreenBytes(n, d) {
      check('coneScreenBytes', { n, d }, []);
      return inner.coneScreenBytes(n, d);
    },
    writeConeScreen(n, d, x, inverseNorms, screen) {
      check('writeConeScreen', { n, d }, [
        ['x', x, n * d],
        ['inverseNorms', inverseNorms, n],
        ['screen', screen, inner.coneScreenBytes(n, d)],
      ]);
      inner.writeConeScreen(n, d, x, inverseNorms, screen);
    },
    nullBasis: checkedBasis('nullBasis'),
    spanBasis: checkedBasis('spanBasis'),
    complementBasis(d, count, q, basis) {
      check('complementBasis', { d, count, left: d - count }, [
        ['q', q, count * ((d + 3) & ~3)],
        ['basis', basis, (d - count) * d],
      ]);
      inner.complementBasis(d, count, q, basis);
    },
    bestOnRays(p) {
      checkRays(check, p);
      inner.bestOnRays(p);
    },
    packSides(p) {
      checkSides(check, p);
      inner.packSides(p);
    },
    unitRows(p) {
      checkUnitRows(check, p);
      inner.unitRows(p);
    },
    relu(length, x) {
      check('relu', { length }, [['x', x, length]]);
      inner.relu(length, x);
    },
    gate(length, x, s) {
      check('gate', { length }, [
        ['x', x, length],
        ['s', s, length],
      ]);
      inner.gate(length, x, s);
    },
  };
}

type Check = (kernel: string, sizes: Record<string, number>, arrays: readonly Requirement[]) => void;

function checkCones(check: Check, p: ConeProximalArguments): void {
  const { n, d, blocks, stride } = p;
  const kernel = 'coneProximal';
  check(kernel, { n, d, blocks, stride }, [
    ['x', p.x, n * d],
    ['inverseNorms', p.inverseNorms, n],
    ['bytes', p.bytes, 0],
    ['pattern', p.pattern, blocks],
    ['sign', p.sign, blocks],
    ['z', p.z, blocks * d],
    ['g', p.g, 0],
    ['tight', p.tight, blocks * d],
    ['tightCount', p.tightCount, blocks],
    ['multiplier', p.multiplier, blocks * d],
    ['norm', p.norm, blocks],
    ['out', p.out, blocks * d],
  ]);
  if (p.idle) check(kernel, {}, [['idle', p.idle, blocks]]);
  requireStride(kernel, n, stride);
  const patterns = Math.min(stride ? p.bytes.length / stride : Infinity, d ? p.g.length / d : Infinity);
  requireIndices(kernel, 'pattern', p.pattern, blocks, patterns);
  requireIndices(kernel, 'tightCount', p.tightCount, blocks, d + 1);
  for (let b = 0; b < blocks; b++) requireIndices(kernel, 'tight', p.tight, p.tightCount[b], n, b * d);
}

function checkFactors(check: Check, { n, d, blocks }: ConeProximalArguments, f: ConeFactors, size: number): void {
  const kernel = 'coneProximal';
  const places = Math.min(f.state.length / (d + 2), rowsOf(f.numbers.length, size));
  check(kernel, {}, [
    ['place', f.place, blocks],
    ['state', f.state, 0],
    ['numbers', f.numbers, 0],
  ]);
  for (let b = 0; b < blocks; b++) {
    const at = f.place[b];
    if (at < 0) continue;
    requireIndices(kernel, 'place', f.place, 1, places, b);
    requireIndices(kernel, 'state', f.state, 1, Math.min(n, d) + 1, at * (d + 2));
    requireIndices(kernel, 'state', f.state, f.state[at * (d + 2)], n, at * (d + 2) + 2);
  }
}

/** Rows of an array of `length` entries, `width` each. */
const rowsOf = (length: number, width: number): number => (width ? length / width : Infinity);

function checkRays(check: Check, p: RayArguments): void {
  const { m, d, blocks } = p;
  const kernel = 'bestOnRays';
  check(kernel, { m, d, blocks }, [
    ['weights', p.weights, m],
    ['half', p.half, d],
    ['w', p.w, 0],
    ['products', p.products, 0],
    ['row', p.row, blocks],
    ['along', p.along, 0],
    ['alongProducts', p.alongProducts, 0],
    ['alongRow', p.alongRow, blocks],
    ['factor', p.factor, blocks],
    ['sign', p.sign, blocks],
    ['value', p.value, blocks],
    ['moved', p.moved, blocks],
  ]);
  const rows = (w: Float64Array, products: Float64Array) => Math.min(rowsOf(w.length, d), rowsOf(products.length, m));
  requireIndices(kernel, 'row', p.row, blocks, rows(p.w, p.products));
  requireIndices(kernel, 'alongRow', p.alongRow, blocks, rows(p.along, p.alongProducts));
}

function checkSides(check: Check, p: SideArguments): void {
  const { m, blocks, stride, tieStride } = p;
  const kernel = 'packSides';
  check(kernel, { m, blocks, stride, tieStride }, [
    ['products', p.products, 0],
    ['row', p.row, blocks],
    ['ties', p.ties, (m + 7) >> 3],
    ['bytes', p.bytes, 0],
    ['byteRow', p.byteRow, blocks],
    ['words', p.words, 2 * m],
    ['hash', p.hash, 0],
  ]);
  requireStride(kernel, m, stride);
  if (tieStride !== 0) requireStride(kernel, m, tieStride);
  requireIndices(kernel, 'row', p.row, blocks, rowsOf(p.products.length, m));
  const rows = Math.min(rowsOf(p.bytes.length, stride), p.hash.length / 2, rowsOf(p.ties.length, tieStride));
  requireIndices(kernel, 'byteRow', p.byteRow, blocks, rows);
}

function checkUnitRows(check: Check, p: UnitRowArguments): void {
  const { m, d, count } = p;
  const kernel = 'unitRows';
  check(kernel, { m, d, count }, [
    ['out', p.out, 0],
    ['outProducts', p.outProducts, 0],
    ['norm', p.norm, 0],
    ['block', p.block, count],
    ['w', p.w, 0],
    ['products', p.products, 0],
    ['row', p.row, count],
    ['touched', p.touched, count * m],
    ['touchedCount', p.touchedCount, count],
  ]);
  const blocks = Math.min(rowsOf(p.out.length, d), rowsOf(p.outProducts.length, m), p.norm.length);
  requireIndices(kernel, 'block', p.block, count, blocks);
  requireIndices(kernel, 'row', p.row, count, Math.min(rowsOf(p.w.length, d), rowsOf(p.products.length, m)));
}

const usage = (kernel: string, expected: string, got: string) =>
  new RelucentError('usage', `${kernel}: expected ${expected}, got ${got}.`);

function requireSize(kernel: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
    throw usage(kernel, `${name} to be a whole number from 0 to 2^31 - 1`, `${value}`);
  }
}

function requireArray(memory: KernelMemory, kernel: string, required: Requirement): void {
  const name = required[0];
  const array = required[1];
  const length = required[2];
  if (array.length < length) throw usage(kernel, `${name} to have at least ${length} entries`, `${array.length}`);
  if (!memory.holds(array)) {
    throw usage(kernel, `${name} to be allocated by these kernels and not released`, 'another array');
  }
}

function requireStride(kernel: string, n: number, stride: number): void {
  if (stride < (n + 7) >> 3) throw usage(kernel, `a stride of at least ${(n + 7) >> 3} bytes`, `${stride}`);
}

/** The `count` entries from position `from` are whole numbers 0 … end − 1. */
function requireIndices(kernel: string, name: string, indices: Int32Array, count: number, end: number, from = 0): void {
  for (let k = from; k < from + count; k++) {
    const index = indices[k];
    if (index < 0 || index + 1 > end) throw usage(kernel, `${name}[${k}] from 0 to ${Math.floor(end) - 1}`, `${index}`);
  }
}
