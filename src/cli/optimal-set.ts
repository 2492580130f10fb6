import { RelucentError } from '../base/index.js';
import { describeModel, encodeFeatures, type Matrix, objectiveInWords, scoresOf, type Table } from '../index.js';
import { type Fewest, fewestNeurons, predictionRanges, type RowRange, sensitivity } from '../optimal-set/index.js';
import { formatNumber, plural, printable, textTable } from '../report/index.js';
import { Interrupted } from './errors.js';
import {
  networkWords,
  type OpenedNetwork,
  type OptimalCommand,
  openNetwork,
  scopeWords,
  toleranceWords,
  uniqueWords,
} from './optimal-network.js';
import { Session } from './session.js';
import { scoresInShort } from './summary.js';

export interface OptimalSetCommand extends OptimalCommand {
  readonly points?: string;
  readonly json?: boolean;
}

/** Rows whose predictions are listed, those the data decide least first. */
const listedRows = 8;
/** Free directions up to which derivatives are worked out: a dense factorisation of so many rows. */
const mostDirections = 1200;

/** `relucent optimal-set`: whether other networks are as optimal, what they have in common, where they differ. */
export function optimalSetCommand(modelPath: string, data: string, options: OptimalSetCommand): Promise<number> {
  return Session.run({ quiet: options.json }, async (session) => {
    if (options.points === '-' && (modelPath === '-' || data === '-'))
      throw new RelucentError('usage', "only one input can be '-' (stdin); name a file for --points.");
    const points = options.points === undefined ? null : await session.readTable(options.points);
    const opened = await openNetwork(session, modelPath, data, options);
    const rows = pointsOf(opened, points);
    const ranges = rows && rangesOn(session, opened, rows.X);
    const widths = widthsOf(opened, options.seed);
    const derivative = derivativeOf(opened);
    if (options.json) process.stdout.write(`${asJson(opened, widths, ranges, derivative)}\n`);
    else show(session, modelPath, { opened, rows, ranges, widths, derivative });
    return 0;
  });
}

interface Points {
  readonly X: Matrix;
  readonly words: string;
}

/** The rows of --points, else those kept for testing, else none. */
function pointsOf({ model, test }: OpenedNetwork, points: Table | null): Points | null {
  if (points !== null) {
    return {
      X: encodeFeatures(points, model.preprocessing).X,
      words: `the ${plural(points.rowCount, 'row')} of ${points.source}`,
    };
  }
  return test && { X: test.X, words: `the ${plural(test.X.rows, 'test row')}` };
}

function rangesOn({ signal, progress }: Session, { set }: OpenedNetwork, X: Matrix): readonly RowRange[] {
  const ranges = predictionRanges(set, X, (fraction) => {
    progress.update({ phase: 'prediction ranges', fraction });
    return !signal.aborted;
  });
  progress.clear();
  if (signal.aborted) throw new Interrupted('nothing was written');
  return ranges;
}

interface Widths extends Omit<Fewest, 'member'> {
  readonly least: number;
  readonly greatest: number;
}

function widthsOf({ set }: OpenedNetwork, seed: number): Widths {
  const { member, lowerBound, proved } = fewestNeurons(set, { seed });
  return { least: member.neurons, lowerBound, proved, greatest: set.polytope.support.length };
}

/** Scores had each row been left out, or why nothing can be said. */
function derivativeOf({ set, model, train }: OpenedNetwork) {
  const directions = set.candidates.length * set.problem.augmented.cols;
  if (directions > mostDirections) {
    return { reasons: [`${directions} free directions are more than the ${mostDirections} that are worked out here.`] };
  }
  const found = sensitivity(set);
  if (!found.differentiable) return { reasons: found.reasons };
  return { scores: scoresOf(found.leaveOneOut, train.y, model.preprocessing.target, model.objective.loss) };
}

interface Shown {
  readonly opened: OpenedNetwork;
  readonly rows: Points | null;
  readonly ranges: readonly RowRange[] | null;
  readonly widths: Widths;
  readonly derivative: ReturnType<typeof derivativeOf>;
}

function show(session: Session, modelPath: string, { opened, rows, ranges, widths, derivative }: Shown): void {
  const { text } = session;
  const { set, model } = opened;
  text.section('Problem', [`minimise ${objectiveInWords(model.objective)}`]);
  text.section('Network', [modelPath, ...networkWords(opened)]);
  text.line();
  text.section('Optimal', [
    ...uniqueWords(opened).map((words, k) => (k === 0 ? text.paint('good', words) : words)),
    ...scopeWords(opened),
    ...toleranceWords(opened),
  ]);
  text.section('Neurons', [
    `${plural(set.candidates.length, 'neuron')} in the equicorrelation set, ${plural(set.given.neurons, 'neuron')} of this network; rank of their activations ${set.rank}`,
    widthWords(widths),
  ]);
  text.section('Predictions', rangeLines(opened, rows, ranges));
  text.section('Stability', stabilityLines(opened, derivative));
}

