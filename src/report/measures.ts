import type { Measure } from './path-data.js';
import { formatNumber, formatPercent } from './text.js';

/** Title of an axis: `root mean squared error (kWh)`. */
export const measureAxis = ({ name, unit, form }: Measure): string =>
  form === 'percent' ? `${name} (%)` : unit === undefined ? name : `${name} (${unit})`;

/** The number as its measure has it, without unit: 0.934 as a percentage is `93.4`. */
export const plainMeasure = (value: number, { form }: Measure, digits = 4): string =>
  formatNumber(form === 'percent' ? 100 * value : value, digits);

/** With unit: `3.21 kWh`, `93.4 %`, `0.871`. */
export function formatMeasure(value: number, measure: Measure, digits = 4): string {
  if (measure.form === 'percent' && Number.isFinite(value)) return formatPercent(value);
  const { unit } = measure;
  const text = plainMeasure(value, measure, digits);
  return unit === undefined || Number.isNaN(value) ? text : `${text} ${unit}`;
}
