import type { Run } from '../../base/index.js';
import { ArrowSystem } from './arrow-system.js';
import { type Barrier, type Inside, LESS, longest, NEARLY, TRIES } from './barrier.js';
import { schurSystem } from './schur-system.js';

/** Steps in all. */
const STEPS = 30;
/** It ends where what is left of the complementarity is this share of the value of the dual point. */
const LAST = 1e-3;
/** What the complementarity is to become, of what it is. */
const GOAL = 0.1;
/** Cost of α + μ above what is allowed: what a multiple of the dual point, which makes up for it, costs at most. */
const ABOVE = 0.5;
/** Least excess at the start. */
const SMALL_EXCESS = 0.25;

/** The value of a dual point, in units of itself, as a quadratic in the shared unknowns x: slope·(x − from) − ½Σ weight (x − from)². */
export interface SharedValue {
  readonly from: Float64Array;
  readonly slope: Float64Array;
  readonly weight: Float64Array;
  /** Changes keep along·x; null where they need not. */
  readonly along: Float64Array | null;
  /** What α + μ costs nothing up to. */
  readonly allowed: number;
}

/** What the unknowns of a sign, X and the slopes change by, and sym(dX dS S⁻¹) of it. */
interface SideMove {
  readonly direction: Float64Array;
  readonly moments: Float64Array;
  readonly slopes: Float64Array;
  readonly second: Float64Array;
}

interface Move {
  readonly sides: readonly SideMove[];
  /** Of the two rooms allowed + e − α − μ, and their slopes; of e and its slope. */
  readonly room: Float64Array;
  readonly roomSlope: Float64Array;
  readonly excess: number;
  readonly excessSlope: number;
}

/** One sign: where it stands, and what its products that are at least 0 are in X. */
interface Side {
  readonly barrier: Barrier;
  point: Inside;
  slopes: Float64Array;
}

/** A side with S⁻¹ and tr(A_v S⁻¹). */
interface Opened extends Side {
  readonly inverse: Float64Array;
  readonly traces: Float64Array;
}

/**
 * The best dual point and multipliers of some pairs, all others as they are: the largest value of the dual point less the excess e, where
 * α + μ ≤ allowed + e and S is positive definite for both signs; an interior point method with the moments X beside S (the direction of Helmberg, Rendl,
 * Vanderbei, Wolkowicz, and of Kojima and Monteiro, with Mehrotra's correction). S stays inside, so that it may end at any step, as it does
 * when the run is stopped. Nothing is proved with it.
 */
export class InteriorPoint {
  #sides: Side[] = [];
  #room = new Float64Array(2);
  #roomSlope = new Float64Array(2);
  #excess = 0;
  #excessSlope = 0;

  constructor(
    readonly barriers: readonly [Barrier, Barrier],
    readonly value: SharedValue,
  ) {}

