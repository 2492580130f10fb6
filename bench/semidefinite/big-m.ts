import loadHighs, { type Highs } from 'highs';
import type { Matrix } from '../../src/linalg/index.js';

// the type file says `export default`, the package is CommonJS: node gives the function itself
const load = loadHighs as unknown as () => Promise<Highs>;

export interface BigMResult {
  /** An upper bound of max over ‖u‖ ≤ 1 of tᵀ(Xu)_+: the last program's own bound. */
  readonly upper: number;
  readonly rounds: number;
  /** ‖u‖ − 1 of the last answer. */
  readonly outside: number;
}

/**
 * The baseline: max tᵀs over ‖u‖ ≤ 1 with s = (Xu)_+ as a mixed-integer program with one binary a row and the constants
 * ‖x_i‖, by HiGHS. The ball is the box and tangents at the answers that leave it, so every round bounds the maximum from above.
 */
export async function bigM(X: Matrix, t: Float64Array, mostRounds: number, seconds: number): Promise<BigMResult> {
  const highs = await load();
  const cuts: number[][] = [];
  let [upper, rounds, outside] = [Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY];
  const start = performance.now();
  while (rounds < mostRounds && outside > 1e-3 && performance.now() - start < 1000 * seconds) {
    const left = Math.max(1, seconds - (performance.now() - start) / 1000);
    const solved = highs.solve(program(X, t, cuts), { time_limit: left, mip_rel_gap: 1e-4 });
    rounds++;
    if (solved.Status !== 'Optimal') break;
    upper = Math.min(upper, solved.ObjectiveValue * (1 + 1e-4));
    const u = Array.from({ length: X.cols }, (_, j) => solved.Columns[`u${j}`].Primal ?? 0);
    const length = Math.hypot(...u);
    outside = length - 1;
    cuts.push(u.map((x) => x / length));
  }
  return { upper, rounds, outside };
}

function program({ rows, cols, data }: Matrix, t: Float64Array, cuts: readonly number[][]): string {
  const sum = (terms: readonly (readonly [number, string])[]): string =>
    terms
      .filter(([c]) => c !== 0)
      .map(([c, name]) => `${c < 0 ? '-' : '+'} ${Math.abs(c)} ${name}`)
      .join(' ');
  const dot = (i: number, factor: number) =>
    Array.from({ length: cols }, (_, j) => [factor * data[i * cols + j], `u${j}`] as const);
  const lines: string[] = [];
  for (let i = 0; i < rows; i++) {
    const big = Math.hypot(...data.subarray(i * cols, (i + 1) * cols));
    lines.push(`${sum([[1, `s${i}`], ...dot(i, -1)])} >= 0`);
    lines.push(`${sum([[1, `s${i}`], ...dot(i, -1), [big, `b${i}`]])} <= ${big}`);
    lines.push(
      `${sum([
        [1, `s${i}`],
        [-big, `b${i}`],
      ])} <= 0`,
    );
  }
  for (const cut of cuts) lines.push(`${sum(cut.map((c, j) => [c, `u${j}`] as const))} <= 1`);
  return [
    'Maximize',
    sum(Array.from(t, (c, i) => [c, `s${i}`] as const)),
    'Subject To',
    ...lines,
    'Bounds',
    ...Array.from({ length: cols }, (_, j) => `-1 <= u${j} <= 1`),
    'Binary',
    Array.from({ length: rows }, (_, i) => `b${i}`).join(' '),
    'End',
  ].join('\n');
}
