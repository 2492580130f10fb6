import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { createKernels } from '../../src/linalg/kernels/index.js';
import { cpuMilliseconds, kernelCases, type Prepared, rate } from '../kernels/cases.js';
import { wasmPeak } from '../kernels/peak.js';
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
  /** Several threads: by the clock, one thread in turns with them, the best of each. */
  readonly alone?: number;
}

/** What compiled code reaches on this machine: 10⁹ operations and 10⁹ bytes a second. */
export interface LimitRow extends Keyed {
  readonly name: 'limits';
  readonly threads: number;
  readonly peak: number;
  readonly bandwidth: number;
  /** What WebAssembly's pairs of doubles reach, on one thread. */
  readonly pairs?: number;
}

export type Row = KernelRow | LimitRow;

const budget = 300;
/** How often one thread and several follow each other. */
const turns = 4;

const sizesOf = (name: string): readonly [string, number[]] => {
  const [kernel, sizes] = name.split(' ');
  return [kernel, sizes.split(/[x,]/).map(Number)];
};

/** What the machine does at most: the lesser of a peak and what its memory feeds at this intensity. */
export function limitOf({ intensity }: KernelRow, { bandwidth }: LimitRow, peak: number): number | null {
  return intensity === null ? null : Math.min(peak, bandwidth * intensity);
}

