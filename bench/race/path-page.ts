import { resolve } from 'node:path';
import { geometricMean } from '../speed/summary.js';
import { folder } from './context.js';
import { circumstances, number, power, table } from './page.js';
import { keyOf, type PathCase, type PathRow } from './path.js';
import { pathFigure } from './path-figure.js';
import { writeWhole } from './store.js';

/** The least feasible objective that anybody showed at each λ. */
export function leastOf(rows: readonly PathRow[]): number[] {
  const feasible = rows.filter((row) => (row.violation ?? 1) <= 1e-9);
  const length = Math.max(0, ...feasible.map((row) => row.objectives.length));
  return Array.from({ length }, (_, k) =>
    Math.min(...feasible.map((row) => row.objectives[k] ?? Number.POSITIVE_INFINITY)),
  );
}

/** Largest relative distance along the path; null where a λ is missing. */
export function worstExcess(row: PathRow, least: readonly number[]): number | null {
  if (row.objectives.length < least.length || row.objectives.some((value) => value === null)) return null;
  return Math.max(...least.map((best, k) => Math.abs((row.objectives[k] as number) - best) / best));
}

export interface PathPoint {
  readonly row: PathRow;
  readonly excess: number | null;
}

export function casesOf(rows: readonly PathRow[]): PathPoint[][] {
  const names = [...new Set(rows.map((row) => keyOf(row, '')))];
  return names.map((name) => {
    const own = rows.filter((row) => keyOf(row, '') === name);
    const least = leastOf(own);
    return own.map((row) => ({ row, excess: worstExcess(row, least) }));
  });
}

const isOurs = ({ row }: PathPoint): boolean => row.name.startsWith('ours');

/** Our quickest path that is at least as near as theirs. */
function asNear(all: readonly PathPoint[], peer: PathPoint): PathPoint | undefined {
  const near = all.filter((one) => isOurs(one) && (one.excess ?? 1) <= Math.max(peer.excess ?? 0, 1e-6));
  return near.sort((a, b) => (a.row.seconds ?? 0) - (b.row.seconds ?? 0))[0];
}

export interface PathComparison {
  readonly name: string;
  readonly cases: number;
  /** Their seconds over ours to 1e-6, and over our quickest path that is as near as theirs. */
  readonly ratios: readonly number[];
  readonly asNear: readonly number[];
  /** Of paths that were ended at the cap: the cap over ours, which the ratio is at least. */
  readonly atLeast: readonly number[];
  /** Largest excess of theirs. */
  readonly worst: number | null;
}

/** The peers over the cases of a program, ours when nothing compiles any more. */
export function pathComparisons(program: PathCase['program'], cases: readonly PathPoint[][]): PathComparison[] {
  const own = cases.filter((all) => all[0]?.row.program === program);
  const names = [
    ...new Set(
      own
        .flat()
        .filter((one) => !isOurs(one))
        .map(({ row }) => row.name),
    ),
  ];
  return names.map((name) => {
    const pairs = own.flatMap((all) => {
      const peer = all.find(({ row }) => row.name === name);
      const tight = all.find(({ row }) => row.name === 'ours, gap 1e-6');
      return peer && tight ? [{ peer, tight, near: asNear(all, peer) }] : [];
    });
    const ended = pairs.filter(({ peer }) => peer.row.seconds !== null && peer.excess !== null);
    const over = (peer: PathPoint, ours: PathPoint): number =>
      (peer.row.seconds as number) / (ours.row.seconds as number);
    return {
      ...{ name, cases: pairs.length },
      ratios: ended.map(({ peer, tight }) => over(peer, tight)),
      atLeast: pairs
        .filter(({ peer }) => peer.row.seconds === null && peer.row.cap !== undefined)
        .map(({ peer, tight }) => (peer.row.cap as number) / (tight.row.seconds as number)),
      asNear: ended.flatMap(({ peer, near }) => (near ? [over(peer, near)] : [])),
      worst: ended.length === 0 ? null : Math.max(...ended.map(({ peer }) => peer.excess as number)),
    };
  });
}

function summary(program: PathCase['program'], cases: readonly PathPoint[][]): string {
  const meanAndLeast = (ratios: readonly number[]): string =>
    ratios.length === 0 ? '–' : `${number(geometricMean(ratios))} (${number(Math.min(...ratios), 2)})`;
  const body = pathComparisons(program, cases).map(({ name, cases: count, ratios, asNear: near, atLeast, worst }) => [
    name.replace('path-', ''),
    `${ratios.length} of ${count}`,
    ratios.length === 0 && atLeast.length > 0 ? `more than ${number(geometricMean(atLeast), 2)}` : meanAndLeast(ratios),
    meanAndLeast(near),
    worst === null ? '–' : power(worst),
  ]);
  return table(['peer', 'ended', 'over ours to 1e-6', 'over ours as near', 'its largest excess'], body);
}

function details(cases: readonly PathPoint[][]): string {
  const body = cases
    .flat()
    .map(({ row, excess }) => [
      `${row.program} ${row.problem}`,
      row.name.replace('path-', ''),
      number(row.seconds),
      row.first === undefined ? '' : number(row.first),
      excess === null ? '–' : power(excess),
      row.violation === null ? '–' : power(row.violation),
      row.note,
    ]);
  return table(['program', '', 'seconds', 'first time', 'largest excess', 'largest violation', 'note'], body);
}

/** Chapter and figure; null when nothing has been measured. */
export function pathChapter(rows: readonly PathRow[]): string | null {
  if (rows.length === 0) return null;
  const cases = casesOf(rows);
  writeWhole(resolve(folder, 'path.svg'), pathFigure(cases));
  const programs = (['gated', 'relu'] as const).filter((program) => rows.some((row) => row.program === program));
  return `## Paths

100 λ from where the network is zero to a thousandth of that, over the same patterns, warm from one to the next, CPU seconds of one thread. Every point of every path is
judged; the excess is the largest over the λ, from the least feasible objective that anybody shows there. Geometric means (least) of their
seconds over ours, ours when nothing compiles any more: the lesser of the third and the fourth time in a process (*first time* compiles).
These are the solves alone; \`fitPath\` also proves a certificate at every λ, by code that shares nothing with the solver.

![largest excess along a path over seconds](peers/path.svg)

${programs.map((program) => `${program === 'relu' ? 'ReLU' : 'Gated'} programs:\n\n${summary(program, cases)}`).join('\n\n')}

<details><summary>Every path</summary>

${details(cases)}

</details>

${circumstances(rows)}
`;
}
