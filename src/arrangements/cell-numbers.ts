import { createRandom } from '../base/index.js';

/** A cell: the side of each hyperplane it is on (one byte each, 1: positive), and two hashes that flips keep up to date. */
export interface Cell {
  readonly sides: Uint8Array;
  first: number;
  second: number;
}

/** Numbers for cells: each positive side has two random words, a cell the exclusive or of those of its own. */
export class CellNumbers {
  readonly #words: Int32Array;

  constructor(count: number) {
    const random = createRandom(0x5eed);
    this.#words = Int32Array.from({ length: 2 * count }, () => random.integer(2 ** 32) | 0);
  }

  cellOf(sides: Uint8Array): Cell {
    const cell = { sides, first: 0, second: 0 };
    for (let g = 0; g < sides.length; g++) if (sides[g] === 1) this.#toggle(cell, g);
    return cell;
  }

  /** Moves the cell to the other side of hyperplane g. */
  flip(cell: Cell, g: number): void {
    cell.sides[g] ^= 1;
    this.#toggle(cell, g);
  }

  #toggle(cell: Cell, g: number): void {
    cell.first ^= this.#words[2 * g];
    cell.second ^= this.#words[2 * g + 1];
  }

  /** A whole number from 1 to 2⁵³: that two of 10⁶ cells share one has odds of 10⁻⁴. */
  numberOf({ first, second }: Cell): number {
    return (first >>> 0) * 2 ** 21 + (second >>> 11) + 1;
  }
}

export const copyOf = ({ sides, first, second }: Cell): Cell => ({ sides: sides.slice(), first, second });
