import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { createKernels } from '../../src/linalg/kernels/index.js';
import { cpuMilliseconds, kernelCases, rate } from '../kernels/cases.js';
import { BenchError, peersFolder, pythonPath } from '../speed/processes.js';
import { geometricMean } from '../speed/summary.js';
import { type Context, folder, now, rowsOf, type Section, say } from './context.js';
import { kernelsFigure } from './kernels-figure.js';
import { circumstances, number, table } from './page.js';
import { type Keyed, writeWhole } from './store.js';

/** One kernel at one size on a number of threads; rates in 10⁹ operations a second. */
export interface KernelRow extends Keyed {
  readonly name: string;
  readonly threads: number;
  readonly rate: number;
  /** NumPy over the machine's BLAS, masks made before. */
  readonly numpy: number | null;
  /** Operations for each byte that must be moved. */
  readonly intensity: number | null;
}

/** What compiled code reaches on this machine: 10⁹ operations and 10⁹ bytes a second. */
export interface LimitRow extends Keyed {
  readonly name: 'limits';
  readonly threads: number;
  readonly peak: number;
  readonly bandwidth: number;
}

export type Row = KernelRow | LimitRow;

const budget = 300;

const sizesOf = (name: string): readonly [string, number[]] => {
  const [kernel, sizes] = name.split(' ');
  return [kernel, sizes.split(/[x,]/).map(Number)];
};

/** What the machine does at most: the lesser of its peak and what its memory feeds at this intensity. */
export function limitOf({ intensity }: KernelRow, { peak, bandwidth }: LimitRow): number | null {
  return intensity === null ? null : Math.min(peak, bandwidth * intensity);
}

function native(
  names: readonly string[],
  threads: number,
): { peak: number; bandwidth: number; rates: (number | null)[] } {
  const variables = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'].map((name) => [name, `${threads}`]);
  const done = spawnSync(pythonPath(), [resolve(peersFolder, 'native_limits.py')], {
    input: JSON.stringify(names.map(sizesOf)),
    env: { ...process.env, ...Object.fromEntries(variables) },
    encoding: 'utf8',
  });
  if (done.status !== 0)
    throw new BenchError(`bench:peers: native_limits.py: ${done.stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(done.stdout);
}

async function measureOn(context: Context, threads: number): Promise<Row[]> {
  const kernels = await createKernels({ threads });
  const began = now(context);
  const measured = kernelCases.map(([name, prepare]) => {
    const mark = kernels.mark();
    const prepared = prepare(kernels);
    const best = rate(prepared, budget, threads === 1 ? cpuMilliseconds : undefined);
    kernels.release(mark);
    return { name, rate: best, intensity: prepared.bytes === undefined ? null : prepared.work / prepared.bytes };
  });
  kernels.dispose();
  // a second transposed operand costs BLAS nothing
  const { peak, bandwidth, rates } = native(
    measured.map(({ name }) => name),
    threads,
  );
  const row = (key: string) => ({ key: `threads ${threads}: ${key}`, threads, ...began });
  const limits: LimitRow = { ...row('limits'), name: 'limits', peak, bandwidth };
  return [limits, ...measured.map((one, at): KernelRow => ({ ...row(one.name), ...one, numpy: rates[at] }))];
}

const isLimit = (row: Row): row is LimitRow => row.name === 'limits';

export interface Kernel {
  readonly one: KernelRow;
  readonly two: KernelRow | undefined;
  /** Of the machine's limit on one thread; null where operations are not counted. */
  readonly share: number | null;
}

export function kernelsOf(rows: readonly Row[]): Kernel[] {
  const limits = rows.filter(isLimit).find(({ threads }) => threads === 1);
  const kernels = rows.filter((row): row is KernelRow => !isLimit(row));
  return kernels
    .filter(({ threads }) => threads === 1)
    .map((one) => {
      const limit = limits ? limitOf(one, limits) : null;
      const two = kernels.find(({ name, threads }) => threads === 2 && name === one.name);
      return { one, two, share: limit === null ? null : one.rate / limit };
    });
}

/** How many of the masked (or of the other) kernels come to 60 %. */
function kindOf(all: readonly Kernel[], masked: boolean): string {
  const own = all.filter(({ one, share }) => share !== null && one.name.startsWith('masked') === masked);
  return `${own.filter(({ share }) => (share as number) >= 0.6).length} of ${own.length}`;
}

function chapter(rows: readonly Row[]): string | null {
  const limits = rows.filter(isLimit);
  if (limits.length === 0) return null;
  const all = kernelsOf(rows);
  writeWhole(resolve(folder, 'kernels.svg'), kernelsFigure(all));
  const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(100 * share)} %`);
  const body = all.map(({ one, two, share }) => [
    one.name,
    number(one.rate),
    percent(share),
    number(one.numpy),
    number(one.numpy === null ? null : one.rate / one.numpy, 2),
    number(two?.rate),
    number(two ? two.rate / one.rate : null, 2),
  ]);
  const head = ['kernel', 'ours', 'of the limit', 'NumPy', 'ours / NumPy', 'two threads', 'two / one'];
  const beside = all.flatMap(({ one }) => (one.numpy === null ? [] : [one.rate / one.numpy]));
  const speedups = all.flatMap(({ one, two }) => (two ? [two.rate / one.rate] : []));
  return `## Kernels

10⁹ operations a second (masked kernels: of the dense product they stand for); CPU seconds on one thread, the clock on two. The limit is the
lesser of the machine's peak and of what its memory feeds: ${limits.map((l) => `${number(l.peak)} · 10⁹ operations (OpenBLAS' dense product) and ${number(l.bandwidth)} · 10⁹ bytes (a copy) a second on ${l.threads} thread${l.threads > 1 ? 's' : ''}`).join('; ')}. BLAS uses
all that the processor has; WebAssembly has two doubles a register. NumPy's masked products multiply by masks of float64 made beforehand. Shares above 100 %: the masked kernels do less than
the dense product they stand for, and arrays that stay in a cache are read faster than memory.

At least 60 % of the limit: ${kindOf(all, true)} of the masked kernels, ${kindOf(all, false)} of the others (dense products, Cholesky); in all ${all.filter(({ share }) => (share ?? 0) >= 0.6).length} of ${all.filter(({ share }) => share !== null).length}; against NumPy ${number(geometricMean(beside), 2)} in the geometric mean; two threads over one ${speedups.length > 0 ? number(geometricMean(speedups), 2) : 'not measured here: the clock tells nothing on a busy machine'}.

![share of the limit for each kernel](peers/kernels.svg)

${table(head, body)}

${circumstances(rows)}
`;
}

export const kernels: Section = {
  name: 'kernels',

  async measure(context) {
    const rows = rowsOf<Row>(context, 'kernels');
    for (const threads of context.threads) {
      if (rows.has(`threads ${threads}: limits`)) continue;
      say(`kernels on ${threads} thread${threads > 1 ? 's' : ''}`);
      for (const row of await measureOn(context, threads)) rows.put(row);
    }
  },

  chapter: (context) => chapter(rowsOf<Row>(context, 'kernels').rows),
};
