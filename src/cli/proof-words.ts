import { type Model, type ModelProof, networkInWords } from '../index.js';
import { formatBound, formatNumber } from '../report/index.js';

/** What a proof has come to, whoever made it. */
export type Proved = Pick<ModelProof, 'bound' | 'primal' | 'gap'>;

/** A line and whether it is good news. */
export interface Line {
  readonly style: 'good' | 'warn';
  readonly words: string;
}

/** (primal − bound)/primal; all of it where the objective is not finite. */
export const gapOf = (primal: number, bound: number): number =>
  primal < Number.POSITIVE_INFINITY ? Math.max(0, primal - bound) / Math.max(primal, Number.MIN_VALUE) : 1;

/** Any bound but 0 says something; 0 does where it is reached. */
const saysSomething = ({ bound, primal }: Proved): boolean => bound > 0 || primal === 0;

/** The one line of a proof; its mark is ✓ where something is proved that is `enough`. */
export function proofLine(proved: Proved, objective: Model['objective'], enough = true): Line {
  const style = enough && saysSomething(proved) ? 'good' : 'warn';
  return { style, words: `${style === 'good' ? '✓' : '!'} ${proofWords(proved, objective)}` };
}

function proofWords(proved: Proved, objective: Model['objective']): string {
  if (!saysSomething(proved)) return 'nothing proved: no positive lower bound was found';
  const { bound, primal, gap } = proved;
  const yours = `yours: ${formatNumber(primal, 4)}, gap ${percent(gap)}`;
  return `proved: no ${networkInWords(objective)}, of any width, has an objective below ${formatBound(bound, 4)} (${yours})`;
}

/** With two digits, rounded up, short of the rounding of the share itself; never 0 for a gap that is open. */
export function percent(share: number): string {
  if (share > 0 && share < 1e-4) return '< 0.01 %';
  const digits = share >= 0.1 ? 0 : share >= 0.01 ? 1 : 2;
  return `${(Math.ceil(100 * share * 10 ** digits * (1 - 1e-12)) / 10 ** digits).toString()} %`;
}

/** Why a proof ended before its gap. */
const ends: Readonly<Record<Exclude<ModelProof['status'], 'solved'>, string>> = {
  stalled: 'the relaxation gives no more',
  'iteration-limit': 'stopped at the iteration limit',
  'time-limit': 'stopped at the time limit; --time-limit gives more',
  aborted: 'interrupted',
};

/**
 * The lines of a proof that was just made. `solved` is its own judge: rounding can leave the gap a little above the one
 * asked for.
 *
 * @param known a bound that was proved before
 */
export function proofLines(proof: ModelProof, objective: Model['objective'], asked: number, known: number): Line[] {
  const { gap, status, bound } = proof;
  const lines = [proofLine(proof, objective, status === 'solved' || gap <= asked)];
  const add = (words: string): void => void lines.push({ style: 'warn', words });
  if (status !== 'solved' && gap > asked) add(`${ends[status]}; ${percent(asked)} was asked for`);
  if (known > bound) add(`the certificate proves more: none is below ${formatBound(known, 4)}`);
  return lines;
}
