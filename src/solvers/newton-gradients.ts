import type { LiftedProgram } from '../programs/index.js';
import { type ActiveBlock, applyBlock, dot, type NewtonPoint } from './newton-blocks.js';
import { type ColumnGroup, type Columns, columnsOf } from './newton-columns.js';
import { ColumnFactor } from './newton-dense.js';
import { ChosenPatterns } from './newton-patterns.js';

export interface GradientsOutcome {
  /** Whether the residual came down to the accuracy asked for; if not, the step is a descent direction all the same. */
  readonly converged: boolean;
  readonly iterations: number;
}

/**
 * Preconditioned conjugate gradients for (W⁻¹ + M Mᵀ) s = v. M is never built: its products run through the masked kernels
 * over the patterns of the active blocks, so the memory is that of a few vectors however many columns M has.
 *
 * The Hessian of one block is σ(1−t) across its unit iterate q and σ along it, and σ(1−t) ≤ ‖z‖/Λ stays bounded while σ
 * grows: the columns √σ D X q (and the bias) hold the large eigenvalues. The preconditioner (W⁻¹ + M₁M₁ᵀ)⁻¹ takes exactly
 * these. With p = W p̂ no inverse of W is needed, and where W is singular (softmax) the step stays in its range.
 */
export class ConjugateGradients {
  readonly #product: ActiveProduct;
  readonly #factor: ColumnFactor;
  readonly #vectors: Float64Array[];

  constructor(
    readonly program: LiftedProgram,
    at: NewtonPoint,
    active: readonly ActiveBlock[],
  ) {
    this.#product = new ActiveProduct(program, at, active);
    this.#factor = new ColumnFactor(program, dominantColumns(program, at, active), at.weights);
    this.#vectors = Array.from({ length: 6 }, () => program.kernels.float64(program.rows));
  }

  /** Whether the preconditioner could be factored: without it `solve` must not be called. */
  get regular(): boolean {
    return this.#factor.regular;
  }

  /** s ← about (W⁻¹ + M Mᵀ)⁻¹ v, with a residual of norm `accuracy` unless `limit` iterations come first. */
  solve(v: Float64Array, s: Float64Array, accuracy: number, limit: number): GradientsOutcome {
    const [residual, z, unweightedZ, p, unweightedP, image] = this.#vectors;
    s.fill(0);
    residual.set(v);
    let before = 0;
    for (let k = 0; ; k++) {
      if (this.#norm(residual) <= accuracy) return { converged: true, iterations: k };
      this.#factor.solve(residual, z, unweightedZ);
      const size = dot(residual, z);
      if (k === limit || !(size > 0)) return { converged: false, iterations: k };
      const beta = k === 0 ? 0 : size / before;
      extend(p, beta, z);
      extend(unweightedP, beta, unweightedZ);
      this.#product.apply(p, image);
      add(image, 1, unweightedP);
      const curvature = dot(p, image);
      if (!(curvature > 0)) return { converged: false, iterations: k };
      const length = size / curvature;
      add(s, length, p);
      add(residual, -length, image);
      before = size;
    }
  }

  /** Only what the step can change counts: for a coupled loss the part whose classes sum to zero. */
  #norm(residual: Float64Array): number {
    if (!this.program.loss.separable) this.program.centre(residual);
    return Math.sqrt(dot(residual, residual));
  }
}

/** y ← y + factor x. */
function add(y: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] += factor * x[i];
}

function sumOf(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i];
  return sum;
}

function writeScaled(y: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = factor * x[i];
}

/** p ← z + beta p. */
function extend(p: Float64Array, beta: number, z: Float64Array): void {
  for (let i = 0; i < p.length; i++) p[i] = z[i] + beta * p[i];
}

/** v ↦ M Mᵀ v = Σ_b D X H_b XᵀD v + σ_b 1 1ᵀ v over the active blocks. */
class ActiveProduct {
  readonly #own: ActiveBlock[][];
  readonly #chosen: ChosenPatterns[];
  readonly #g: Float64Array;
  readonly #y: Float64Array;

  constructor(
    readonly program: LiftedProgram,
    readonly at: NewtonPoint,
    active: readonly ActiveBlock[],
  ) {
    this.#own = Array.from({ length: program.outputs }, (_, k) => active.filter(({ output }) => output === k));
    this.#chosen = this.#own.map((blocks) => {
      const patterns = blocks.map(({ pattern }) => pattern);
      return new ChosenPatterns(program, patterns);
    });
    const size = Math.max(...this.#own.map((blocks) => blocks.length)) * program.d;
    this.#g = program.kernels.unset(size);
    this.#y = program.kernels.unset(size);
  }

  apply(v: Float64Array, out: Float64Array): void {
    const { n, d, outputBias } = this.program;
    this.#own.forEach((blocks, k) => {
      const vk = v.subarray(k * n, (k + 1) * n);
      this.#chosen[k].transposeProduct(vk, this.#g);
      // The block's sign would stand twice, and cancels
      blocks.forEach((block, b) => {
        const from = b * d;
        applyBlock(this.at.sigma, block, this.#g.subarray(from, from + d), this.#y.subarray(from, from + d));
      });
      const image = out.subarray(k * n, (k + 1) * n).fill(outputBias ? this.at.sigmaBias * sumOf(vk) : 0);
      this.#chosen[k].addForward(this.#y, image);
    });
  }
}

/** M₁: the columns along the unit iterates, of the blocks with the longest ones where there is no room for all. */
function dominantColumns(program: LiftedProgram, at: NewtonPoint, active: readonly ActiveBlock[]): Columns {
  const most = Math.min(deflationLimit, Math.floor(deflationEntries / program.rows));
  const chosen = [...active].sort((a, b) => b.across - a.across || a.block - b.block).slice(0, Math.max(1, most));
  const groups: ColumnGroup[][] = Array.from({ length: program.outputs }, () => []);
  for (const { output, pattern, sign, direction } of chosen.sort((a, b) => a.block - b.block)) {
    const basis = program.kernels.unset(program.d);
    writeScaled(basis, sign * Math.sqrt(at.sigma), direction);
    groups[output].push({ pattern, basis, width: 1 });
  }
  return columnsOf(program, groups, at.sigmaBias);
}

/** Numbers of M₁ at most, and columns: its Gram matrix is dense. */
const deflationEntries = 1 << 22;
const deflationLimit = 1024;
