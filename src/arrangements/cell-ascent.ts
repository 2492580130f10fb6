import type { Run } from '../base/index.js';
import { patternKey } from '../linalg/index.js';
import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { Climbed } from './ascent.js';
import { improveOnCircle, product } from './circle.js';
import { negated, normalDot, type PositivePart, TOUCH_TOLERANCE, touchingSigns } from './positive-part.js';

/** A local maximum: the direction, the value there and a cell whose closure holds it. */
export interface LocalMaximum {
  readonly sign: 1 | -1;
  value: number;
  w: Float64Array;
  /** One byte a hyperplane, 1: positive side. */
  signs: Uint8Array;
}

interface Climber extends LocalMaximum {
  /** Another climber has been in the trial cell: its way from there is this one's. */
  absorbed: boolean;
  /** What the next projection has to exceed. */
  bar: number;
  /** The signs to try next, and the tight rows of the last projection, a warm start. */
  trial: Uint8Array;
  tight: Int32Array;
}

/** A step must gain this much, relative to the value, for the ascent to go on. */
const GAIN = 1e-12;
/** A line search must gain this much to be taken, and a move this long is none (its direction would be rounding). */
const STRIDE_GAIN = 1e-9;
const NO_MOVE = 1e-7;

/**
 * Cell ascent from each direction: project the gradient of its cell on the cell's cone, then cross every tight wall
 * that it pays to cross, until none does. For the projection w with multipliers μ ≥ 0 of the tight unit normals,
 * crossing wall k changes the value at the rate |n_k·v| (μ_k + q_k), q the signed weights: all walls with
 * μ_k + q_k > 0 are crossed at once, which keeps w feasible, so the value never falls (ALGORITHMS: flip test).
 * Ends where no single crossing of independent tight walls gains.
 */
export async function climbCells(
  kernels: Kernels,
  part: PositivePart,
  starts: Climbed,
  run: Run,
): Promise<LocalMaximum[]> {
  const all = Array.from({ length: starts.count }, (_, c) => climberAt(part, starts, c));
  const visited = new Set<string>();
  let going = all;
  for (let round = 0; round < 1000 && going.length > 0 && run.stop === null; round++) {
    const fresh = going.filter((climber) => enters(visited, climber));
    going = fresh.length > 0 ? climbOnce(kernels, part, fresh) : [];
    await run.pause();
  }
  return all.filter(({ absorbed, value }) => !absorbed && value > 0);
}

/** Whether the climber is the first in its trial cell; else it is absorbed. */
function enters(visited: Set<string>, climber: Climber): boolean {
  const key = climber.sign + patternKey(climber.trial);
  climber.absorbed = visited.has(key);
  visited.add(key);
  return !climber.absorbed;
}

function climberAt(part: PositivePart, starts: Climbed, c: number): Climber {
  const rank = part.linear.length;
  const w = starts.w.slice(c * rank, (c + 1) * rank);
  const signs = touchingSigns(part.arrangement, w);
  const sign = starts.sign[c] > 0 ? 1 : -1;
  return {
    sign,
    value: Number.NEGATIVE_INFINITY,
    w,
    signs,
    absorbed: false,
    bar: 0,
    trial: signs,
    tight: new Int32Array(0),
  };
}

/** One projection for each; returns those that gained and have walls to cross, with their next signs. */
function climbOnce(kernels: Kernels, part: PositivePart, going: readonly Climber[]): Climber[] {
  const mark = kernels.mark();
  try {
    const projected = project(kernels, part, going);
    return going.filter((climber, b) => accept(part, projected, climber, b));
  } finally {
    kernels.release(mark);
  }
}

function project(kernels: Kernels, part: PositivePart, going: readonly Climber[]): ConeProximalArguments {
  const p = allocate(kernels, part, going.length);
  going.forEach((climber, b) => {
    pack(climber.trial, p.bytes.subarray(b * p.stride, (b + 1) * p.stride));
    p.sign[b] = climber.sign;
    p.pattern[b] = b;
    p.tight.set(climber.tight, b * p.d);
    p.tightCount[b] = climber.tight.length;
  });
  fillGradients(kernels, part, p);
  kernels.coneProximal(p);
  return p;
}

