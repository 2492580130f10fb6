import type { LiftedProgram } from '../programs/index.js';
import { type ActiveBlock, activeBlocksAt, type NewtonPoint, scaledBasis } from './newton-blocks.js';
import { type ColumnGroup, type Columns, columnsOf } from './newton-columns.js';
import { chooseMethod, denseMethod, type NewtonMethod, type NewtonSizes, rowsColumnsOf } from './newton-cost.js';
import { ColumnFactor } from './newton-dense.js';
import { ConjugateGradients } from './newton-gradients.js';
import { RowsSystem } from './newton-rows.js';

export type { NewtonPoint } from './newton-blocks.js';
export type { NewtonMethod } from './newton-cost.js';

/** Iterations that conjugate gradients are expected to take before any were counted. */
const firstGuess = 6;
/** Iterations at most, as a multiple of those expected. */
const patience = 6;
/** Residual of conjugate gradients, as a share of the gradient, when no accuracy is asked for. */
const finest = 1e-12;

/**
 * The generalised Hessian of the dual subproblem, W⁻¹ + M Mᵀ, with one column of M for each free dimension of each active
 * block. Solved densely, in the smaller of its two forms (m×m by Woodbury's identity or N×N), or by preconditioned
 * conjugate gradients, whichever the sizes promise to be cheaper; those that stall hand over to a dense form that fits.
 */
export class NewtonSystem {
  /** The direction of the last call to `solve`. */
  readonly step: Float64Array;
  readonly #negative: Float64Array;
  readonly #rows: RowsSystem;
  #expected = firstGuess;

  /** `method`: always this one, as far as it is possible. */
  constructor(
    readonly program: LiftedProgram,
    readonly method: NewtonMethod | 'auto' = 'auto',
  ) {
    this.step = program.kernels.float64(program.rows);
    this.#negative = program.kernels.float64(program.rows);
    this.#rows = new RowsSystem(program);
  }

  /**
   * step ← −(W⁻¹ + M Mᵀ)⁻¹ gradient, exactly or with a residual of norm `accuracy`. Returns false when no direction was found.
   */
  solve(at: NewtonPoint, accuracy = finest * norm(at.gradient)): boolean {
    const { kernels } = this.program;
    const mark = kernels.mark();
    negate(at.gradient, this.#negative);
    const active = activeBlocksAt(this.program, at);
    const sizes = this.#sizes(active);
    const method = this.method === 'auto' ? chooseMethod(sizes, this.#expected) : this.method;
    const solved =
      method === 'gradients' ? this.#byGradients(at, active, sizes, accuracy) : this.#dense(at, active, method);
    kernels.release(mark);
    return solved;
  }

  #sizes(active: readonly ActiveBlock[]): NewtonSizes {
    const { n, d, outputs, outputBias, loss } = this.program;
    const columns = active.reduce((sum, { free }) => sum + free.dimension, outputBias ? outputs : 0);
    const rowsColumns = active.reduce((sum, { free }) => sum + rowsColumnsOf(free, d), outputBias ? 1 : 0);
    return { n, d, outputs, active: active.length, columns, rowsColumns, coupled: !loss.separable };
  }

  #byGradients(at: NewtonPoint, active: readonly ActiveBlock[], sizes: NewtonSizes, accuracy: number): boolean {
    const { kernels } = this.program;
    const mark = kernels.mark();
    const gradients = new ConjugateGradients(this.program, at, active);
    const limit = Math.ceil(patience * this.#expected) + 50;
    const { converged, iterations } = gradients.regular
      ? gradients.solve(this.#negative, this.step, accuracy, limit)
      : { converged: false, iterations: 0 };
    this.#expected = 0.5 * (this.#expected + iterations);
    kernels.release(mark);
    const dense = converged || this.method !== 'auto' ? null : denseMethod(sizes);
    // A step of unfinished conjugate gradients goes down as well
    return dense ? this.#dense(at, active, dense) : iterations > 0;
  }

  #dense(at: NewtonPoint, active: readonly ActiveBlock[], method: NewtonMethod): boolean {
    if (method === 'rows') return this.#rows.solve(at, active, this.#negative, this.step);
    const columns = allColumns(this.program, at, active);
    const factor = new ColumnFactor(this.program, columns, at.weights);
    if (factor.regular) factor.solve(this.#negative, this.step);
    return factor.regular;
  }
}

/** All columns of M: every free direction of every active block. */
function allColumns(program: LiftedProgram, at: NewtonPoint, active: readonly ActiveBlock[]): Columns {
  const groups: ColumnGroup[][] = Array.from({ length: program.outputs }, () => []);
  for (const block of active) {
    const { pattern, output, free } = block;
    groups[output].push({ pattern, width: free.dimension, basis: scaledBasis(program, at.sigma, block) });
  }
  return columnsOf(program, groups, at.sigmaBias);
}

function negate(v: Float64Array, out: Float64Array): void {
  for (let i = 0; i < v.length; i++) out[i] = -v[i];
}

function norm(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}
