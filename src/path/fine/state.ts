import type { Run } from '../../base/index.js';
import { norm2 } from '../../solvers/index.js';
import { type Atom, type FineProblem, flipped, sameAtom } from './atom.js';
import { type Piece, PieceNewton, type Standing } from './newton.js';
import { nonNegativeFit } from './nnls.js';
import { centred, leastNormMember, nullSpace } from './optimal-set.js';
import { type Sensitivity, sensitivityOf } from './sensitivity.js';
import type { FineSource, NearNetwork } from './source.js';
import { addTo, DEPENDENT, dot, spanOf, without } from './span.js';

/** A neuron of the least-norm network at one λ. */
export interface StateNeuron {
  readonly atom: Atom;
  /** ‖u‖|α|. */
  readonly length: number;
  /** ∂length/∂λ; null where it is not known (see `Sensitivity`). */
  readonly slope: number | null;
}

/** The optimum at one λ. */
export interface FineState {
  readonly lambda: number;
  /** Newton's method reached it and nothing priced exceeds its bound; else the solver's network stands here. */
  readonly resolved: boolean;
  /** A minimal optimum: where Newton's method ended. */
  readonly standing: Standing;
  /** Cells at their bound, one a direction: the equicorrelation set, the neurons of `standing` first. */
  readonly bound: readonly Atom[];
  /** The least-norm optimum of those that go on to neighbouring λ, and its output bias. */
  readonly bias: number;
  readonly neurons: readonly StateNeuron[];
  readonly independent: boolean;
  readonly dimension: number;
  readonly loss: number;
  readonly penalty: number;
  readonly relativeGap: number;
  readonly sensitivity: Sensitivity;
  /** Equal exactly when the least-norm networks have neurons on the same smooth pieces. */
  readonly signature: string;
}

/** A cell is at its bound from this share of nλ up, */
const atBound = 1 - 1e-11;
/** or from this one up when its column depends on the neurons': then its price equals theirs but for rounding. */
const dependentAtBound = 1 - 1e-8;
/** A price above its bound by more than this share of it means that a neuron is missing. */
const violated = 1 + 1e-10;
/** Cells at this share of their bound count as candidates. */
const candidate = 1 - 1e-3;
const maxRounds = 60;
/** Hyperplanes that a neuron crosses at a time. */
const maxCrossings = 20;
/** What Newton's method cannot tell apart, as a share of a column that the others leave. */
const nearlyDependent = 1e-5;
/** Cells that join at a time. */
const joining = 3;

/** Solves the optimality conditions at single λ, from guesses of which neurons are active. */
export class FineSolver {
  readonly #newton: PieceNewton;
  readonly #problem: FineProblem;

  constructor(readonly source: FineSource) {
    this.#problem = source.problem;
    this.#newton = new PieceNewton(source.problem, source.pricer);
  }

  /**
   * The optimum at λ: from each guess in turn, and from the solver when none leads there. Null when the run was stopped.
   */
  async at(lambda: number, guesses: readonly Standing[], run: Run): Promise<FineState | null> {
    for (const guess of guesses) {
      const state = await this.#from(lambda, guess.pieces, guess.bias, run);
      if (run.stop !== null) return null;
      if (state) return state;
    }
    const near = await this.source.near(lambda, run);
    if (near === null || run.stop !== null) return null;
    for (const share of [1e-3, 1e-5, 1e-2]) {
      const guess = await this.#identified(lambda, near, share, run);
      const state = await this.#from(lambda, guess, near.bias, run);
      if (run.stop !== null) return null;
      if (state) return state;
    }
    return this.#unresolved(lambda, near);
  }

  /** Active neurons behind a network near the optimum: cells near their bound that its outputs are made of. */
  async #identified(lambda: number, near: NearNetwork, share: number, run: Run): Promise<Piece[]> {
    const { pricer } = this.source;
    const { f, r } = this.#outputs(near);
    const own = near.neurons.map(({ active, sign }) => pricer.atom(active, sign, r)).filter((atom) => atom !== null);
    const threshold = lambda * r.length * (1 - share);
    const atoms = await this.source.atoms(r, threshold, own, run);
    const columns = atoms.map((atom) => this.#column(atom));
    const { x, support } = nonNegativeFit(columns, this.#problem.outputBias ? centred(f) : f);
    return support.map((k) => pieceOf(atoms[k], x[k]));
  }

  #outputs({ neurons, bias }: NearNetwork): { f: Float64Array; r: Float64Array } {
    const { y, loss } = this.#problem;
    const f = new Float64Array(y.length).fill(bias);
    for (const { active, sign, z } of neurons) addTo(f, 1, this.source.pricer.outputs(active, sign, z));
    const r = new Float64Array(y.length);
    loss.residual(f, y, 1, r);
    return { f, r };
  }