  /** False where no point inside was found. */
  start(): boolean {
    const [first, second] = this.barriers.map((barrier) => barrier.start());
    if (first === null || second === null) return false;
    const height = Math.max(...this.barriers.map(({ own }, index) => [first, second][index].x[own]));
    const points = this.barriers.map((barrier, index) => barrier.raised([first, second][index], height));
    // all complementary products alike, c, so that X is of the right size, and that the slopes of both rooms and of e add up to ABOVE
    const traces = this.barriers.map((barrier, index) => barrier.centre(points[index]));
    const room = 1 / traces[0] + 1 / traces[1];
    this.#excess = Math.max(2 * height - this.value.allowed + room, SMALL_EXCESS);
    this.#room.fill(this.value.allowed + this.#excess - 2 * height);
    const c = ABOVE / (2 / this.#room[0] + 1 / this.#excess);
    this.#roomSlope.fill(c / this.#room[0]);
    this.#excessSlope = c / this.#excess;
    this.#sides = this.barriers.map((barrier, index) => {
      const { free } = barrier.pairs;
      const point = points[index];
      barrier.scaleMoments(c);
      const slopes = Float64Array.from({ length: barrier.own }, (_, v) => (v < free ? 0 : c / point.x[v]));
      return { barrier, point, slopes };
    });
    return true;
  }

  /** The unknowns of both signs in the order of `placeOf`, the shared ones alike. */
  async descend(run: Run): Promise<readonly Float64Array[]> {
    const members = this.#sides.reduce((sum, { barrier }) => sum + barrier.size + barrier.own - barrier.pairs.free, 3);
    for (let step = 0; step < STEPS && run.stop === null; step++) {
      const gap = this.#gap();
      if (gap < LAST) break;
      if (!this.#step(gap, members)) break;
      await run.pause();
    }
    return this.#sides.map(({ point }) => point.x);
  }

  #gap(): number {
    let sum = this.#excess * this.#excessSlope;
    this.#sides.forEach(({ barrier, point, slopes }, index) => {
      sum += barrier.gap(point) + this.#room[index] * this.#roomSlope[index];
      for (let v = barrier.pairs.free; v < barrier.own; v++) sum += point.x[v] * slopes[v];
    });
    return sum;
  }

  /** One step towards a point of the central path; false where there is none. */
  #step(gap: number, members: number): boolean {
    const goal = (GOAL * gap) / members;
    const { kernels } = this.barriers[0].workspace;
    const mark = kernels.mark();
    const opened = this.#sides.map((side) => open(side));
    const matrices = opened.map((_, index) => this.#matrix(opened[index], index, gap));
    const own = this.barriers.map((barrier) => barrier.own + 2);
    const system = ArrowSystem.of(
      kernels,
      matrices.map(({ matrix }) => matrix),
      own,
      this.value.from.length + 1,
    );
    const filled = opened.map((side, index) => ({ ...side, traces: matrices[index].traces }));
    const move = system && this.#move(goal, filled, system, this.#move(0, filled, system, null));
    kernels.release(mark);
    return move !== null && this.#advance(move);
  }

  /** The system of one sign with half of what only the shared unknowns have; e is the last of these. While the gap is large, r stays near. */
  #matrix(side: Opened, index: number, gap: number): { matrix: Float64Array; traces: Float64Array } {
    const { barrier, point, slopes, inverse } = side;
    const { own, pairs } = barrier;
    const size = pairs.value.length + 3;
    const { kernels } = barrier.workspace;
    const matrix = kernels.float64(size * size);
    const traces = schurSystem(pairs, barrier.side, { moments: barrier.moments, inverse }, matrix, size, kernels);
    for (let v = pairs.free; v < own; v++) matrix[v * (size + 1)] += slopes[v] / point.x[v];
    const stay = 0.5 * (1 + gap);
    this.value.weight.forEach((w, i) => void (matrix[(own + 2 + i) * (size + 1)] += stay * w));
    const stiff = this.#roomSlope[index] / this.#room[index];
    const last = size - 1;
    matrix[own * size + own] += stiff;
    matrix[(own + 1) * size + own] += stiff;
    matrix[(own + 1) * (size + 1)] += stiff;
    matrix[last * size + own] -= stiff;
    matrix[last * size + own + 1] -= stiff;
    matrix[last * (size + 1)] += stiff + (0.5 * this.#excessSlope) / this.#excess;
    for (let v = 0; v < size; v++) matrix[v * (size + 1)] *= 1 + 1e-12;
    return { matrix, traces };
  }

  #move(goal: number, sides: readonly Opened[], system: ArrowSystem, predicted: Move | null): Move {
    const { value } = this;
    const shared = new Float64Array(value.from.length + 1);
    const { x } = this.#sides[0].point;
    const first = this.barriers[0].own + 2;
    for (let i = 0; i < value.from.length; i++)
      shared[i] = value.slope[i] - value.weight[i] * (x[first + i] - value.from[i]);
    const e = value.from.length;
    const mixedExcess = predicted ? predicted.excess * predicted.excessSlope : 0;
    const mixedRoom = (index: number): number => (predicted ? predicted.room[index] * predicted.roomSlope[index] : 0);
    shared[e] = -ABOVE + (goal - mixedExcess) / this.#excess;
    const rights = sides.map((side, index) => {
      const push = (goal - mixedRoom(index)) / this.#room[index];
      shared[e] += push;
      return rightOf(side, goal, push, predicted?.sides[index] ?? null, shared);
    });
    const along = value.along && Float64Array.from([...value.along, 0]);
    system.solve(rights, shared, along);
    const moved = sides.map((side, index) =>
      moveOf(side, goal, rights[index], shared, predicted?.sides[index] ?? null),
    );
    const excess = shared[e];
    const room = Float64Array.from(moved, ({ direction }, index) => {
      const { own } = this.barriers[index];
      return excess - direction[own] - direction[own + 1];
    });
    const roomSlope = room.map((d, index) => {
      const z = this.#roomSlope[index];
      return (goal - mixedRoom(index) - z * d) / this.#room[index] - z;
    });
    const excessSlope = (goal - mixedExcess - this.#excessSlope * excess) / this.#excess - this.#excessSlope;
    return { sides: moved, room, roomSlope, excess, excessSlope };
  }

  /** As far as it stays inside; false where it does not move. */
  #advance(move: Move): boolean {
    this.#advanceMoments(move);
    const numbers = Float64Array.of(...this.#room, this.#excess);
    let length = longest(numbers, Float64Array.of(...move.room, move.excess));
    this.#sides.forEach(({ barrier, point }, index) => {
      length = Math.min(length, longest(point.x, move.sides[index].direction, barrier.pairs.free, barrier.own));
    });
    for (let round = 0; round < TRIES; round++, length *= LESS) {
      const to = this.#at(move, length);
      if (to === null) continue;
      // not to the boundary itself
      const step = length < 1 ? NEARLY * length : 1;
      const inside = length < 1 ? this.#at(move, step) : to;
      this.#sides.forEach((side, index) => void (side.point = (inside ?? to)[index]));
      const went = inside === null ? length : step;
      this.#room = this.#room.map((x, index) => x + went * move.room[index]);
      this.#excess += went * move.excess;
      return true;
    }
    return false;
  }

  #at(move: Move, length: number): Inside[] | null {
    const out: Inside[] = [];
    for (const [index, { barrier, point }] of this.#sides.entries()) {
      const { direction } = move.sides[index];
      const to = barrier.at(point.x.map((y, v) => y + length * direction[v]));
      if (to === null) return null;
      out.push(to);
    }
    return out;
  }

  /** X and the slopes as far as they stay inside. */
  #advanceMoments(move: Move): void {
    const numbers = Float64Array.of(...this.#roomSlope, this.#excessSlope);
    let length = longest(numbers, Float64Array.of(...move.roomSlope, move.excessSlope));
    this.#sides.forEach(({ barrier, slopes }, index) => {
      length = Math.min(length, longest(slopes, move.sides[index].slopes, barrier.pairs.free));
    });
    for (let round = 0; round < TRIES; round++, length *= LESS) {
      if (!this.#sides.every(({ barrier }, index) => barrier.momentsInside(move.sides[index].moments, length)))
        continue;
      const step = length < 1 ? NEARLY * length : 1;
      this.#sides.forEach((side, index) => {
        side.barrier.moveMoments(move.sides[index].moments, step);
        side.slopes = side.slopes.map((z, v) => z + step * move.sides[index].slopes[v]);
      });
      this.#roomSlope = this.#roomSlope.map((z, index) => z + step * move.roomSlope[index]);
      this.#excessSlope += step * move.excessSlope;
      return;
    }
  }
}

