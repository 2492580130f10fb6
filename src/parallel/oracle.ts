import { createRandom, type Random, type Run } from '../base/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import { type Block, blockKey, blockOf } from './block.js';
import { Cells } from './cell.js';
import type { Regularizer } from './network.js';
import { addTransposed, rowProducts } from './products.js';
import type { Shape } from './shape.js';
import { type LiftedSubnet, liftedNorm, positive, subnetValues } from './subnet.js';

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

interface Start {
  readonly sign: number;
  /** Whether only that sign is to be climbed. */
  readonly signed: boolean;
  readonly signs: Int8Array;
  readonly z: Float64Array;
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

class Climber {
  readonly #q: Float64Array;
  readonly #delta: Float64Array;
  readonly #path: boolean;
  /** Directions, and the sizes of the leaves (weight decay: z_j = e_j w_j, ‖W‖_F = ‖e‖ = 1; a negative e_j flips the leaf's sign). */
  #w: Float64Array;
  #e: Float64Array;
  #signs: Int8Array = new Int8Array(0);

  constructor(
    readonly X: Matrix,
    readonly shape: Shape,
    regularizer: Regularizer,
    readonly r: Float64Array,
  ) {
    this.#path = regularizer === 'path' || shape.layers === 2;
    this.#q = new Float64Array(shape.nodes * X.rows);
    this.#delta = new Float64Array(shape.nodes * X.rows);
    this.#w = new Float64Array(shape.leaves * X.cols);
    this.#e = new Float64Array(shape.leaves);
  }

  climb(start: Start, sign: number, steps: number): number {
    this.#begin(start);
    let gradient = this.#gradient(sign);
    let step = 1;
    for (let k = 0; k < steps && step > 1e-9; k++) {
      const [w, e] = [this.#w, this.#e];
      const before = gradient.value;
      this.#advance(gradient, step);
      const after = this.#gradient(sign);
      if (after.value > before) {
        gradient = after;
        step = Math.min(64, step * 2);
        if (after.value - before < 1e-12 * Math.abs(after.value)) break;
      } else {
        [this.#w, this.#e] = [w, e];
        step *= 0.35;
      }
    }
    return gradient.value;
  }

  #begin({ signs, z }: Start): void {
    const d = this.X.cols;
    this.#signs = signs;
    this.#w = z.slice();
    this.#e = new Float64Array(this.shape.leaves).fill(1);
    if (!this.#path)
      for (let j = 0; j < this.#e.length; j++) {
        // ‖z_j‖ split evenly between both factors
        const root = Math.sqrt(liftedNorm(z.subarray(j * d, (j + 1) * d), d, true));
        this.#e[j] = root * signs[j];
        for (let k = j * d; k < (j + 1) * d; k++) this.#w[k] = root > 0 ? z[k] / root : 0;
      }
    this.#normalise();
  }

  #normalise(): void {
    scale(this.#w);
    if (!this.#path) scale(this.#e);
  }

  #signOf(v: number): number {
    return !this.#path && v < this.shape.leaves ? (this.#e[v] < 0 ? -1 : 1) : this.#signs[v];
  }

  #sizeOf(j: number): number {
    return this.#path ? 1 : Math.abs(this.#e[j]);
  }

  /** sign · rᵀg at the current point, with its gradient in w and e. */
  #gradient(sign: number): { value: number; w: Float64Array; e: Float64Array } {
    const { X, shape, r } = this;
    const { rows: n, cols: d } = X;
    const value = this.#values(sign);
    const delta = this.#delta;
    const q = this.#q;
    const root = shape.nodes - 1;
    for (let i = 0, at = root * n; i < n; i++) delta[at + i] = sign * r[i] * +(q[at + i] > 0);
    for (let v = root; v >= shape.leaves; v--)
      for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++) {
        const s = this.#signOf(c);
        for (let i = 0, at = c * n, above = v * n; i < n; i++) delta[at + i] = s * delta[above + i] * +(q[at + i] > 0);
      }
    const w = new Float64Array(this.#w.length);
    const e = new Float64Array(this.#e.length);
    for (let j = 0; j < shape.leaves; j++) {
      const size = this.#sizeOf(j);
      addTransposed(X, delta, j * n, w, j * d);
      let along = 0;
      for (let k = j * d; k < (j + 1) * d; k++) {
        along += w[k] * this.#w[k];
        w[k] *= size;
      }
      e[j] = along * (this.#e[j] < 0 ? -1 : 1);
    }
    return { value, w, e };
  }

  #values(sign: number): number {
    const { X, shape, r } = this;
    const { rows: n, cols: d } = X;
    const q = this.#q;
    for (let j = 0; j < shape.leaves; j++) {
      const size = this.#sizeOf(j);
      rowProducts(X, this.#w, j * d, size, q, j * n);
    }
    for (let v = shape.leaves; v < shape.nodes; v++) {
      q.fill(0, v * n, (v + 1) * n);
      for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++) {
        const s = this.#signOf(c);
        for (let i = 0, at = c * n, to = v * n; i < n; i++) q[to + i] += s * positive(q[at + i]);
      }
    }
    let value = 0;
    for (let i = 0, root = (shape.nodes - 1) * n; i < n; i++) value += r[i] * positive(q[root + i]);
    return sign * value;
  }

  /** A step of `length` times the size of the point along the gradient, put back on the sphere(s). */
  #advance({ w, e }: { w: Float64Array; e: Float64Array }, length: number): void {
    this.#w = moved(this.#w, w, length);
    if (!this.#path) this.#e = moved(this.#e, e, length);
    this.#normalise();
  }

  subnet(output: number, sign: 1 | -1): LiftedSubnet {
    const d = this.X.cols;
    const z = this.#w.map((t, k) => t * this.#sizeOf(Math.floor(k / d)));
    const signs = this.#signs.map((_, v) => this.#signOf(v));
    const length = liftedNorm(z, d, this.#path);
    return { output, sign, signs, z: z.map((t) => t / length) };
  }
}

function scale(values: Float64Array): void {
  const length = Math.sqrt(values.reduce((sum, t) => sum + t * t, 0));
  if (length > 0) for (let k = 0; k < values.length; k++) values[k] /= length;
}

function moved(values: Float64Array, along: Float64Array, length: number): Float64Array {
  const size = Math.sqrt(along.reduce((sum, t) => sum + t * t, 0));
  return size > 0 ? values.map((t, k) => t + (length * along[k]) / size) : values;
}
