import type { LiftedProgram } from '../programs/index.js';
import type { KeptFactors } from './kept-factors.js';

/** What the Newton system needs to know of an evaluated residual. */
export interface NewtonPoint {
  readonly zPlus: Float64Array;
  /** ‖P_K(c_b)‖ of each block. */
  readonly norm: Float64Array;
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  readonly sigma: number;
  readonly sigmaBias: number;
  /** Inverse of the loss part of the Hessian: n numbers, or a block of outputs² per sample. */
  readonly weights: Float64Array;
  readonly gradient: Float64Array;
  /** Default: bases are made from the tight rows. */
  readonly factors?: KeptFactors;
}

/**
 * Where a block may move, the null space of its tight rows, by the shorter of two lists: orthonormal rows (of length d) of it, or of
 * its complement, the span of the tight rows.
 */
export interface FreeSpace {
  readonly dimension: number;
  /** Kernel memory. */
  readonly rows: Float64Array;
  readonly complement: boolean;
}

/**
 * One block that is not zero. The derivative of its proximal step is σ N((1−t) I + t q qᵀ)N, with N the projection on the
 * null space of its tight rows, q the unit iterate (inside that space) and t = σΛ/‖P_K(c_b)‖.
 */
export interface ActiveBlock {
  readonly block: number;
  readonly output: number;
  readonly pattern: number;
  readonly sign: number;
  readonly free: FreeSpace;
  /** q. */
  readonly direction: Float64Array;
  /** 1 − t. */
  readonly across: number;
}

/** The active blocks of a point, in order; their rows lie in kernel memory above the caller's mark. */
export function activeBlocksAt(program: LiftedProgram, at: NewtonPoint): ActiveBlock[] {
  const { kernels, d } = program;
  // Room for a whole basis once: what is kept of each is its few rows
  const room = kernels.unset(program.cones ? d * d : 0);
  return program.activeBlocks(at.zPlus).map((block) => {
    const z = at.zPlus.subarray(block * d, (block + 1) * d);
    return {
      block,
      output: program.outputOf(block),
      pattern: program.patternOf(block),
      sign: program.signOf(block),
      free: freeSpace(program, at, block, room),
      direction: unit(z),
      across: 1 - Math.min(1, (at.sigma * program.threshold) / at.norm[block]),
    };
  });
}

function freeSpace(program: LiftedProgram, at: NewtonPoint, block: number, room: Float64Array): FreeSpace {
  const { kernels, d, x } = program;
  const count = program.cones ? at.tightCount[block] : 0;
  if (count === 0) return { dimension: d, rows: room.subarray(0, 0), complement: true };
  const tight = at.tight.subarray(block * d, block * d + count);
  const complement = 2 * count < d;
  const kept = at.factors?.basisOf(program, block, tight);
  const found = kept
    ? keptBasis(program, kept, count, room)
    : complement
      ? kernels.spanBasis(d, x, tight, count, room)
      : kernels.nullBasis(d, x, tight, count, room);
  const rows = kernels.unset(found * d);
  rows.set(room.subarray(0, found * d));
  return { dimension: complement ? d - found : found, rows, complement };
}

/** From orthonormal rows as a factor keeps them: these rows themselves, or what is orthogonal to them. */
function keptBasis({ kernels, d }: LiftedProgram, q: Float64Array, count: number, out: Float64Array): number {
  if (2 * count >= d) {
    kernels.complementBasis(d, count, q, out);
    return d - count;
  }
  const width = q.length / count;
  for (let i = 0; i < count; i++) out.set(q.subarray(i * width, i * width + d), i * d);
  return count;
}

function unit(z: Float64Array): Float64Array {
  let squares = 0;
  for (let j = 0; j < z.length; j++) squares += z[j] * z[j];
  const factor = 1 / Math.sqrt(squares);
  const out = new Float64Array(z.length);
  for (let j = 0; j < z.length; j++) out[j] = z[j] * factor;
  return out;
}

/** The columns that the block gives M, as rows to be multiplied by D X: ±√σ S^{1/2} N. Kernel memory, dimension×d. */
export function scaledBasis(program: LiftedProgram, sigma: number, active: ActiveBlock): Float64Array {
  const { kernels, d } = program;
  const { free, direction, across, sign } = active;
  const out = kernels.unset(free.dimension * d);
  ownRows(program, free, out);
  const root = Math.sqrt(across);
  const scale = sign * Math.sqrt(sigma);
  stretchRows(out, direction, root, scale);
  return out;
}

/** Every row n ← scale (root n + (1 − root)(n·q) q). */
function stretchRows(rows: Float64Array, q: Float64Array, root: number, scale: number): void {
  const d = q.length;
  for (let from = 0; from < rows.length; from += d) {
    let along = 0;
    for (let j = 0; j < d; j++) along += rows[from + j] * q[j];
    along *= 1 - root;
    for (let j = 0; j < d; j++) rows[from + j] = scale * (root * rows[from + j] + along * q[j]);
  }
}

/** out ← orthonormal rows of the free space itself. */
function ownRows({ kernels, d }: LiftedProgram, { rows, dimension, complement }: FreeSpace, out: Float64Array): void {
  if (!complement) {
    out.set(rows);
    return;
  }
  const mark = kernels.mark();
  const all = kernels.int32(d - dimension);
  for (let k = 0; k < all.length; k++) all[k] = k;
  const room = kernels.unset(d * d);
  kernels.nullBasis(d, rows, all, all.length, room);
  out.set(room.subarray(0, out.length));
  kernels.release(mark);
}

/** y ← σ N((1−t) I + t q qᵀ)N g: the derivative of the block's proximal step. */
export function applyBlock(sigma: number, active: ActiveBlock, g: Float64Array, y: Float64Array): void {
  const { free, direction, across } = active;
  const { rows, complement } = free;
  const d = direction.length;
  const along = sigma * (1 - across) * dot(g, direction);
  const scale = sigma * across;
  for (let j = 0; j < d; j++) y[j] = along * direction[j] + (complement ? scale * g[j] : 0);
  const part = complement ? -scale : scale;
  for (let from = 0; from < rows.length; from += d) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += rows[from + j] * g[j];
    sum *= part;
    for (let j = 0; j < d; j++) y[j] += sum * rows[from + j];
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** out ← W v. */
export function applyWeights(program: LiftedProgram, weights: Float64Array, v: Float64Array, out: Float64Array): void {
  const { n, outputs } = program;
  if (outputs === 1) {
    for (let i = 0; i < n; i++) out[i] = weights[i] * v[i];
    return;
  }
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < outputs; a++) {
      let sum = 0;
      for (let b = 0; b < outputs; b++) sum += weights[(i * outputs + a) * outputs + b] * v[b * n + i];
      out[a * n + i] = sum;
    }
  }
}
