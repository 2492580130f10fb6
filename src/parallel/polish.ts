import { dot } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type ConicBlock, ConicLayout, type ConicProgram, predictions, pricesOf } from './conic.js';
import { newtonSystem } from './newton.js';

/** A point of a conic program near its optimum, with the multipliers of its cone rows. */
export interface NearOptimum {
  readonly z: Float64Array;
  readonly bias: Float64Array;
  readonly slack: Float64Array;
  readonly nu: Float64Array;
}

export interface Polished {
  readonly z: Float64Array;
  readonly bias: Float64Array;
  readonly residual: Float64Array;
  /** Sum scale. */
  readonly primal: number;
}

const mostSteps = 12;
/** Blocks that are done without at most. */
const mostDropped = 40;
/** Differences of objectives that are rounding. */
const DIGITS = 1e-14;
/** Added to the curvature of a block, in units of threshold/‖z‖: where the optimum is not unique, one near the start is taken. */
const DAMPING = 1e-9;
/** Rows outside their cone by this share of the block's size are rounding. */
const ROUNDING = 1e-12;

/**
 * Newton's method on the face that an interior-point solution points to: groups that are zero stay zero and cone rows whose multiplier
 * outweighs their slack stay tight, so that what is left is smooth. An interior-point method has half the digits of the gap in its
 * residual; this has all of them. Blocks that it moves out of their cones can be done without where the optimum is not unique: they
 * become zero, the smallest first. Null where that costs anything: then no point gets worse.
 */
export function polished(program: ConicProgram, start: NearOptimum, kernels?: Kernels): Polished | null {
  const layout = new ConicLayout(program.blocks);
  const z = start.z.slice();
  let most = Number.POSITIVE_INFINITY;
  for (let k = 0; k <= mostDropped; k++) {
    const face = new Face(program, layout, { ...start, z }, kernels);
    if (k === 0) most = face.state.primal * (1 + DIGITS);
    face.descend();
    if (!(face.state.primal <= most)) return null;
    const wrong = smallestOutside(layout, face.z, z);
    if (wrong < 0) return { z: face.z, bias: face.bias, residual: face.state.residual, primal: face.state.primal };
    layout.own(z, wrong).fill(0);
  }
  return null;
}

/** The point on its face, in the coordinates of bases of what each block may move in. */
class Face {
  readonly z: Float64Array;
  readonly bias: Float64Array;
  state: State;
  readonly #bases: readonly Float64Array[][];
  readonly #program: ConicProgram;
  readonly #layout: ConicLayout;
  readonly #w: Float64Array;

  constructor(
    readonly program: ConicProgram,
    readonly layout: ConicLayout,
    start: NearOptimum,
    readonly kernels?: Kernels,
  ) {
    this.#bases = program.blocks.map((block, b) => faceOf(block, layout, b, start, program.threshold));
    this.#program = onFace(program, this.#bases);
    this.#layout = new ConicLayout(this.#program.blocks);
    this.#w = this.#toFace(start.z);
    this.z = new Float64Array(layout.variables);
    this.bias = start.bias.slice();
    this.state = this.#read();
  }

  /** Newton steps as long as the objective falls. */
  descend(): void {
    for (let k = 0; k < mostSteps; k++) {
      const move = this.#newtonStep();
      this.#add(move, 1);
      const next = this.#read();
      if (next.primal < this.state.primal) this.state = next;
      else {
        // As many digits as there are: the last step is kept where it does no harm
        if (!(next.primal <= this.state.primal * (1 + DIGITS))) this.#add(move, -1);
        this.state = this.#read();
        return;
      }
    }
  }

