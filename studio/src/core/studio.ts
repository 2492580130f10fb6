import {
  type Certificate,
  constantNetwork,
  type Matrix,
  type NetworkWeights,
  networkAt,
  networkObjective,
  type Table,
} from 'relucent';
import { Solver, Stale } from '../solver/client.js';
import type { Fitted, OptimalPicture, Parallel, PathPoint, Problem, Trace } from '../solver/protocol.js';
import { type Choices, fields, regularizerOf } from './choices.js';
import { csvOf, type Dataset, datasetOf, mostRows, type Point, pointsOf } from './dataset.js';
import { initialOf } from './fields.js';
import { readLink, writeLink } from './link.js';
import { builtIns, tableOfSet } from './sets.js';
import { Store } from './store.js';

/** λ at which the path has networks: eight a decade, from 0.5 to 5e-4, of three digits. */
export const gridLambdas: readonly number[] = Array.from({ length: 25 }, (_, k) =>
  Number((0.5 * 10 ** (-k / 8)).toPrecision(3)),
);

/** Bytes of the largest file that is read: the page stays answerable. */
const mostBytes = 20e6;

export interface Notice {
  readonly kind: 'error' | 'note';
  readonly text: string;
}

export interface State {
  readonly choices: Choices;
  /** A table of the user's: dropped, pasted, or a built-in set that was edited. */
  readonly own: Table | null;
  readonly dataset: Dataset | null;
  readonly points: readonly Point[];
  /** The last solve, with the table that it is of. */
  readonly fitted: (Fitted & { readonly table: Table }) | null;
  /** A network of three layers, where one is chosen; then nothing else is shown. */
  readonly parallel: (Parallel & { readonly table: Table }) | null;
  /** The fitted network belongs to the data and the choices that are shown. */
  readonly fresh: boolean;
  readonly path: readonly PathPoint[];
  readonly pathDone: boolean;
  /** What the solver is doing, or null. */
  readonly doing: string | null;
  readonly notice: Notice | null;
  /** Neuron that is pointed at. */
  readonly hover: number | null;
  readonly race: readonly Trace[] | null;
  readonly racing: boolean;
  readonly optimal: OptimalPicture | null;
  /** How far the shown member has been pruned: 0 the one that is chosen, 1 a minimal one; all between are optimal too. */
  readonly pruning: number;
  /** Milliseconds that the last frame of the λ slider took to compute and draw. */
  readonly frame: number | null;
}

const shapeKeys = ['set', 'n', 'noise', 'seed', 'target', 'x', 'y', 'along'] as const;

/** The state of the page and everything that changes it. */
export class Studio extends Store<State> {
  readonly solver = new Solver();
  /** When the slider was last moved, on the clock of the page; 0 once that is drawn. */
  slideStarted = 0;
  #refit = 0;
  #again = false;
  /** Rows at which the band of the optimal set is asked for, set by its view. */
  bandRows: Matrix = { rows: 0, cols: 1, data: new Float64Array(0) };

  constructor() {
    super({
      choices: initialOf<Choices>(fields),
      own: null,
      dataset: null,
      points: [],
      fitted: null,
      parallel: null,
      fresh: false,
      path: [],
      pathDone: false,
      doing: null,
      notice: null,
      hover: null,
      race: null,
      racing: false,
      optimal: null,
      pruning: 0,
      frame: null,
    });
  }

