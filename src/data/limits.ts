import { RelucentError } from '../base/index.js';

/** Most bytes of float64 that a table or a matrix may take: beyond it a process or a page runs out of memory. */
export const maxMatrixBytes = 1.5e9;

/** Throws `resource` when rows·cols float64 numbers would take more than `limit` bytes (default 1.5e9). */
export function requireFits(what: string, rows: number, cols: number, limit = maxMatrixBytes): void {
  const bytes = rows * cols * 8;
  if (bytes <= limit) return;
  throw new RelucentError(
    'resource',
    `${what}: ${rows} rows × ${cols} columns take ${gigabytes(bytes)} GB as float64, at most ${gigabytes(limit)} GB fit; ` +
      'train on a sample of the rows, or leave out columns.',
  );
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toPrecision(3);
