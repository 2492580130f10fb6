import type { PruningMethod } from '../../src/optimal-set/index.js';
import { pruningMethods } from '../../src/optimal-set/index.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { type CurvePanel, curveGrid } from '../shared/figure.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { areasOf, type Band, type Bands, bandsOf, type Score } from './curves.js';
import type { Pair } from './pairs.js';
import type { PruningJob, PruningResult } from './pruning-job.js';
import { group, pairs, pruning, repeats } from './settings.js';

const module = new URL('./pruning-job.ts', import.meta.url);

/** A data set with the results of its repeats. */
interface Pruned {
  readonly name: string;
  readonly results: readonly PruningResult[];
}

interface Source {
  readonly name: string;
  readonly data: PruningJob['data'];
}

async function prune(
  name: string,
  sources: readonly Source[],
  settings: { readonly gates: number; readonly lambda: number; readonly gap: number },
  options: ExperimentOptions,
): Promise<Pruned[]> {
  const count = options.small ? 2 : repeats;
  const jobs = sources.flatMap(({ data }) =>
    Array.from({ length: count }, (_, repeat): PruningJob => ({ data, repeat, ...settings })),
  );
  const label = ({ data, repeat }: PruningJob): string =>
    `${'uci' in data ? data.uci : data.pair.classes.join(' and ')}, repeat ${repeat + 1}`;
  const results = await runJobs<PruningJob, PruningResult>({ name, module, jobs, label }, options);
  return sources.map((source, k) => ({ name: source.name, results: results.slice(k * count, (k + 1) * count) }));
}

/** Figures 2, 4 and 5 share their jobs. */
async function pruneUci(names: readonly string[], options: ExperimentOptions): Promise<Pruned[]> {
  const sources = names.map((uci) => ({ name: uci, data: { uci } }));
  return prune('pruning-uci', options.small ? sources.slice(0, 2) : sources, uciSettings, options);
}

const uciSettings = { gates: pruning.gates, lambda: pruning.lambda, gap: 1e-10 };

async function prunePairs(source: 'mnist' | 'cifar10', options: ExperimentOptions): Promise<Pruned[]> {
  const { classes, names } = pairs[source];
  const path = source === 'cifar10' ? { path: cifarPath(options) } : {};
  const sources = classes.map((pair, k) => {
    const data: Pair = { source, classes: [pair[0], pair[1]], ...pairSize(options), ...path };
    return { name: names[k], data: { pair: data } };
  });
  return prune(
    `pruning-${source}`,
    options.small ? sources.slice(-1) : sources,
    pairSettings(source, options),
    options,
  );
}

const pairSize = ({ small }: ExperimentOptions) =>
  small ? { perClass: 20, testPerClass: 20 } : { perClass: pairs.perClass };

const pairSettings = (source: 'mnist' | 'cifar10', { small }: ExperimentOptions) => ({
  gates: small ? 10 : pairs.gates,
  lambda: pairs[source].lambda,
  gap: 1e-8,
});

const cifarPath = (options: ExperimentOptions): string | undefined =>
  options.data.cifar10 ?? process.env.RELUCENT_CIFAR10;

const methods: Readonly<Record<PruningMethod, { name: string; color: string; dash?: string }>> = {
  optimal: { name: 'Optimal/LS', color: '#0072b2' },
  norm: { name: 'Neuron magnitude', color: '#d55e00', dash: '7 3' },
  gradient: { name: 'Gradient magnitude', color: '#009e73', dash: '2 3' },
  random: { name: 'Random', color: '#7a7a7a', dash: '9 3 2 3' },
};

function panelOf(title: string, bands: Bands, labels: Partial<CurvePanel>): CurvePanel {
  const points = (band: Band) =>
    band.map(({ median, lower, upper }, k) => ({ x: k + 1, y: median, low: lower, high: upper }));
  const series = pruningMethods.map((method) => ({ ...methods[method], points: points(bands[method]) }));
  return { title, series, ...labels };
}

/** One row of panels with test accuracies, or a row a set with training and test accuracies. */
function drawn(number: number, what: string, sets: readonly Pruned[], both: boolean): string {
  const panels = sets.flatMap(({ name, results }, k) => {
    const last = !both || k === sets.length - 1;
    const labels = last ? { xLabel: 'neurons' } : {};
    const test = panelOf(both ? `${name}, test` : name, bandsOf(results, 'test'), {
      ...labels,
      ...(!both && k === 0 && { yLabel: 'test accuracy' }),
    });
    return both
      ? [panelOf(`${name}, training`, bandsOf(results, 'train'), { ...labels, yLabel: 'accuracy' }), test]
      : [test];
  });
  return curveGrid({
    title: `Figure ${number}: pruning ${what}`,
    remark: `Median over ${sets[0].results.length} repeats, band: quartiles. A score of exactly 0 counts as an error, as in the paper.`,
    columns: both ? 2 : sets.length,
    panels,
    panelWidth: both || sets.length < 4 ? 400 : 240,
    panelHeight: both ? 190 : 230,
  });
}

