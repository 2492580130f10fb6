import { version } from '../base/index.js';
import { type Encoded, type Model, objectiveInWords, unusedColumns } from '../index.js';
import {
  type CurvePoint,
  type OptimalSet,
  type PruningMethod,
  type PruningStep,
  pruningCurve,
  pruningMethods,
  pruningSteps,
  stepFor,
} from '../optimal-set/index.js';
import { formatNumber, formatPercent, type Measure, type PruneData, type PruneLine } from '../report/index.js';
import { networkData } from './network-data.js';
import { type OpenedNetwork, scopeWords } from './optimal-network.js';
import type { PruneCommand } from './prune.js';
import { certificateData } from './report.js';
import { quoted, typed } from './typed.js';

/** Loss and accuracy of the networks of some steps. */
export const curveOf = (set: OptimalSet, steps: readonly PruningStep[], { X, y }: Encoded): CurvePoint[] =>
  pruningCurve(set, steps, { X, y });

/** What the networks of steps are compared by: accuracy for classes, root mean squared error for squared loss, else the mean loss. */
export interface StepMeasure {
  readonly name: string;
  readonly of: (point: CurvePoint) => number;
  readonly show: (point: CurvePoint) => string;
  readonly data: Measure;
}

export function measureOf({ model, train }: Pick<OpenedNetwork, 'model' | 'train'>): StepMeasure {
  const { target } = model.preprocessing;
  if (target.kind !== 'number' && isClasses(train)) {
    const of = ({ accuracy }: CurvePoint): number => accuracy ?? Number.NaN;
    const data: Measure = { name: 'accuracy', better: 'more', form: 'percent' };
    return { name: 'accuracy', of, show: (point) => formatPercent(of(point)), data };
  }
  if (target.kind === 'number' && model.objective.loss === 'squared') {
    const of = ({ loss }: CurvePoint): number => target.scale * Math.sqrt(2 * loss);
    const data: Measure = { name: 'root mean squared error', unit: target.name, better: 'less' };
    return { name: 'RMSE', of, show: (point) => formatNumber(of(point)), data };
  }
  const of = ({ loss }: CurvePoint): number => loss;
  return { name: 'loss', of, show: (point) => formatNumber(of(point)), data: { name: 'mean loss', better: 'less' } };
}

/** Labels −1/+1 or one-hot rows, which `pruningCurve` can count. */
const isClasses = ({ y, outputs }: Encoded): boolean =>
  outputs === 1 ? y.every((v) => v === 1 || v === -1) : y.every((v) => v === 0 || v === 1);

/** At most so many steps, evenly spaced by their place, with the first, the last and the named ones. */
export function spaced(steps: readonly PruningStep[], most: number, named: readonly PruningStep[]): PruningStep[] {
  const stride = Math.max(1, Math.ceil((steps.length - 1) / (most - 1)));
  const last = steps.length - 1;
  return steps.filter((step, k) => (last - k) % stride === 0 || k === 0 || named.includes(step));
}

/** Points of a curve in the report at most. */
const points = 90;

const names: Readonly<Record<PruningMethod, string>> = {
  optimal: 'exact, then least squares',
  norm: 'smallest neuron first',
  gradient: 'smallest gradient × weight first',
  random: 'at random',
};

interface Made {
  readonly modelPath: string;
  readonly data: string;
  readonly options: PruneCommand;
  readonly steps: readonly PruningStep[];
  readonly step: PruningStep;
}

/** What the page tells: the curves of all methods, and the network before and after. */
export function pruneReportOf(
  opened: OpenedNetwork,
  made: Model,
  { modelPath, data, options, steps, step }: Made,
): PruneData {
  const { model, set, table, polished, train } = opened;
  const { method, seed } = options;
  const minimal = method === 'optimal' ? stepFor(set, steps, { minimal: true }).neurons : undefined;
  const lines = pruningMethods.map((name) => {
    const own = name === method ? steps : pruningSteps(set, { method: name, seed });
    return lineOf(opened, name, spaced(own, points, name === method ? [step] : []));
  });
  const { report: _, ...rest } = options;
  return {
    title: `${model.preprocessing.target.name} from ${table.source}, pruned`,
    madeBy: `relucent ${version}, seed ${seed}`,
    target: model.preprocessing.target.name,
    source: table.source,
    rows: { train: train.X.rows, test: opened.test?.X.rows ?? 0 },
    lambda: model.objective.lambda,
    objective: `(${objectiveInWords(model.objective).replaceAll('_j', 'ⱼ')})`,
    measure: measureOf(opened).data,
    lines,
    chosen: { method: names[method], neurons: step.neurons, exact: step.exact },
    ...(minimal !== undefined && { minimal }),
    rank: set.rank,
    dimension: set.dimension,
    scope: `${set.looseTargets > 0 ? 'of this fit ' : ''}${scopeWords(opened)[0]}`,
    polished: { before: polished.before, after: polished.after, moved: polished.moved },
    before: networkData({ ...model, weights: set.given.weights }),
    after: networkData(made),
    unusedColumns: [
      ...unusedColumns(made),
      ...made.preprocessing.columns.flatMap((column) =>
        column.kind === 'dropped' && column.reason === 'no neuron reads it' ? [column.name] : [],
      ),
    ],
    certificate: certificateData(made),
    commands: [typed(`prune ${quoted(modelPath)}`, data, { ...rest, report: options.report })],
  };
}

function lineOf(opened: OpenedNetwork, name: PruningMethod, steps: readonly PruningStep[]): PruneLine {
  const { set, train, test } = opened;
  const measure = measureOf(opened);
  const trained = curveOf(set, steps, train);
  const tested = test && curveOf(set, steps, test);
  return {
    name: names[name],
    points: steps.map(({ neurons }, k) => ({
      neurons,
      loss: trained[k].loss,
      train: measure.of(trained[k]),
      ...(tested && { test: measure.of(tested[k]) }),
    })),
  };
}
