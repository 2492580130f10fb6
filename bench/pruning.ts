/**
 * Exact pruning to a minimal network: npx tsx bench/pruning.ts [n] [neurons]. Seconds of processor time of `pruningSteps` down to a
 * vertex, against one least-squares solve a step (the paper's way): a factorisation at some widths on the way, and their
 * sum over all steps by the trapezoidal rule. Activations: random sets of pairs of rows, so the rank is n/2.
 */
import { createRandom } from '../src/base/index.js';
import { matrix } from '../src/linalg/index.js';
import { pivotedQr } from '../src/optimal-set/pivoted-qr.js';
import { Polytope, selectRows } from '../src/optimal-set/polytope.js';
import { combination } from '../src/optimal-set/vectors.js';

const n = Number(process.argv[2] ?? 2000);
const m = Number(process.argv[3] ?? 2000);
const random = createRandom(1);
const columns = matrix(m, n);
for (let i = 0; i < m; i++) {
  const chosen = Array.from({ length: n / 2 }, () => random.uniform() < 0.5);
  // equal sizes of the sets: then all prices are equal, and the network is optimal
  const count = chosen.filter(Boolean).length;
  for (let k = 0; k < n; k++)
    if (chosen[k >> 1]) columns.data[i * n + k] = (k % 2 === 0 ? 1 : -1) / Math.sqrt(2 * count);
}
const start = Float64Array.from({ length: m }, () => 0.1 + random.uniform());

const seconds = (task: () => void): number => {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

let polytope: Polytope | undefined;
const first = seconds(() => {
  polytope = new Polytope(columns, start, 1e-10);
});
let widths: number[] = [];
let drift = 0;
const pruning = seconds(() => {
  const { steps, vertex } = polytope!.descend();
  const f = combination(columns, start);
  const last = combination(columns, vertex);
  drift = f.reduce((most, value, k) => Math.max(most, Math.abs(value - last[k])), 0);
  widths = [m, ...steps.map((a) => a.filter((value) => value > 0).length)];
});
const final = widths[widths.length - 1];
console.log(`${m} neurons, n = ${n}: ${widths.length - 1} exact steps to ${final} neurons (rank ${polytope?.rank})`);
console.log(
  `the set with its first vertex ${first.toFixed(1)} s, all steps ${pruning.toFixed(1)} s, fit changed by ${drift.toExponential(1)}`,
);

const probes = [m, Math.round((m + final) / 2), final].map((width) => {
  const some = selectRows(
    columns,
    Array.from({ length: width }, (_, i) => i),
  );
  return { width, s: seconds(() => pivotedQr(some, 1e-10)) };
});
const perStep = (probes[0].s + 2 * probes[1].s + probes[2].s) / 4;
const total = perStep * (widths.length - 1);
for (const { width, s } of probes) console.log(`one factorisation at ${width} neurons: ${s.toFixed(2)} s`);
console.log(`one solve a step: about ${total.toFixed(0)} s; ratio ${(total / pruning).toFixed(0)}`);
