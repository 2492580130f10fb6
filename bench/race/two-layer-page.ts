import { resolve } from 'node:path';
import { distance, gaps, reachedBy, settledBy, type Versus, versus } from './arrival.js';
import { folder } from './context.js';
import { circumstances, number, power, table } from './page.js';
import { writeWhole } from './store.js';
import { twoLayerFigure } from './two-layer-figure.js';
import { families, keyOf, type Program, type TwoLayerRow } from './two-layer-plan.js';

const titles: Readonly<Record<Program, string>> = { relu: 'ReLU', gated: 'Gated' };

/** Seconds until a row's answers are within the gap. Ours: of the first call in a process only where `first` is asked for. */
export function secondsTo(row: TwoLayerRow, best: number, gap: number, first = false): number | null {
  if (row.name !== 'ours') return (row.kind === 'history' ? settledBy : reachedBy)(row.points, best, gap);
  return reachedBy(first ? row.points.slice(0, 1) : row.points.slice(1), best, gap);
}

/** The best value known of a case: ours to 1e-9, or a feasible answer's of anybody below it. */
export function bestOf(row: TwoLayerRow, rows: readonly TwoLayerRow[]): number | null {
  const same = rows.filter((other) => keyOf(other, '') === keyOf(row, ''));
  const ours = same.find(({ name }) => name === 'ours')?.best;
  if (ours === undefined) return null;
  return Math.min(ours, ...same.flatMap(({ points }) => points.filter((p) => p[2] <= 1e-9).map((p) => p[1])));
}

export interface Comparison {
  readonly name: string;
  readonly program: Program;
  readonly threads: number;
  readonly cases: number;
  /** Time to each of `gaps`. */
  readonly toGap: readonly Versus[];
  /** Their time to the nearest they come, over ours (first call, to 1e-6): for every case they answer. */
  readonly atTheirBest: Versus;
  /** The same over our further calls. */
  readonly warm: Versus;
  /** The same over ours to *their* accuracy, further calls. */
  readonly asNear: Versus;
}

interface Pair {
  readonly ours: TwoLayerRow;
  readonly theirs: TwoLayerRow;
  readonly best: number;
}

function pairs(name: string, program: Program, threads: number, rows: readonly TwoLayerRow[]): Pair[] {
  const own = rows.filter((row) => row.name === name && row.program === program && row.threads === threads);
  return own.flatMap((theirs) => {
    const ours = rows.find(({ key }) => key === keyOf(theirs, 'ours'));
    const best = bestOf(theirs, rows);
    return ours && best !== null ? [{ ours, theirs, best }] : [];
  });
}

/** The nearest that a peer came, and the seconds it took. */
export function nearest({ theirs, best }: Pair): { readonly seconds: number; readonly off: number } | null {
  const answers = theirs.kind === 'history' ? theirs.points.slice(-1) : theirs.points;
  const [first] = answers
    .map(([seconds, objective]) => ({ seconds, off: Math.max(distance(objective, best), 1e-9) }))
    .sort((a, b) => a.off - b.off || a.seconds - b.seconds);
  return first ?? null;
}

export function compare(name: string, program: Program, threads: number, rows: readonly TwoLayerRow[]): Comparison {
  const all = pairs(name, program, threads, rows);
  const near = all.map((pair) => ({ ...pair, end: nearest(pair) }));
  return {
    ...{ name, program, threads, cases: all.length },
    toGap: gaps.map((gap) =>
      versus(
        all.map(({ ours, theirs, best }) => ({
          ours: secondsTo(ours, best, gap),
          theirs: secondsTo(theirs, best, gap),
        })),
      ),
    ),
    atTheirBest: versus(
      near.map(({ ours, best, end }) => ({ ours: secondsTo(ours, best, 1e-6, true), theirs: end?.seconds ?? null })),
    ),
    warm: versus(
      near.map(({ ours, best, end }) => ({ ours: secondsTo(ours, best, 1e-6), theirs: end?.seconds ?? null })),
    ),
    asNear: versus(
      near.map(({ ours, best, end }) => ({
        ours: end && secondsTo(ours, best, Math.max(end.off, 1e-8)),
        theirs: end?.seconds ?? null,
      })),
    ),
  };
}

export function comparisons(rows: readonly TwoLayerRow[]): Comparison[] {
  const threads = [...new Set(rows.map((row) => row.threads))].sort();
  return threads
    .flatMap((count) => families.map(({ name, program }) => compare(name, program, count, rows)))
    .filter(({ cases }) => cases > 0);
}

