import { escaped } from './canvas.js';
import { jacobianPanel, layerPanel, linePanel } from './deep-figures.js';
import { page } from './html.js';
import { figure, fullWidth, type Html, half, pair, paragraph, section, table } from './html-parts.js';
import { formatNumber, formatPercent } from './text.js';

/** A measurement of a run, as its log has it. */
export interface DeepRow {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly objective: number;
  readonly active: number;
  readonly units: number;
  readonly pathNorm: number;
  readonly validation?: { readonly loss: number; readonly accuracy: number };
  readonly test?: { readonly loss: number; readonly accuracy: number };
}

export interface DeepRun {
  readonly name: string;
  readonly settings: {
    readonly data: string;
    readonly network: string;
    readonly method: string;
    readonly lambda: number;
    readonly rate: number;
    readonly batch: number;
    readonly steps: number;
    readonly seed: number;
  };
  /** Whether accuracies mean something. */
  readonly classes: boolean;
  readonly rows: readonly DeepRow[];
  /** The row of the best validation. */
  readonly best?: DeepRow;
  /** ‖w_k‖‖v_k‖ of the units of each group, of the last network. */
  readonly layers: readonly { readonly name: string; readonly norms: readonly number[] }[];
  /** Spectral norms of the Jacobian at test inputs. */
  readonly jacobians: readonly number[];
}

export interface DeepReportData {
  readonly runs: readonly DeepRun[];
}

/**
 * One page about one run of a deep network, or about several beside each other: curves, the numbers at the end, active
 * units per group, spectral norms of Jacobians. It loads nothing and runs nothing; the same data gives the same text.
 */
export function deepReport({ runs }: DeepReportData): string {
  const title = runs.length === 1 ? `Training run ${runs[0].name}` : `${runs.length} training runs`;
  return page(title, [
    `<header><h1>${escaped(title)}</h1>${paragraph(leadOf(runs), 'lead')}</header>`,
    section('Settings', 'settings', settingsTable(runs)),
    section('At the end', 'results', resultTable(runs)),
    section('Curves', 'curves', curves(runs)),
    section('Units', 'units', layerTables(runs)),
    section('Jacobians', 'jacobians', jacobians(runs)),
    '<footer>This page holds everything it shows and loads nothing.</footer>',
  ]);
}

function leadOf(runs: readonly DeepRun[]): string {
  const ends = runs.map(({ name, settings, rows }) => {
    const last = rows.at(-1);
    if (!last) return `${name}: nothing measured yet`;
    const units = last.units > 0 ? `, ${formatPercent(last.active / last.units)} of the units active` : '';
    return `${runs.length > 1 ? `${name} (${settings.method})` : settings.method}: objective ${formatNumber(last.objective, 4)} after ${formatNumber(last.step)} steps${units}`;
  });
  return `${ends.join('; ')}.`;
}

const number = (title: string) => ({ title, kind: 'number' as const });

function settingsTable(runs: readonly DeepRun[]): Html {
  const columns = [
    { title: 'run', kind: 'name' as const },
    ...['data', 'network', 'method'].map((title) => ({ title, kind: 'text' as const })),
    ...['λ', 'learning rate', 'batch', 'steps', 'seed'].map(number),
  ];
  const rows = runs.map(({ name, settings: s }) => [
    ...[name, s.data, s.network, s.method],
    ...[s.lambda, s.rate, s.batch, s.steps, s.seed].map((value) => formatNumber(value)),
  ]);
  return table(columns, rows);
}

function resultTable(runs: readonly DeepRun[]): Html {
  const columns = [
    { title: 'run', kind: 'name' as const },
    ...['objective', 'loss', 'train', 'validation', 'test', 'test at best validation', 'path norm', 'active'].map(
      number,
    ),
  ];
  const rows = runs.map(({ name, rows: [...log], classes, best }) => {
    const last = log.at(-1);
    const score = (of: { loss: number; accuracy: number } | undefined): string =>
      of === undefined ? '' : classes ? formatPercent(of.accuracy) : formatNumber(of.loss);
    if (!last) return [name, ...new Array<string>(8).fill('')];
    const share = last.units > 0 ? `${last.active} of ${last.units}` : '';
    return [
      ...[name, formatNumber(last.objective), formatNumber(last.loss), score(last)],
      ...[score(last.validation), score(last.test), score(best?.test), formatNumber(last.pathNorm), share],
    ];
  });
  return table(columns, rows);
}

function curves(runs: readonly DeepRun[]): Html {
  const shown = runs.filter(({ rows }) => rows.length > 1);
  if (shown.length === 0) return '';
  const line = (of: (row: DeepRow) => number | undefined) =>
    shown.map(({ name, rows }) => ({
      name,
      points: rows.flatMap((row) => {
        const value = of(row);
        return value === undefined ? [] : [{ step: row.step, value }];
      }),
    }));
  const objective = linePanel(
    'Objective',
    'mean loss + λ · path norm (+ weight decay of other layers)',
    line((row) => row.objective),
    'log',
  );
  const scored = shown[0].classes
    ? linePanel(
        'Accuracy',
        'on validation examples, else on training examples',
        line((row) => (row.validation ?? row).accuracy),
        'percent',
      )
    : linePanel(
        'Loss',
        'on validation examples, else on training examples',
        line((row) => (row.validation ?? row).loss),
        'log',
      );
  const active = linePanel(
    'Active units',
    'share with ‖w‖‖v‖ > 0',
    line((row) => (row.units > 0 ? row.active / row.units : undefined)),
    'percent',
  );
  return figure(objective, fullWidth(320)) + pair(figure(scored, half), figure(active, half));
}

function layerTables(runs: readonly DeepRun[]): Html {
  const shown = runs.filter(({ layers }) => layers.length > 0);
  if (shown.length === 0) return '';
  const columns = [
    { title: 'run', kind: 'name' as const },
    { title: 'group', kind: 'text' as const },
    ...['units', 'active', 'share'].map(number),
  ];
  const rows = shown.flatMap(({ name, layers }) =>
    layers.map(({ name: group, norms }) => {
      const active = norms.filter((norm) => norm > 0).length;
      return [name, group, formatNumber(norms.length), formatNumber(active), formatPercent(active / norms.length)];
    }),
  );
  return figure(layerPanel(shown), fullWidth(260)) + table(columns, rows);
}

function jacobians(runs: readonly DeepRun[]): Html {
  const shown = runs.filter(({ jacobians: norms }) => norms.length > 0);
  if (shown.length === 0) return '';
  return figure(jacobianPanel(shown), fullWidth(280));
}
