import { requireThat } from '../base/index.js';
import {
  adoptNetwork,
  digest,
  encodedParts,
  fromOnnx,
  isWeightsFile,
  type LossName,
  type Model,
  type ModelOptimalSet,
  modelOptimalSet,
  readWeights,
  type Table,
} from '../index.js';
import { formatNumber, plural } from '../report/index.js';
import { requireColumns } from './columns.js';
import { Interrupted } from './errors.js';
import { inputName, looksLikeJson, readBytes, requireOneStdin } from './files.js';
import { modelOfText } from './predict.js';
import type { Session } from './session.js';

/** What the commands about optimal networks take alike. */
export interface OptimalCommand {
  readonly lambda?: number;
  readonly target?: string;
  readonly loss?: 'auto' | LossName;
  readonly drop?: readonly string[];
  readonly tolerance?: number;
  readonly seed: number;
}

/** A network with the table it was trained on and the set of all optimal ones. */
export interface OpenedNetwork extends ModelOptimalSet {
  /** As the file has it, or a network from elsewhere taken up as a model. */
  readonly model: Model;
  readonly table: Table;
  readonly tolerance: number;
}

/**
 * A model file, a path file at λ, or a network alone (ONNX, JSON) with what the options say about it. `check` sees the model before the
 * work begins.
 */
export async function openNetwork(
  session: Session,
  modelPath: string,
  data: string,
  options: OptimalCommand,
  check: (model: Model) => void = () => undefined,
): Promise<OpenedNetwork> {
  const { signal, progress } = session;
  requireOneStdin(modelPath, data);
  const bytes = await readBytes(modelPath, signal);
  const name = inputName(modelPath);
  const text = looksLikeJson(bytes) ? new TextDecoder().decode(bytes) : null;
  const known = text !== null && !isWeightsFile(text) ? ownModel(text, name, options) : null;
  const elsewhere = known
    ? null
    : text === null
      ? fromOnnx(bytes, { name })
      : { weights: readWeights(text, name), warnings: [] };
  const table = await session.readTable(data);
  try {
    const { seed, tolerance = ROUNDING } = options;
    if (known) requireItsData(known, table, name);
    const model = known ?? (await adopted(elsewhere?.weights, table, options, session));
    check(model);
    const found = await modelOptimalSet(model, table, {
      ...{ tolerance, seed, complete: isWhole(model, known !== null), signal },
      onProgress: progress.update,
    });
    if (signal.aborted) throw new Interrupted('nothing was written');
    for (const warning of elsewhere?.warnings ?? []) session.warn(`warning: ${warning}`);
    return { ...found, model, table, tolerance };
  } finally {
    progress.clear();
  }
}

/** Trained here for the best of all networks, and not pruned since: what is left to its optimum is rounding of the gap asked for. */
const isWhole = ({ derivation, certificate }: Model, known: boolean): boolean =>
  known && derivation?.exact !== false && certificate.relativeGap <= 0.01;

/** Optimality is a matter of the very rows that were trained on. */
function requireItsData(model: Model, table: Table, name: string): void {
  const { X, y } = encodedParts(model, table).train;
  requireThat(
    digest(X, y) === model.dataDigest,
    `${table.source}: is not the table that ${name} was trained on (its digest differs); name that one.`,
    'data',
  );
}

function ownModel(text: string, name: string, options: OptimalCommand): Model {
  for (const option of ['target', 'loss', 'drop'] as const) {
    requireThat(options[option] === undefined, `--${option}: is for ONNX networks; ${name} says it itself.`);
  }
  return modelOfText(text, name, options.lambda);
}

