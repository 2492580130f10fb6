import { exp, log, type Run } from '../../base/index.js';
import { type Bracket, clustered, eventsOf, type FineEvent } from './events.js';
import type { Standing } from './newton.js';
import type { FineSource } from './source.js';
import { FineSolver, type FineState } from './state.js';
import { namesAlong } from './track.js';

export interface FinePathOptions {
  /** Events are bracketed to this relative width of λ. */
  readonly resolution: number;
  /** Called at every λ of the grid. */
  readonly onState?: (state: FineState, count: number) => void;
}

export interface FinePath {
  /** At the λ of the grid, descending. */
  readonly states: readonly FineState[];
  /** names[k][j] of neuron j of state k. */
  readonly names: readonly (readonly string[])[];
  /** In the order of falling λ. */
  readonly events: readonly FineEvent[];
  /**
   * Intervals (above, below) whose events are unknown: the optimum at an end could not be had to rounding, or the run was
   * stopped before.
   */
  readonly unresolved: readonly (readonly [number, number])[];
}

/** Brackets are halved this many times more, to see which differences stay. */
const furtherHalvings = 6;

/**
 * Follows the least-norm path over descending λ > 0, and brackets each change of its active set by bisection in log λ. What
 * was reached when the run is stopped is given back.
 */
export async function followFinePath(
  source: FineSource,
  lambdas: ArrayLike<number>,
  { resolution, onState }: FinePathOptions,
  run: Run,
): Promise<FinePath> {
  const walk = new Walk(source, resolution, run);
  const grid: FineState[] = [];
  for (let k = 0; k < lambdas.length; k++) {
    const last = grid.at(-1);
    const state = await walk.solver.at(lambdas[k], last ? [last.standing] : [], run);
    if (state === null) break;
    grid.push(state);
    onState?.(state, k + 1);
    await run.pause();
  }
  for (let k = 1; k < grid.length; k++) await walk.bisect(grid[k - 1], grid[k]);
  return walk.result(grid, source.problem.gated);
}

class Walk {
  readonly solver: FineSolver;
  readonly #brackets: Bracket[] = [];
  readonly #visited: FineState[] = [];
  readonly #unresolved: (readonly [number, number])[] = [];

  constructor(
    source: FineSource,
    readonly resolution: number,
    readonly run: Run,
  ) {
    this.solver = new FineSolver(source);
  }

  /** All changes between two states. `trail`: the brackets around this one, widest first. */
  async bisect(above: FineState, below: FineState, trail: readonly [FineState, FineState][] = []): Promise<void> {
    if (above.resolved && below.resolved && above.signature === below.signature) return;
    if (this.run.stop !== null || !above.resolved || !below.resolved) {
      this.#unresolved.push([above.lambda, below.lambda]);
      return;
    }
    const width = log(above.lambda / below.lambda);
    const around: [FineState, FineState][] = [...trail, [above, below]];
    if (width <= this.resolution / 2 ** furtherHalvings) {
      const [wideAbove, wideBelow] = around[Math.max(0, around.length - 1 - furtherHalvings)];
      this.#brackets.push({ above, below, wide: { above: wideAbove, below: wideBelow } });
      return;
    }
    const middle = below.lambda * exp(width / 2);
    const guesses: Standing[] = [above.standing, below.standing];
    const state = await this.solver.at(middle, guesses, this.run);
    if (state === null) {
      this.#unresolved.push([above.lambda, below.lambda]);
      return;
    }
    this.#visited.push(state);
    await this.bisect(above, state, around);
    await this.bisect(state, below, around);
  }

  result(grid: readonly FineState[], gated: boolean): FinePath {
    const all = [...grid, ...this.#visited.filter(({ resolved }) => resolved)].sort((a, b) => b.lambda - a.lambda);
    const names = namesAlong(all, gated);
    const named = new Map(all.map((state, k) => [state, names[k]]));
    const namesOf = (state: FineState): string[] => named.get(state) ?? [];
    const events = clustered(this.#brackets, this.resolution).flatMap((bracket) => {
      const ends = { above: namesOf(bracket.above), below: namesOf(bracket.below) };
      return eventsOf(bracket, ends, gated);
    });
    return {
      states: grid,
      names: grid.map(namesOf),
      events: events.sort((a, b) => b.lambda - a.lambda),
      unresolved: this.#unresolved,
    };
  }
}
