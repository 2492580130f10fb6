import { dot } from '../linalg/index.js';
import type { Loss } from '../losses/index.js';
import type { ConeRows } from './cone.js';

/** Variables that share a cone: f of `output` += columns·z, penalty threshold·Σ ‖z_group‖, cone z ≥ 0. */
export interface ConicBlock {
  readonly output: number;
  readonly size: number;
  /** size columns of n numbers. */
  readonly columns: Float64Array;
  /** Ends of the groups: group g is [ends[g−1], ends[g]); variables behind the last end are in no group. */
  readonly groupEnds: readonly number[];
  readonly cone: ConeRows | null;
}

/** min Σ_i ℓ(f_i; y_i) + threshold Σ_groups ‖z_g‖ over the cones: everything on the sum scale (n times the objective). */
export interface ConicProgram {
  readonly n: number;
  readonly outputs: number;
  readonly y: Float64Array;
  readonly loss: Loss;
  readonly threshold: number;
  readonly bias: boolean;
  readonly blocks: readonly ConicBlock[];
}

export interface ConicSolution {
  /** Of all blocks, one after the other. */
  readonly z: Float64Array;
  readonly bias: Float64Array;
  /** n×outputs. */
  readonly f: Float64Array;
  readonly residual: Float64Array;
  /** Cone rows at z as the method has them (> 0), and their multipliers ≥ 0; of all blocks, one after the other. */
  readonly slack: Float64Array;
  readonly nu: Float64Array;
  /** Sum scale. The dual value holds over the blocks of the program. */
  readonly primal: number;
  readonly dual: number;
  readonly iterations: number;
}

/** Where the parts of a program lie in flat vectors. */
export class ConicLayout {
  /** Of all blocks. */
  readonly variables: number;
  readonly rows: number;
  readonly groups: number;
  /** First variable and first cone row of each block. */
  readonly offsets: Int32Array;
  readonly rowsFrom: Int32Array;
  /** First variable of each group, and how many. */
  readonly groupFrom: Int32Array;
  readonly groupSize: Int32Array;
  /** First entry of each group's second-order cone, its scalar part; all of them. */
  readonly coneFrom: Int32Array;
  readonly coneEntries: number;

  constructor(readonly blocks: readonly ConicBlock[]) {
    this.offsets = starts(blocks.map(({ size }) => size));
    this.rowsFrom = starts(blocks.map(({ cone }) => cone?.count ?? 0));
    this.variables = this.offsets[blocks.length];
    this.rows = this.rowsFrom[blocks.length];
    const groups = blocks.flatMap(({ groupEnds }, b) =>
      groupEnds.map((end, g) => ({ from: this.offsets[b] + (groupEnds[g - 1] ?? 0), end: this.offsets[b] + end })),
    );
    this.groups = groups.length;
    this.groupFrom = Int32Array.from(groups, ({ from }) => from);
    this.groupSize = Int32Array.from(groups, ({ from, end }) => end - from);
    this.coneFrom = starts(groups.map(({ from, end }) => end - from + 1));
    this.coneEntries = this.coneFrom[groups.length];
  }

  /** The part of block b, of a vector over variables. */
  own(values: Float64Array, b: number): Float64Array {
    return values.subarray(this.offsets[b], this.offsets[b + 1]);
  }

  /** The part of block b, of a vector over cone rows. */
  ownRows(values: Float64Array, b: number): Float64Array {
    return values.subarray(this.rowsFrom[b], this.rowsFrom[b + 1]);
  }

  /** One view a group, of a vector over second-order cones. */
  cones(values: Float64Array): Float64Array[] {
    return Array.from({ length: this.groups }, (_, g) => values.subarray(this.coneFrom[g], this.coneFrom[g + 1]));
  }

  /** out ← the cone rows of all blocks at z. */
  applyRows(z: Float64Array, out: Float64Array): void {
    this.blocks.forEach(({ cone }, b) => {
      cone?.apply(this.own(z, b), this.ownRows(out, b));
    });
  }

  /** g += Gᵀν for the cone rows of all blocks. */
  addRowsTranspose(nu: Float64Array, g: Float64Array): void {
    this.blocks.forEach(({ cone }, b) => {
      cone?.addTranspose(this.ownRows(nu, b), this.own(g, b));
    });
  }
}

function starts(sizes: readonly number[]): Int32Array {
  const out = new Int32Array(sizes.length + 1);
  for (let k = 0; k < sizes.length; k++) out[k + 1] = out[k] + sizes[k];
  return out;
}

/** f = Σ columns·z + bias, n×outputs. */
export function predictions(
  { blocks, n, outputs }: ConicProgram,
  layout: ConicLayout,
  z: Float64Array,
  bias: Float64Array,
): Float64Array {
  const f = new Float64Array(n * outputs);
  for (let i = 0; i < f.length; i++) f[i] = bias[i % outputs];
  blocks.forEach(({ columns, output, size }, b) => {
    for (let k = 0; k < size; k++) {
      const t = z[layout.offsets[b] + k];
      if (t !== 0) for (let i = 0, at = k * n; i < n; i++) f[i * outputs + output] += t * columns[at + i];
    }
  });
  return f;
}

/** Aᵀ r for all blocks. */
export function pricesOf({ blocks, n, outputs }: ConicProgram, layout: ConicLayout, r: Float64Array): Float64Array {
  const g = new Float64Array(layout.variables);
  const byOutput = Array.from({ length: outputs }, (_, k) =>
    outputs === 1 ? r : Float64Array.from({ length: n }, (_, i) => r[i * outputs + k]),
  );
  blocks.forEach(({ columns, output, size }, b) => {
    for (let k = 0; k < size; k++) g[layout.offsets[b] + k] = dot(columns, k * n, byOutput[output], 0, n);
  });
  return g;
}