function adopted(
  weights: Parameters<typeof adoptNetwork>[0] | undefined,
  table: Table,
  { target, lambda, loss, drop = [], seed }: OptimalCommand,
  { signal, progress }: Session,
): Promise<Model> {
  requireThat(target !== undefined, `--target: say which column of ${table.source} the network predicts.`);
  requireThat(
    lambda !== undefined && lambda > 0,
    '--lambda: say the regularisation strength above 0 that the network is optimal for (1/n scale), such as --lambda 1e-3.',
  );
  requireColumns(table, '--target', [target]);
  requireColumns(table, '--drop', drop);
  requireThat(!drop.includes(target), `--drop: '${target}' is the target; leave it out of --drop.`);
  if (weights === undefined) throw new TypeError('no network');
  return adoptNetwork(weights, table, { target, lambda, loss, drop, seed, signal, onProgress: progress.update });
}

/** The network as it came, and how polishing moved it. */
export function networkWords({ model, polished, set, train }: OpenedNetwork): string[] {
  const { before, after, moved, weights } = polished;
  const kind = model.weights.activation === 'gated' ? 'gated ReLU neuron' : 'ReLU neuron';
  const less = before - after;
  const distance =
    less <= 1e-12 * Math.abs(before)
      ? 'already at the optimum of its program, to rounding'
      : `polished to the optimum of its program: objective ${formatNumber(before, 9)} → ${formatNumber(after, 9)} (−${formatNumber((100 * less) / Math.abs(before), 2)} %)`;
  const change = ` outputs on the training rows moved by at most ${formatNumber(moved, 2)}`;
  return [
    `${plural(model.weights.hidden.rows, kind)} at λ = ${formatNumber(model.objective.lambda, 4)}, on ${plural(train.X.rows, 'training row')}`,
    `${distance},${change}${weights.hidden.rows === model.weights.hidden.rows ? '' : `; ${plural(set.given.neurons, 'neuron')} now`}`,
  ];
}

/** Among which networks the members of the set are optimal. */
export function scopeWords({ scope, model, set }: OpenedNetwork): string[] {
  const kind = model.weights.activation === 'gated' ? 'gated ReLU' : 'ReLU';
  if (scope.kind === 'patterns') {
    return [`among ${kind} networks of the ${plural(scope.patterns, 'activation pattern')} it was trained over`];
  }
  if (scope.kind === 'searched') {
    return [`among all ${kind} networks, as far as a search from ${scope.starts} starts an output saw`];
  }
  const own = `among ${kind} networks with the ${plural(set.candidates.length, 'pattern')} of its own neurons`;
  if (scope.price === null) return [own];
  const above = formatNumber(100 * (scope.price - 1), 2);
  return [
    `${own}; a search found neurons that would lower the objective (a price ${above} % above λ's): a stationary point`,
  ];
}

/** Whether there are others. */
export function uniqueWords({ set, tolerance }: OpenedNetwork): string[] {
  const near = tolerance > ROUNDING;
  const loose = set.looseTargets;
  const fit = near || loose > 0 ? ' of this fit' : '';
  const words =
    set.dimension > 0
      ? `not unique: the ${near ? 'nearly ' : ''}optimal networks${fit} are a set of dimension ${set.dimension}`
      : near
        ? 'unique: no other network of this fit is nearly as good'
        : `unique: no other optimal network${fit} exists`;
  if (loose === 0) return [words];
  return [
    words,
    `the ${set.problem.loss.name} loss does not bend at ${plural(loose, 'target')}: networks of another fit may be as good`,
  ];
}

/** Larger tolerances are asked for. */
const ROUNDING = 1e-6;

/** How far above the optimum members of a set of nearly optimal networks may be; nothing for optimal ones. */
export function toleranceWords({ tolerance, set, model, polished }: OpenedNetwork): string[] {
  if (tolerance <= ROUNDING) return [];
  const most = (model.objective.lambda * set.penalty * tolerance) / (1 - tolerance);
  return [
    `nearly optimal ones (--tolerance ${formatNumber(tolerance)}): the same fit, an objective at most ${formatNumber((100 * most) / polished.after, 3)} % above the optimum`,
  ];
}
