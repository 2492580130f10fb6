import { type Matrix, matrix } from '../../src/linalg/index.js';
import { type ParallelNetwork, parallelFromJson, parallelScores } from '../../src/parallel/index.js';
import { palette } from '../../src/report/canvas.js';
import type { Labelled } from '../optimal-sets/uci.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import type { Series } from '../shared/figure.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { dataOf } from './data.js';
import type { FitJob, FitOutcome } from './fit-job.js';
import { mapFigure, type PlaneValues } from './maps.js';

const group = 'path-regularization';

/** The three networks of the paper's first figure. */
const models = [
  { name: 'two layers, weight decay', short: '2, decay', layers: 2, regularizer: 'weight-decay' },
  { name: 'three layers, weight decay', short: '3, decay', layers: 3, regularizer: 'weight-decay' },
  { name: 'three layers, path norm', short: '3, path', layers: 3, regularizer: 'path' },
] as const;

/** Two layers, which are quick, are trained at `further` values as well. */
const settings = {
  n: 60,
  seed: 1,
  width: 3,
  gap: 1e-2,
  lambdas: [0.1, 0.05, 0.03, 0.02, 0.014, 0.01],
  further: [0.007, 0.005],
  cells: 91,
};
const cutDown = { n: 28, seed: 1, width: 2, gap: 1e-2, lambdas: [0.1, 0.04], further: [0.03], cells: 21 };

/** Rows of the same two arms that no network was trained on. */
const armRows = { kind: 'spiral', n: 2000, seed: 2 } as const;
const reach = 2.3;

interface Fitted extends FitOutcome {
  readonly lambda: number;
  /** Accuracy on rows all along the arms. */
  readonly arms: number;
  readonly net: ParallelNetwork;
}

async function run(options: ExperimentOptions): Promise<void> {
  const { cells, lambdas, further, ...chosen } = options.small ? cutDown : settings;
  const { n, seed, width, gap } = chosen;
  const source = { kind: 'spiral', n, seed } as const;
  const jobs = models.flatMap(({ layers, regularizer }) =>
    (layers === 2 ? [...lambdas, ...further] : lambdas).map(
      (lambda): FitJob => ({ source, layers, regularizer, width, lambda, hiddenBias: true, gap }),
    ),
  );
  const module = new URL('./fit-job.ts', import.meta.url);
  const label = ({ layers, regularizer, lambda }: FitJob): string => `${layers} layers, ${regularizer}, λ = ${lambda}`;
  const outcomes = await runJobs<FitJob, FitOutcome>({ name: 'spiral', module, jobs, label }, options);
  const [data, along] = [await dataOf(source), await dataOf(armRows)];
  const fits = models.map((model) =>
    jobs.flatMap(({ layers, regularizer, lambda }, k) =>
      layers === model.layers && regularizer === model.regularizer ? [fitted(outcomes[k], lambda, along)] : [],
    ),
  );
  // The λ of the first row: the largest at which the last network has all training rows right
  const common = largestPerfect(fits[2]).lambda;
  const rows = [
    fits.map((own) => own.find(({ lambda }) => lambda === common) as Fitted),
    fits.map((own) => largestPerfect(own)),
  ];
  writeResult(options, group, 'spiral', {
    settings: { ...chosen, lambdas, further, armRows: armRows.n },
    commonLambda: common,
    ownLambda: rows[1].map(({ lambda }) => lambda),
    models: models.map(({ name }, m) => ({ name, fits: fits[m].map(({ net, network, ...rest }) => rest) })),
  });
  const words = [
    `one λ = ${common} for all: the largest at which the network on the right has all ${n} points right`,
    'each at its own λ: the largest at which it has all points right (else its smallest)',
  ];
  const maps = rows.map((row, r) => ({
    title: words[r],
    planes: row.map((one, m) => planeOf(one, models[m].name, cells)),
  }));
  writeFigure(options, 'spiral', mapFigure({ data, maps, reach, curves: curvesOf(fits), n, width }));
}

function fitted(outcome: FitOutcome, lambda: number, along: Labelled): Fitted {
  const net = parallelFromJson(outcome.network);
  const scores = parallelScores(net, along.X).data;
  const arms = along.y.filter((label, i) => label * scores[i] > 0).length / along.y.length;
  return { ...outcome, lambda, arms, net };
}

/** The λ fall, so the first that is perfect; the last where none is. */
const largestPerfect = (own: readonly Fitted[]): Fitted =>
  own.find(({ accuracy }) => accuracy === 1) ?? own[own.length - 1];

function planeOf({ net, lambda, accuracy, arms }: Fitted, name: string, cells: number): PlaneValues {
  const scores = parallelScores(net, gridRows(cells)).data;
  const percent = (t: number): string => `${(100 * t).toFixed(0)} %`;
  return { title: name, remark: `λ = ${lambda}: points ${percent(accuracy)}, arms ${percent(arms)}`, cells, scores };
}

/** Middles of the cells, row by row from below. */
function gridRows(cells: number): Matrix {
  const X = matrix(cells * cells, 2);
  for (let i = 0; i < cells * cells; i++) {
    X.data[2 * i] = reach * ((2 * ((i % cells) + 0.5)) / cells - 1);
    X.data[2 * i + 1] = reach * ((2 * (Math.floor(i / cells) + 0.5)) / cells - 1);
  }
  return X;
}

function curvesOf(fits: readonly (readonly Fitted[])[]): { readonly title: string; readonly series: Series[] }[] {
  const panel = (title: string, value: (one: Fitted) => number) => ({
    title,
    series: fits.map(
      (own, m): Series => ({
        name: models[m].name,
        color: palette.classes[m],
        points: own.map((one) => ({ x: Math.log10(one.lambda), y: value(one) })),
      }),
    ),
  });
  return [
    panel('training points right', ({ accuracy }) => accuracy),
    panel('2,000 points along the arms right', ({ arms }) => arms),
  ];
}

export const spiralFigure: Experiment = {
  name: 'spiral',
  title: 'decision boundaries on a two-class spiral: two layers, three with weight decay, three with the path norm',
  run,
};
