import { norm } from '../rounding.js';
import { slackWeight } from './combinations.js';
import type { LineForm } from './lines.js';
import type { SignMultipliers } from './multipliers.js';
import { coneHeight } from './quadratic-form.js';
import { SparseForms } from './sparse-forms.js';

/**
 * Products of two linear forms of (1, u, τ), τ = |Zu|, each with a multiplier that is at least 0, or free: what may be changed in the
 * multipliers of one sign. Forms are of size 1 for unit lines, τ too: coordinates are those of lines of length 1.
 */
export interface PairList {
  /** Of length 1 + rank + count. */
  readonly forms: SparseForms;
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Multipliers, both orders of a pair together; those of the first `free` pairs, s⁺_k s⁻_k of every line, have any sign. */
  readonly value: Float64Array;
  readonly free: number;
  /** The last so many are what the dual point brings: of the constant, times the sign, and s±; any sign, the same values for both signs. */
  readonly shared: number;
  /** Of the lines. */
  readonly lengths: Float64Array;
}

/** Where a multiplier comes from: adds what it has changed by, in the units of `SignMultipliers`. */
type Change = (m: SignMultipliers, change: number) => void;

interface Found {
  readonly first: number;
  readonly second: number;
  readonly value: number;
  readonly change: Change;
}

export interface Changeable {
  readonly list: PairList;
  /** The multipliers with these values instead. */
  readonly changed: (m: SignMultipliers, values: Float64Array) => SignMultipliers;
}

/** Multipliers below this times the largest stay as they are. */
const LEAST = 1e-5;

/** What row i of the dual point t brings: t_i times `unit` is the value of the pair of the constant and s⁺ or s⁻ of its line. */
export interface DualRow {
  readonly row: number;
  readonly line: number;
  readonly plus: boolean;
  readonly unit: number;
}

/** Rows that lie on a line: 2σt_i(x_iᵀu)_+ = σt_i|along_i|s±. */
export function dualRows({ lines: { of, along, z, rank } }: LineForm, level: number): DualRow[] {
  return Array.from(of, (line, row) => ({ row, line }))
    .filter(({ line }) => line >= 0)
    .map(({ row, line }) => {
      const unit = (Math.abs(along[row]) * norm(z, line * rank, rank)) / level;
      return { row, line, plus: along[row] >= 0, unit };
    });
}

/** The largest multipliers, `most` of them, all free ones, and what r brings, in units of `level`. */
export function changeable(
  form: LineForm,
  sign: number,
  m: SignMultipliers,
  r: Float64Array,
  rows: readonly DualRow[],
  level: number,
  most: number,
): Changeable {
  const { count } = form.lines;
  const forms = new Forms(form, m, sign);
  const found = most > 0 ? [...pairsOf(form, m, forms, level), ...singlesOf(form, m, forms, level)] : [];
  const largest = found.reduce((x, { value }) => Math.max(x, value), 0);
  const kept = found
    .filter(({ value }) => value > LEAST * largest)
    .sort((a, b) => b.value - a.value)
    .slice(0, most);
  const free = Array.from({ length: count }, (_, k): Found => {
    const unit = level / forms.length[k] ** 2;
    const change: Change = ({ nCross }, by) => void (nCross[k * (count + 1)] += 0.5 * unit * by);
    return { first: forms.plus(k), second: forms.minus(k), value: 0, change };
  });
  const shared = rows.map(({ row, line, plus, unit }): Found => {
    const second = plus ? forms.plus(line) : forms.minus(line);
    return { first: forms.constant, second, value: unit * r[row], change: () => {} };
  });
  const all = [...free, ...kept, ...shared];
  const used = new Map<number, number>();
  const place = (index: number): number => {
    if (!used.has(index)) used.set(index, used.size);
    return used.get(index)!;
  };
  const list: PairList = {
    first: Int32Array.from(all, (pair) => place(pair.first)),
    second: Int32Array.from(all, (pair) => place(pair.second)),
    value: Float64Array.from(all, (pair) => pair.value),
    free: count,
    shared: shared.length,
    lengths: forms.length,
    forms: forms.write([...used.keys()]),
  };
  return { list, changed: (old, values) => changedBy(old, all, list.value, values) };
}

function changedBy(
  m: SignMultipliers,
  pairs: readonly Found[],
  before: Float64Array,
  values: Float64Array,
): SignMultipliers {
  const { slack } = m;
  const out: SignMultipliers = {
    ...{ qPlus: m.qPlus.slice(), qMinus: m.qMinus.slice(), pPlus: m.pPlus.slice(), pMinus: m.pMinus.slice() },
    ...{ nPlus: m.nPlus.slice(), nMinus: m.nMinus.slice(), nCross: m.nCross.slice() },
    slack: {
      ...{ q: slack.q.slice(), p: slack.p.slice(), n: slack.n.slice() },
      ...{ nPlus: slack.nPlus.slice(), nMinus: slack.nMinus.slice() },
    },
  };
  pairs.forEach(({ change }, v) => {
    change(out, values[v] - before[v]);
  });
  return out;
}

/** s⁺, s⁻, the slacks, and for each of these the form 1 + pᵀu/q of its cone, by number. */
class Forms {
  readonly length: Float64Array;
  /** Of the slacks, at unit lines. */
  readonly size: Float64Array;
  readonly #count: number;
  readonly #slacks: number;