  #column(atom: Atom): Float64Array {
    const z = this.source.pricer.column(atom);
    return this.#problem.outputBias ? centred(z) : z;
  }

  /** Active set method over smooth pieces; null when it does not end at an optimum. */
  async #from(lambda: number, start: readonly Piece[], startBias: number, run: Run): Promise<FineState | null> {
    const threshold = lambda * this.#problem.X.rows;
    let pieces = start;
    let bias = startBias;
    for (let round = 0; round < maxRounds && run.stop === null; round++) {
      const outcome = this.#newton.solve(lambda, pieces, bias);
      if (outcome.kind === 'failed') return null;
      const { at } = outcome;
      bias = at.bias;
      if (outcome.kind === 'singular') {
        const fewer = this.#pruned(at, threshold);
        if (fewer === null) return null;
        pieces = fewer;
        continue;
      }
      const moved = this.#moved(at);
      if (moved === null) return null;
      pieces = moved.pieces;
      if (moved.changed) continue;
      const known = pieces.map(({ atom }) => atom);
      const atoms = await this.source.atoms(at.r, threshold * candidate, known, run);
      if (run.stop !== null) return null;
      const missing = atoms.filter(({ value }) => value > threshold * violated);
      if (missing.length === 0) return this.#state(lambda, { ...at, pieces }, atoms);
      pieces = this.#joined(pieces, missing.slice(0, joining), at, threshold, round);
    }
    return null;
  }

  /** The pieces at a new residual: rows may have become tight, or free. Null when a cell has nothing left. */
  #moved({ pieces, r }: Standing): { pieces: Piece[]; changed: boolean } | null {
    const out: Piece[] = [];
    let changed = false;
    for (const piece of pieces) {
      const atom = this.#settled(piece.atom, r);
      if (atom === null) return null;
      const next = atom.key === piece.atom.key ? { atom, c: inBasis(piece, atom) } : pieceOf(atom, norm2(piece.c));
      if (atom.key !== piece.atom.key) changed = true;
      const twin = out.findIndex((other) => sameAtom(other.atom, atom, this.#problem.gated));
      if (twin < 0) out.push(next);
      else {
        out[twin] = pieceOf(out[twin].atom, norm2(out[twin].c) + norm2(next.c));
        changed = true;
      }
    }
    return { pieces: out, changed };
  }

  /** The atom of the cell, or of a neighbour where the neuron now wants to be. */
  #settled({ active, sign }: Atom, r: Float64Array): Atom | null {
    let atom = this.source.pricer.atom(active, sign, r);
    for (let step = 0; step < maxCrossings && atom !== null && atom.beyond >= 0; step++) {
      const next = this.source.pricer.atom(flipped(atom.active, atom.beyond), sign, r);
      if (next === null || next.value < atom.value) break;
      atom = next;
    }
    return atom;
  }

  #joined(pieces: readonly Piece[], missing: readonly Atom[], at: Standing, threshold: number, round: number): Piece[] {
    const out = [...pieces];
    for (const atom of missing) {
      // a neuron that has just crossed a hyperplane goes on as itself
      const crossed = this.#problem.gated || round > maxRounds / 3 ? -1 : out.findIndex((p) => isNext(p.atom, atom));
      if (crossed >= 0) out[crossed] = pieceOf(atom, norm2(out[crossed].c));
      else out.push(pieceOf(atom, this.#firstLength(atom, at, threshold)));
    }
    return out;
  }

  /** Newton's step for the length of this neuron alone. */
  #firstLength(atom: Atom, { f }: Standing, threshold: number): number {
    const h = new Float64Array(f.length);
    this.#problem.loss.curvature(f, this.#problem.y, 1, h);
    const z = this.#column(atom);
    const curvature = z.reduce((sum, t, i) => sum + h[i] * t * t, 0);
    return (atom.value - threshold) / Math.max(curvature, 1e-300);
  }

  /** Dependent neurons, less those that a relation between them takes to zero without raising the objective. */
  #pruned({ pieces, r }: Standing, threshold: number): Piece[] | null {
    const [relation] = nullSpace(
      pieces.map(({ atom, c }) => this.#column(turned(atom, c))),
      nearlyDependent,
    );
    if (!relation) return null;
    const gain = pieces.reduce((sum, { atom, c }, i) => sum + relation[i] * (this.#price(atom, c, r) - threshold), 0);
    const signed = gain >= 0 ? relation : relation.map((v) => -v);
    const way = signed.some((v) => v < 0) ? signed : signed.map((v) => -v);
    const lengths = pieces.map(({ c }) => norm2(c));
    const step = Math.min(...lengths.map((a, i) => (way[i] < 0 ? -a / way[i] : Number.POSITIVE_INFINITY)));
    const scaled = pieces.map(({ atom, c }, i) => ({ atom, c: c.map((v) => v * (1 + (step * way[i]) / lengths[i])) }));
    const kept = scaled.filter(({ c }, i) => norm2(c) > 1e-12 * lengths[i]);
    return kept.length < pieces.length ? kept : null;
  }

  #price(atom: Atom, c: Float64Array, r: Float64Array): number {
    return dot(this.source.pricer.column(turned(atom, c)), r);
  }

  #state(lambda: number, standing: Standing, atoms: readonly Atom[]): FineState {
    const own = standing.pieces.map(({ atom }) => atom);
    const { others, dependent } = this.#atBound(own, atoms, lambda * standing.f.length);
    // what only touches its bound at this λ has no weight on either side, and no part in the set of optima
    const sharing = [...own, ...dependent];
    const some = Float64Array.from(sharing, (_, k) => (k < own.length ? norm2(standing.pieces[k].c) : 0));
    const set = leastNormMember(
      sharing.map((atom) => this.#column(atom)),
      some,
    );
    const derivative = this.#newton.derivative(lambda, standing);
    const sensitivity = sensitivityOf(this.#problem, this.source.pricer, lambda, standing, others, derivative);
    const slopes = sensitivity.differentiable ? sensitivity.lengths : null;
    const neurons = sharing
      .map((atom, k) => ({
        atom,
        length: set.a[k],
        slope: slopes && set.independent && k < own.length ? slopes[k] : null,
      }))
      .filter(({ length }) => length > 0);
    return {
      ...this.#measured(lambda, standing, atoms),
      ...{
        lambda,
        resolved: true,
        standing,
        bound: [...own, ...others],
        neurons,
        sensitivity,
        bias: this.#bias(standing, neurons),
      },
      ...{ independent: set.independent, dimension: set.dimension, signature: signatureOf(neurons) },
    };
  }

  /** Cells at their bound besides those of the neurons, and those among them whose columns depend on the neurons'. */
  #atBound(own: readonly Atom[], atoms: readonly Atom[], threshold: number): { others: Atom[]; dependent: Atom[] } {
    const { gated } = this.#problem;
    const near = atoms.filter(
      (atom) => atom.value >= threshold * dependentAtBound && !own.some((other) => sameAtom(other, atom, gated)),
    );
    const span = near.length > 0 ? spanOf(own.map((atom) => this.#column(atom))) : [];
    const dependent = near.filter((atom) => {
      const column = this.#column(atom);
      return norm2(without(column, span)) <= DEPENDENT * norm2(column);
    });
    return { others: near.filter((atom) => atom.value >= threshold * atBound || dependent.includes(atom)), dependent };
  }

  /** What neurons of the same fit leave to the bias. */
  #bias({ f }: Standing, neurons: readonly StateNeuron[]): number {
    if (!this.#problem.outputBias) return 0;
    const rest = Float64Array.from(f);
    for (const { atom, length } of neurons) addTo(rest, -length, this.source.pricer.column(atom));
    return rest.reduce((sum, t) => sum + t, 0) / f.length;
  }

  #measured(lambda: number, { f, r, pieces }: Standing, atoms: readonly Atom[]) {
    const { y, loss: own } = this.#problem;
    const loss = own.value(f, y, 1) / y.length;
    const penalty = pieces.reduce((sum, { c }) => sum + norm2(c), 0);
    const primal = loss + lambda * penalty;
    const scale = Math.min(1, (lambda * y.length) / (atoms[0]?.value ?? 1e-300));
    const dual =
      -own.conjugate(
        r.map((t) => t * scale),
        y,
        1,
      ) / y.length;
    return { loss, penalty, relativeGap: (primal - dual) / Math.max(Math.abs(primal), 1e-300) };
  }

  #unresolved(lambda: number, near: NearNetwork): FineState {
    const { f, r } = this.#outputs(near);
    const pieces: Piece[] = near.neurons.flatMap(({ active, sign, z }) => {
      const atom = this.source.pricer.atom(active, sign, r);
      return atom ? [{ atom, c: Float64Array.from(atom.basis, (q) => dot(q, z)) }] : [];
    });
    const standing = { pieces, bias: near.bias, f, r };
    const neurons = pieces.map(({ atom, c }) => ({ atom, length: norm2(c), slope: null }));
    const bound = pieces.map(({ atom }) => atom);
    return {
      ...this.#measured(
        lambda,
        standing,
        [...bound].sort((a, b) => b.value - a.value),
      ),
      ...{ lambda, resolved: false, standing, bound, neurons, bias: near.bias, independent: false, dimension: 0 },
      sensitivity: { differentiable: false, reason: 'unresolved' },
      signature: signatureOf(neurons),
    };
  }
}

function pieceOf(atom: Atom, length: number): Piece {
  return { atom, c: Float64Array.from(atom.basis, (q) => length * dot(q, atom.direction)) };
}

/** The same w in the basis of another atom of the piece. */
function inBasis({ atom, c }: Piece, other: Atom): Float64Array {
  const w = vectorOf(atom, c);
  return Float64Array.from(other.basis, (q) => dot(q, w));
}

function vectorOf({ basis, direction }: Atom, c: Float64Array): Float64Array {
  const w = new Float64Array(direction.length);
  basis.forEach((q, k) => {
    addTo(w, c[k], q);
  });
  return w;
}

/** The atom with the direction that its neuron has. */
function turned(atom: Atom, c: Float64Array): Atom {
  const w = vectorOf(atom, c);
  const length = norm2(w);
  return { ...atom, direction: w.map((t) => t / length) };
}

const isNext = (a: Atom, b: Atom): boolean => a.sign === b.sign && 1 - dot(a.direction, b.direction) < 1e-6;

const signatureOf = (neurons: readonly StateNeuron[]): string =>
  neurons
    .map(({ atom }) => atom.key)
    .sort()
    .join(' ');
