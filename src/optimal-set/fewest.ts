import { createRandom, type OptionRules, type Random, requireOptions, seedRule, wholeRule } from '../base/index.js';
import type { Member, OptimalSet } from './optimal-set.js';
import { Polytope, selectRows } from './polytope.js';

export interface FewestOptions {
  /** Linear programs that the proof may use for each output, beyond one a candidate. Default 2,000. */
  readonly programs?: number;
  /** Random starts of the search for a small vertex. Default 20. */
  readonly restarts?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface Fewest {
  readonly member: Member;
  /** No member has fewer neurons. */
  readonly lowerBound: number;
  /** The member is one of fewest neurons: it meets the bound. */
  readonly proved: boolean;
}

const rules: OptionRules<FewestOptions> = { programs: wholeRule(0), restarts: wholeRule(0), seed: seedRule };

/** Bounds are rounded up after this much is taken off for rounding. */
const SLACK = 1e-6;

/**
 * The member of fewest neurons: among vertices (a dependent member can be pruned), one output at a time where the loss is separable, for
 * outputs share no neurons; softmax does not see what is added to all scores of a row, so that neurons of one output can stand in for those
 * of others. First programs with costs 1/(a_i + ε) from many starts; then branch and bound: with M_i the largest a_i there is,
 * Σ a_i/M_i never counts more neurons than there are, so its least value, rounded up, is a bound.
 */
export function fewestNeurons(set: OptimalSet, options: FewestOptions = {}): Fewest {
  requireOptions(options, rules, 'fewestNeurons');
  const { programs = 2000, restarts = 20, seed = 0 } = options;
  if (set.dimension === 0) return { member: set.given, lowerBound: set.given.neurons, proved: true };
  const sizes = new Float64Array(set.candidates.length);
  let lowerBound = 0;
  for (const [part, own] of independentParts(set).entries()) {
    if (own.length === 0) continue;
    const { columns, start, tolerance } = set.polytope;
    const polytope = new Polytope(
      selectRows(columns, own),
      Float64Array.from(own, (i) => start[i]),
      tolerance,
    );
    const search = new Search(polytope, programs);
    search.restart(restarts, createRandom(seed, part));
    lowerBound += search.prove();
    own.forEach((i, k) => {
      sizes[i] = search.best[k];
    });
  }
  const member = set.member(sizes);
  return { member, lowerBound, proved: lowerBound === member.neurons };
}

/** Candidates whose sizes do not depend on those of the others: of each output, or all of them. */
function independentParts({ candidates, problem }: OptimalSet): number[][] {
  const all = Array.from(candidates.keys());
  if (!problem.loss.separable) return [all];
  return Array.from({ length: problem.outputs }, (_, output) => all.filter((i) => candidates[i].output === output));
}

const widthOf = (a: Float64Array): number => a.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);

/** A part of the polytope: columns that are left, and those that are counted whatever their size. */
interface Node {
  readonly polytope: Polytope;
  /** Column k of the polytope is this one of the whole. */
  readonly names: readonly number[];
  readonly counted: ReadonlySet<number>;
  readonly bound: number;
}

class Search {
  best: Float64Array;
  #left: number;

  constructor(
    readonly polytope: Polytope,
    programs: number,
  ) {
    this.best = polytope.vertex;
    this.#left = programs;
    this.#offer(polytope.descend().vertex);
  }

  #offer(a: Float64Array): void {
    if (widthOf(a) < widthOf(this.best)) this.best = a;
  }

  /** Vertices for random costs, each then pulled to where few are positive. */
  restart(count: number, random: Random): void {
    for (let k = 0; k < count; k++) {
      let a = this.polytope.least(Float64Array.from(this.best, () => random.uniform())).point;
      for (let round = 0; round < 8; round++) {
        const width = widthOf(a);
        this.#offer(a);
        const mean = a.reduce((sum, value) => sum + value, 0) / Math.max(1, width);
        a = this.polytope.least(a.map((value) => 1 / (value + 0.1 * mean))).point;
        if (widthOf(a) >= width && round > 0) break;
      }
      this.#offer(a);
    }
  }

  /** Branch and bound, the least bound first; returns what is proved. */
  prove(): number {
    const most = this.#largestSizes();
    const names = Array.from(most.keys());
    const open: Node[] = [];
    this.#push(open, { polytope: this.polytope, names, counted: new Set(), bound: 0 }, most);
    for (;;) {
      const least = open.reduce((bound, node) => Math.min(bound, node.bound), widthOf(this.best));
      if (least >= widthOf(this.best) || this.#left <= 0) return least;
      const at = open.findLastIndex((node) => node.bound === least);
      const [node] = open.splice(at, 1);
      this.#split(open, node, most);
    }
  }

  #largestSizes(): Float64Array {
    return this.best.map((_, i) => {
      const cost = new Float64Array(this.best.length);
      cost[i] = 1;
      const { value, point } = this.polytope.greatest(cost);
      this.#offer(point);
      return value;
    });
  }

  /** The node with its bound, unless nothing smaller can be in it. */
  #push(open: Node[], node: Node, most: Float64Array): void {
    const { value, point } = this.#relaxed(node, most);
    this.#offer(spread(point, node.names, this.best.length));
    const bound = Math.max(node.bound, Math.ceil(value - SLACK));
    if (bound < widthOf(this.best)) open.push({ ...node, bound });
  }

  #relaxed({ polytope, names, counted }: Node, most: Float64Array): { value: number; point: Float64Array } {
    this.#left--;
    const cost = Float64Array.from(names, (i) => (counted.has(i) || !(most[i] > 0) ? 0 : 1 / most[i]));
    const { value, point } = polytope.least(cost);
    return { value: value + counted.size, point };
  }

  /** One column either counts as a neuron or is zero: the one that is largest where the relaxation is least. */
  #split(open: Node[], node: Node, most: Float64Array): void {
    const { polytope, names, counted } = node;
    const { point } = this.#relaxed(node, most);
    const share = (k: number): number =>
      counted.has(names[k]) || !(most[names[k]] > 0) ? 0 : point[k] / most[names[k]];
    const at = Array.from(names.keys()).reduce((a, b) => (share(b) > share(a) ? b : a), 0);
    if (share(at) === 0) return;
    this.#push(open, { ...node, counted: new Set([...counted, names[at]]) }, most);
    const cost = new Float64Array(names.length);
    cost[at] = 1;
    const without = polytope.least(cost);
    this.#left--;
    if (without.point[at] > 0) return;
    const kept = Array.from(names.keys()).filter((k) => k !== at);
    const start = Float64Array.from(kept, (k) => without.point[k]);
    const smaller = new Polytope(selectRows(polytope.columns, kept), start, polytope.tolerance);
    this.#push(open, { ...node, polytope: smaller, names: kept.map((k) => names[k]) }, most);
  }
}

function spread(a: Float64Array, names: readonly number[], count: number): Float64Array {
  const out = new Float64Array(count);
  names.forEach((i, k) => {
    out[i] = a[k];
  });
  return out;
}
