import { createRandom, type Random, requireThat } from '../base/index.js';
import { type Matrix, rowOf } from '../linalg/index.js';
import { type Arrangement, coordinatesOf } from './arrangement.js';
import type { Directions } from './ascent.js';
import { exactMaximum } from './exact.js';
import { addNormal, negated, type PositivePart } from './positive-part.js';
import type { SearchOptions } from './search.js';
import { dot } from './vectors.js';

/** Up to this many distinct hyperplanes the exact maximum of rank 3 is cheap next to the search. */
const EXACT_PLANES = 256;

/** Where a search begins. */
export interface Starts {
  readonly starts: Directions;
  /** Those that begin with plain ascent. */
  readonly plain: number[];
}

/**
 * Unit starting directions, each for both signs except the exact maxima, which have their own. Every other one begins
 * with plain ascent, the rest with cell ascent at once. Plain ascent reaches high maxima in few steps on large data,
 * but draws nearly all starts to the same few; on the residuals of optima of rank 3 to 6 cell ascent alone found the
 * global maximum far more often, on 200 × 10 and 300 × 20 less often. Half of each is near the better one on both.
 */
export function startingDirections(part: PositivePart, options: SearchOptions): Starts {
  const { arrangement } = part;
  const random = createRandom(options.seed ?? 0);
  const known = incumbentDirections(arrangement, options.incumbents);
  const fresh = [
    ...gradientDirections(part),
    ...rowDirections(arrangement, options.starts ?? 100, random),
    ...gaussianDirections(arrangement.rank, options.starts ?? 100, random),
  ];
  const signed = [1, -1].flatMap((sign) => [
    ...[...exactDirections(part, sign), ...known].map((w) => ({ sign, w, plain: false })),
    ...fresh.map((w, k) => ({ sign, w, plain: k % 2 === 0 })),
  ]);
  const usable = signed.filter(({ w }) => dot(w, w) > 0);
  const w = new Float64Array(usable.length * arrangement.rank);
  usable.forEach((start, k) => {
    const norm = Math.sqrt(dot(start.w, start.w));
    w.set(
      start.w.map((entry) => entry / norm),
      k * arrangement.rank,
    );
  });
  return {
    starts: { count: usable.length, sign: Float64Array.from(usable, ({ sign }) => sign), w },
    plain: [...usable.keys()].filter((k) => usable[k].plain),
  };
}

function incumbentDirections(arrangement: Arrangement, incumbents: Matrix | undefined): Float64Array[] {
  if (incumbents === undefined) return [];
  requireThat(
    incumbents.cols === arrangement.X.cols,
    `searchViolations: incumbents have ${incumbents.cols} columns, X has ${arrangement.X.cols}; give one direction a row.`,
  );
  requireThat(
    incumbents.data.every(Number.isFinite),
    'searchViolations: incumbents hold a number that is not finite.',
    'data',
  );
  return Array.from({ length: incumbents.rows }, (_, k) => coordinatesOf(arrangement, rowOf(incumbents, k)));
}

/** Gradients where all rows are active, and where those that pull are; and their negatives. */
function gradientDirections({ arrangement, weights, linear }: PositivePart): Float64Array[] {
  const all = linear.slice();
  const pulling = linear.slice();
  weights.forEach((weight, g) => {
    addNormal(all, arrangement, g, weight);
    if (weight > 0) addNormal(pulling, arrangement, g, weight);
  });
  return [all, pulling].flatMap((w) => [w, w.map((entry) => -entry)]);
}

/** Normals of distinct hyperplanes and their negatives: all when there are no more than `most`, else a sample. */
function rowDirections({ normals }: Arrangement, most: number, random: Random): Float64Array[] {
  const { count, rank, data } = normals;
  const row = (g: number, sign: number): Float64Array =>
    data.slice(g * rank, (g + 1) * rank).map((entry) => sign * entry);
  if (2 * count <= most) return [1, -1].flatMap((sign) => Array.from({ length: count }, (_, g) => row(g, sign)));
  return Array.from({ length: most }, (_, k) => row(random.integer(count), k % 2 === 0 ? 1 : -1));
}

const gaussianDirections = (rank: number, count: number, random: Random): Float64Array[] =>
  Array.from({ length: count }, () => Float64Array.from({ length: rank }, () => random.normal()));

function exactDirections(part: PositivePart, sign: number): Float64Array[] {
  const { rank, normals } = part.arrangement;
  if (rank > 3 || (rank === 3 && normals.count > EXACT_PLANES)) return [];
  return [exactMaximum(sign > 0 ? part : negated(part)).w];
}
