/**
 * Times of `coneProximal`: npx tsx bench/cones.ts [threads]. For each size: cold (no tight rows known), warm (the tight
 * rows are right), moved (c a hundredth away), and early (only the fifth of the blocks above the threshold needs its
 * projection). Columns: least milliseconds of some calls for each backend, blocks that are not zero, and per block the
 * rows that entered the tight set and left it, scans of all rows, tight rows at the end.
 */
import { coneScreen, createKernels, type Kernels } from '../src/linalg/kernels/index.js';
import { coneProximalRange, createConeScratch } from '../src/linalg/kernels/plain/cones.js';
import { type ConeProblem, coneProblem } from '../test/linalg/kernels/coneCases.js';

const SIZES = [
  [200, 10],
  [1000, 20],
  [569, 30],
  [5000, 50],
] as const;
const PATTERNS = 500;

interface Stage {
  readonly name: string;
  /** How far z moves before the stage. */
  readonly move: number;
  readonly repeats: number;
  readonly early?: boolean;
  readonly cold?: boolean;
}

const STAGES: readonly Stage[] = [
  { name: 'cold', move: 0, repeats: 2, cold: true },
  { name: 'warm', move: 0, repeats: 5 },
  { name: 'moved', move: 0.01, repeats: 1 },
  { name: 'early', move: 0.001, repeats: 5, early: true },
];

const backends = await Promise.all(
  (['wasm', 'plain'] as const).map((backend) => createKernels({ backend, threads: Number(process.argv[2] ?? 1) })),
);
for (const [n, d] of SIZES) benchSize(n, d);
for (const kernels of backends) kernels.dispose();

function benchSize(n: number, d: number): void {
  const reference = coneProblem({ n, d, patterns: PATTERNS, seed: 3 });
  const marks = backends.map((kernels) => kernels.mark());
  const copies = backends.map((kernels) => copyTo(kernels, reference));
  for (const stage of STAGES) {
    const counts = count(reference, stage);
    const times = backends.map(
      (kernels, k) => `${kernels.backend}${time(kernels, copies[k], reference, stage).toFixed(2).padStart(9)} ms`,
    );
    console.log(`${n}x${d} ${2 * PATTERNS} blocks  ${stage.name.padEnd(6)} ${times.join('  ')}  ${counts}`);
  }
  backends.forEach((kernels, k) => {
    kernels.release(marks[k]);
  });
}

function copyTo(kernels: Kernels, p: ConeProblem): ConeProblem {
  const entries = Object.entries(p).map(([key, value]) => {
    if (value instanceof Float64Array) return [key, filled(kernels.float64(value.length), value)];
    if (value instanceof Int32Array) return [key, filled(kernels.int32(value.length), value)];
    if (value instanceof Uint8Array) return [key, filled(kernels.uint8(value.length), value)];
    return [key, value];
  });
  const copy = Object.fromEntries(entries) as ConeProblem;
  return { ...copy, screen: coneScreen(kernels, p.n, p.d, copy.x, copy.inverseNorms) };
}

function filled<T extends Float64Array | Int32Array | Uint8Array>(to: T, values: T): T {
  to.set(values);
  return to;
}

/** Moves the problem to the stage, runs it with counters and describes them. */
function count(p: ConeProblem, stage: Stage): string {
  p.z.forEach((v, k) => {
    p.z[k] = v + stage.move * Math.sin(7.1 * k);
  });
  p.exact = !stage.early;
  p.threshold = stage.early ? Array.from(p.norm).sort((a, b) => a - b)[Math.floor(0.8 * p.blocks)] : 0;
  const s = createConeScratch(p.n, p.d);
  const active = coneProximalRange(p, 0, p.blocks, s);
  const tight = p.tightCount.reduce((sum, v) => sum + v, 0);
  const each = [s.entered, s.left, s.scans, tight].map((v) => (v / p.blocks).toFixed(2));
  return `not zero ${active}  entered ${each[0]}  left ${each[1]}  scans ${each[2]}  tight ${each[3]}  restarts ${s.restarts}`;
}

/** The least time of the repeats, in milliseconds. */
function time(kernels: Kernels, p: ConeProblem, reference: ConeProblem, stage: Stage): number {
  p.z.set(reference.z);
  p.exact = reference.exact;
  p.threshold = reference.threshold;
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < stage.repeats; repeat++) {
    if (stage.cold) p.tightCount.fill(0);
    const started = performance.now();
    kernels.coneProximal(p);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
