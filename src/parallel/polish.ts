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
/** Added to the curvature of a block, in units of threshold/‖z‖: where the optimum is not unique, one near the start is taken. */
const DAMPING = 1e-9;
/** Rows outside their cone by this share of the block's size are rounding. */
const ROUNDING = 1e-12;

/**
 * Newton's method on the face that an interior-point solution points to: groups that are zero stay zero and cone rows whose multiplier
 * outweighs their slack stay tight, so that what is left is smooth. An interior-point method has half the digits of the gap in its
 * residual; this has all of them. Null where the face was not the right one: then no point gets worse.
 */
export function polished(program: ConicProgram, start: NearOptimum, kernels?: Kernels): Polished | null {
  const layout = new ConicLayout(program.blocks);
  const bases = program.blocks.map((block, b) => faceOf(block, layout, b, start, program.threshold));
  const face = onFace(program, bases);
  const faceLayout = new ConicLayout(face.blocks);
  const w = new Float64Array(faceLayout.variables);
  bases.forEach((basis, b) => {
    const own = layout.own(start.z, b);
    for (let k = 0; k < basis.length; k++) w[faceLayout.offsets[b] + k] = dot(basis[k], 0, own, 0, own.length);
  });
  const z = new Float64Array(layout.variables);
  const bias = start.bias.slice();
  const read = (): State => {
    expand(bases, layout, faceLayout, w, z);
    return stateOf(program, layout, z, bias);
  };
  const first = read();
  let state = first;
  for (let k = 0; k < mostSteps; k++) {
    const move = newtonStep(face, faceLayout, bases, program, layout, state, z, kernels);
    const kept = { w: w.slice(), bias: bias.slice() };
    for (let j = 0; j < w.length; j++) w[j] += move[j];
    for (let j = 0; program.bias && j < bias.length; j++) bias[j] += move[w.length + j];
    const next = read();
    if (!(next.primal < state.primal)) {
      // As many digits as there are: the last step is kept where it does no harm
      if (!(next.primal <= state.primal * (1 + 1e-14))) {
        w.set(kept.w);
        bias.set(kept.bias);
        state = read();
      } else state = next;
      break;
    }
    state = next;
  }
  if (!(state.primal <= first.primal) || outside(layout, z) > ROUNDING) return null;
  return { z, bias, residual: state.residual, primal: state.primal };
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

function expand(
  bases: readonly Float64Array[][],
  layout: ConicLayout,
  face: ConicLayout,
  w: Float64Array,
  z: Float64Array,
): void {
  z.fill(0);
  bases.forEach((basis, b) => {
    const own = layout.own(z, b);
    basis.forEach((q, k) => {
      const t = w[face.offsets[b] + k];
      for (let l = 0; l < own.length; l++) own[l] += t * q[l];
    });
  });
}

function newtonStep(
  face: ConicProgram,
  faceLayout: ConicLayout,
  bases: readonly Float64Array[][],
  program: ConicProgram,
  layout: ConicLayout,
  { f, residual }: State,
  z: Float64Array,
  kernels?: Kernels,
): Float64Array {
  const { loss, y, outputs, n, bias, threshold } = program;
  const price = pricesOf(program, layout, residual);
  for (let g = 0; g < layout.groups; g++) {
    const size = groupNorm(layout, z, g);
    const from = layout.groupFrom[g];
    if (size > 0) for (let k = from; k < from + layout.groupSize[g]; k++) price[k] -= (threshold * z[k]) / size;
  }
  const x = new Float64Array(faceLayout.variables + (bias ? outputs : 0));
  bases.forEach((basis, b) => {
    const own = layout.own(price, b);
    basis.forEach((q, k) => {
      x[faceLayout.offsets[b] + k] = dot(q, 0, own, 0, own.length);
    });
  });
  if (bias) for (let i = 0; i < residual.length; i++) x[faceLayout.variables + (i % outputs)] += residual[i];
  const curvature = new Float64Array(outputs === 1 ? n : n * outputs * outputs);
  loss.curvature(f, y, outputs, curvature);
  const hessians = bases.map((basis, b) => normHessian(basis, program.blocks[b], layout.own(z, b), threshold));
  newtonSystem(face, hessians, curvature, null, kernels).solve(x);
  return x;
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

/** How far blocks are outside their cones, in units of their sizes. */
function outside(layout: ConicLayout, z: Float64Array): number {
  let most = 0;
  layout.blocks.forEach(({ cone }, b) => {
    if (!cone) return;
    const own = layout.own(z, b);
    const rows = new Float64Array(cone.count);
    cone.apply(own, rows);
    const length = Math.sqrt(dot(own, 0, own, 0, own.length));
    for (const t of rows) if (-t > most * length) most = -t / length;
  });
  return most;
}