  #add(move: Float64Array, factor: number): void {
    const w = this.#w;
    for (let k = 0; k < w.length; k++) w[k] += factor * move[k];
    for (let k = 0; w.length + k < move.length; k++) this.bias[k] += factor * move[w.length + k];
  }

  #toFace(values: Float64Array): Float64Array {
    const out = new Float64Array(this.#layout.variables);
    this.#bases.forEach((basis, b) => {
      const own = this.layout.own(values, b);
      for (let k = 0; k < basis.length; k++) out[this.#layout.offsets[b] + k] = dot(basis[k], 0, own, 0, own.length);
    });
    return out;
  }

  #read(): State {
    this.z.fill(0);
    this.#bases.forEach((basis, b) => {
      const own = this.layout.own(this.z, b);
      for (let k = 0; k < basis.length; k++) {
        const t = this.#w[this.#layout.offsets[b] + k];
        for (let l = 0; l < own.length; l++) own[l] += t * basis[k][l];
      }
    });
    return stateOf(this.program, this.layout, this.z, this.bias);
  }

  #newtonStep(): Float64Array {
    const { program, layout, z } = this;
    const { loss, y, outputs, n, bias, threshold } = program;
    const { f, residual } = this.state;
    const price = pricesOf(program, layout, residual);
    for (let g = 0; g < layout.groups; g++) {
      const size = groupNorm(layout, z, g);
      const from = layout.groupFrom[g];
      if (size > 0) for (let k = from; k < from + layout.groupSize[g]; k++) price[k] -= (threshold * z[k]) / size;
    }
    const variables = this.#layout.variables;
    const x = new Float64Array(variables + (bias ? outputs : 0));
    x.set(this.#toFace(price));
    if (bias) for (let i = 0; i < residual.length; i++) x[variables + (i % outputs)] += residual[i];
    const curvature = new Float64Array(outputs === 1 ? n : n * outputs * outputs);
    loss.curvature(f, y, outputs, curvature);
    const hessians = this.#bases.map((basis, b) => normHessian(basis, program.blocks[b], layout.own(z, b), threshold));
    newtonSystem(this.#program, hessians, curvature, null, this.kernels).solve(x);
    return x;
  }
}

interface State {
  readonly f: Float64Array;
  readonly residual: Float64Array;
  readonly primal: number;
}

function stateOf(program: ConicProgram, layout: ConicLayout, z: Float64Array, bias: Float64Array): State {
  const { loss, y, outputs, threshold } = program;
  const f = predictions(program, layout, z, bias);
  const residual = new Float64Array(f.length);
  loss.residual(f, y, outputs, residual);
  let penalty = 0;
  for (let g = 0; g < layout.groups; g++) penalty += groupNorm(layout, z, g);
  return { f, residual, primal: loss.value(f, y, outputs) + threshold * penalty };
}

const groupNorm = ({ groupFrom, groupSize }: ConicLayout, z: Float64Array, g: number): number =>
  Math.sqrt(dot(z, groupFrom[g], z, groupFrom[g], groupSize[g]));

/** An orthonormal basis of what a block may move in. */
function faceOf(
  { size, groupEnds, cone }: ConicBlock,
  layout: ConicLayout,
  b: number,
  { z, slack, nu }: NearOptimum,
  threshold: number,
): Float64Array[] {
  const own = layout.own(z, b);
  const length = Math.sqrt(dot(own, 0, own, 0, size));
  const fixed: Float64Array[] = [];
  groupEnds.forEach((end, g) => {
    const from = groupEnds[g - 1] ?? 0;
    for (let k = from; k < end && !own.subarray(from, end).some((t) => t !== 0); k++) fixed.push(unit(size, k));
  });
  const ownSlack = layout.ownRows(slack, b);
  const ownNu = layout.ownRows(nu, b);
  const pick = new Float64Array(ownNu.length);
  for (let r = 0; r < pick.length; r++) {
    // A row's squared norm is about that of the slack over the length; the exact one only for rows that may be tight
    if (!(ownSlack[r] < 1e-3 * length * Math.sqrt(size)) || !(ownNu[r] > 0)) continue;
    const row = new Float64Array(size);
    pick[r] = 1;
    cone?.addTranspose(pick, row);
    pick[r] = 0;
    const squares = dot(row, 0, row, 0, size);
    if (ownSlack[r] * threshold < ownNu[r] * squares * length) fixed.push(row);
  }
  return complement(fixed, size);
}

