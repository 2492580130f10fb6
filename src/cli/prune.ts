import { requireThat } from '../base/index.js';
import { type Derivation, derivedModel, type Model, unusedColumns, writeModel } from '../index.js';
import {
  type PruningGoal,
  type PruningMethod,
  type PruningStep,
  prunedNetwork,
  pruningSteps,
  stepFor,
} from '../optimal-set/index.js';
import { formatNumber, listed, plural, pruneReport, textTable } from '../report/index.js';
import { Interrupted } from './errors.js';
import { inputName, Output, requireDistinct } from './files.js';
import {
  networkWords,
  type OpenedNetwork,
  type OptimalCommand,
  openNetwork,
  scopeWords,
  toleranceWords,
} from './optimal-network.js';
import { curveOf, measureOf, pruneReportOf, spaced } from './prune-report.js';
import { Session } from './session.js';
import { derivationLines, networkLines, scoreTable, verdict } from './summary.js';

export interface PruneCommand extends OptimalCommand {
  readonly to?: number;
  readonly maxLossIncrease?: number;
  readonly minimal?: boolean;
  readonly method: PruningMethod;
  readonly dropInputs?: boolean;
  readonly report?: string;
  readonly output: string;
}

/** `relucent prune`: fewer neurons, first without any change of the training fit, then with the least. */
export function pruneCommand(modelPath: string, data: string, options: PruneCommand): Promise<number> {
  const goal = goalOf(options);
  const { output, report, method, seed } = options;
  return Session.run({ textOnStderr: output === '-' }, async (session) => {
    const file = await Output.prepare(output, [modelPath, data]);
    const page = report === undefined ? null : await Output.prepare(report, [modelPath, data]);
    if (page !== null) requireDistinct([file, page]);
    const opened = await openNetwork(session, modelPath, data, options);
    const { set, model, table } = opened;
    const { signal, progress } = session;
    progress.update({ phase: 'pruning' });
    const steps = pruningSteps(set, { method, seed });
    const step = stepFor(set, steps, goal);
    const derivation = derivationOf(opened, steps, step, method);
    const { dropInputs } = options;
    const made = await derivedModel(model, table, prunedNetwork(set, step), {
      ...{ derivation, dropInputs, signal },
      onProgress: progress.update,
    });
    const html = page && pruneReport(pruneReportOf(opened, made, { modelPath, data, options, steps, step }));
    progress.clear();
    if (signal.aborted) throw new Interrupted('nothing was written');
    await file.write(writeModel(made));
    if (page !== null && html !== null) await page.write(html);
    show(session, { modelPath, opened, made, steps, step, options });
    return 0;
  });
}

/** What was asked for; without anything the smallest network of the same fit. */
function goalOf({ to, maxLossIncrease, minimal, method }: PruneCommand): PruningGoal {
  const asked = [to, maxLossIncrease, minimal].filter((value) => value !== undefined).length;
  requireThat(asked <= 1, '--to, --max-loss-increase and --minimal are three goals; choose one.');
  const exact = to === undefined && maxLossIncrease === undefined;
  requireThat(
    !exact || method === 'optimal',
    `--method: ${method} has no exact steps; say how far it should go with --to or --max-loss-increase.`,
  );
  if (to !== undefined) return { to };
  return maxLossIncrease === undefined ? { minimal: true } : { maxLossIncrease };
}

function derivationOf(
  { set, model, polished }: OpenedNetwork,
  steps: readonly PruningStep[],
  step: PruningStep,
  method: PruningMethod,
): Derivation {
  const minimal = stepFor(set, steps, { minimal: true }).neurons;
  const from = { neurons: model.weights.hidden.rows, objective: polished.before };
  const how = step.exact
    ? 'by exact steps: fit and objective are those of the optimal network'
    : method === 'optimal'
      ? `by ${minimal < set.given.neurons ? 'exact steps and then by ' : ''}least squares`
      : `by the method ${method}`;
  const words = `pruned from ${set.given.neurons} to ${plural(step.neurons, 'neuron')} ${how}`;
  return { operation: 'prune', words, exact: step.exact, from };
}

interface Shown {
  readonly modelPath: string;
  readonly opened: OpenedNetwork;
  readonly made: Model;
  readonly steps: readonly PruningStep[];
  readonly step: PruningStep;
  readonly options: PruneCommand;
}

function show(session: Session, { modelPath, opened, made, steps, step, options }: Shown): void {
  const { text } = session;
  const { output, report, method, dropInputs } = options;
  text.section('Network', [inputName(modelPath), ...networkWords(opened)]);
  text.section('Optimal', [...scopeWords(opened), ...toleranceWords(opened)]);
  text.line();
  text.section('Pruning', [curveTable(opened, steps, step)]);
  text.line();
  text.section('Pruned', [
    ...pruningWords(opened, steps, step, method),
    ...derivationLines(made),
    ...networkLines(made),
  ]);
  const unused = unusedColumns(made);
  if (unused.length > 0 && !dropInputs) {
    text.section('', [`read by no neuron: ${listed(unused, 12)} (--drop-inputs takes them out of the model)`]);
  }
  text.line();
  text.section('Scores', [scoreTable(made.scores, made.preprocessing.target.name)]);
  text.section('Certificate', [verdict(text, made)]);
  text.section('Files', [[output === '-' ? 'stdout' : output, ...(report === undefined ? [] : [report])].join(', ')]);
}

/** How far exact steps go, and what the step that was taken costs. */
function pruningWords(
  { set, train }: OpenedNetwork,
  steps: readonly PruningStep[],
  step: PruningStep,
  method: PruningMethod,
): string[] {
  const minimal = stepFor(set, steps, { minimal: true });
  const exact =
    method !== 'optimal'
      ? []
      : minimal.neurons === set.given.neurons
        ? ['no exact step: the activations of its neurons are independent already']
        : [`exact steps: ${set.given.neurons} → ${minimal.neurons} neurons, no training prediction changes`];
  if (step.exact) return exact;
  const [first, last] = curveOf(set, [steps[0], step], train);
  const rise = (100 * (last.loss - first.loss)) / Math.max(first.loss, Number.MIN_VALUE);
  const how = method === 'optimal' ? 'least squares' : method;
  return [
    ...exact,
    `${how}: ${(method === 'optimal' ? minimal : steps[0]).neurons} → ${plural(step.neurons, 'neuron')}, training loss ${formatNumber(first.loss)} → ${formatNumber(last.loss)} (${rise < 0 ? '' : '+'}${formatNumber(rise, 3)} %)`,
  ];
}

/** Lines of the table on the terminal at most. */
const shownSteps = 12;

function curveTable(opened: OpenedNetwork, steps: readonly PruningStep[], step: PruningStep): string {
  const { set, train, test } = opened;
  const shown = spaced(steps, shownSteps, [step, stepFor(set, steps, { minimal: true })]);
  const measure = measureOf(opened);
  const trained = curveOf(set, shown, train);
  const tested = test && curveOf(set, shown, test);
  const rows = shown.map(({ neurons, exact }, k) => [
    shown[k] === step ? '→' : '',
    String(neurons),
    exact ? 'exact' : '',
    formatNumber(trained[k].loss),
    measure.show(trained[k]),
    ...(tested ? [measure.show(tested[k])] : []),
  ]);
  const head = ['', 'neurons', '', 'train loss', `train ${measure.name}`, ...(tested ? [`test ${measure.name}`] : [])];
  return textTable([head, ...rows], 'lrlrrr');
}
