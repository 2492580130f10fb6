import { createRandom } from '../../src/index.js';

/** A training problem small enough to be solved over every activation pattern by independent means. */
export interface SmallProblem {
  readonly name: string;
  readonly kind: Kind;
  /** n rows of d features, n ≤ 12, d ≤ 3. */
  readonly X: readonly (readonly number[])[];
  /** Numbers, or labels −1/+1 for the logistic loss. */
  readonly y: readonly number[];
  readonly lambda: number;
  readonly loss: 'squared' | 'logistic';
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
}

type Random = ReturnType<typeof createRandom>;
type Rows = number[][];

const integer = (random: Random, low: number, high: number): number =>
  low + Math.min(high - low, Math.floor((high - low + 1) * random.uniform()));

const gaussian = (n: number, d: number, random: Random): Rows =>
  Array.from({ length: n }, () => Array.from({ length: d }, () => random.normal()));

/** Every other kind is a Gaussian table bent into a degenerate shape. */
const bends = {
  general: (X: Rows): Rows => X,
  /** Half the rows are copies of earlier ones. */
  duplicates: (X: Rows, random: Random): Rows =>
    X.map((x, i) => (i > 0 && random.uniform() < 0.5 ? [...X[integer(random, 0, i - 1)]] : x)),
  zeros: (X: Rows, random: Random): Rows => X.map((x) => (random.uniform() < 0.3 ? x.map(() => 0) : x)),
  /** −1, 0 and 1: rows lie on the hyperplanes of others. */
  ternary: (X: Rows, random: Random): Rows => X.map((x) => x.map(() => integer(random, -1, 1))),
  /** Rows are multiples, also negative ones, of three directions. */
  rays: (X: Rows, random: Random): Rows =>
    X.map((_, i) => X[i % 3 < X.length ? i % 3 : 0].map((v) => v * [2, 1, -1, 0.5][integer(random, 0, 3)])),
  oneHot: (X: Rows, random: Random): Rows =>
    X.map((x) => {
      const hot = integer(random, 0, x.length - 1);
      return x.map((_, k) => (k === hot ? 1 : 0));
    }),
  /** The last column is twice the first: rank one less than it looks. */
  collinear: (X: Rows): Rows => X.map((x) => [...x.slice(0, -1), 2 * x[0]]),
  /** Columns of sizes 0.1, 1 and 10. */
  scales: (X: Rows): Rows => X.map((x) => x.map((v, k) => v * [0.1, 10, 1][k])),
  /** Far from the origin: all rows nearly the same direction. */
  offset: (X: Rows): Rows => X.map((x) => x.map((v) => v + 5)),
  /** Few distinct numbers on a line, as of ranks or years. */
  grid: (X: Rows): Rows => X.map((x, i) => x.map((_, k) => (k === 0 ? i - X.length / 2 : (i * (k + 1)) % 3))),
};

export type Kind = keyof typeof bends;
export const kinds = Object.keys(bends) as Kind[];

/** Problem number `index`: kinds take turns, everything else is drawn with the index as seed. */
export function smallProblem(index: number): SmallProblem {
  const random = createRandom(index, 77);
  const kind = kinds[index % kinds.length];
  const [n, d] = [integer(random, 2, 12), integer(random, 1, 3)];
  const X = bends[kind](gaussian(n, d, random), random);
  const loss = random.uniform() < 0.5 ? 'squared' : 'logistic';
  const noise = random.uniform() < 0.7 ? 0.3 : 1;
  const direction = Array.from({ length: d }, () => random.normal());
  const raw = X.map((x) => Math.abs(x.reduce((s, v, k) => s + v * direction[k], 0)) - 0.7 + noise * random.normal());
  const y = loss === 'squared' ? raw : labels(raw);
  const [outputBias, hiddenBias] = [random.uniform() < 0.5, random.uniform() < 0.3];
  const lambda = 10 ** (-4 + 4 * random.uniform()) * (random.uniform() < 0.5 ? 1 : slope(X, y, loss, outputBias));
  return { name: `${index} ${kind}`, kind, X, y, lambda, loss, outputBias, hiddenBias };
}

/** Both classes are there: the best constant is then finite. */
const labels = (raw: readonly number[]): number[] =>
  raw.map((v, i) => (i === 0 ? 1 : i === raw.length - 1 ? -1 : v > 0 ? 1 : -1));

/** (1/2n) Σ|r_i|‖x_i‖ for the residual of a constant model: about the λ from which on the answer is constant. */
function slope(X: Rows, y: readonly number[], loss: string, outputBias: boolean): number {
  const mean = outputBias ? y.reduce((s, v) => s + v, 0) / y.length : 0;
  const r = y.map((v) => (loss === 'squared' ? v - mean : 0.5 * v));
  const sum = X.reduce((s, x, i) => s + Math.abs(r[i]) * Math.sqrt(x.reduce((q, v) => q + v * v, 0)), 0);
  return sum > 0 ? sum / (2 * y.length) : 1;
}