function allocate(kernels: Kernels, { arrangement, weights }: PositivePart, blocks: number): ConeProximalArguments {
  const { count: n, rank: d, data } = arrangement.normals;
  const stride = (weights.length + 7) >> 3;
  const reals = (length: number): Float64Array => kernels.float64(length);
  const x = reals(n * d);
  x.set(data);
  return {
    n,
    d,
    blocks,
    x,
    inverseNorms: reals(n).fill(1),
    bytes: kernels.uint8(blocks * stride),
    stride,
    pattern: kernels.int32(blocks),
    sign: reals(blocks),
    z: reals(blocks * d),
    g: reals(blocks * d),
    sigma: 1,
    threshold: 0,
    cones: true,
    exact: true,
    tight: kernels.int32(blocks * d),
    tightCount: kernels.int32(blocks),
    multiplier: reals(blocks * d),
    norm: reals(blocks),
    out: reals(blocks * d),
  };
}

function fillGradients(kernels: Kernels, { weights, linear }: PositivePart, p: ConeProximalArguments): void {
  const transposed = kernels.uint8(p.blocks * p.stride);
  const q = kernels.float64(weights.length);
  q.set(weights);
  kernels.transposePatterns(p.blocks, p.stride, p.bytes, transposed);
  kernels.maskedTransposeProduct(p.n, p.d, p.blocks, p.x, transposed, q, p.g);
  for (let b = 0; b < p.blocks; b++) for (let j = 0; j < p.d; j++) p.g[b * p.d + j] += linear[j];
}

function pack(signs: Uint8Array, bytes: Uint8Array): void {
  for (let g = 0; g < signs.length; g++) bytes[g >> 3] |= signs[g] << (g & 7);
}

/** Takes over a projection that gained; true when there are walls to cross. */
function accept(part: PositivePart, p: ConeProximalArguments, climber: Climber, b: number): boolean {
  const value = p.norm[b];
  if (!(value > climber.bar)) return false;
  const earlier = climber.w;
  const first = climber.value < 0;
  climber.value = value;
  climber.bar = value * (1 + GAIN);
  climber.signs = climber.trial;
  climber.w = p.out.slice(b * p.d, (b + 1) * p.d).map((entry) => entry / value);
  if (!first && stride(part, climber, earlier)) return true;
  const walls = wallsToCross(part, p, climber, b);
  climber.tight = p.tight.slice(b * p.d, b * p.d + p.tightCount[b]);
  climber.trial = climber.signs.slice();
  for (const g of walls) climber.trial[g] = 1 - climber.trial[g];
  return walls.length > 0;
}

/** Tight walls with μ + q > 0; of walls that are touched without a multiplier, those with q > 0. */
function wallsToCross(part: PositivePart, p: ConeProximalArguments, climber: Climber, b: number): number[] {
  const multiplier = new Map<number, number>();
  for (let k = b * p.d; k < b * p.d + p.tightCount[b]; k++) multiplier.set(p.tight[k], p.multiplier[k]);
  const walls: number[] = [];
  for (let g = 0; g < p.n; g++) {
    const mu = multiplier.get(g);
    if (mu === undefined && Math.abs(normalDot(part.arrangement, g, climber.w)) > TOUCH_TOLERANCE) continue;
    if ((mu ?? 0) + climber.sign * part.weights[g] > 0) walls.push(g);
  }
  return walls;
}

/**
 * Goes on along the great circle from the earlier point through the new one, to the best point of the whole circle,
 * where that gains: one sort instead of many cells one after another.
 */
function stride(part: PositivePart, climber: Climber, earlier: Float64Array): boolean {
  const e = climber.w;
  const along = product(earlier, e);
  const f = e.map((value, k) => along * value - earlier[k]);
  const norm = Math.sqrt(product(f, f));
  if (!(norm > NO_MOVE)) return false;
  const best = { value: climber.value * (1 + STRIDE_GAIN), w: e.slice() };
  const before = best.value;
  const signed = climber.sign > 0 ? part : negated(part);
  improveOnCircle(signed, { e, f: f.map((value) => value / norm) }, best);
  if (best.value === before) return false;
  climber.value = best.value;
  climber.w = best.w;
  climber.signs = touchingSigns(part.arrangement, best.w);
  climber.trial = climber.signs;
  // Its cell holds the point, so the projection there cannot be worse, but it may be equal.
  climber.bar = best.value * (1 - STRIDE_GAIN);
  return true;
}