const widthWords = ({ least, greatest, lowerBound, proved }: Widths): string =>
  least === greatest
    ? `every optimal network has ${plural(least, 'neuron')}`
    : `optimal networks have from ${least} (${proved ? 'proved: none has fewer' : `proved: none has fewer than ${lowerBound}`}) to ${greatest} neurons`;

function rangeLines(opened: OpenedNetwork, rows: Points | null, ranges: readonly RowRange[] | null): string[] {
  const { set } = opened;
  if (set.isUnique) return ['on new rows: decided by the data, there is one optimal network'];
  if (set.dimension === 0) return ['on new rows: decided by the training fit, one network has it'];
  if (rows === null || ranges === null)
    return ['on new rows: --points new.csv says how far those of equally optimal networks may differ'];
  const widest = widestRows(opened, ranges);
  const numbers = opened.model.preprocessing.target.kind === 'number';
  const open = ranges.filter(({ classes }) => classes.length > 1).length;
  const sizes = widest.map(({ width }) => width);
  if (sizes.length > 0 && sizes[0] <= SAME * scaleOf(opened))
    return [`on ${rows.words} all optimal networks predict the same`];
  const middle = sizes[Math.floor((sizes.length - 1) / 2)] ?? 0;
  return [
    `on ${rows.words} equally optimal networks differ by at most ${formatNumber(sizes[0] ?? 0, 3)}, at half of them by less than ${formatNumber(middle, 3)}`,
    ...(numbers
      ? []
      : [`${plural(open, 'row')} ${open === 1 ? 'is' : 'are'} given to another class by another optimal network`]),
    textTable(
      [
        ['row', 'output', 'least', 'greatest', 'difference'],
        ...widest
          .slice(0, listedRows)
          .map(({ row, name, least, greatest, width }) => [
            String(row + 1),
            printable(name),
            formatNumber(least),
            formatNumber(greatest),
            formatNumber(width, 3),
          ]),
      ],
      'rlrrr',
    ),
  ];
}

/** Predictions nearer than this, in standardised units, are the same. */
const SAME = 1e-9;

function scaleOf({ model: { preprocessing } }: OpenedNetwork): number {
  return preprocessing.target.kind === 'number' ? preprocessing.target.scale : 1;
}

/** The output of each row that is decided least, in units of the target, widest first. */
function widestRows({ model }: OpenedNetwork, ranges: readonly RowRange[]) {
  const { target } = model.preprocessing;
  const { shift, scale } = target.kind === 'number' ? target : { shift: 0, scale: 1 };
  const named = (k: number): string =>
    target.kind === 'number' ? target.name : `score for ${target.classes[ranges[0].least.length > 1 ? k : 1]}`;
  return ranges
    .map(({ least, greatest }, row) => {
      const widths = greatest.map((value, k) => scale * (value - least[k]));
      const k = widths.indexOf(Math.max(...widths));
      return {
        row,
        name: named(k),
        least: shift + scale * least[k],
        greatest: shift + scale * greatest[k],
        width: widths[k],
      };
    })
    .sort((a, b) => b.width - a.width || a.row - b.row);
}

function stabilityLines({ model }: OpenedNetwork, derivative: Shown['derivative']): string[] {
  if (derivative.scores === undefined)
    return ['no derivatives here, because:', ...derivative.reasons.map((reason) => `– ${reason}`)];
  const now = scoresInShort({ train: model.scores.train, test: null });
  const left = scoresInShort({ train: derivative.scores, test: null }).replace(' training', '');
  return [
    `the network moves smoothly with targets and λ; each row left out in turn (to first order): ${left} (${now})`,
  ];
}

function asJson(
  { set, scope, polished, model, tolerance }: OpenedNetwork,
  widths: Widths,
  ranges: readonly RowRange[] | null,
  derivative: Shown['derivative'],
): string {
  const { before, after, moved } = polished;
  return JSON.stringify(
    {
      unique: set.isUnique,
      looseTargets: set.looseTargets,
      dimension: set.dimension,
      equicorrelation: set.candidates.length,
      rank: set.rank,
      neurons: set.given.neurons,
      widths,
      scope,
      tolerance,
      deviation: set.deviation,
      polished: { before, after, moved },
      lambda: model.objective.lambda,
      features: describeModel(model).features,
      leaveOneOut: derivative.scores ?? null,
      notDifferentiable: derivative.reasons ?? null,
      ranges:
        ranges?.map(({ least, greatest, classes }) => ({ least: [...least], greatest: [...greatest], classes })) ??
        null,
    },
    null,
    2,
  );
}
