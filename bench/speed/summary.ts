import { type Case, type Reference, type Row, sameCase } from './row.js';

/** Excesses that differ by less are equal: the gap that ours is asked for. */
const tolerance = 1e-6;
/** A point with larger violations lies outside the sampled program, and may be below its optimum. */
const feasible = 1e-9;

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Seconds of a row's first and further calls: CPU on one thread, wall on several. A run to a target counts until there. */
export function secondsOf(row: Row): { first: number | null; further: number | null } {
  if (row.cpuToTarget !== undefined) return { first: targetSeconds(row), further: null };
  const [first, further] = row.threads === 1 ? [row.firstCpu, row.furtherCpu] : [row.firstWall, row.furtherWall];
  return { first: median(first), further: median(further) };
}

/** CPU seconds; on several threads turned into wall seconds by the share of the whole run. */
function targetSeconds({ cpuToTarget, threads, firstCpu, firstWall }: Row): number | null {
  if (cpuToTarget === null || cpuToTarget === undefined) return null;
  return threads === 1 ? cpuToTarget : (cpuToTarget * firstWall[0]) / firstCpu[0];
}

/** The best value known of a sampled program: the reference's or a feasible answer's below it. Priced: our own answer's. */
export function bestValue(one: Case, references: readonly Reference[], rows: readonly Row[]): number | null {
  const same = rows.filter((row) => sameCase(row, one));
  if (one.program === 'priced') return same.find((row) => row.method === 'ours')?.objective ?? null;
  const answers = same.filter((row) => row.objective !== null && (row.violation ?? 0) <= feasible);
  const values = references.filter((reference) => sameCase(reference, one)).map(({ value }) => value);
  return least([...values, ...answers.map((row) => row.objective as number)]);
}

const least = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values));

export const excessOf = (row: Row, best: number | null): number | null =>
  row.objective === null || best === null ? null : (row.objective - best) / Math.abs(best);

export type Outcome = 'won' | 'lost' | 'quicker, farther' | 'slower, nearer' | 'no answer';

/** Ours against a peer on one case: quicker (first call), and at least as near to the best value. */
export function outcome(ours: Row, peer: Row, best: number | null): Outcome {
  const theirs = secondsOf(peer).first;
  const [ourExcess, theirExcess] = [excessOf(ours, best), excessOf(peer, best)];
  if (theirs === null || theirExcess === null) return 'no answer';
  const quicker = (secondsOf(ours).first ?? Number.POSITIVE_INFINITY) < theirs;
  // A run to a target is as near as it was asked to be; below the optimum means outside the program
  const gap = peer.cpuToTarget === undefined ? Math.max(0, ourExcess ?? 1) - Math.max(0, theirExcess) : 0;
  if (quicker) return gap <= tolerance ? 'won' : 'quicker, farther';
  return gap >= -tolerance ? 'lost' : 'slower, nearer';
}

export interface Comparison {
  /** Of ours, and of the peer. */
  readonly own: string;
  readonly method: string;
  readonly threads: number;
  readonly rows: number;
  /** Their seconds over ours, geometric mean; capped rows count with the time at which they were stopped. */
  readonly firstRatio: number | null;
  /** A run to a target is one call: it counts with our further ones too. */
  readonly furtherRatio: number | null;
  /** Cases in which our further calls take less than theirs. */
  readonly furtherQuicker: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
}

/** Ours (`own`: which of our methods) against one peer over all rows that both have. */
export function compare(
  program: Case['program'],
  method: string,
  threads: number,
  references: readonly Reference[],
  rows: readonly Row[],
  own = 'ours',
): Comparison {
  const peers = rows.filter((r) => r.program === program && r.method === method && r.threads === threads);
  const outcomes: Record<Outcome, number> = {
    won: 0,
    lost: 0,
    'quicker, farther': 0,
    'slower, nearer': 0,
    'no answer': 0,
  };
  let both = 0;
  const first: number[] = [];
  const further: number[] = [];
  for (const peer of peers) {
    const ours = rows.find((row) => row.method === own && row.threads === threads && sameCase(row, peer));
    if (!ours) continue;
    both++;
    outcomes[outcome(ours, peer, bestValue(peer, references, rows))]++;
    const [us, them] = [secondsOf(ours), secondsOf(peer)];
    if (peer.objective === null) continue;
    if (us.first !== null && them.first !== null) first.push(them.first / us.first);
    const later = them.further ?? (peer.cpuToTarget === undefined ? null : them.first);
    // A call so long that there was one only counts with the further ones too
    const ourLater = us.further ?? us.first;
    if (ourLater !== null && later !== null) further.push(later / ourLater);
  }
  const ratios = { firstRatio: geometricMean(first), furtherRatio: geometricMean(further) };
  const furtherQuicker = further.filter((ratio) => ratio > 1).length;
  return { own, method, threads, rows: both, ...ratios, furtherQuicker, outcomes };
}
