import * as Plot from '@observablehq/plot';
import { type Fragment, label, palette, px, textWidth } from './canvas.js';
import type { LambdaMark } from './path-data.js';
import { formatNumber } from './text.js';

/** Where figures over λ leave room: for the counts of neurons above, for λ below. */
export const marginTop = 42;
export const marginBottom = 42;

export interface LambdaFrame {
  readonly width: number;
  readonly height: number;
  readonly marginLeft: number;
  readonly marginRight: number;
  /** The largest and the smallest λ > 0. */
  readonly domain: readonly [number, number];
}

/** The largest and smallest of them that a logarithmic axis can show; a lone λ gets room on both sides. */
export function lambdaDomain(lambdas: readonly number[]): [number, number] {
  const shown = lambdas.filter((lambda) => lambda > 0);
  if (shown.length === 0) return [1, 0.1];
  const [high, low] = [Math.max(...shown), Math.min(...shown)];
  return high > low ? [high, low] : [high * 2, low / 2];
}

/** λ on a logarithmic axis, descending to the right: richer networks to the right. */
export function lambdaScale({ domain, width }: LambdaFrame): Plot.ScaleOptions {
  return {
    type: 'log',
    domain: [...domain],
    ticks: lambdaTicks(domain),
    tickFormat: (lambda: number) => formatNumber(lambda),
    label: firstThatFits(
      ['λ on the 1/n scale, logarithmic (to the right: weaker penalty, richer network)', 'λ, 1/n scale (log)'],
      width - 80,
    ),
    labelAnchor: 'center',
    labelArrow: 'none',
  };
}

const firstThatFits = ([wide, narrow]: readonly [string, string], width: number): string =>
  textWidth(wide, 11) <= width ? wide : narrow;

/** Powers of ten; with 2 and 5 between them where there are few. */
function lambdaTicks([high, low]: readonly [number, number]): number[] {
  const steps = high / low > 300 ? [1] : high / low > 20 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of steps) ticks.push(Number(`${step}e${power}`));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** How many neurons the network has, above the frame, at λ that are far enough apart. */
export function neuronCounts(
  points: readonly { readonly lambda: number; readonly neurons?: number }[],
  frame: LambdaFrame,
): Fragment {
  const known = points.filter(({ lambda, neurons }) => lambda > 0 && neurons !== undefined);
  if (known.length === 0) return '';
  const middle = (frame.marginLeft + frame.width - frame.marginRight) / 2;
  return (
    label(middle, 11, 'neurons', { size: 11, anchor: 'middle' }) +
    spread(known, frame)
      .map(({ lambda, neurons = 0 }) => {
        const x = place(lambda, frame);
        const tick = `<path d="M${px(x)} ${marginTop - 5}V${marginTop}" stroke="${palette.ink}"/>`;
        return tick + label(x, marginTop - 9, formatNumber(neurons), { size: 11, anchor: 'middle' });
      })
      .join('')
  );
}

/** Pixels between counts. */
const leastDistance = 38;

/** Of these λ the ones that stand at least so many pixels apart. */
function spread<T extends { readonly lambda: number }>(points: readonly T[], frame: LambdaFrame): T[] {
  const chosen: T[] = [];
  for (const point of points) {
    const last = chosen.at(-1);
    if (last === undefined || place(point.lambda, frame) - place(last.lambda, frame) >= leastDistance)
      chosen.push(point);
  }
  return chosen;
}

/** Pixels from the left edge of the figure. */
export function place(lambda: number, { width, marginLeft, marginRight, domain: [high, low] }: LambdaFrame): number {
  const share = Math.log(high / lambda) / Math.log(high / low);
  return marginLeft + share * (width - marginLeft - marginRight);
}

/** Dotted verticals at the λ to point out. */
export const markRules = (marks: readonly LambdaMark[], frame: LambdaFrame): Plot.Markish =>
  Plot.ruleX(
    together(marks, frame).map(({ lambda }) => lambda),
    { stroke: palette.ink, strokeWidth: 1.3, strokeDasharray: '1.5 3.5', strokeLinecap: 'round' },
  );

/** Their names, one below the other so that close ones stay apart, beside the verticals. */
export function markNames(marks: readonly LambdaMark[], frame: LambdaFrame): Fragment {
  return together(marks, frame)
    .map(({ lambda, name }, row) => {
      const x = place(lambda, frame);
      const toLeft = x + textWidth(name, 12) + 12 > frame.width - frame.marginRight;
      return label(toLeft ? x - 6 : x + 6, marginTop + 14 + 15 * row, name, {
        weight: 600,
        anchor: toLeft ? 'end' : 'start',
        halo: true,
      });
    })
    .join('');
}

/** Marks at one λ under one name; those beyond the axis are left out. */
function together(marks: readonly LambdaMark[], { domain: [high, low] }: LambdaFrame): LambdaMark[] {
  const names = new Map<number, string[]>();
  for (const { lambda, name } of marks) {
    if (lambda <= high && lambda >= low) names.set(lambda, [...(names.get(lambda) ?? []), name]);
  }
  return [...names].sort(([a], [b]) => b - a).map(([lambda, all]) => ({ lambda, name: all.join(' = ') }));
}
