/**
 * Speed of the kernels, in 10⁹ floating-point operations a second (for the masked ones: those of the dense product they
 * stand for). Best of several runs. `npx tsx bench/kernels.ts [filter]`; beside the machine's limits and NumPy:
 * `npm run bench:peers -- --section kernels`.
 */
import { createKernels } from '../src/linalg/kernels/index.js';
import { kernelCases, rate } from './kernels/cases.js';

const filter = process.argv[2] ?? '';
const backends = [
  await createKernels({ threads: 1 }),
  await createKernels({ threads: 2 }),
  await createKernels({ backend: 'plain' }),
];
console.log(['kernel'.padEnd(44), '1 thread', '2 threads', '   plain'].join('  '));
for (const [name, prepare] of kernelCases) {
  if (!name.includes(filter)) continue;
  const rates = backends.map((kernels) => {
    const mark = kernels.mark();
    const prepared = prepare(kernels);
    const slow = kernels.backend === 'plain' && prepared.work > 2e9;
    const value = slow ? Number.NaN : rate(prepared, 300);
    kernels.release(mark);
    return (Number.isNaN(value) ? '–' : value.toFixed(2)).padStart(8);
  });
  console.log([name.padEnd(44), rates[0], ' ' + rates[1], rates[2]].join('  '));
}
for (const kernels of backends) kernels.dispose();