  /** Brings the page to what a link says. */
  async open(hash: string): Promise<void> {
    const link = await readLink(hash.replace(/^#/, ''));
    this.set({ choices: link.choices });
    if (link.wrong.length > 0)
      this.say('error', `This link has parts that cannot be read, and starts without them: ${link.wrong.join(', ')}.`);
    if (link.csv !== null) await this.load('shared.csv', link.csv, link.choices);
    else if (link.file !== null) await this.fetchFile(link.file, link.choices);
    else this.#rebuild();
  }

  /** The part of the address after # that restores this screen, or null where the table is too large. */
  link(): Promise<string | null> {
    const { choices, own } = this.state;
    return writeLink(choices, choices.set === 'own' && own ? csvOf(own) : null);
  }

  say(kind: Notice['kind'], text: string): void {
    this.set({ notice: { kind, text } });
  }

  choose(patch: Partial<Choices>): void {
    const before = this.state.choices;
    const choices = { ...before, ...patch };
    this.set({ choices });
    const changed = (key: keyof Choices): boolean => choices[key] !== before[key];
    if (shapeKeys.some(changed)) this.#rebuild();
    else if (changed('network') || changed('loss')) this.#restart();
    else if (changed('lambda')) this.#later(160);
    if (changed('near') || (changed('tab') && choices.tab === 'set')) void this.findOptimal();
    void this.#remember();
  }

  chooseSet(name: (typeof builtIns)[number]['name']): void {
    const start = builtIns.find((set) => set.name === name)?.start;
    this.choose({
      ...start,
      set: name,
      target: '',
      x: '',
      y: '',
      along: false,
      loss: 'auto',
      u: 0,
      v: 0,
      pruned: false,
    });
  }

  /** Reads a file or pasted text; what is shown stays when it cannot be. */
  async load(name: string, data: Uint8Array | string, choices: Partial<Choices> = {}): Promise<void> {
    const size = data.length;
    if (size > mostBytes) {
      this.say(
        'error',
        `${name}: ${Math.round(size / 1e6)} MB is more than this page reads (${mostBytes / 1e6} MB); train it with: relucent fit ${name}`,
      );
      return;
    }
    try {
      this.useTable(await this.solver.call('parse', 'parse', { name, data }), choices);
    } catch (error) {
      this.#fail(error);
    }
  }

  async fetchFile(file: string, choices: Partial<Choices>): Promise<void> {
    try {
      const answer = await fetch(file);
      if (!answer.ok) throw new Error(`${file}: could not be loaded (${answer.status}).`);
      await this.load(
        decodeURIComponent(file.split('/').pop() ?? file),
        new Uint8Array(await answer.arrayBuffer()),
        choices,
      );
    } catch (error) {
      this.#fail(error);
      this.#rebuild();
    }
  }

  /** Takes a table for the user's own; throws nothing, says what is wrong with it. */
  useTable(table: Table, given: Partial<Choices> = {}): void {
    const { choices } = this.state;
    const roles = { target: '', x: '', y: '', along: false, ...given };
    try {
      if (table.rowCount > mostRows)
        throw new Error(
          `${table.source}: ${table.rowCount.toLocaleString('en')} rows are more than this page trains on (${mostRows.toLocaleString('en')}); train it with: relucent fit ${table.source}`,
        );
      datasetOf(table, roles);
    } catch (error) {
      if (this.state.dataset === null) this.#rebuild();
      this.#fail(error);
      return;
    }
    this.set({ own: table, choices: { ...choices, ...roles, set: 'own' }, notice: null });
    this.#rebuild();
    void this.#remember();
  }

  /** A point was added, moved or taken away. */
  edit(table: Table): void {
    const { choices, dataset } = this.state;
    const roles = { target: dataset?.target ?? '', x: dataset?.axes[0] ?? '', y: choices.y };
    try {
      datasetOf(table, { ...choices, ...roles });
    } catch (error) {
      this.#fail(error);
      return;
    }
    const source = table.source.startsWith('my-') ? table.source : `my-${table.source}`;
    this.set({ own: { ...table, source }, choices: { ...choices, ...roles, set: 'own' } });
    this.#rebuild(true);
    void this.#remember();
  }

  #rebuild(edited = false): void {
    const { choices, own } = this.state;
    try {
      const table = choices.set === 'own' && own ? own : tableOfSet(choices.set, choices);
      const dataset = datasetOf(table, choices);
      this.set({ dataset, points: pointsOf(dataset), race: null, optimal: null });
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#restart(edited);
  }

  /** The problem is another one: nothing that was solved is of use, but it stays to be seen until there is better. */
  #restart(edited = false): void {
    this.solver.cancel('path');
    this.solver.cancel('race');
    this.solver.cancel('optimal');
    this.set({ fresh: false, path: [], pathDone: false, race: null, racing: false, optimal: null });
    if (edited && this.solver.busy('fit')) this.#again = true;
    else void this.#fit();
  }

  #later(delay: number): void {
    clearTimeout(this.#refit);
    this.#refit = window.setTimeout(() => void this.#fit(), delay);
  }

  problem(): Problem | null {
    const { dataset, choices } = this.state;
    if (dataset === null) return null;
    const activation = choices.network === 'gated' ? 'gated' : 'relu';
    const { table, target, task, drop } = dataset;
    return { table, target, task, drop, activation, loss: choices.loss };
  }

  /** The network at the λ that is chosen, from scratch and certified: what `relucent fit` gives. */
  async #fit(): Promise<void> {
    clearTimeout(this.#refit);
    const problem = this.problem();
    if (problem === null) return;
    const { lambda, network } = this.state.choices;
    this.#again = false;
    this.set({ doing: 'solving' });
    const regularizer = regularizerOf(network);
    if (regularizer !== null) {
      await this.#fitParallel(problem, regularizer, lambda);
      return;
    }
    try {
      const fitted = await this.solver.call('fit', 'fit', { problem, lambda }, ({ phase }) =>
        this.set({ doing: phase }),
      );
      const again = this.#again;
      this.set({ fitted: { ...fitted, table: problem.table }, parallel: null, fresh: !again, doing: null });
      if (this.state.choices.set === 'own' && fitted.notes.length > 0) this.say('note', `${fitted.notes.join('; ')}.`);
      if (again) return void this.#fit();
      if (this.state.path.length === 0 && !this.solver.busy('path')) void this.#follow(fitted);
      if (this.state.choices.tab === 'set') void this.findOptimal();
    } catch (error) {
      if (error instanceof Stale) return;
      this.set({ doing: null });
      this.#fail(error);
    }
  }

  async #fitParallel(
    { activation: _, ...problem }: Problem,
    regularizer: 'weight-decay' | 'path',
    lambda: number,
  ): Promise<void> {
    try {
      const ask = { problem, regularizer, lambda };
      const parallel = await this.solver.call('fit', 'parallel', ask, ({ phase }) => this.set({ doing: phase }));
      const again = this.#again;
      this.set({ parallel: { ...parallel, table: problem.table }, fitted: null, fresh: !again, doing: null });
      if (again) void this.#fit();
    } catch (error) {
      if (error instanceof Stale) return;
      this.set({ doing: null });
      this.#fail(error);
    }
  }

