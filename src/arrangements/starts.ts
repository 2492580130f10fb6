import { exp, log, type Random, requireThat } from '../base/index.js';
import { type Matrix, rowOf } from '../linalg/index.js';
import { type Arrangement, coordinatesOf } from './arrangement.js';
import type { Directions } from './ascent.js';
import { exactMaximum } from './exact.js';
import { addNormal, negated, type PositivePart, stacked, valuesAt } from './positive-part.js';
import { dot } from './vectors.js';

/** Up to this many distinct hyperplanes the exact maximum of rank 3 is no dearer than a thorough search. */
const EXACT_PLANES = 256;

/** Where a search begins. */
export interface Starts {
  readonly starts: Directions;
  /** Those that begin with plain ascent. */
  readonly plain: number[];
}

/**
 * Unit starting directions anywhere, each for both signs except `own`, which have theirs. Every other row
 * begins with plain ascent, which reaches high maxima in few steps but draws nearly all starts to the same few: on the
 * residual of a path's network (195 × 22, largest value 1.048 of the limit) 3,000 plain starts found nothing above the
 * limit, and 20 that begin with cell ascent found some three times in six.
 *
 * @param own such as the incumbents.
 * @param rows directions to start from as rows do.
 * @param count random directions, and at most as many rows of X.
 * @param varied every other random direction begins with plain ascent too. Near the end of digits38 at λ = 1e-4 (357 × 54) 12,000 of
 * these found violations of 2.8e-3 where as many others found none; but searches between rounds find less with them (syn1000x20 at 1e-3:
 * 37 rounds instead of 30).
 */
export function startingDirections(
  part: PositivePart,
  own: readonly Centre[],
  rows: readonly Float64Array[],
  count: number,
  random: Random,
  varied = false,
): Starts {
  const { arrangement } = part;
  const likeRows = [...rows, ...rowDirections(arrangement, count, random)];
  const anywhere = gaussianDirections(arrangement.rank, count, random);
  const signed = [1, -1].flatMap((sign) => [
    ...own.filter((centre) => centre.sign === sign).map((centre) => ({ ...centre, plain: false })),
    ...likeRows.map((w, k) => ({ sign, w, plain: k % 2 === 0 })),
    ...anywhere.map((w, k) => ({ sign, w, plain: varied && k % 2 === 0 })),
  ]);
  const usable = signed.filter(({ w }) => dot(w, w) > 0);
  return {
    starts: directionsOf(usable, arrangement.rank),
    plain: [...usable.keys()].filter((k) => usable[k].plain),
  };
}

/** A direction and the sign of the function to climb from it. */
export interface Centre {
  readonly w: Float64Array;
  readonly sign: number;
}

function directionsOf(chosen: readonly Centre[], rank: number): Directions {
  const w = new Float64Array(chosen.length * rank);
  chosen.forEach((start, k) => {
    const norm = Math.sqrt(dot(start.w, start.w));
    for (let j = 0; j < rank; j++) w[k * rank + j] = start.w[j] / norm;
  });
  return { count: chosen.length, sign: Float64Array.from(chosen, ({ sign }) => sign), w };
}

/** Angles (tangents) of nearby starts, their logarithms evenly spread. */
const NEAREST = 0.02;
const FARTHEST = 0.5;

/**
 * `count` unit directions, half of them around the centres, each in turn: maxima come in crowds, each cell wall making its own, and
 * near a residual's optimum almost all violations lie within some degrees of a neuron. The others lie between centres: what is
 * far from every neuron is near a mixture of some (20 residuals of UCI tables whose largest violation 1,500 starts of the
 * former kind met in 37 % of the searches: 62 % with half of them mixed).
 */
export function nearbyDirections(
  part: PositivePart,
  centres: readonly Centre[],
  count: number,
  random: Random,
): Directions {
  const { rank } = part.arrangement;
  const near = Array.from({ length: centres.length > 0 && rank > 1 ? count : 0 }, (_, k): Centre => {
    const centre = centres[(k >> 1) % centres.length];
    return k % 2 === 0 ? aside(centre, random) : mixed(centres[random.integer(centres.length)], centres, random);
  });
  return directionsOf(near, rank);
}

/** A direction at a small angle to the centre. */
function aside({ w, sign }: Centre, random: Random): Centre {
  const other = gaussian(w.length, random);
  const angle = NEAREST * exp(log(FARTHEST / NEAREST) * random.uniform());
  const factor = (angle * Math.sqrt(dot(w, w))) / (Math.sqrt(dot(other, other)) || 1);
  for (let j = 0; j < other.length; j++) other[j] = w[j] + factor * other[j];
  return { sign, w: other };
}

/** Between the centre and one to four others, at shares of chance. */
function mixed({ w, sign }: Centre, centres: readonly Centre[], random: Random): Centre {
  const mix = new Float64Array(w.length);
  addUnit(mix, w, random.uniform());
  for (let others = 1 + random.integer(4); others > 0; others--) {
    addUnit(mix, centres[random.integer(centres.length)].w, random.uniform());
  }
  return { sign, w: mix };
}

/** out ← out + length · w/‖w‖. */
function addUnit(out: Float64Array, w: Float64Array, length: number): void {
  const factor = length / (Math.sqrt(dot(w, w)) || 1);
  for (let j = 0; j < out.length; j++) out[j] += factor * w[j];
}

function gaussian(rank: number, random: Random): Float64Array {
  const out = new Float64Array(rank);
  for (let j = 0; j < rank; j++) out[j] = random.normal();
  return out;
}

/** The incumbents, each with the sign that it has a positive value for. */
export function incumbentCentres(part: PositivePart, incumbents: Matrix | undefined): Centre[] {
  const directions = incumbentDirections(part.arrangement, incumbents).filter((w) => dot(w, w) > 0);
  const values = valuesAt(part, stacked(directions, part.arrangement.rank));
  return directions.map((w, k) => ({ w, sign: values[k] >= 0 ? 1 : -1 }));
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
export function gradientDirections({ arrangement, weights, linear }: PositivePart): Float64Array[] {
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
  Array.from({ length: count }, () => gaussian(rank, random));

/** The exact maximum of each sign, for rank ≤ 2; of rank 3 where `dear` ones are wanted and there are not too many hyperplanes. */
export function exactCentres(part: PositivePart, dear: boolean): Centre[] {
  const { rank, normals } = part.arrangement;
  if (rank > 3 || (rank === 3 && !(dear && normals.count <= EXACT_PLANES))) return [];
  return [1, -1].map((sign) => ({ sign, w: exactMaximum(sign > 0 ? part : negated(part)).w }));
}
