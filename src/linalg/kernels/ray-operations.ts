import type { Operations } from './checks.js';
import { type Jobs, KERNEL } from './jobs.js';

const addresses = (...arrays: (Float64Array | Int32Array | Uint8Array)[]): number[] =>
  arrays.map((array) => array.byteOffset);

/** The kernels of points and their products, and the elementwise ones, as jobs of the WebAssembly module. */
export function rayOperations(jobs: Jobs): Pick<Operations, 'bestOnRays' | 'packSides' | 'unitRows' | 'relu' | 'gate'> {
  return {
    bestOnRays(p) {
      const { m, d, blocks } = p;
      const work = 14 * m * blocks;
      const size = jobs.share(work) ? Math.ceil(blocks / (2 * jobs.threads)) : blocks;
      const points = addresses(p.weights, p.half, p.w, p.products, p.row, p.along, p.alongProducts, p.alongRow);
      const own = addresses(p.factor, p.sign, p.value, p.moved);
      jobs.setArguments(m, d, blocks, size, ...points, ...own, ...p.steps);
      if (blocks > 0) jobs.run(KERNEL.rays, Math.ceil(blocks / size), work, 0);
    },
    packSides(p) {
      const rows = [...addresses(p.products, p.row, p.ties), p.tieStride];
      jobs.setArguments(
        p.m,
        p.blocks,
        p.stride,
        p.tolerance,
        ...rows,
        ...addresses(p.bytes, p.byteRow, p.words, p.hash),
      );
      jobs.run(KERNEL.sides, 1, 0, 0);
    },
    unitRows(p) {
      const projections = addresses(p.out, p.outProducts, p.norm, p.block);
      const points = addresses(p.w, p.products, p.row, p.touched, p.touchedCount);
      jobs.setArguments(p.m, p.d, p.count, p.tolerance, ...projections, ...points);
      jobs.run(KERNEL.unitRows, 1, 0, 0);
    },
    relu(length, x) {
      jobs.setArguments(length, x.byteOffset);
      jobs.run(KERNEL.relu, 1, 0, 0);
    },
    gate(length, x, s) {
      jobs.setArguments(length, x.byteOffset, s.byteOffset);
      jobs.run(KERNEL.gate, 1, 0, 0);
    },
  };
}