const unit = (size: number, k: number): Float64Array => {
  const out = new Float64Array(size);
  out[k] = 1;
  return out;
};

/** An orthonormal basis of what is orthogonal to the rows, by twice-repeated Gram–Schmidt. */
function complement(rows: readonly Float64Array[], size: number): Float64Array[] {
  const taken: Float64Array[] = [];
  for (const row of rows) append(taken, row.slice(), 1e-9);
  const held = taken.length;
  while (taken.length < size) {
    // The unit vector that is least in the span so far
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < size; k++) {
      const inside = taken.reduce((sum, q) => sum + q[k] * q[k], 0);
      if (inside < least) [best, least] = [k, inside];
    }
    if (!append(taken, unit(size, best), 0)) break;
  }
  return taken.slice(held);
}

function append(taken: Float64Array[], row: Float64Array, tolerance: number): boolean {
  const before = Math.sqrt(dot(row, 0, row, 0, row.length));
  for (let pass = 0; pass < 2; pass++)
    for (const q of taken) {
      const t = dot(q, 0, row, 0, row.length);
      for (let k = 0; k < row.length; k++) row[k] -= t * q[k];
    }
  const length = Math.sqrt(dot(row, 0, row, 0, row.length));
  if (!(length > tolerance * before)) return false;
  taken.push(row.map((t) => t / length));
  return true;
}

/** The program in the coordinates of the bases, without groups and cones. */
function onFace(program: ConicProgram, bases: readonly Float64Array[][]): ConicProgram {
  const { n } = program;
  const blocks = program.blocks.map(({ columns, output }, b): ConicBlock => {
    const basis = bases[b];
    const own = new Float64Array(basis.length * n);
    basis.forEach((q, k) => {
      for (let l = 0; l < q.length; l++) {
        const t = q[l];
        if (t !== 0) for (let i = 0; i < n; i++) own[k * n + i] += t * columns[l * n + i];
      }
    });
    return { output, size: basis.length, columns: own, groupEnds: [], cone: null };
  });
  return { ...program, blocks };
}

/** Of threshold Σ ‖z_g‖ in the coordinates of a basis, damped; lower triangle. */
function normHessian(
  basis: readonly Float64Array[],
  { groupEnds }: ConicBlock,
  z: Float64Array,
  threshold: number,
): Float64Array {
  const m = basis.length;
  const h = new Float64Array(m * m);
  groupEnds.forEach((end, g) => {
    const from = groupEnds[g - 1] ?? 0;
    const size = Math.sqrt(dot(z, from, z, from, end - from));
    if (!(size > 0)) return;
    const along = basis.map((q) => dot(q, from, z, from, end - from) / size);
    for (let k = 0; k < m; k++)
      for (let l = 0; l <= k; l++)
        h[k * m + l] += (threshold / size) * (dot(basis[k], from, basis[l], from, end - from) - along[k] * along[l]);
  });
  const length = Math.sqrt(dot(z, 0, z, 0, z.length));
  for (let k = 0; k < m; k++) h[k * m + k] += (DAMPING * threshold) / (length > 0 ? length : 1);
  return h;
}

/** Of the blocks that are outside their cones the one that was smallest; −1 where there is none. */
function smallestOutside(layout: ConicLayout, z: Float64Array, before: Float64Array): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  layout.blocks.forEach(({ cone }, b) => {
    const own = layout.own(z, b);
    const was = layout.own(before, b);
    const size = dot(was, 0, was, 0, was.length);
    if (!cone || size >= least) return;
    const rows = new Float64Array(cone.count);
    cone.apply(own, rows);
    const allowed = ROUNDING * Math.sqrt(dot(own, 0, own, 0, own.length));
    if (rows.some((t) => t < -allowed)) [found, least] = [b, size];
  });
  return found;
}
