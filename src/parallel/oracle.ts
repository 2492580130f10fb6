import { createRandom, type Random, type Run } from '../base/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import { type Block, blockKey, blockOf } from './block.js';
import { Cells } from './cell.js';
import { Climber, type Start } from './climber.js';
import type { Regularizer } from './network.js';
import type { Shape } from './shape.js';
import { type LiftedSubnet, liftedNorm, subnetValues } from './subnet.js';

/** A sub-network of penalty 1, its block and its value |rᵀg(X)|, the sign on the output chosen so that it is positive. */
export interface Found {
  readonly subnet: LiftedSubnet;
  readonly block: Block;
  readonly value: number;
}

export interface OracleOptions {
  /** Starts from random sub-networks. */
  readonly starts: number;
  /** Starts from disturbed copies of each of `near`, besides one from each itself. */
  readonly around: number;
  readonly near: readonly LiftedSubnet[];
  readonly seed: number;
  readonly run?: Run;
  readonly steps?: number;
  /** Of the sub-networks that the climbs end in, how many of the best go on from cell to cell. Default 40. */
  readonly walks?: number;
}

/** Cells that one walk looks at, and how many in vain before it ends. */
const longestWalk = 30;
const mostIdle = 4;

/**
 * Local maxima of |rᵀg(X; Z)| over the sub-networks of penalty at most 1 for one output's residual r: the best of each walk first, then
 * the cells on the way there. Each start climbs along the gradient of the piece it is on, with a step that grows while the value does;
 * the best go on from cell to cell: most local maxima are corners where many rows tie. No value ever decreases.
 */
export async function searchSubnets(
  X: Matrix,
  shape: Shape,
  regularizer: Regularizer,
  r: Float64Array,
  output: number,
  options: OracleOptions,
): Promise<Found[]> {
  const random = createRandom(options.seed, output + 1);
  const climber = new Climber(X, shape, regularizer, r);
  const climbed: Found[] = [];
  for (const start of startsOf(X, shape, options, random)) {
    if (options.run?.stop) break;
    for (const sign of start.signed ? [start.sign] : [1, -1]) {
      const value = climber.climb(start, sign, options.steps ?? 120);
      if (!(value > 0)) continue;
      const subnet = climber.subnet(output, sign as 1 | -1);
      climbed.push({ value, subnet, block: blockOf(X, shape, subnet) });
    }
    await options.run?.pause();
  }
  climbed.sort(byValue);
  const walker = new Walker(X, shape, regularizer === 'path' || shape.layers === 2, r, random);
  const tops: Found[] = [];
  const others: Found[] = [];
  for (const found of climbed) {
    const walked = !options.run?.stop && tops.length < (options.walks ?? 40) ? walker.walk(found) : [found];
    if (walked.length > 0) tops.push(walked[walked.length - 1]);
    others.push(...walked.slice(0, -1));
    await options.run?.pause();
  }
  return [...tops.sort(byValue), ...others.sort(byValue)];
}

const byValue = (a: Found, b: Found): number => b.value - a.value;

/** From cell to cell: the best point of a cell, then that of a cell beside it, as long as values grow. */
class Walker {
  readonly #seen = new Set<string>();
  readonly #cells: Cells;

  constructor(
    readonly X: Matrix,
    readonly shape: Shape,
    path: boolean,
    readonly r: Float64Array,
    readonly random: Random,
  ) {
    this.#cells = new Cells(X, shape, path, r);
  }

  /** What was met, the best last; empty where another walk began in the same cell. */
  walk(start: Found): Found[] {
    if (!this.#isNew(start.block)) return [];
    let best = start;
    const met = [start];
    for (let k = 0, idle = 0; k < longestWalk && idle < mostIdle; k++, idle++) {
      const block = k === 0 ? start.block : this.#beside(best);
      if (k > 0 && !this.#isNew(block)) continue;
      const z = this.#cells.best(block, best.subnet.z);
      const subnet = z && { ...best.subnet, z };
      const value = subnet ? this.#valueOf(subnet) : 0;
      if (!subnet || value <= best.value * (1 + 1e-9)) continue;
      best = { value, block, subnet };
      met.push(best);
      idle = -1;
    }
    return met;
  }

  /** By definition: a point that rounding put outside its cell gets no value that it has not. */
  #valueOf(subnet: LiftedSubnet): number {
    return subnet.sign * dot(subnetValues(this.X, this.shape, subnet), 0, this.r, 0, this.r.length);
  }

  /** A cell that touches the point: rows that tie there fall to either side. */
  #beside({ subnet }: Found): Block {
    const size = 1e-9 / Math.sqrt(subnet.z.length);
    return blockOf(this.X, this.shape, { ...subnet, z: subnet.z.map((t) => t + size * this.random.normal()) });
  }

  #isNew(block: Block): boolean {
    const key = blockKey(this.shape, block);
    const fresh = !this.#seen.has(key);
    this.#seen.add(key);
    return fresh;
  }
}

function* startsOf(X: Matrix, shape: Shape, options: OracleOptions, random: Random): Generator<Start> {
  const d = X.cols;
  for (const { sign, signs, z } of options.near) yield { sign, signed: true, signs, z };
  for (let k = 0; k < options.around && options.near.length > 0; k++) {
    const { sign, signs, z } = options.near[k % options.near.length];
    const size = (liftedNorm(z, d, true) / Math.sqrt(z.length)) * (k % 3 === 0 ? 1 : k % 3 === 1 ? 0.3 : 0.1);
    yield { sign, signed: true, signs, z: z.map((t) => t + size * random.normal()) };
  }
  for (let k = 0; k < options.starts; k++) {
    const z = Float64Array.from({ length: shape.leaves * d }, () => random.normal());
    if (random.uniform() < 0.3) copyRows(X, shape, z, random);
    const signs = Int8Array.from({ length: shape.nodes }, () => (random.uniform() < 0.5 ? -1 : 1));
    yield { sign: 1, signed: false, signs, z };
  }
}

/** Neurons along rows of the data, or against them. */
function copyRows(X: Matrix, shape: Shape, z: Float64Array, random: Random): void {
  for (let j = 0; j < shape.leaves; j++) {
    const i = random.integer(X.rows);
    const side = random.uniform() < 0.5 ? -1 : 1;
    for (let k = 0; k < X.cols; k++) z[j * X.cols + k] = side * X.data[i * X.cols + k];
  }
}
