import { RelucentError } from '../base/index.js';

/** Most bytes of float64 that a table or a matrix may take: beyond it a process or a page runs out of memory. */
export const maxMatrixBytes = 1.5e9;

/**
 * Throws `resource` when rows·cols float64 numbers would take more than 1.5e9 bytes. Rows that were `guessed` are refused
 * from twice as many on.
 */
export function requireFits(what: string, rows: number, cols: number, guessed = false): void {
  const bytes = rows * cols * 8;
  if (bytes <= (guessed ? 2 : 1) * maxMatrixBytes) return;
  const count = guessed ? `about ${Number(rows.toPrecision(2))}` : rows;
  throw new RelucentError(
    'resource',
    `${what}: ${count} rows × ${cols} column${cols === 1 ? '' : 's'} take ${gigabytes(bytes)} GB as float64, at most ${gigabytes(maxMatrixBytes)} GB fit; ` +
      'train on a sample of the rows, or leave out columns.',
  );
}

const gigabytes = (bytes: number): string => String(Number((bytes / 1e9).toPrecision(3)));
