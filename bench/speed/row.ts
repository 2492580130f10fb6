/** The three programs that are measured; `priced` is the training problem itself, over all patterns. */
export const programs = ['relu', 'gated', 'priced'] as const;
export type Program = (typeof programs)[number];

/** What a row is about. For `priced` the problem is the data set without its gates. */
export interface Case {
  readonly program: Program;
  readonly problem: string;
  readonly lambda: number;
}

export interface RowKey extends Case {
  readonly threads: number;
  /** `ours`, `ours-near` (priced: stopped within 0.1 % of the value of `ours`), `ours-loose` (priced: to a gap of 0.1 %), or a method of bench/peers. */
  readonly method: string;
}

/** One line of the table: everything measured about one method on one case. */
export interface Row extends RowKey {
  /** CPU seconds of all threads, of the first call in each process. */
  readonly firstCpu: readonly number[];
  readonly firstWall: readonly number[];
  /** Later calls in the same processes. */
  readonly furtherCpu: readonly number[];
  readonly furtherWall: readonly number[];
  /** By the judge, in float64; null where there is no answer. */
  readonly objective: number | null;
  readonly violation: number | null;
  readonly neurons: number | null;
  readonly note: string;
  /** CPU seconds at which a run to a target first got there; null for never. Only for such runs. */
  readonly cpuToTarget?: number | null;
  /** Priced, ours: largest violation that fresh starts of the oracle find afterwards, 1 for none. */
  readonly freshViolation?: number;
  /** Priced, ours: CPU seconds of `fit`, which computes its certificate too; and that certificate's scope. */
  readonly fitCpu?: number;
  readonly fitScope?: string;
  /** From bench/peers/results instead of this run. */
  readonly reused?: boolean;
}

/** The value that excesses are counted from. */
export interface Reference extends Case {
  readonly value: number;
  /** Proved lower bound of the sampled program; null for `priced`. */
  readonly lower: number | null;
}

const caseOf = ({ program, problem, lambda }: Case): string => `${program} ${problem} ${lambda}`;

export const sameCase = (a: Case, b: Case): boolean => caseOf(a) === caseOf(b);

export const sameRow = (a: RowKey, b: RowKey): boolean =>
  sameCase(a, b) && a.threads === b.threads && a.method === b.method;

export const dataSet = (problem: string): string => problem.replace(/_P\d+$/, '');
