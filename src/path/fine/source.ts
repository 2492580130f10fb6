import { type Arrangement, arrangementOf, patternsOf, searchViolations } from '../../arrangements/index.js';
import type { Run } from '../../base/index.js';
import { type Matrix, matrix, type PatternSet, rowOf } from '../../linalg/index.js';
import type { Kernels } from '../../linalg/kernels/index.js';
import { solveOverPatterns, Training, type TrainingOptions } from '../../solvers/index.js';
import { type Atom, bitsOf, CellPricer, type FineProblem, sameAtom } from './atom.js';

/** A network near the optimum, neuron by neuron with its cell. */
export interface NearNetwork {
  readonly neurons: readonly { readonly active: Uint8Array; readonly sign: 1 | -1; readonly z: Float64Array }[];
  readonly bias: number;
}

/** Where a fine path gets its first networks and the prices of its cells from. */
export interface FineSource {
  readonly problem: FineProblem;
  readonly pricer: CellPricer;
  /** The gate of an atom's cell (gated programs). */
  readonly gates: ((atom: Atom) => Float64Array) | null;
  /** The least λ at which the best constant is optimal, as far as prices are known. */
  lambdaMax(run: Run): Promise<number>;
  /** A network at λ to a relative gap of about 1e-7; null when the run was stopped. */
  near(lambda: number, run: Run): Promise<NearNetwork | null>;
  /** The atoms of value ≥ enough at a residual, largest first, one a neuron; `known` are worth looking at. */
  atoms(r: Float64Array, enough: number, known: readonly Atom[], run: Run): Promise<Atom[]>;
}

/** The gap of the solver's networks: enough to tell the active neurons, whose digits Newton's method then finds. */
const nearGap = 1e-7;

/** A program over fixed patterns, each of which is priced. @param gates the gates of the patterns of a gated program. */
export function patternedSource(
  kernels: Kernels,
  problem: FineProblem,
  patterns: PatternSet,
  gates: Matrix | null = null,
): FineSource {
  const cells = Array.from({ length: patterns.count }, (_, p) => bitsOf(patterns, p));
  const index = new Map(cells.map((active, p) => [active.join(''), p]));
  const pricer = new CellPricer(problem, (active) => index.has(active.join('')));
  const signs = problem.gated ? ([1] as const) : ([1, -1] as const);
  return {
    problem,
    pricer,
    gates: gates && ((atom) => rowOf(gates, index.get(atom.active.join('')) ?? 0)),
    async lambdaMax() {
      const r = constantResidual(problem);
      let largest = 0;
      for (const active of cells) {
        for (const sign of signs) largest = Math.max(largest, pricer.atom(active, sign, r, largest)?.value ?? 0);
      }
      return largest / r.length;
    },
    async near(lambda, run) {
      const activation = problem.gated ? 'gated' : 'relu';
      const own = { ...problem, lambda, outputs: 1, activation } as const;
      const { network, blockPatterns } = await solveOverPatterns(kernels, own, patterns, nearGap, run);
      if (run.stop !== null) return null;
      const neurons = Array.from({ length: network.count }, (_, j) => ({
        active: cells[blockPatterns[j]],
        sign: network.sign[j] < 0 ? (-1 as const) : (1 as const),
        z: rowOf(network.z, j).slice(),
      }));
      return { neurons, bias: network.bias[0] };
    },
    async atoms(r, enough) {
      const found = cells.flatMap((active) => signs.map((sign) => pricer.atom(active, sign, r, enough)));
      return distinctAtoms(found, problem.gated);
    },
  };
}

/** Starts of the search at every λ: anywhere, and near the neurons and what was near its bound before. */
const search = { starts: 50, around: 200 } as const;
/** Cells that come within this of their bound are priced again at every later λ. */
const memorable = 0.98;

/** The program over all patterns of a ReLU network: the solver finds patterns, a search over all directions prices. */
export function pricedSource(
  kernels: Kernels,
  problem: FineProblem,
  options: Pick<TrainingOptions, 'seed'>,
): FineSource {
  return new PricedSource(kernels, problem, options.seed);
}

class PricedSource implements FineSource {
  readonly pricer: CellPricer;
  readonly gates = null;
  readonly #arrangement: Arrangement;
  readonly #training: Training;
  readonly #memory = new Map<string, Atom>();

  constructor(
    readonly kernels: Kernels,
    readonly problem: FineProblem,
    readonly seed: number,
  ) {
    this.pricer = new CellPricer(problem, () => true);
    this.#arrangement = arrangementOf(problem.X);
    // the column of ones is in X already: no bias to add
    const data = { ...problem, outputs: 1, hiddenBias: false, activation: 'relu' } as const;
    this.#training = new Training(kernels, data, { patterns: 'auto', gap: nearGap, seed });
  }

  lambdaMax(run: Run): Promise<number> {
    return this.#training.lambdaMax(run);
  }

  async near(lambda: number, run: Run): Promise<NearNetwork | null> {
    const { weights } = await this.#training.solve(lambda, run);
    if (run.stop !== null) return null;
    const { hidden, output, outputBias } = weights;
    const cells = patternsOf(this.problem.X, hidden);
    const neurons = Array.from({ length: hidden.rows }, (_, j) => ({
      active: bitsOf(cells, j),
      sign: output.data[j] < 0 ? (-1 as const) : (1 as const),
      z: rowOf(hidden, j).map((u) => u * Math.abs(output.data[j])),
    }));
    return { neurons, bias: outputBias[0] };
  }

  async atoms(r: Float64Array, enough: number, known: readonly Atom[], run: Run): Promise<Atom[]> {
    const { pricer, kernels, seed } = this;
    const cells = [...known, ...this.#memory.values()];
    const again = cells.map(({ active, sign }) => pricer.atom(active, sign, r, enough));
    const incumbents = directionsOf(cells, this.problem.X.cols);
    const found = await searchViolations(this.#arrangement, r, { ...search, seed, kernels, incumbents, run });
    const bits = found
      .filter(({ value }) => value >= enough)
      .map(({ pattern, sign }) => ({
        sign,
        active: bitsOf({ n: r.length, count: 1, stride: pattern.length, bytes: pattern }, 0),
      }));
    const atoms = distinctAtoms(
      [...again, ...bits.map(({ active, sign }) => pricer.atom(active, sign, r, enough))],
      false,
    );
    for (const atom of atoms) if (atom.value >= enough * memorable) this.#memory.set(atom.key, atom);
    return atoms;
  }
}

/** The residual of the best network without neurons. */
function constantResidual({ y, loss, outputBias }: FineProblem): Float64Array {
  const bias = new Float64Array(1);
  if (outputBias) loss.bestBias(new Float64Array(y.length), y, 1, bias);
  const r = new Float64Array(y.length);
  loss.residual(
    r.map(() => bias[0]),
    y,
    1,
    r,
  );
  return r;
}

function directionsOf(atoms: readonly Atom[], d: number): Matrix {
  const out = matrix(atoms.length, d);
  atoms.forEach(({ direction }, k) => {
    out.data.set(direction, k * d);
  });
  return out;
}

function distinctAtoms(found: readonly (Atom | null)[], gated: boolean): Atom[] {
  const sorted = found.filter((atom) => atom !== null).sort((a, b) => b.value - a.value);
  const kept: Atom[] = [];
  for (const atom of sorted) if (!kept.some((other) => sameAtom(other, atom, gated))) kept.push(atom);
  return kept;
}
