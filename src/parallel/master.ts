import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type Block, blockKey, columnsOf } from './block.js';
import { BlockCone } from './cone.js';
import { type ConicBlock, type ConicSolution, solveConic } from './interior-point.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm } from './subnet.js';
import type { TrainingProblem } from './train.js';

/** A solved program over some blocks. Values on the 1/n scale. */
export interface MasterSolution {
  readonly lifted: LiftedParallel;
  /** The block of each sub-network. */
  readonly used: readonly Block[];
  readonly primal: number;
  /** Over the blocks of the program. */
  readonly dual: number;
  /** n×outputs. */
  readonly residual: Float64Array;
}

/** Norm of a block, as a share of the largest, below which it counts as zero. */
const NEGLIGIBLE = 1e-7;
/** A block whose price is this near to λ stays for the next round. */
const NEARLY_ACTIVE = 0.999;

/** The blocks of the convex program so far, none of them twice. */
export class Master {
  readonly #blocks = new Map<string, { block: Block; conic: ConicBlock }>();

  constructor(
    readonly problem: TrainingProblem,
    readonly shape: Shape,
    readonly kernels?: Kernels,
  ) {}

  get count(): number {
    return this.#blocks.size;
  }

  /** Whether the block was new. */
  add(block: Block): boolean {
    const key = blockKey(this.shape, block);
    if (this.#blocks.has(key)) return false;
    this.#blocks.set(key, { block, conic: this.#conic(block) });
    return true;
  }

  #conic(block: Block): ConicBlock {
    const { X, regularizer } = this.problem;
    const d = X.cols;
    const size = this.shape.leaves * d;
    const groupEnds =
      regularizer === 'path' ? [size] : Array.from({ length: this.shape.leaves }, (_, j) => (j + 1) * d);
    const cone = new BlockCone(X, this.shape, block);
    return { output: block.output, size, groupEnds, columns: columnsOf(X, this.shape, block), cone };
  }

  /** Solves over all blocks to the relative gap; then forgets the blocks that are neither used nor nearly so. */
  async solve(gap: number, run: Run, keep = false): Promise<MasterSolution> {
    const entries = [...this.#blocks.entries()];
    const skips = skipBlocks(this.problem);
    const { X, y, outputs, loss, lambda, outputBias } = this.problem;
    const n = X.rows;
    const blocks = [...entries.map(([, { conic }]) => conic), ...skips];
    const program = { n, outputs, y, loss, threshold: lambda * n, bias: outputBias, blocks };
    const solution = await solveConic(program, gap, run, this.kernels);
    return this.#read(entries, solution, keep);
  }

  #read(
    entries: ReadonlyArray<[string, { block: Block; conic: ConicBlock }]>,
    { z, bias, primal, dual, residual, prices }: ConicSolution,
    keep: boolean,
  ): MasterSolution {
    const { X, regularizer, outputs, skipInputs } = this.problem;
    const n = X.rows;
    const size = this.shape.leaves * X.cols;
    const parts = entries.map((_, b) => z.slice(b * size, (b + 1) * size));
    const norms = parts.map((part) => liftedNorm(part, X.cols, regularizer === 'path'));
    const largest = Math.max(0, ...norms);
    // A point that is not yet optimal leaves about its gap in blocks that will be zero
    const relative = (primal - dual) / Math.max(Math.abs(primal), Number.MIN_VALUE);
    const least = largest * Math.max(NEGLIGIBLE, Math.min(1e-3, 10 * relative));
    const subnets: LiftedSubnet[] = [];
    const used: Block[] = [];
    entries.forEach(([key, { block }], b) => {
      if (norms[b] > least) {
        const { output, sign, signs } = block;
        used.push(block);
        subnets.push({ output, sign, signs, z: withoutTrifles(parts[b], X.cols, NEGLIGIBLE * largest) });
      } else if (!keep && prices[b] < NEARLY_ACTIVE) this.#blocks.delete(key);
    });
    const skip = z.slice(entries.length * size, entries.length * size + outputs * skipInputs);
    return { lifted: { subnets, skip, bias }, used, primal: primal / n, dual: dual / n, residual };
  }
}

/** Neurons that the solver left at a size next to nothing become zero. */
function withoutTrifles(z: Float64Array, d: number, least: number): Float64Array {
  for (let j = 0; j < z.length; j += d) {
    const own = z.subarray(j, j + d);
    if (liftedNorm(own, d, true) < least) own.fill(0);
  }
  return z;
}

function skipBlocks({ X, outputs, skipInputs }: TrainingProblem): ConicBlock[] {
  if (skipInputs === 0) return [];
  const n = X.rows;
  const columns = new Float64Array(skipInputs * n);
  for (let k = 0; k < skipInputs; k++) for (let i = 0; i < n; i++) columns[k * n + i] = X.data[i * X.cols + k];
  return Array.from({ length: outputs }, (_, output) => ({
    output,
    size: skipInputs,
    columns,
    groupEnds: [skipInputs],
    cone: null,
  }));
}