const ratio = ({ mean, least, ratios, never }: Versus, cases: number): string => {
  if (ratios.length === 0) return never > 0 ? `never (${cases})` : '–';
  return `${number(mean)} (${number(least, 2)})${never > 0 ? `, never ${never}` : ''}`;
};

function summary(program: Program, all: readonly Comparison[]): string {
  const body = all
    .filter((one) => one.program === program)
    .map((one) => [
      `${one.name}${one.threads > 1 ? `, ${one.threads} threads` : ''}`,
      `${one.cases}`,
      ...one.toGap.map((to) => ratio(to, one.cases)),
      ratio(one.asNear, one.cases),
      ratio(one.atTheirBest, one.cases),
    ]);
  return table(['peer', 'cases', ...gaps.map((g) => `to ${g.toExponential(0)}`), 'as near', 'first call'], body);
}

function details(program: Program, rows: readonly TwoLayerRow[]): string {
  const own = rows.filter((row) => row.program === program);
  const body = own.map((row) => {
    const best = bestOf(row, own) as number;
    const ours = row.name === 'ours';
    const last = row.points.at(-1);
    const times = gaps.map((gap) => number(secondsTo(row, best, gap)));
    return [
      `${row.problem}${row.threads > 1 ? `, ${row.threads} threads` : ''}`,
      row.lambda.toExponential(0),
      row.name,
      ...times,
      ours ? number(row.points[0]?.[0]) : '',
      last ? `${power((last[1] - best) / Math.abs(best))}` : 'no answer',
      program === 'relu' && last ? power(last[2]) : '',
      ours ? `${best.toPrecision(9)}${row.lower ? ` (${power((best - row.lower) / best)})` : ''}` : '',
      row.note.replace(/\|/g, '/').slice(0, 90),
    ];
  });
  const head = ['problem', 'λ', '', ...gaps.map((g) => g.toExponential(0)), 'first call', 'last excess', 'violation'];
  return table([...head, 'best value (proved gap)', 'note'], body);
}

/** Cases in which somebody's feasible answer is below our nearest, by more than rounding. */
export function beaten(rows: readonly TwoLayerRow[]): { readonly cases: number; readonly below: readonly string[] } {
  const ours = rows.filter(({ name, threads }) => name === 'ours' && threads === 1);
  const below = ours.filter((row) => {
    const best = bestOf(row, rows) as number;
    return Math.min(...row.points.map(([, objective]) => objective)) > best * (1 + 1e-8);
  });
  return { cases: ours.length, below: below.map(({ key }) => key) };
}

/** What this run had, in a sentence. */
function sizes(rows: readonly TwoLayerRow[]): string {
  const distinct = <T>(values: readonly T[]): string => [...new Set(values)].join(', ');
  const problems = new Set(rows.map(({ problem }) => problem)).size;
  return `This run: ${problems} problems, λ = ${distinct(rows.map(({ lambda }) => lambda))}, threads ${distinct(rows.map(({ threads }) => threads))}, caps of ${distinct(rows.map(({ cap }) => cap))} CPU seconds a run.`;
}

/** Chapter and figures; null when nothing has been measured. */
export function twoLayerChapter(rows: readonly TwoLayerRow[]): string | null {
  if (rows.length === 0) return null;
  const all = comparisons(rows);
  const programs = (['relu', 'gated'] as const).filter((program) => rows.some((row) => row.program === program));
  const parts = programs.map((program) => {
    writeWhole(resolve(folder, `two-layer-${program}.svg`), twoLayerFigure(program, rows));
    return `### ${titles[program]} programs

![share of programs solved to a gap over seconds](peers/two-layer-${program}.svg)

${summary(program, all)}

<details><summary>Every row: seconds until within each gap</summary>

${details(program, rows)}

</details>`;
  });
  return `## Two-layer programs over the same patterns

Their seconds over ours: geometric mean (least), CPU on one thread, wall on several. *To 1e-k*: until the judged objective is within
that of the best certified value, ours in further calls of a process that has run before, as the peers' compiled code has (skglm's and celer's is
warmed up). *As near*: their nearest answer against ours at that accuracy. *First call*: their nearest answer against our first call in a
process, to 1e-6, which compiles. *never*: cases in which they did not come within. A ReLU answer outside its cones may be below the optimum; it counts as far off as
it is below. Histories (pyscnn in float64) count from when on the objective stays within. Ours is the better of two
passes at each gap, theirs the lesser of the first call and the middle of further ones where they are short. ${sizes(rows)}

${circumstances(rows)}

${parts.join('\n\n')}
`;
}
