import { binaryExponent } from '../base/index.js';

/**
 * Half of the cells of an arrangement of m hyperplanes through the origin: those on the positive side of hyperplane 0.
 * The other half are their negatives. A cell is a key of m sign bits (word k>>5, bit k&31; 1: positive side) and the
 * sum of the facet points met so far.
 */
export class CellTable {
  count = 0;
  readonly words: number;
  keys: Uint32Array;
  points: Float64Array;
  #slots: Int32Array;
  readonly #lastMask: number;

  constructor(
    readonly planes: number,
    readonly rank: number,
    expected = 16,
  ) {
    const capacity = powerOfTwo(expected);
    this.words = (planes + 31) >>> 5;
    this.keys = new Uint32Array(capacity * this.words);
    this.points = new Float64Array(capacity * rank);
    this.#slots = new Int32Array(2 * capacity).fill(-1);
    this.#lastMask = planes % 32 === 0 ? 0xffffffff : 2 ** (planes % 32) - 1;
  }

  /** Whether cell c lies on the positive side of hyperplane k. */
  positive(c: number, k: number): boolean {
    return ((this.keys[c * this.words + (k >>> 5)] >>> (k & 31)) & 1) === 1;
  }

  /**
   * Adds `point` to the cell of `key`, or to its negative when the key lies on the negative side of hyperplane 0 (the
   * key is then complemented in place).
   */
  add(key: Uint32Array, point: Float64Array): void {
    const sign = (key[0] & 1) === 1 ? 1 : -1;
    if (sign < 0) this.#complement(key);
    const at = this.#cell(key) * this.rank;
    for (let j = 0; j < this.rank; j++) this.points[at + j] += sign * point[j];
  }

  #complement(key: Uint32Array): void {
    for (let w = 0; w < this.words; w++) key[w] = ~key[w];
    key[this.words - 1] &= this.#lastMask;
  }

  /** The number of the cell with this key, new when there was none. */
  #cell(key: Uint32Array): number {
    const mask = this.#slots.length - 1;
    let slot = hash(key, 0, this.words) & mask;
    for (; this.#slots[slot] >= 0; slot = (slot + 1) & mask) {
      if (this.#equals(this.#slots[slot], key)) return this.#slots[slot];
    }
    if (2 * (this.count + 1) > this.#slots.length) {
      this.#grow();
      return this.#cell(key);
    }
    this.#slots[slot] = this.count;
    this.keys.set(key, this.count * this.words);
    return this.count++;
  }

  #equals(cell: number, key: Uint32Array): boolean {
    const at = cell * this.words;
    for (let w = 0; w < this.words; w++) if (this.keys[at + w] !== key[w]) return false;
    return true;
  }

  #grow(): void {
    const capacity = this.#slots.length;
    this.keys = enlarged(this.keys, new Uint32Array(capacity * this.words));
    this.points = enlarged(this.points, new Float64Array(capacity * this.rank));
    this.#slots = new Int32Array(2 * capacity).fill(-1);
    const mask = this.#slots.length - 1;
    for (let c = 0; c < this.count; c++) {
      let slot = hash(this.keys, c * this.words, this.words) & mask;
      while (this.#slots[slot] >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = c;
    }
  }
}

const powerOfTwo = (atLeast: number): number => 2 ** (binaryExponent(Math.max(8, atLeast) - 1) + 1);

function enlarged<T extends Uint32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

function hash(keys: Uint32Array, at: number, words: number): number {
  let h = 0x811c9dc5;
  for (let w = at; w < at + words; w++) {
    h = Math.imul(h ^ keys[w], 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b);
  return (h ^ (h >>> 16)) >>> 0;
}