function open(side: Side): Opened {
  const { barrier, point } = side;
  const inverse = barrier.workspace.kernels.unset(barrier.size ** 2);
  barrier.inverse(point.factor, inverse);
  return { ...side, inverse, traces: new Float64Array(0) };
}

/** The right side of the own unknowns of a sign; what the shared ones have of it is added to `shared`. */
function rightOf(
  { barrier, point, traces }: Opened,
  goal: number,
  push: number,
  predicted: SideMove | null,
  shared: Float64Array,
): Float64Array {
  const { own, pairs } = barrier;
  const left = predicted && barrier.traces(predicted.second);
  const right = new Float64Array(own + 2);
  for (let v = 0; v < traces.length; v++) {
    const trace = goal * traces[v] - (left?.[v] ?? 0);
    if (v < own) right[v] = -trace;
    else if (v < own + 2) right[v] = trace - push;
    else shared[v - own - 2] -= trace;
  }
  for (let v = pairs.free; v < own; v++) right[v] += (goal - mixed(predicted, v)) / point.x[v];
  return right;
}

/** Of second order in the products of values and slopes. */
const mixed = (predicted: SideMove | null, v: number): number =>
  predicted ? predicted.direction[v] * predicted.slopes[v] : 0;

function moveOf(
  { barrier, point, slopes: z, inverse }: Opened,
  goal: number,
  own: Float64Array,
  shared: Float64Array,
  predicted: SideMove | null,
): SideMove {
  const direction = new Float64Array(point.x.length);
  direction.set(own);
  direction.set(shared.subarray(0, direction.length - own.length), own.length);
  const { free } = barrier.pairs;
  const slopes = z.map((y, v) => (v < free ? 0 : (goal - mixed(predicted, v) - y * direction[v]) / point.x[v] - y));
  const change = barrier.changeOf(direction);
  const first = barrier.symmetric(barrier.moments, change, inverse);
  const before = predicted?.second;
  const moments = first.map((y, at) => goal * inverse[at] - barrier.moments[at] - y - (before ? before[at] : 0));
  const second = predicted ? first : barrier.symmetric(moments, change, inverse);
  return { direction, moments, slopes, second };
}
