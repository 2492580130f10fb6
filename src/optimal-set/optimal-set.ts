import { createRandom, requireThat } from '../base/index.js';
import { type Problem, trainingProblem } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import { checkWeights, type NetworkWeights } from '../networks/index.js';
import { curvatures } from './curvature.js';
import type { Candidate } from './members.js';
import { activationOf, networkOf } from './networks.js';
import { checkOptions, type OptimalSetOptions, offerOf } from './options.js';
import { Polytope } from './polytope.js';
import { type Equicorrelation, equicorrelation, meansOf } from './program.js';
import { combination, total } from './vectors.js';

/** One of the optimal networks. */
export interface Member {
  /** ‖(u, h)‖|α| for each candidate of the set. */
  readonly sizes: Float64Array;
  /** Neurons that are not zero. */
  readonly neurons: number;
  readonly weights: NetworkWeights;
}

/** A member at which a linear function is least or greatest. */
export interface ExtremeMember {
  readonly value: number;
  readonly member: Member;
}

/** What all optimal networks predict for one row and output. */
export interface PredictionRange {
  readonly least: ExtremeMember;
  readonly greatest: ExtremeMember;
}

/**
 * The set of all optimal networks of a two-layer program: {a ≥ 0 : Σ a_i z_i = f̂} over its equicorrelation set
 * (docs/optimal-set.md). All members have one fit and one penalty.
 */
export class OptimalSet {
  readonly polytope: Polytope;

  constructor(
    readonly problem: Problem,
    readonly set: Equicorrelation,
    readonly activation: NetworkWeights['activation'],
    readonly outputBias: Float64Array,
    rankTolerance: number,
  ) {
    const start = Float64Array.from(set.candidates, (c) => c.size);
    this.polytope = new Polytope(set.columns, start, rankTolerance);
  }

  /** The equicorrelation set: the network's own neurons first, then what the given patterns add. */
  get candidates(): readonly Candidate[] {
    return this.set.candidates;
  }

  /** See `Equicorrelation`: 0 for an exact optimum. */
  get deviation(): number {
    return this.set.deviation;
  }

  /** See `Equicorrelation`: 0 where the network is optimal over the given patterns. */
  get excess(): number {
    return this.set.excess;
  }

  /** Rank of the candidates' activations: no minimal network is wider. */
  get rank(): number {
    return this.polytope.rank;
  }

  /** Degrees of freedom of the optimal networks. */
  get dimension(): number {
    return this.polytope.dimension;
  }

  /** One optimal network only (neurons of one pattern, output and sign counted as one). */
  get isUnique(): boolean {
    return this.dimension === 0 && this.looseTargets === 0;
  }

  /**
   * Targets at which the loss does not bend (tails of the Huber loss, margins above 1 of the squared hinge). Where there are any, optimal
   * networks of another fit may exist; this set is of those of this fit. 0: there are none.
   */
  get looseTargets(): number {
    if (!this.problem.loss.separable) return 0;
    return curvatures(this).reduce((count, bend) => count + (bend > 0 ? 0 : 1), 0);
  }

  /** Σ ‖(u, h)‖|α|, the same for every member. */
  get penalty(): number {
    return total(this.polytope.start);
  }

  /** The given network itself. */
  get given(): Member {
    return this.member(this.polytope.start);
  }

  /** The member of the given sizes (one a candidate; not checked to be in the set). */
  member(sizes: Float64Array): Member {
    requireThat(
      sizes.length === this.candidates.length,
      `OptimalSet.member: expected ${this.candidates.length} sizes, one a candidate, got ${sizes.length}.`,
    );
    const weights = this.network(sizes, this.biasOf(sizes));
    return { sizes, neurons: weights.hidden.rows, weights };
  }

  /** The network of the given sizes (a negative one turns its neuron's output over) and output bias. */
  network(sizes: Float64Array, bias: Float64Array): NetworkWeights {
    return networkOf(this.candidates, sizes, bias, this.problem.X.cols, this.activation);
  }

  /** The output bias that goes with the sizes: what the means of the fit need. */
  biasOf(sizes: Float64Array): Float64Array {
    if (!this.problem.outputBias) return this.outputBias.slice();
    const moved = sizes.map((a, i) => this.polytope.start[i] - a);
    const means = meansOf(combination(this.set.activations, moved), this.problem.outputs);
    return this.outputBias.map((b, k) => b + means[k]);
  }

  /** Minimal members, by pivoting; `complete` unless there are more than `most` (default 1,000). */
  vertices(most = 1000): { readonly members: readonly Member[]; readonly complete: boolean } {
    const { points, complete } = this.polytope.vertices(most);
    return { members: points.map((a) => this.member(a)), complete };
  }