  constructor(
    readonly form: LineForm,
    readonly m: SignMultipliers,
    readonly sign: number,
  ) {
    const { lines, combinations } = form;
    const { count, rank, z } = lines;
    [this.#count, this.#slacks] = [count, combinations.count];
    this.length = Float64Array.from({ length: count }, (_, k) => norm(z, k * rank, rank));
    this.size = Float64Array.from({ length: combinations.count }, (_, c) => {
      let sum = 0;
      for (let e = combinations.start[c]; e < combinations.start[c + 1]; e++)
        sum += (slackWeight(combinations, c, e) * this.length[combinations.line[e]]) ** 2;
      return Math.sqrt(sum);
    });
  }

  plus = (k: number): number => k;
  minus = (k: number): number => this.#count + k;
  slack = (c: number): number => 2 * this.#count + c;
  /** Of the cone that belongs to a form. */
  cone = (form: number): number => 2 * this.#count + this.#slacks + form;

  get constant(): number {
    return this.cone(2 * this.#count + this.#slacks);
  }

  write(wanted: readonly number[]): SparseForms {
    const side = 1 + this.form.lines.rank;
    const size = side + this.#count;
    const rows = wanted.map((index) => {
      const row = new Float64Array(size);
      this.#writeOne(index, row);
      return row;
    });
    return SparseForms.of(rows, size, side);
  }

  #writeOne(index: number, row: Float64Array): void {
    const { lines, combinations } = this.form;
    const { rank, z } = lines;
    const [count, all] = [this.#count, 2 * this.#count + this.#slacks];
    if (index === this.constant) row[0] = this.sign;
    else if (index >= all) this.#writeCone(index - all, row);
    else if (index >= 2 * count) {
      const c = index - 2 * count;
      for (let e = combinations.start[c]; e < combinations.start[c + 1]; e++) {
        const k = combinations.line[e];
        row[1 + rank + k] += (slackWeight(combinations, c, e) * this.length[k]) / this.size[c];
      }
    } else {
      const k = index % count;
      row[1 + rank + k] = 1;
      for (let j = 0; j < rank; j++) row[1 + j] = ((index < count ? 1 : -1) * z[k * rank + j]) / this.length[k];
    }
  }

  #writeCone(form: number, row: Float64Array): void {
    const { rank } = this.form.lines;
    const [q, p, k] = this.coneOf(form);
    const height = coneHeight(q[k], p, k, rank);
    row[0] = 1;
    for (let j = 0; j < rank; j++) row[1 + j] = p[k * rank + j] / height;
  }

  /** The arrays q and p of a form, and its place in them. */
  coneOf(form: number, m = this.m): [Float64Array, Float64Array, number] {
    const count = this.#count;
    if (form >= 2 * count) return [m.slack.q, m.slack.p, form - 2 * count];
    return form < count ? [m.qPlus, m.pPlus, form] : [m.qMinus, m.pMinus, form - count];
  }

  /** Of s± or of a slack: how long it is beside its form. */
  lengthOf(form: number): number {
    return form < 2 * this.#count ? this.length[form % this.#count] : this.size[form - 2 * this.#count];
  }
}

function* pairsOf(form: LineForm, m: SignMultipliers, forms: Forms, level: number): Generator<Found> {
  const { count } = form.lines;
  const slacks = form.combinations.count;
  const table = function* (
    of: (m: SignMultipliers) => Float64Array,
    rows: number,
    columns: number,
    first: (k: number) => number,
    second: (l: number) => number,
    factor: (k: number, l: number) => number,
  ): Generator<Found> {
    const values = of(m);
    for (let at = 0; at < rows * columns; at++) {
      if (!(values[at] > 0)) continue;
      const [k, l] = [Math.floor(at / columns), at % columns];
      if (factor(k, l) === 0) continue;
      const [f, g] = [first(k), second(l)];
      const unit = (factor(k, l) * forms.lengthOf(f) * forms.lengthOf(g)) / level;
      yield { first: f, second: g, value: unit * values[at], change: (out, by) => void (of(out)[at] += by / unit) };
    }
  };
  const lower = (k: number, l: number): number => (l > k ? 0 : l === k ? 1 : 2);
  const { plus, minus, slack } = forms;
  yield* table((x) => x.nPlus, count, count, plus, plus, lower);
  yield* table((x) => x.nMinus, count, count, minus, minus, lower);
  yield* table(
    (x) => x.nCross,
    count,
    count,
    plus,
    minus,
    (k, l) => (k === l ? 0 : 2),
  );
  yield* table(
    (x) => x.slack.nPlus,
    slacks,
    count,
    slack,
    plus,
    () => 2,
  );
  yield* table(
    (x) => x.slack.nMinus,
    slacks,
    count,
    slack,
    minus,
    () => 2,
  );
  yield* table((x) => x.slack.n, slacks, slacks, slack, slack, lower);
}

/** 2(q + pᵀu) times s± or a slack, the direction of p kept. */
function* singlesOf(form: LineForm, m: SignMultipliers, forms: Forms, level: number): Generator<Found> {
  const { count, rank } = form.lines;
  for (let f = 0; f < 2 * count + form.combinations.count; f++) {
    const [q, p, k] = forms.coneOf(f, m);
    const height = coneHeight(q[k], p, k, rank);
    if (!(height > 0)) continue;
    const unit = (2 * forms.lengthOf(f)) / level;
    const change: Change = (out, by) => {
      const [heights, points] = forms.coneOf(f, out);
      heights[k] = height + by / unit;
      for (let j = 0; j < rank; j++) points[k * rank + j] *= heights[k] / height;
    };
    yield { first: f, second: forms.cone(f), value: unit * height, change };
  }
}
