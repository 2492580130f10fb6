import type { LiftedProgram } from '../programs/index.js';
import { type ActiveBlock, type NewtonPoint, scaledBasis } from './newton-blocks.js';
import { type ColumnGroup, panelEntries, writeGroups } from './newton-columns.js';
import { isWide } from './newton-cost.js';

/**
 * One output: the n×n matrix W⁻¹ + M Mᵀ itself. A block with few tight rows would give it nearly d columns; but with T an orthonormal
 * basis of their span,
 *
 *   σ D X N((1−t) I + t q qᵀ)N XᵀD = σ(1−t) [ D XXᵀ D − (D X Tᵀ)(D X Tᵀ)ᵀ ] + σt (D X q)(D X q)ᵀ .
 *
 * The first terms of all such (wide) blocks are XXᵀ ∘ Σ σ(1−t) δδᵀ, δ the pattern: one column a block and one product of entries.
 * Little is lost to cancellation: σ(1−t) ≤ ‖z‖/Λ stays bounded while σ grows.
 */
export class RowsSystem {
  /** XXᵀ, made when it is needed first. */
  #gram: Float64Array | null = null;

  constructor(readonly program: LiftedProgram) {}

  /** out ← (W⁻¹ + M Mᵀ)⁻¹ v; false when the matrix could not be factored. Takes kernel memory above the caller's mark. */
  solve(at: NewtonPoint, active: readonly ActiveBlock[], v: Float64Array, out: Float64Array): boolean {
    const { program } = this;
    const { kernels, n } = program;
    const system = kernels.float64(n * n);
    const wide = active.filter(({ free }) => isWide(free, program.d));
    if (wide.length > 0) this.#addWide(at.sigma, wide, system);
    const own = active.map((block) =>
      wide.includes(block) ? iterate(program, at.sigma, block) : whole(program, at.sigma, block),
    );
    addColumns(program, own, program.outputBias ? Math.sqrt(at.sigmaBias) : 0, system);
    for (let i = 0; i < n; i++) system[i * n + i] += 1 / at.weights[i];
    if (kernels.cholesky(n, system) >= 0) return false;
    out.set(v);
    kernels.choleskySolve(n, system, out);
    return true;
  }

  /** system (zero) ← the first two terms of the wide blocks, in its lower triangle. */
  #addWide(sigma: number, wide: readonly ActiveBlock[], system: Float64Array): void {
    const { program } = this;
    const { kernels, n } = program;
    this.#gram ??= gramOf(program);
    addColumns(
      program,
      wide.map((block) => tightPart(program, sigma, block)),
      0,
      system,
    );
    const mark = kernels.mark();
    const together = kernels.float64(n * n);
    addPatterns(program, sigma, wide, together);
    for (let i = 0; i < n; i++)
      for (let j = i * n; j <= i * n + i; j++) system[j] = this.#gram[j] * together[j] - system[j];
    kernels.release(mark);
  }
}

const whole = (program: LiftedProgram, sigma: number, active: ActiveBlock): ColumnGroup => ({
  pattern: active.pattern,
  width: active.free.dimension,
  basis: scaledBasis(program, sigma, active),
});

/** √(σt) q. */
function iterate(
  { kernels, d }: LiftedProgram,
  sigma: number,
  { pattern, direction, across }: ActiveBlock,
): ColumnGroup {
  const basis = kernels.unset(d);
  const scale = Math.sqrt(sigma * (1 - across));
  for (let j = 0; j < d; j++) basis[j] = scale * direction[j];
  return { pattern, width: 1, basis };
}

/** √(σ(1−t)) T. */
function tightPart({ kernels, d }: LiftedProgram, sigma: number, { pattern, free, across }: ActiveBlock): ColumnGroup {
  const basis = kernels.unset(free.rows.length);
  const scale = Math.sqrt(sigma * across);
  for (let j = 0; j < basis.length; j++) basis[j] = scale * free.rows[j];
  return { pattern, width: basis.length / d, basis };
}

function gramOf({ kernels, n, d, x }: LiftedProgram): Float64Array {
  const mark = kernels.mark();
  const gram = kernels.unset(n * n);
  kernels.outerGram(n, d, x, 0, gram);
  const kept = gram.slice();
  kernels.release(mark);
  return kept;
}

/** system ← system + Σ σ(1−t) δδᵀ. */
function addPatterns(
  program: LiftedProgram,
  sigma: number,
  blocks: readonly ActiveBlock[],
  system: Float64Array,
): void {
  const { kernels, n, bytes, stride } = program;
  byParts(
    program,
    blocks,
    () => 1,
    (part, panel) => {
      const one = kernels.unset(n).fill(1);
      const scale = kernels.unset(1);
      part.forEach(({ pattern, across }, b) => {
        scale[0] = Math.sqrt(sigma * across);
        kernels.maskedColumns(
          n,
          1,
          1,
          one,
          bytes.subarray(pattern * stride, (pattern + 1) * stride),
          1,
          scale,
          panel,
          part.length,
          b,
        );
      });
      kernels.outerGram(n, part.length, panel, 1, system);
    },
  );
}

/** system ← system + the Gram matrix of the groups' columns, and of a column whose entries are `bias`. */
function addColumns(program: LiftedProgram, groups: readonly ColumnGroup[], bias: number, system: Float64Array): void {
  const { kernels, n } = program;
  byParts(
    program,
    groups,
    ({ width }) => width,
    (part, panel, width) => {
      writeGroups(program, part, 0, n, panel, width);
      kernels.outerGram(n, width, panel, 1, system);
    },
  );
  if (bias > 0) kernels.outerGram(n, 1, kernels.unset(n).fill(bias), 1, system);
}

/** Items with their panel, as many at a time as `panelEntries` has room for. */
function byParts<T>(
  { kernels, n }: LiftedProgram,
  items: readonly T[],
  widthOf: (item: T) => number,
  use: (part: readonly T[], panel: Float64Array, width: number) => void,
): void {
  const limit = Math.max(1, Math.floor(panelEntries / n));
  for (let from = 0; from < items.length; ) {
    let [to, width] = [from, 0];
    do width += widthOf(items[to++]);
    while (to < items.length && width + widthOf(items[to]) <= limit);
    const mark = kernels.mark();
    if (width > 0) use(items.slice(from, to), kernels.unset(n * width), width);
    kernels.release(mark);
    from = to;
  }
}
