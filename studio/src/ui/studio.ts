import { useEffect, useState } from 'preact/hooks';
import type { Matrix, NetworkWeights, Preprocessing, Table } from 'relucent';
import type { Choices } from '../core/choices.js';
import type { Dataset } from '../core/dataset.js';
import { useStore } from '../core/store.js';
import { type Shown, type State, Studio, shownNetwork } from '../core/studio.js';
import { type Bound, boundsOf, dualsOf } from '../draw/dual.js';
import { memberAt } from '../draw/member.js';
import { backgroundOf, type View, viewOf, viewOfParallel } from '../draw/view.js';
import type { Fitted, OptimalPicture } from '../solver/protocol.js';

export const studio = new Studio();

export const use = <T>(choose: (state: State) => T): T => useStore(studio, choose);
export const useChoice = <K extends keyof Choices>(name: K): Choices[K] => use(({ choices }) => choices[name]);

/** Computes anew only when one of the inputs is another. */
function remembered<I extends readonly unknown[], T>(compute: (...inputs: I) => T): (...inputs: I) => T {
  let last: { inputs: I; value: T } | null = null;
  return (...inputs) => {
    if (last === null || inputs.some((input, k) => input !== last?.inputs[k]))
      last = { inputs, value: compute(...inputs) };
    return last.value;
  };
}

const shown = remembered(
  (fitted: State['fitted'], parallel: State['parallel'], fresh: boolean, path: State['path'], lambda: number) =>
    shownNetwork({ fitted, parallel, fresh, path, choices: { lambda } } as State),
);

/** The network on the screen. */
export const shownOf = ({ fitted, parallel, fresh, path, choices }: State): Shown | null =>
  shown(fitted, parallel, fresh, path, choices.lambda);

interface Prepared {
  readonly table: Table;
  readonly preprocessing: Preprocessing;
  readonly rows: Int32Array;
}

const background = remembered((table: Table, preprocessing: Preprocessing, rows: Int32Array, axes: readonly string[]) =>
  backgroundOf(table, preprocessing, axes, rows),
);
const backgroundFor = ({ table, preprocessing, rows }: Prepared, axes: readonly string[]): Float64Array[] =>
  background(table, preprocessing, rows, axes);

/** Whether a fitted model can be drawn over the axes of a data set: it may be of the one before. */
function fits({ columns, target: trained }: Preprocessing, { axes, task, target, classes }: Dataset): boolean {
  const kind = task === 'regression' ? 'number' : classes.length === 2 ? 'binary' : 'classes';
  const used = columns.filter((column) => column.kind !== 'dropped').map(({ name }) => name);
  return trained.name === target && trained.kind === kind && axes.every((name) => used.includes(name));
}

export function viewFor(weights: NetworkWeights, { fitted, dataset }: Pick<State, 'fitted' | 'dataset'>): View | null {
  if (fitted === null || dataset === null || !fits(fitted.model.preprocessing, dataset)) return null;
  const { table, rows, model } = fitted;
  const { preprocessing } = model;
  return viewOf(weights, model, dataset.axes, backgroundFor({ table, rows, preprocessing }, dataset.axes));
}

const view = remembered((weights: NetworkWeights | undefined, fitted: State['fitted'], dataset: State['dataset']) =>
  weights ? viewFor(weights, { fitted, dataset }) : null,
);

const member = remembered((optimal: OptimalPicture, u: number, v: number, pruning: number) =>
  memberAt(optimal, [u, v], pruning),
);

/** Weights on the screen: those of the solve, or the member of the optimal set that is chosen. */
export function weightsOf(state: State): NetworkWeights | undefined {
  const { optimal, choices, pruning } = state;
  if (choices.tab === 'set' && optimal && state.fresh) return member(optimal, choices.u, choices.v, pruning);
  return shownOf(state)?.weights;
}

const parallelView = remembered((parallel: NonNullable<State['parallel']>, dataset: State['dataset']): View | null => {
  if (dataset === null || !fits(parallel.preprocessing, dataset)) return null;
  return viewOfParallel(parallel.network, parallel, dataset.axes, backgroundFor(parallel, dataset.axes));
});

/** The network on the screen over the drawn axes. */
export const viewOfState = (state: State): View | null =>
  state.parallel ? parallelView(state.parallel, state.dataset) : view(weightsOf(state), state.fitted, state.dataset);

export interface Duals {
  readonly theta: Float64Array;
  readonly bounds: readonly Bound[];
  /** Row of the table of each. */
  readonly rows: Int32Array;
  readonly largest: number;
}

const duals = remembered(
  (weights: NetworkWeights | undefined, fitted: State['fitted'], fresh: boolean): Duals | null => {
    if (!weights || !fitted || !fresh || fitted.data.outputs > 1) return null;
    const theta = dualsOf(weights, fitted.data);
    return {
      theta,
      bounds: boundsOf(weights, fitted.data, theta),
      rows: fitted.rows,
      largest: Math.max(...theta.map(Math.abs)),
    };
  },
);

export const dualsOfState = (state: State): Duals | null => duals(shownOf(state)?.weights, state.fitted, state.fresh);

/** Whether the page is dark, by the reader's system or by the button. */
export function useDark(): boolean {
  const read = (): boolean =>
    document.documentElement.dataset.theme === 'dark' ||
    (document.documentElement.dataset.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  const [dark, setDark] = useState(read);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const update = (): void => setDark(read());
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    query.addEventListener('change', update);
    return () => {
      observer.disconnect();
      query.removeEventListener('change', update);
    };
  }, []);
  return dark;
}

/** Rows over a grid of the axes, encoded as the model takes them; for the band of the optimal set. */
export function encodedRows(fitted: Fitted, dataset: Dataset, places: readonly (readonly number[])[]): Matrix {
  const { columns, features } = fitted.model.preprocessing;
  const data = new Float64Array(places.length * features.length);
  places.forEach((place, i) => {
    dataset.axes.forEach((name, k) => {
      const column = columns.find((other) => other.name === name);
      if (column?.kind === 'number')
        data[i * features.length + features.indexOf(name)] = (place[k] - column.shift) / column.scale;
    });
  });
  return { rows: places.length, cols: features.length, data };
}
