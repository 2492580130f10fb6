import type { LocalMaximum } from './cell-ascent.js';
import { dot } from './vectors.js';

/** Directions with a larger cosine count as one. */
const SAME_DIRECTION = 1 - 1e-6;
/** First coordinates of such directions differ by less: √(2·10⁻⁶), rounding included. */
const SLICE = 1.5e-3;
/** Maxima of more than this share of the largest count as high. */
const HIGH = 0.9;
/** What is not above this share of it is rounding: where −f is positive nowhere, climbs end at such values. */
const ROUNDING = 1e-9;

/** Maxima of one direction and sign, the best one first. */
type Group = LocalMaximum[];

/** The local maxima that a search has found, as many as there are directions and signs. */
export class Maxima {
  /** By value, largest first. */
  readonly #groups: Group[] = [];
  readonly #slices = new Map<number, Group[]>();

  add(found: readonly LocalMaximum[]): void {
    for (const one of [...found].sort(descending)) {
      const group = this.#groupOf(one);
      if (group === undefined) this.#open(one);
      else this.#join(group, one);
    }
    this.#groups.sort(([a], [b]) => descending(a, b));
  }

  /** The best of each direction and sign, by value, largest first. */
  get all(): LocalMaximum[] {
    return this.#real.map(([best]) => best);
  }

  /** The largest value, 0 for none. */
  get largest(): number {
    return this.#groups.length > 0 ? this.#groups[0][0].value : 0;
  }

  /** How many are high. */
  get high(): number {
    return this.above(HIGH * this.largest);
  }

  /** How many are at least so high. */
  above(value: number): number {
    const end = this.#groups.findIndex(([best]) => best.value < value);
    return end < 0 ? this.#groups.length : end;
  }

  /** How many climbs have ended at these maxima. */
  get climbs(): number {
    return this.#real.reduce((sum, group) => sum + hitsOf(group), 0);
  }

  /** How many maxima only one climb has met. */
  get singles(): number {
    return this.#real.filter((group) => hitsOf(group) === 1).length;
  }

  get #real(): readonly Group[] {
    return this.#groups.slice(0, this.above(ROUNDING * this.largest));
  }

  #groupOf({ w, sign }: LocalMaximum): Group | undefined {
    const slice = Math.floor(w[0] / SLICE);
    return [slice - 1, slice, slice + 1]
      .flatMap((s) => this.#slices.get(s) ?? [])
      .find(([best]) => best.sign === sign && dot(best.w, w) > SAME_DIRECTION);
  }

  #open(one: LocalMaximum): void {
    const group = [one];
    this.#groups.push(group);
    this.#file(group);
  }

  #join(group: Group, one: LocalMaximum): void {
    group.push(one);
    const [best] = group;
    if (!(one.value > best.value)) return;
    group[0] = one;
    group[group.length - 1] = best;
    this.#file(group);
  }

  /** Puts the group where its best is looked for. */
  #file(group: Group): void {
    const slice = Math.floor(group[0].w[0] / SLICE);
    const own = this.#slices.get(slice);
    if (own === undefined) this.#slices.set(slice, [group]);
    else if (!own.includes(group)) own.push(group);
  }
}

const descending = (a: LocalMaximum, b: LocalMaximum): number => b.value - a.value;

const hitsOf = (group: Group): number => group.reduce((sum, { hits }) => sum + hits, 0);
