import { type Html, type TableColumn, table } from './html-parts.js';
import { withError } from './html-words.js';
import { formatMeasure } from './measures.js';
import type { CurveData, CurvePoint, PathData, PathPoint } from './path-data.js';
import type { ChoiceData } from './report-data.js';
import { formatGap, formatNumber, formatPercent } from './text.js';

/** A column of a table over λ, and what stands in it. */
interface Field<T> extends TableColumn {
  readonly shown: (point: T) => string;
}

function tableOf<T extends { readonly lambda: number }>(
  fields: readonly Field<T>[],
  points: readonly T[],
  choice: ChoiceData | undefined,
): Html {
  return table(
    fields,
    points.map((point) => fields.map(({ shown }) => shown(point))),
    (i) => points[i].lambda === choice?.lambda,
  );
}

const number = <T>(title: string, shown: (point: T) => string): Field<T> => ({ title, kind: 'number', shown });

const optional = (value: number | undefined, form: (value: number) => string): string =>
  value === undefined ? '' : form(value);

const heldTitle = ({ measure: { name, unit } }: CurveData): string =>
  `held-out ${name}${unit === undefined ? '' : ` (${unit})`} ± SE`;

/** Errors by λ; the marks say which are lambda.min and lambda.1se. */
export function curveTable(curve: CurveData, choice: ChoiceData | undefined): Html {
  const { points } = curve;
  const measure = { ...curve.measure, unit: undefined };
  const fields: Field<CurvePoint>[] = [
    number('λ', ({ lambda }) => formatNumber(lambda)),
    number(heldTitle(curve), (point) => withError(point, measure)),
    number('training', ({ train }) => optional(train, (value) => formatMeasure(value, measure))),
    number('neurons', ({ neurons }) => optional(neurons, formatNumber)),
    { title: '', kind: 'text', shown: (point) => namesOf(point, curve) },
  ];
  return tableOf(
    fields.filter(({ shown }) => points.some((point) => shown(point) !== '')),
    points,
    choice,
  );
}

const namesOf = ({ lambda }: { lambda: number }, { points, min, oneStandardError }: CurveData): string =>
  [points[oneStandardError].lambda === lambda ? 'lambda.1se' : '', points[min].lambda === lambda ? 'lambda.min' : '']
    .filter(Boolean)
    .join(', ');

/** Everything about every λ. */
export function pathTable(path: PathData, curve: CurveData | undefined, choice: ChoiceData | undefined): Html {
  const held = new Map(curve?.points.map((point) => [point.lambda, point]));
  const error = ({ lambda }: PathPoint): string => {
    const point = held.get(lambda);
    return point === undefined || curve === undefined ? '' : withError(point, { ...curve.measure, unit: undefined });
  };
  const marks = ({ lambda }: PathPoint): string =>
    (path.marks ?? [])
      .filter((mark) => mark.lambda === lambda)
      .map(({ name }) => name)
      .join(', ');
  const fields: Field<PathPoint>[] = [
    number('λ', ({ lambda }) => formatNumber(lambda)),
    number('neurons', ({ neurons }) => formatNumber(neurons.length)),
    number('inputs', ({ activeInputs }) => optional(activeInputs, formatNumber)),
    number('explained', ({ devianceExplained }) => optional(devianceExplained, formatPercent)),
    number('objective', ({ objective }) => formatNumber(objective, 6)),
    number('relative gap', ({ relativeGap }) => (Number.isNaN(relativeGap) ? '' : formatGap(Math.max(0, relativeGap)))),
    { title: 'scope', kind: 'text', shown: ({ scope }) => scope },
    number(curve === undefined ? '' : heldTitle(curve), error),
    { title: '', kind: 'text', shown: marks },
  ];
  return tableOf(
    fields.filter(({ shown }) => path.points.some((point) => shown(point) !== '')),
    path.points,
    choice,
  );
}