  /** `count` members, uniform in the limit: hit and run, `thinning` moves apart (default: twice the dimension, at least 10). */
  sample(count: number, seed = 0, thinning = Math.max(10, 2 * this.dimension)): Member[] {
    return this.polytope.sample(count, createRandom(seed), thinning).map((a) => this.member(a));
  }

  /** Where Σ cost_i a_i is least and greatest; cost: one number a candidate. */
  extreme(cost: ArrayLike<number>): PredictionRange {
    requireThat(
      cost.length === this.candidates.length,
      `OptimalSet.extreme: expected ${this.candidates.length} numbers, one a candidate, got ${cost.length}.`,
    );
    const costs = Float64Array.from(cost);
    const asMember = ({ value, point }: { value: number; point: Float64Array }): ExtremeMember => ({
      value,
      member: this.member(point),
    });
    return { least: asMember(this.polytope.least(costs)), greatest: asMember(this.polytope.greatest(costs)) };
  }

  /**
   * The least and the greatest prediction for a row x (d numbers) over all members: two linear programs. What lies between, the
   * data did not decide.
   */
  predictionRange(x: ArrayLike<number>, output = 0): PredictionRange {
    const { X, outputs } = this.problem;
    requireThat(x.length === X.cols, `predictionRange: expected ${X.cols} numbers, got ${x.length}.`);
    requireThat(
      Number.isInteger(output) && output >= 0 && output < outputs,
      `predictionRange: output must be a whole number from 0 to ${outputs - 1}, got ${output}.`,
    );
    const { rates, constant } = this.predictionOf({ rows: 1, cols: X.cols, data: Float64Array.from(x) }, output);
    const { least, greatest } = this.extreme(rates[0]);
    const shifted = ({ value, member }: ExtremeMember): ExtremeMember => ({ value: value + constant, member });
    return { least: shifted(least), greatest: shifted(greatest) };
  }

  /** Predictions for rows as functions of the sizes: rates[row] · a + constant, for one output. */
  predictionOf(rows: Matrix, output: number): { rates: Float64Array[]; constant: number } {
    const { outputs, outputBias } = this.problem;
    const m = this.candidates.length;
    const rates = Array.from({ length: rows.rows }, () => new Float64Array(m));
    let constant = this.outputBias[output];
    this.candidates.forEach((candidate, i) => {
      if (candidate.output !== output) return;
      const { activations } = this.set;
      const row = activations.data.subarray(i * activations.cols, (i + 1) * activations.cols);
      const mean = outputBias ? meansOf(row, outputs)[output] : 0;
      constant += mean * this.polytope.start[i];
      activationOf(candidate, rows).forEach((value, k) => {
        rates[k][i] = value - mean;
      });
    });
    return { rates, constant };
  }
}

/**
 * The set of all networks that are as optimal as the given one, over the patterns of its own neurons and given ones.
 *
 * @param weights an optimal network (of `fit`, or from elsewhere: see `deviation` and `excess` for how nearly). A neuron with
 *   several outputs counts as one for each; neurons of one pattern, output and sign are added up.
 * @param X n×d, encoded, without the column of ones. @param y n×c targets, row-major.
 * @param lambda > 0, on the 1/n loss scale.
 * @throws `usage` for shapes, λ and options, `data` for entries.
 */
export async function optimalSet(
  weights: NetworkWeights,
  X: Matrix,
  y: Float64Array,
  lambda: number,
  options: OptimalSetOptions = {},
): Promise<OptimalSet> {
  checkOptions(options);
  const { loss, outputBias, hiddenBias, tolerance = 1e-6, rankTolerance = 1e-10 } = options;
  checkWeights(weights, 'optimalSet');
  const problem = trainingProblem(X, y, lambda, { loss, outputBias, hiddenBias });
  requireThat(lambda > 0, 'optimalSet: lambda must be > 0; without a penalty the set has no end.');
  requireNetwork(weights, problem);
  const offer = offerOf(options, problem, weights.activation === 'gated');
  const set = await equicorrelation(weights, problem, offer, tolerance);
  return new OptimalSet(problem, set, weights.activation, weights.outputBias, rankTolerance);
}

function requireNetwork({ hidden, hiddenBias, output, outputBias }: NetworkWeights, problem: Problem): void {
  const { X, outputs } = problem;
  requireThat(
    hidden.cols === X.cols && output.cols === outputs,
    `optimalSet: the network has ${hidden.cols} inputs and ${output.cols} outputs, the data ${X.cols} and ${outputs}.`,
  );
  requireThat(
    problem.outputBias || outputBias.every((b) => b === 0),
    'optimalSet: the network has an output bias, the problem has none; set outputBias.',
  );
  requireThat(
    problem.hiddenBias || hiddenBias.every((h) => h === 0),
    'optimalSet: the network has a hidden bias, the problem has none; set hiddenBias.',
  );
}