/** What a JSON file keeps of a set: bands at every width, areas, and what the exact steps did. */
function summary({ name, results }: Pruned, scores: readonly Score[]) {
  const { features, trainRows, testRows, files } = results[0];
  const list = <K extends keyof PruningResult>(key: K): PruningResult[K][] => results.map((result) => result[key]);
  return {
    ...{ name, features, trainRows, testRows },
    ...(files.length > 0 && { files }),
    largestGap: Math.max(...list('gap')),
    ...{
      blocks: list('blocks'),
      neurons: list('directions'),
      minimal: list('minimal'),
      exactSteps: list('exactSteps'),
    },
    ...{ dimension: list('dimension'), networkDimension: list('networkDimension') },
    ...{ exactChange: Math.max(...list('exactChange')), exactFlips: Math.max(...list('exactFlips')) },
    areas: Object.fromEntries(scores.map((score) => [score, areasOf(bandsOf(results, score))])),
    medians: Object.fromEntries(scores.map((score) => [score, medians(bandsOf(results, score))])),
  };
}

const medians = (bands: Bands): object =>
  Object.fromEntries(pruningMethods.map((method) => [method, bands[method].map(({ median }) => median)]));

/** On how many sets the area under Optimal/LS's median curve is at least each baseline's. */
function wins(sets: readonly Pruned[], score: Score): number {
  return sets.filter(({ results }) => {
    const { optimal, ...others } = areasOf(bandsOf(results, score));
    return optimal >= Math.max(...Object.values(others));
  }).length;
}

interface Figure {
  readonly number: number;
  readonly what: string;
  readonly both: boolean;
  readonly note: (options: ExperimentOptions) => object;
  readonly sets: (options: ExperimentOptions) => Promise<Pruned[]>;
  readonly missing?: Experiment['missing'];
}

const figure = ({ number, what, both, note, sets, missing }: Figure): Experiment => ({
  name: `figure-${number}`,
  title: `pruning ${what}`,
  missing,
  async run(options) {
    const pruned = await sets(options);
    const name = `figure-${number}`;
    writeFigure(options, name, drawn(number, what, pruned, both));
    const scores: readonly Score[] = both ? ['train', 'test', 'testTied'] : ['test', 'testTied'];
    const won = Object.fromEntries(scores.map((score) => [score, wins(pruned, score)]));
    const result = {
      ...note(options),
      setsWhereOptimalHasTheLargestArea: won,
      sets: pruned.map((set) => summary(set, scores)),
    };
    writeResult(options, group, name, result);
  },
});

const uciNote = () => ({ ...uciSettings, split: 'half the rows test, seeds 650 + repeat; gates: seeds 123 + repeat' });

const pairNote = (source: 'mnist' | 'cifar10') => (options: ExperimentOptions) => ({
  ...pairSettings(source, options),
  ...pairSize(options),
  rows: 'training images of each class drawn with seed 650; gates: seeds 123 + repeat',
});

const missingCifar = (options: ExperimentOptions): string | null =>
  cifarPath(options) === undefined
    ? 'CIFAR-10 is not part of the repository; give --data cifar10=<folder or cifar-10-binary.tar.gz>.'
    : null;

export const pruningFigures: readonly Experiment[] = [
  {
    ...{ number: 2, what: 'on five UCI sets', both: false, note: uciNote },
    sets: (options: ExperimentOptions) => pruneUci(pruning.figure2, options),
  },
  {
    ...{ number: 4, what: 'on the five UCI sets of figure 2', both: true, note: uciNote },
    sets: (options: ExperimentOptions) => pruneUci(pruning.figure2, options),
  },
  {
    ...{ number: 5, what: 'on five other UCI sets', both: true, note: uciNote },
    sets: (options: ExperimentOptions) => pruneUci(pruning.figure5, options),
  },
  {
    ...{ number: 3, what: 'on two pairs of CIFAR-10', both: false, note: pairNote('cifar10'), missing: missingCifar },
    sets: async (options: ExperimentOptions) => (await prunePairs('cifar10', options)).slice(-2),
  },
  {
    ...{ number: 6, what: 'on three pairs of CIFAR-10', both: true, note: pairNote('cifar10'), missing: missingCifar },
    sets: (options: ExperimentOptions) => prunePairs('cifar10', options),
  },
  {
    ...{ number: 7, what: 'on three pairs of MNIST', both: true, note: pairNote('mnist') },
    sets: (options: ExperimentOptions) => prunePairs('mnist', options),
  },
].map(figure);
