import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type Block, blockKey, columnsOf } from './block.js';
import { BlockCone, RowGram } from './cone.js';
import { type ConicBlock, ConicLayout, type ConicProgram, type ConicSolution } from './conic.js';
import { solveConic } from './interior-point.js';
import { type Polished, polished } from './polish.js';
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

/** Relative gaps from which a solution shows its face. */
const POLISHABLE = 1e-7;

/** Multiplications of XᵀX from which the kernels are worth their calls. */
const LARGE = 4000;

/** The blocks of the convex program so far, none of them twice. */
export class Master {
  readonly #blocks = new Map<string, { block: Block; conic: ConicBlock }>();
  readonly #rowGram: RowGram | null;

  constructor(
    readonly problem: TrainingProblem,
    readonly shape: Shape,
    readonly kernels?: Kernels,
  ) {
    const { rows, cols } = problem.X;
    this.#rowGram = kernels && rows * cols * cols >= LARGE ? new RowGram(problem.X, kernels) : null;
  }

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
    const cone = new BlockCone(X, this.shape, block, this.#rowGram);
    return { output: block.output, size, groupEnds, columns: columnsOf(X, this.shape, block), cone };
  }

  /** Solves over all blocks to the relative gap; then forgets those that are not used. */
  async solve(gap: number, run: Run, keep = false): Promise<MasterSolution> {
    const entries = [...this.#blocks.entries()];
    const program = this.#program(entries.map(([, { conic }]) => conic));
    const solution = await solveConic(program, gap, run, this.kernels);
    return this.#read(entries, program, solution, keep);
  }

  #program(blocks: readonly ConicBlock[]): ConicProgram {
    const { X, y, outputs, loss, lambda, outputBias } = this.problem;
    const n = X.rows;
    const all = [...blocks, ...skipBlocks(this.problem)];
    return { n, outputs, y, loss, threshold: lambda * n, bias: outputBias, blocks: all };
  }

  #read(
    entries: ReadonlyArray<[string, { block: Block; conic: ConicBlock }]>,
    program: ConicProgram,
    solution: ConicSolution,
    keep: boolean,
  ): MasterSolution {
    const { X, regularizer, outputs, skipInputs } = this.problem;
    const { primal, dual } = solution;
    const n = X.rows;
    const size = this.shape.leaves * X.cols;
    const parts = entries.map((_, b) => solution.z.slice(b * size, (b + 1) * size));
    const norms = parts.map((part) => liftedNorm(part, X.cols, regularizer === 'path'));
    const largest = Math.max(0, ...norms);
    // A point that is not yet optimal leaves about its gap in blocks that will be zero
    const relative = (primal - dual) / Math.max(Math.abs(primal), Number.MIN_VALUE);
    const least = largest * Math.max(NEGLIGIBLE, Math.min(1e-3, 10 * relative));
    const kept: number[] = [];
    entries.forEach(([key], b) => {
      if (norms[b] > least) kept.push(b);
      else if (!keep) this.#blocks.delete(key);
    });
    const rest = solution.z.subarray(entries.length * size);
    if (relative < POLISHABLE) for (const b of kept) withoutTrifles(parts[b], X.cols, NEGLIGIBLE * largest);
    const better = relative < POLISHABLE ? this.#polished(entries, kept, parts, rest, program, solution) : null;
    // Without all digits even the smallest blocks belong to the value
    const shown = better ? kept : Array.from(entries.keys()).filter((b) => norms[b] > 0);
    const { z, bias, residual } = better ?? { ...solution, z: flat([...shown.map((b) => parts[b]), rest]) };
    const subnets = shown.map((b, at): LiftedSubnet => {
      const { output, sign, signs } = entries[b][1].block;
      return { output, sign, signs, z: z.slice(at * size, (at + 1) * size) };
    });
    const skip = z.slice(shown.length * size, shown.length * size + outputs * skipInputs);
    const used = shown.map((b) => entries[b][1].block);
    return { lifted: { subnets, skip, bias }, used, primal: (better?.primal ?? primal) / n, dual: dual / n, residual };
  }

  /** With all digits, over the blocks that are used. */
  #polished(
    entries: ReadonlyArray<[string, { conic: ConicBlock }]>,
    kept: readonly number[],
    parts: readonly Float64Array[],
    rest: Float64Array,
    program: ConicProgram,
    { slack, nu, bias }: ConicSolution,
  ): Polished | null {
    const { rowsFrom } = new ConicLayout(program.blocks);
    const own = (values: Float64Array): Float64Array =>
      flat(kept.map((b) => values.subarray(rowsFrom[b], rowsFrom[b + 1])));
    const z = flat([...kept.map((b) => parts[b]), rest]);
    const smaller = this.#program(kept.map((b) => entries[b][1].conic));
    return polished(smaller, { z, bias, slack: own(slack), nu: own(nu) }, this.kernels);
  }
}

function flat(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Neurons that the solver left at a size next to nothing become zero. */
function withoutTrifles(z: Float64Array, d: number, least: number): void {
  for (let j = 0; j < z.length; j += d) {
    const own = z.subarray(j, j + d);
    if (liftedNorm(own, d, true) < least) own.fill(0);
  }
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
