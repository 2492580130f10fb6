import type { ConeOperations, Operations } from './checks.js';
import { type Jobs, KERNEL } from './jobs.js';
import type { ConeFactors } from './kernels.js';

type Lifted = Pick<Operations, 'transposePatterns' | 'maskedTransposeProduct' | 'maskedForward' | 'maskedColumns'>;

/** Each task builds its tables anew: two tasks a thread where that leaves it a thousand patterns, else one. */
function patternsOfTask(count: number, panels: number, threads: number): number {
  const worthwhile = Math.max(Math.ceil(threads / panels), Math.floor(count / 1000));
  return Math.ceil(count / Math.min(Math.ceil((2 * threads) / panels), worthwhile));
}

/** The kernels of the lifted operator as jobs of the WebAssembly module. */
export function liftedOperations(jobs: Jobs): Lifted {
  const { exports } = jobs;
  return {
    transposePatterns(count, stride, bytes, transposed) {
      exports.transposePatterns(count, stride, bytes.byteOffset, transposed.byteOffset);
    },
    maskedTransposeProduct(n, d, count, x, transposed, r, g) {
      if (n === 0) g.fill(0, 0, count * d);
      if (n === 0 || d === 0 || count === 0) return;
      const panels = exports.panelCount(d);
      const work = (n * d * count) / 2;
      const size = jobs.share(work) ? patternsOfTask(count, panels, jobs.threads) : count;
      jobs.setArguments(n, d, count, size, x.byteOffset, transposed.byteOffset, r.byteOffset, g.byteOffset);
      jobs.run(KERNEL.transposeProduct, panels * Math.ceil(count / size), work, exports.TABLE_SCRATCH.value);
    },
    maskedForward(n, d, blocks, x, bytes, stride, pattern, scale, z, f) {
      if (n === 0 || d === 0 || blocks === 0) return;
      const work = (n * d * blocks) / 2;
      const share = jobs.share(work) ? Math.ceil(n / (2 * jobs.threads)) : n;
      const rows = Math.min(1024, (share + 7) & ~7);
      const pointers = [x, bytes].map((array) => array.byteOffset);
      jobs.setArguments(
        n,
        d,
        blocks,
        rows,
        ...pointers,
        stride,
        pattern.byteOffset,
        scale.byteOffset,
        z.byteOffset,
        f.byteOffset,
      );
      jobs.run(KERNEL.forward, Math.ceil(n / rows), work, exports.forwardScratchBytes(blocks, rows));
    },
    maskedColumns(n, d, k, x, pattern, scale, basis, m, ldm, offset) {
      const rows = 1024;
      const [xAt, patternAt, basisAt, mAt] = [x, pattern, basis, m].map((array) => array.byteOffset);
      jobs.setArguments(n, d, k, rows, xAt, patternAt, scale, basisAt, mAt, ldm, offset);
      jobs.run(KERNEL.columns, Math.ceil(n / rows), n * d * k, 4 * rows + 16);
    },
  };
}

/** A task makes its own integer copy of the rows: few large ones, but enough that no thread waits long for the last. */
const blocksOfTask = (blocks: number, threads: number): number =>
  threads === 1 ? blocks : Math.min(64, Math.max(8, Math.ceil(blocks / (8 * threads))));

const factorsAt = (f: ConeFactors | undefined): number[] =>
  f ? [f.place, f.state, f.numbers].map((array) => array.byteOffset) : [0, 0, 0];

/** The cone kernels likewise. */
export function coneOperations(jobs: Jobs): ConeOperations {
  const { exports } = jobs;
  return {
    coneFactorNumbers: (n, d) => exports.factorNumbers(n, d),
    coneScreenBytes: (n, d) => exports.screenBytes(n, d) >>> 0,
    writeConeScreen(n, d, x, inverseNorms, screen) {
      exports.screenRowsOf(n, d, x.byteOffset, inverseNorms.byteOffset, screen.byteOffset);
    },
    coneProximal(p) {
      const arrays = [p.pattern, p.sign, p.z, p.g].map((array) => array.byteOffset);
      const results = [p.tight, p.tightCount, p.multiplier, p.norm, p.out].map((array) => array.byteOffset);
      const size = blocksOfTask(p.blocks, jobs.threads);
      jobs.setArguments(
        p.n,
        p.d,
        p.x.byteOffset,
        p.inverseNorms.byteOffset,
        p.bytes.byteOffset,
        p.stride,
        ...arrays,
        p.sigma,
        p.threshold,
        p.cones ? 1 : 0,
        p.exact ? 1 : 0,
        ...results,
        size,
        p.blocks,
        ...factorsAt(p.factors),
        p.idle?.byteOffset ?? 0,
        p.screen?.byteOffset ?? 0,
      );
      const work = p.blocks * p.d * (p.cones ? 4 * p.n : 8);
      return jobs.run(KERNEL.cones, Math.ceil(p.blocks / size), work, exports.coneScratchBytes(p.n, p.d));
    },
    nullBasis(d, x, rows, count, basis) {
      const scratch = jobs.memory.scratch(exports.nullBasisScratchBytes(d, count));
      return exports.nullBasis(d, x.byteOffset, rows.byteOffset, count, basis.byteOffset, scratch);
    },
    complementBasis(d, count, q, basis) {
      const scratch = jobs.memory.scratch(exports.complementScratchBytes(d, count));
      exports.complementBasis(d, count, q.byteOffset, basis.byteOffset, scratch);
    },
    spanBasis(d, x, rows, count, basis) {
      const scratch = jobs.memory.scratch(exports.nullBasisScratchBytes(d, count));
      return exports.spanBasis(d, x.byteOffset, rows.byteOffset, count, basis.byteOffset, scratch);
    },
  };
}
