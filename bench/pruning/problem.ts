import { createRandom } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';

/** n neurons on n rows, all prices equal: the network is optimal. */
export function problem(n: number): { columns: Matrix; start: Float64Array } {
  const random = createRandom(1);
  const columns = matrix(n, n);
  for (let i = 0; i < n; i++) {
    const chosen = Array.from({ length: n >> 1 }, () => random.uniform() < 0.5);
    const count = chosen.filter(Boolean).length;
    for (let k = 0; k < n; k++)
      if (chosen[k >> 1]) columns.data[i * n + k] = (k % 2 === 0 ? 1 : -1) / Math.sqrt(2 * count);
  }
  return { columns, start: Float64Array.from({ length: n }, () => 0.1 + random.uniform()) };
}
