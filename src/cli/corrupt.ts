import { requireThat, version } from '../base/index.js';
import { type Backend, Evaluator, type Examples, type Scores, type Tensors } from '../deep/index.js';
import {
  type CorruptedExample,
  corruptionReport,
  formatNumber,
  formatPercent,
  plural,
  textTable,
} from '../report/index.js';
import { type CorruptedImages, chosenNames, generatedImages, officialImages, partOf } from './corrupted-images.js';
import { imageSets, loadPixels, normalised } from './data-sets.js';
import { Interrupted } from './errors.js';
import { Output, requireDistinct } from './files.js';
import { type RunConfig, RunFolder } from './run-folder.js';
import { Session } from './session.js';

/** The options of `relucent corrupt` as the argument reader gives them. */
export interface CorruptCommand {
  readonly corruptions?: readonly string[];
  readonly severities?: readonly number[];
  readonly examples?: number;
  readonly seed: number;
  readonly official?: string;
  readonly report?: string;
  readonly output?: string;
  readonly threads?: number;
  readonly backend?: Backend;
  readonly quiet?: boolean;
}

/** Scores of a network under one corruption, by severity. */
interface CorruptionScores {
  readonly name: string;
  readonly scores: readonly ({ readonly severity: number | null } & Scores)[];
  /** Mean accuracy over the severities. */
  readonly accuracy: number;
}

interface Findings {
  readonly clean: Scores;
  readonly corruptions: readonly CorruptionScores[];
  /** Mean accuracy over corruptions and severities. */
  readonly accuracy: number;
}

/** `relucent corrupt`: how well the network of a run does on corrupted test images. */
export function corruptCommand(path: string, options: CorruptCommand): Promise<number> {
  const { quiet, output, report } = options;
  return Session.run({ quiet, textOnStderr: output === '-' || report === '-' }, async (session) => {
    const folder = await RunFolder.open(path);
    const files = await Promise.all(
      [output, report].map((file) => (file === undefined ? null : Output.prepare(file, folder.own))),
    );
    requireDistinct(files.filter((file) => file !== null));
    const config = await folder.config();
    const state = await folder.state(config);
    requireImages(config, path);
    requireThat(state !== null, `${path}: the run has kept no state yet; relucent resume ${path}.`, 'io');
    const images = await imagesOf(session, config, options);
    const plan = planOf(images.corrupted, images.test, options);
    session.text.section('Data', [words(config, plan, options)]);
    const findings = await measured(session, config, state.weights, plan, options);
    session.text.section('Accuracy', [table(findings)]);
    await files[0]?.write(`${JSON.stringify(resultOf(path, config, plan, findings, options), null, 1)}\n`);
    await files[1]?.write(await pageOf(path, config, plan, findings, options));
    const written = [output, report].filter((file) => file !== undefined && file !== '-');
    if (written.length > 0) session.text.section('Files', [written.join(', ')]);
    return 0;
  });
}

function requireImages({ data: { source }, architecture: { input } }: RunConfig, path: string): void {
  const names = Object.keys(imageSets).join(', ');
  requireThat(
    Object.hasOwn(imageSets, source) && input.length === 3,
    `${path}: expected a run on images (${names}), got one on ${source}; corruptions are of images.`,
  );
}

async function imagesOf(session: Session, config: RunConfig, { seed, official }: CorruptCommand) {
  const { source, folder } = config.data;
  // Before the images are read: what is missing is said at once.
  const files = official === undefined ? null : officialImages(official, source);
  session.progress.update({ phase: `reading ${source}` });
  const say = (line: string): void => session.progress.update({ phase: line });
  const { test } = await loadPixels(source, { folder, signal: session.signal, say });
  session.progress.clear();
  return { test, corrupted: files ?? generatedImages(test, seed) };
}

/** What is measured. */
interface Plan {
  readonly images: CorruptedImages;
  readonly test: Examples;
  readonly names: readonly string[];
  /** One null where severities have no numbers. */
  readonly severities: readonly (number | null)[];
  readonly count: number;
}

function planOf(images: CorruptedImages, test: Examples, options: CorruptCommand): Plan {
  const { corruptions, severities, examples = test.count } = options;
  requireThat(
    severities === undefined || images.severities !== null,
    '--severities: the files of MNIST-C have one severity; leave it out.',
  );
  requireThat(examples <= test.count, `--examples: expected at most the ${test.count} test images, got ${examples}.`);
  const names = chosenNames(images.set, corruptions);
  return { images, test, names, severities: severities ?? images.severities ?? [null], count: examples };
}

