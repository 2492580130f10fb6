import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { emptyPatterns, type Matrix, matrix, type PatternSet, setActive } from '../../src/linalg/index.js';
import { peersFolder } from './processes.js';

/** A problem as arrays in memory: what every peer starts from as well. */
export interface ProblemArrays {
  readonly X: Matrix;
  readonly y: Float64Array;
  /** n×P of 0 and 1, row-major. */
  readonly D: Uint8Array;
}

interface Header {
  readonly arrays: Readonly<Record<string, { readonly file: string; readonly shape: readonly number[] }>>;
}

/** Reads what bench/peers/problems.py wrote. */
export function readProblem(name: string): ProblemArrays {
  const folder = resolve(peersFolder, 'problems');
  const header: Header = JSON.parse(readFileSync(resolve(folder, `${name}.json`), 'utf8'));
  const bytes = (key: string): Uint8Array => Uint8Array.from(readFileSync(resolve(folder, header.arrays[key].file)));
  const numbers = (key: string): Float64Array => new Float64Array(bytes(key).buffer as ArrayBuffer);
  const [n, d] = header.arrays.X.shape;
  return { X: matrix(n, d, numbers('X')), y: numbers('y'), D: bytes('D') };
}

/** The patterns in our packing. */
export function packed({ X, D }: ProblemArrays): PatternSet {
  const n = X.rows;
  const count = D.length / n;
  const patterns = emptyPatterns(n, count);
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < count; p++) if (D[i * count + p] === 1) setActive(patterns, p, i);
  }
  return patterns;
}
