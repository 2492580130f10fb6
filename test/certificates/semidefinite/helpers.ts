import type { Random } from '../../../src/base/index.js';
import { type Problem, trainingProblem } from '../../../src/certificates/index.js';
import { Cheapest } from '../../../src/certificates/semidefinite/cheapest.js';
import {
  type Combinations,
  noCombinations,
  withCombinations,
} from '../../../src/certificates/semidefinite/combinations.js';
import type { LineForm, Lines, SignMultipliers } from '../../../src/certificates/semidefinite/index.js';
import { slackPairs } from '../../../src/certificates/semidefinite/slack-form.js';
import { type Matrix, matrix } from '../../../src/linalg/index.js';

/** Any multipliers at all, most of them no sensible choice; the diagonal of N⁺⁻ is deep enough for T to be definite. */
export function randomMultipliers(form: LineForm, sign: number, random: Random): SignMultipliers {
  const { count, rank, z } = form.lines;
  const size = 10 ** (3 * random.uniform() - 2);
  const density = random.uniform();
  const draw = (length: number, scale: number): Float64Array =>
    Float64Array.from({ length }, () => (random.uniform() < density ? scale * random.normal() : 0));
  const nPlus = draw(count * count, 0.1 * size);
  const nMinus = draw(count * count, 0.1 * size);
  const nCross = draw(count * count, 0.1 * size);
  for (let k = 0; k < count; k++) {
    let length = 0;
    for (let j = 0; j < rank; j++) length += z[k * rank + j] ** 2;
    let row = Math.abs(form.w[k]) / Math.max(Math.sqrt(length), 1e-300);
    for (let l = 0; l < count; l++) {
      if (l > k) {
        nPlus[k * count + l] = nPlus[l * count + k];
        nMinus[k * count + l] = nMinus[l * count + k];
      }
      row += Math.abs(nPlus[k * count + l]) + Math.abs(nMinus[k * count + l]);
      if (l !== k) row += Math.abs(nCross[k * count + l]) + Math.abs(nCross[l * count + k]);
    }
    nCross[k * count + k] = -(0.3 + random.uniform()) * row * (sign > 0 ? 1 : 1.2);
  }
  const q = 0.2 * size;
  const { combinations } = form;
  const slacks = combinations.count;
  const slack = {
    q: draw(slacks, q),
    p: draw(slacks * rank, q),
    nPlus: draw(slacks * count, 0.1 * size),
    nMinus: draw(slacks * count, 0.1 * size),
    n: draw(slacks * slacks, 0.1 * size),
  };
  const pairs = slackPairs(combinations, slack, count);
  for (let k = 0; k < count; k++) {
    let row = 0;
    for (let l = 0; l < count; l++) row += Math.abs(pairs[k * count + l]);
    nCross[k * count + k] -= row;
  }
  return {
    qPlus: draw(count, q).map(Math.abs),
    qMinus: draw(count, q).map(Math.abs),
    pPlus: draw(count * rank, q),
    pMinus: draw(count * rank, q),
    nPlus,
    nMinus,
    nCross,
    slack,
  };
}

/** Some lines as combinations of up to rank others, cheapest for costs that are drawn. */
export function randomCombinations(lines: Lines, random: Random): Combinations {
  const { count, rank, z } = lines;
  const cheapest = new Cheapest(lines);
  if (!cheapest.complete || count <= rank) return noCombinations;
  const added = [];
  for (let trial = 0; trial < 3; trial++) {
    const cost = Float64Array.from(
      { length: count },
      (_, k) => random.uniform() * Math.hypot(...z.slice(k * rank, (k + 1) * rank)),
    );
    const found = cheapest.of(random.integer(count), cost);
    if (found !== null) added.push(found.combination);
  }
  return withCombinations(noCombinations, added);
}

/** Rows bent into shapes that are hard on certificates. */
export const bends: Record<string, (X: number[][], random: Random) => number[][]> = {
  general: (X) => X,
  duplicates: (X, random) => X.map((x, i) => (i > 0 && random.uniform() < 0.5 ? X[random.integer(i)] : x)),
  zeros: (X, random) => X.map((x) => (random.uniform() < 0.3 ? x.map(() => 0) : x)),
  ties: (X) => X.map((x) => x.map((t) => Math.round(Math.max(-1, Math.min(1, t))))),
  collinear: (X, random) => X.map((x, i) => (i < 2 ? x : X[i % 2].map((t) => t * (random.integer(7) - 3)))),
  'row scales': (X, random) => X.map((x) => ((s) => x.map((t) => t * s))(10 ** (12 * random.uniform() - 6))),
  'column scales': (X) => X.map((x) => x.map((t, j) => t * 10 ** (j === 0 ? 6 : -6 * (j % 2)))),
  'nearly parallel': (X, random) => X.map((x, i) => X[i % 3].map((t, j) => t + 1e-9 * x[j] * random.uniform())),
  'all large': (X) => X.map((x) => x.map((t) => 1e6 * t)),
  'all small': (X) => X.map((x) => x.map((t) => 1e-6 * t)),
};

/** n×d normal numbers, bent. */
export function bentMatrix(kind: string, n: number, d: number, random: Random): Matrix {
  const X = Array.from({ length: n }, () => Array.from({ length: d }, () => random.normal()));
  return matrix(n, d, Float64Array.from(bends[kind](X, random).flat()));
}

export function bentProblem(kind: string, n: number, d: number, random: Random, options = {}): Problem {
  const X = bentMatrix(kind, n, d, random);
  const y = Float64Array.from({ length: n }, () => random.normal());
  const scale = Math.max(...X.data.map(Math.abs), 1e-300);
  return trainingProblem(X, y, scale * 10 ** (-1 - 1.5 * random.uniform()), options);
}