  async #follow({ data, model }: Fitted): Promise<void> {
    const { activation } = model.weights;
    try {
      await this.solver.call('path', 'path', { data, activation, lambdas: gridLambdas }, (point) =>
        this.set({ path: [...this.state.path, point] }),
      );
      this.set({ pathDone: true });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Called when the map or curve has been drawn: how long the frame of the slider took. */
  drew(): void {
    if (this.slideStarted === 0) return;
    const frame = performance.now() - this.slideStarted;
    this.slideStarted = 0;
    requestAnimationFrame(() => this.set({ frame }));
  }

  async race(methods: readonly ('weight-decay' | 'pathprox')[]): Promise<void> {
    const { fitted, choices } = this.state;
    if (choices.network !== 'relu')
      return this.say('error', 'Gradient descent runs here on two-layer ReLU networks; choose ReLU to race it.');
    if (fitted === null) return;
    const { lambda, width, runs, rate, steps } = choices;
    const seeds = Array.from({ length: runs }, (_, k) => k + 1);
    this.set({ racing: true });
    try {
      const tell = (race: readonly Trace[]): void => this.set({ race });
      const race = await this.solver.call(
        'race',
        'race',
        { data: fitted.data, lambda, width, seeds, methods, rate, steps },
        tell,
      );
      this.set({ race, racing: false });
    } catch (error) {
      if (error instanceof Stale) return;
      this.set({ racing: false });
      this.#fail(error);
    }
  }

  /** Ends the solve with the best network so far, and what is proved about it by then. */
  stop(): void {
    this.solver.finish('fit');
    this.set({ doing: 'stopping' });
  }

  stopRace(): void {
    this.solver.cancel('race');
    this.set({ racing: false });
  }

  async findOptimal(): Promise<void> {
    const { fitted, fresh, choices } = this.state;
    if (fitted === null || !fresh) return;
    if (fitted.data.outputs > 1) {
      this.set({ optimal: null });
      return;
    }
    const { weights, objective } = fitted.model;
    const tolerance = 10 ** -choices.near;
    try {
      const optimal = await this.solver.call('optimal', 'optimal', {
        weights,
        data: fitted.data,
        lambda: objective.lambda,
        tolerance,
        rows: this.bandRows,
      });
      this.set({ optimal });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The address follows the state, so that a reload and the back button keep it. */
  async #remember(): Promise<void> {
    const link = await this.link();
    if (link !== null) history.replaceState(null, '', `#${link}`);
  }

  #fail(error: unknown): void {
    if (error instanceof Stale) return;
    this.say('error', error instanceof Error ? error.message : String(error));
  }
}

/** What is shown at the chosen λ. */
export interface Shown {
  readonly lambda: number;
  readonly weights: NetworkWeights;
  readonly certificate: Pick<Certificate, 'primal' | 'dual' | 'bound' | 'scope' | 'relativeGap' | 'gap' | 'tolerance'>;
  /** `fit`: solved at this λ; `between`: between two networks of the path; `old`: of other data or another λ, until the new one is there. */
  readonly kind: 'fit' | 'between' | 'old';
  /** The whole of it where it has three layers; `weights` is empty then. */
  readonly parallel: Parallel | null;
}

export function shownNetwork({ fitted, parallel, fresh, path, choices: { lambda } }: State): Shown | null {
  if (parallel !== null) {
    const { network, certificate } = parallel;
    const weights = constantNetwork(network.inputs, network.outputBias);
    const kind = fresh && parallel.lambda === lambda ? 'fit' : 'old';
    return { lambda: parallel.lambda, weights, certificate, kind, parallel };
  }
  if (fitted === null) return null;
  const { weights, objective, certificate } = fitted.model;
  if (fresh && objective.lambda === lambda) return { lambda, weights, certificate, kind: 'fit', parallel: null };
  const between = fresh ? betweenNetworks(fitted, path, lambda) : null;
  return between ?? { lambda: objective.lambda, weights, certificate, kind: 'old', parallel: null };
}

/**
 * The least objective is a concave function of λ (a minimum of functions linear in λ), so between two λ it lies above the line through
 * what is proved at the two: that line is a bound, at no cost.
 */
function betweenNetworks({ data }: Fitted, path: readonly PathPoint[], lambda: number): Shown | null {
  const after = path.findIndex((point) => point.lambda <= lambda);
  if (after < 0 || (after === 0 && path[0].lambda !== lambda)) return null;
  const below = path[after];
  const above = path[Math.max(0, after - 1)];
  const share = above.lambda === below.lambda ? 1 : (above.lambda - lambda) / (above.lambda - below.lambda);
  const line = (of: (c: Certificate) => number): number =>
    (1 - share) * of(above.certificate) + share * of(below.certificate);
  const weights = networkAt(path, lambda, data.X);
  const primal = networkObjective(weights, data.X, data.y, lambda, { loss: data.loss, hiddenBias: true });
  const dual = line(({ dual }) => dual);
  const gap = Math.max(0, primal - dual);
  const certificate = {
    primal,
    dual,
    gap,
    relativeGap: gap / Math.max(Math.abs(primal), Number.MIN_VALUE),
    bound: line(({ bound }) => bound),
    scope: weaker(above.certificate.scope, below.certificate.scope),
    tolerance: below.certificate.tolerance,
  };
  return { lambda, weights, certificate, kind: 'between', parallel: null };
}

const order: readonly Certificate['scope'][] = ['exact', 'priced', 'sampled', 'bound'];
const weaker = (a: Certificate['scope'], b: Certificate['scope']): Certificate['scope'] =>
  order[Math.max(order.indexOf(a), order.indexOf(b))];