/** On one thread. */
function native(names: readonly string[]): { peak: number; bandwidth: number; rates: (number | null)[] } {
  const done = spawnSync(pythonPath(), [resolve(peersFolder, 'native_limits.py')], {
    input: JSON.stringify(names.map(sizesOf)),
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    encoding: 'utf8',
  });
  if (done.status !== 0)
    throw new BenchError(`bench:peers: native_limits.py: ${done.stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(done.stdout);
}

type Measured = Pick<KernelRow, 'name' | 'rate' | 'intensity' | 'alone'>;

const intensityOf = ({ bytes, work }: Prepared): number | null => (bytes === undefined ? null : work / bytes);

async function alone(): Promise<Measured[]> {
  const kernels = await createKernels({ threads: 1 });
  const measured = kernelCases.map(([name, prepare]) => {
    const mark = kernels.mark();
    const prepared = prepare(kernels);
    const best = rate(prepared, budget, cpuMilliseconds);
    kernels.release(mark);
    return { name, rate: best, intensity: intensityOf(prepared) };
  });
  kernels.dispose();
  return measured;
}

/** One thread and several in turns, by the clock: the best of each tells something even where others are at work, if runs are short. */
async function together(threads: number): Promise<Measured[]> {
  const teams = [await createKernels({ threads: 1 }), await createKernels({ threads })];
  const measured = kernelCases.map(([name, prepare]) => {
    const prepared = teams.map(prepare);
    const best = [0, 0];
    for (let turn = 0; turn < turns; turn++)
      for (const at of [0, 1]) best[at] = Math.max(best[at], rate(prepared[at], ((at + 1) * budget) / turns));
    for (const kernels of teams) kernels.release(0);
    return { name, rate: best[1], alone: best[0], intensity: intensityOf(prepared[1]) };
  });
  for (const kernels of teams) kernels.dispose();
  return measured;
}

async function measureOn(context: Context, threads: number): Promise<Row[]> {
  const row = (key: string) => ({ key: `threads ${threads}: ${key}`, threads, ...now(context) });
  if (threads > 1) return (await together(threads)).map((one) => ({ ...row(one.name), ...one, numpy: null }));
  const measured = await alone();
  const pairs = await wasmPeak();
  const { peak, bandwidth, rates } = native(measured.map(({ name }) => name));
  const limits: LimitRow = { ...row('limits'), name: 'limits', peak, bandwidth, pairs };
  return [limits, ...measured.map((one, at): KernelRow => ({ ...row(one.name), ...one, numpy: rates[at] }))];
}

const isLimit = (row: Row): row is LimitRow => row.name === 'limits';

export interface Kernel {
  readonly one: KernelRow;
  readonly two: KernelRow | undefined;
  /** Of the machine's limit on one thread; null where operations are not counted. */
  readonly share: number | null;
  /** Of the limit that pairs of doubles have. */
  readonly ofPairs: number | null;
}

export function kernelsOf(rows: readonly Row[]): Kernel[] {
  const limits = rows.filter(isLimit).find(({ threads }) => threads === 1);
  const kernels = rows.filter((row): row is KernelRow => !isLimit(row));
  return kernels
    .filter(({ threads }) => threads === 1)
    .map((one) => {
      const shareOf = (peak?: number): number | null => {
        const limit = limits && peak !== undefined ? limitOf(one, limits, peak) : null;
        return limit === null ? null : one.rate / limit;
      };
      const two = kernels.find(({ name, threads }) => threads === 2 && name === one.name);
      return { one, two, share: shareOf(limits?.peak), ofPairs: shareOf(limits?.pairs) };
    });
}

/** How many of the masked (or of the other) kernels come to 60 % of the machine's limit, or to 80 % of that of pairs. */
function kindOf(all: readonly Kernel[], masked: boolean, limit: 'share' | 'ofPairs' = 'share'): string {
  const own = all.filter((k) => k[limit] !== null && k.one.name.startsWith('masked') === masked);
  return `${own.filter((k) => (k[limit] as number) >= (limit === 'share' ? 0.6 : 0.8)).length} of ${own.length}`;
}

/** Two threads over one, where one's runs are short enough that the best of many is one without others at work. */
export function speedUps(all: readonly Kernel[]): number[] {
  return all.flatMap((kernel) => speedUp(kernel) ?? []);
}

const speedUp = ({ two }: Kernel): number | null => (two?.alone ? two.rate / two.alone : null);

function chapter(rows: readonly Row[]): string | null {
  const limits = rows.filter(isLimit);
  if (limits.length === 0) return null;
  const all = kernelsOf(rows);
  writeWhole(resolve(folder, 'kernels.svg'), kernelsFigure(all));
  const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(100 * share)} %`);
  const body = all.map((kernel) => {
    const { one, two, share, ofPairs } = kernel;
    return [
      one.name,
      number(one.rate),
      percent(share),
      percent(ofPairs),
      number(one.numpy),
      number(one.numpy === null ? null : one.rate / one.numpy, 2),
      number(two?.rate),
      number(speedUp(kernel), 2),
    ];
  });
  const head = ['kernel', 'ours', 'of the limit', 'of pairs', 'NumPy', 'ours / NumPy', 'two threads', 'two / one'];
  const beside = all.flatMap(({ one }) => (one.numpy === null ? [] : [one.rate / one.numpy]));
  const speedups = speedUps(all);
  const pairs = limits.find(({ threads }) => threads === 1)?.pairs;
  const peak = limits.find(({ threads }) => threads === 1)?.peak;
  return `## Kernels

10⁹ operations a second (masked kernels: of the dense product they stand for); CPU seconds on one thread, the clock on two. The limit is the
lesser of the machine's peak and of what its memory feeds: ${limits.map((l) => `${number(l.peak)} · 10⁹ operations (OpenBLAS' dense product) and ${number(l.bandwidth)} · 10⁹ bytes (a copy) a second on ${l.threads} thread${l.threads > 1 ? 's' : ''}`).join('; ')}. BLAS uses
all that the processor has, fused multiplications of four doubles or eight; WebAssembly has two doubles a register, and must not fuse (its relaxed
instructions may round differently from machine to machine). A processor that does two of each a cycle does 2 · (4 · 2) = 16 operations so, and
2 · 2 + 2 · 2 = 8 in pairs: half. ${pairs && peak ? `A loop of nothing else reaches ${number(pairs)} here, ${Math.round((100 * pairs) / peak)} % of the peak, so that 60 % cannot be had where arithmetic is the limit; *of pairs* is the share of that. ` : ''}NumPy's masked products multiply by masks of float64 made beforehand. Shares above 100 %: the masked kernels do less than
the dense product they stand for, and arrays that stay in a cache are read faster than memory.

At least 60 % of the limit: ${kindOf(all, true)} of the masked kernels, ${kindOf(all, false)} of the others (dense products, Cholesky); ${pairs ? `at least 80 % of what pairs can do: ${kindOf(all, false, 'ofPairs')} of the dense ones; ` : ''}in all ${all.filter(({ share }) => (share ?? 0) >= 0.6).length} of ${all.filter(({ share }) => share !== null).length}; against NumPy ${number(geometricMean(beside), 2)} in the geometric mean; two threads over one ${speedups.length > 0 ? number(geometricMean(speedups), 2) : 'not measured here: the clock tells nothing on a busy machine'}.

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
      if (rows.rows.some((row) => row.threads === threads)) continue;
      say(`kernels on ${threads} thread${threads > 1 ? 's' : ''}`);
      for (const row of await measureOn(context, threads)) rows.put(row);
    }
  },

  chapter: (context) => chapter(rowsOf<Row>(context, 'kernels').rows),
};
