import { patternStride } from '../linalg/index.js';
import type { LiftedProgram } from '../programs/index.js';

/** Some columns of M of one output: D X times the rows of `basis` (width×d, the block's sign in them). */
export interface ColumnGroup {
  readonly pattern: number;
  readonly basis: Float64Array;
  readonly width: number;
}

/** The columns of M of each output; where the output has a bias, its column comes last. */
export interface Columns {
  readonly groups: readonly (readonly ColumnGroup[])[];
  readonly widths: readonly number[];
  readonly total: number;
  readonly rootSigmaBias: number;
}

/** Entries of a panel of M made at a time. */
export const panelEntries = 1 << 21;

export function columnsOf(
  program: LiftedProgram,
  groups: readonly (readonly ColumnGroup[])[],
  sigmaBias: number,
): Columns {
  const widths = groups.map((group) => group.reduce((sum, g) => sum + g.width, program.outputBias ? 1 : 0));
  const total = widths.reduce((sum, w) => sum + w, 0);
  return { groups, widths, total, rootSigmaBias: Math.sqrt(sigmaBias) };
}

/** Rows [from, from+rows) of M's columns of one output. */
export function writePanel(
  program: LiftedProgram,
  columns: Columns,
  output: number,
  from: number,
  rows: number,
  panel: Float64Array,
): void {
  const width = columns.widths[output];
  const offset = writeGroups(program, columns.groups[output], from, rows, panel, width);
  if (program.outputBias) for (let i = 0; i < rows; i++) panel[i * width + offset] = columns.rootSigmaBias;
}

/** Rows [from, from+rows) of the groups' columns, the first ones of a panel of `width`; returns how many. */
export function writeGroups(
  { kernels, d, x, bytes, stride }: LiftedProgram,
  groups: readonly ColumnGroup[],
  from: number,
  rows: number,
  panel: Float64Array,
  width: number,
): number {
  const xs = x.subarray(from * d, (from + rows) * d);
  let offset = 0;
  for (const { pattern, basis, width: k } of groups) {
    const first = pattern * stride + (from >> 3);
    const flags = bytes.subarray(first, first + patternStride(rows));
    if (k > 0) kernels.maskedColumns(rows, d, k, xs, flags, 1, basis, panel, width, offset);
    offset += k;
  }
  return offset;
}

/** Gives some rows of M of one output: written into `room`, or where they lie already. */
export type PanelSource = (output: number, from: number, rows: number, room: () => Float64Array) => Float64Array;

/** I + Mᵀ W M (total×total, in kernel memory), by panels of rows. */
export function columnGram(
  program: LiftedProgram,
  columns: Columns,
  weights: Float64Array,
  source: PanelSource,
): Float64Array {
  const { total, widths } = columns;
  // with one output its one block fills it
  const system = program.outputs === 1 ? program.kernels.unset(total * total) : program.kernels.float64(total * total);
  for (let a = 0, row = 0; a < program.outputs; row += widths[a++]) {
    for (let b = a, column = row; b < program.outputs; column += widths[b++]) {
      if (a === b || !program.loss.separable) gramBlock(program, columns, weights, source, a, b, system, row, column);
    }
  }
  addIdentity(system, total);
  return system;
}

/** The part of two outputs, written at (row, column) and mirrored. */
function gramBlock(
  program: LiftedProgram,
  columns: Columns,
  weights: Float64Array,
  source: PanelSource,
  a: number,
  b: number,
  system: Float64Array,
  row: number,
  column: number,
): void {
  const { kernels, n, outputs } = program;
  const left = columns.widths[a];
  const right = columns.widths[b];
  const total = columns.total;
  const most = rowsAtOnce(n, total);
  const mark = kernels.mark();
  const target = kernels.unset(left * right);
  const w = kernels.unset(most);
  for (let from = 0; from < n; from += most) {
    const own = kernels.mark();
    const rows = Math.min(most, n - from);
    const beta = from === 0 ? 0 : 1;
    chooseWeights(weights, outputs, from, a, b, w.subarray(0, rows));
    const panel = source(a, from, rows, () => kernels.unset(rows * left));
    if (a === b) kernels.weightedGram(rows, left, panel, w, beta, target);
    else {
      const other = kernels.unset(rows * right);
      other.set(source(b, from, rows, () => kernels.unset(rows * right)));
      scaleRows(other, rows, right, w);
      kernels.gemm(left, right, rows, 1, panel, true, other, false, beta, target);
    }
    kernels.release(own);
  }
  mirrorInto(target, left, right, system, total, row, column);
  kernels.release(mark);
}

function addIdentity(system: Float64Array, total: number): void {
  for (let i = 0; i < total; i++) system[i * total + i] += 1;
}

/** out ← the weights of outputs a and b at samples from … . */
function chooseWeights(
  weights: Float64Array,
  outputs: number,
  from: number,
  a: number,
  b: number,
  out: Float64Array,
): void {
  const step = outputs * outputs;
  const first = from * step + a * outputs + b;
  for (let i = 0; i < out.length; i++) out[i] = weights[first + i * step];
}

function scaleRows(m: Float64Array, rows: number, width: number, by: Float64Array): void {
  for (let i = 0; i < rows; i++) for (let k = i * width; k < (i + 1) * width; k++) m[k] *= by[i];
}

export const rowsAtOnce = (n: number, width: number): number =>
  Math.min(n, Math.max(64, Math.floor(panelEntries / Math.max(1, width)) & ~7));

function mirrorInto(
  block: Float64Array,
  rows: number,
  columns: number,
  system: Float64Array,
  total: number,
  row: number,
  column: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = block[i * columns + j];
      system[(row + i) * total + column + j] = value;
      system[(column + j) * total + row + i] = value;
    }
  }
}