const words = ({ data }: RunConfig, { names, severities, count }: Plan, { official, seed }: CorruptCommand): string =>
  `${imageSets[data.source].title}: ${formatNumber(count)} test images, ${plural(names.length, 'corruption')}` +
  `${severities.length > 1 ? `, ${severities.length} severities` : ''}, ` +
  `${official === undefined ? `generated with seed ${seed}` : `from ${official}`}`;

/** Images corrupted and scored at a time, so that Ctrl-C gets through. */
const PART = 500;

async function measured(
  session: Session,
  config: RunConfig,
  weights: Tensors,
  plan: Plan,
  { threads, backend }: CorruptCommand,
): Promise<Findings> {
  const { architecture, loss, precision, data } = config;
  const evaluator = await Evaluator.create(architecture, loss, precision, { threads, backend }, plan.count);
  const score = async (part: (first: number, last: number) => Examples): Promise<Scores> => {
    let [sum, right, count] = [0, 0, 0];
    for (let first = 0; first < plan.count; first += PART) {
      if (session.signal.aborted) throw new Interrupted('nothing was written');
      const examples = part(first, Math.min(plan.count, first + PART));
      const scores = await evaluator.scores(weights, normalised(data.source, examples));
      sum += scores.loss * examples.count;
      right += scores.accuracy * examples.count;
      count += examples.count;
    }
    return { loss: sum / count, accuracy: right / count };
  };
  try {
    const clean = await score((first, last) => partOf(plan.test, first, last));
    const corruptions: CorruptionScores[] = [];
    for (const name of plan.names) {
      const fraction = corruptions.length / plan.names.length;
      session.progress.update({ phase: name.replaceAll('_', ' '), fraction });
      const scores = [];
      for (const severity of plan.severities) {
        scores.push({ severity, ...(await score(await plan.images.open(name, severity ?? 0))) });
      }
      corruptions.push({ name, scores, accuracy: mean(scores) });
    }
    return { clean, corruptions, accuracy: mean(corruptions) };
  } finally {
    session.progress.clear();
    await evaluator.release();
  }
}

const mean = (scores: readonly { readonly accuracy: number }[]): number =>
  scores.reduce((sum, { accuracy }) => sum + accuracy, 0) / scores.length;

const titleOf = (severity: number | null): string => (severity === null ? 'accuracy' : `severity ${severity}`);

function table({ clean, corruptions, accuracy }: Findings): string {
  const severities = corruptions[0].scores.map(({ severity }) => titleOf(severity));
  const several = severities.length > 1;
  const blank = severities.slice(several ? 0 : 1).map(() => '');
  const rows = corruptions.map(({ name, scores, accuracy: own }) => [
    name,
    ...scores.map((score) => formatPercent(score.accuracy)),
    ...(several ? [formatPercent(own)] : []),
  ]);
  return textTable(
    [
      ['corruption', ...severities, ...(several ? ['mean'] : [])],
      ...rows,
      ['mean', ...blank, formatPercent(accuracy)],
      ['no corruption', ...blank, formatPercent(clean.accuracy)],
    ],
    `l${'r'.repeat(severities.length + 1)}`,
  );
}

function resultOf(run: string, { data }: RunConfig, plan: Plan, findings: Findings, options: CorruptCommand) {
  const { official, seed } = options;
  const made = official === undefined ? { images: 'generated', seed } : { images: 'official' };
  const head = { format: 'relucent-corruptions', version, run, data: data.source, set: plan.images.set };
  return { ...head, ...made, examples: plan.count, ...findings };
}

async function pageOf(run: string, config: RunConfig, plan: Plan, findings: Findings, options: CorruptCommand) {
  const { clean, corruptions, accuracy } = findings;
  return corruptionReport({
    title: `${run} under corruptions`,
    remark: `${config.method}, λ = ${formatNumber(config.lambda)}, ${config.architecture.name}. ${words(config, plan, options)}.`,
    severities: plan.severities.map(titleOf),
    clean: clean.accuracy,
    mean: accuracy,
    rows: corruptions.map(({ name, scores, accuracy: own }) => {
      return { name, accuracies: scores.map((score) => score.accuracy), mean: own };
    }),
    examples: await Promise.all(plan.names.map((name) => exampleOf(plan, name))),
  });
}

/** The first test image under a corruption. */
async function exampleOf({ images, severities }: Plan, name: string): Promise<CorruptedExample> {
  const shown = await Promise.all(
    severities.map(async (severity) => {
      const { input, x } = (await images.open(name, severity ?? 0))(0, 1);
      const [channels, height, width] = input;
      return { channels: channels === 3 ? (3 as const) : (1 as const), height, width, data: x };
    }),
  );
  return { name, images: shown };
}
