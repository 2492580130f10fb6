import type { Architecture, Grouping, Layer, Measurement } from '../deep/index.js';
import { formatNumber, formatPercent, formatSeconds } from '../report/index.js';
import type { RunConfig } from './run-folder.js';

const layerAt = (layers: readonly Layer[], path: string): Layer => {
  const [first, ...rest] = path.split('.').map(Number);
  const layer = layers[first];
  return rest.length > 0 && layer.kind === 'residual' ? layerAt(layer.layers, rest.join('.')) : layer;
};

function sizes(layer: Layer): string {
  if (layer.kind !== 'linear' && layer.kind !== 'conv2d') return layer.kind;
  const kernel = layer.kind === 'conv2d' ? `, ${layer.size} × ${layer.size}` : '';
  return `${layer.kind} ${layer.inputs} → ${layer.outputs}${kernel}`;
}

/** Groups of units before training: one line each, and the layers outside. */
export function groupLines({ layers }: Architecture, { chains, others }: Grouping): string[] {
  const named = (path: string): string => `${path} (${sizes(layerAt(layers, path))})`;
  const groups = chains.flatMap((chain) => chain.groups);
  return [
    ...groups.map(({ into, outOf, units }) => `${named(into)} and ${named(outOf)}: ${formatNumber(units)} units`),
    ...(others.length > 0 ? [`outside, plain weight decay: ${others.map(named).join(', ')}`] : []),
  ];
}

const accuracyOf = (accuracy: number, { loss }: Pick<RunConfig, 'loss'>): string =>
  loss === 'cross-entropy' ? ` · accuracy ${formatPercent(accuracy)}` : '';

/** `loss 0.31 · accuracy 92.1 % · active 840 of 1200 · 12 s left`. */
export function progressWords(row: Measurement | undefined, config: RunConfig, secondsLeft: number | null): string {
  const left = secondsLeft === null ? '' : `${formatSeconds(secondsLeft)} left`;
  if (row === undefined) return left;
  const scores = row.validation ?? row;
  const parts = [
    `loss ${formatNumber(row.loss, 3)}${accuracyOf(scores.accuracy, config)}`,
    row.units > 0 ? `active ${row.active} of ${row.units}` : '',
    left,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** What a finished or interrupted run has come to. */
export function resultLines(rows: readonly Measurement[], config: RunConfig): string[] {
  const last = rows.at(-1);
  if (!last) return ['nothing was measured yet'];
  const score = ({ loss, accuracy }: { loss: number; accuracy: number }): string =>
    `loss ${formatNumber(loss, 4)}${accuracyOf(accuracy, config)}`;
  const best = bestRow(rows, config);
  return [
    `step ${formatNumber(last.step)} of ${formatNumber(config.steps)}; objective ${formatNumber(last.objective, 5)}`,
    `training: ${score(last)}`,
    ...(last.validation ? [`validation: ${score(last.validation)}`] : []),
    ...(last.test ? [`test: ${score(last.test)}`] : []),
    ...(best?.test && best !== last
      ? [`test at the best validation (step ${formatNumber(best.step)}): ${score(best.test)}`]
      : []),
    ...(last.units > 0
      ? [
          `active units: ${last.active} of ${last.units} (${formatPercent(last.active / last.units)}); path norm ${formatNumber(last.pathNorm, 4)}`,
        ]
      : []),
  ];
}

/** The first row of the best validation: highest accuracy for classes, least loss for numbers; none without validation. */
export function bestRow(rows: readonly Measurement[], { loss }: Pick<RunConfig, 'loss'>): Measurement | undefined {
  const value = ({ validation }: Measurement): number =>
    loss === 'cross-entropy' ? validation!.accuracy : -validation!.loss;
  return rows
    .filter(({ validation }) => validation !== undefined)
    .reduce<Measurement | undefined>((best, row) => (!best || value(row) > value(best) ? row : best), undefined);
}
