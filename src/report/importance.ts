import { type Fragment, fitted, label, palette, px, type Size, textWidth } from './canvas.js';
import type { ImportanceData, InputWeight } from './data.js';
import type { Panel } from './panel.js';
import { formatNumber, plural } from './text.js';

const mostBars = 20;

/** How much the neurons use each column of the table. */
export function importancePanel({ inputs }: ImportanceData): Panel {
  const used = inputs.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  const shown = used.slice(0, mostBars);
  const unused = inputs.length - used.length;
  return {
    title: 'How much each column is used',
    remark: [
      'active weight norm √Σ(α·u)², standardised units',
      shown.length < used.length ? `the ${shown.length} largest of ${used.length}` : '',
      unused > 0 ? `${plural(unused, 'column')} not used` : '',
    ]
      .filter(Boolean)
      .join(' · '),
    legend: [],
    draw: (size) => bars(shown, size),
  };
}

/** Height in which the bars are as thick as they should be. */
export const importanceHeight = ({ inputs }: ImportanceData): number =>
  22 * Math.max(1, Math.min(mostBars, inputs.filter(({ weight }) => weight > 0).length)) + 8;

function bars(shown: readonly InputWeight[], { width, height }: Size): Fragment {
  if (shown.length === 0) return label(0, 18, 'No column is used: the network is a constant.', { size: 13 });
  const left = Math.min(0.42 * width, 12 + Math.max(...shown.map(({ name }) => textWidth(name, 12))));
  const numbers = 10 + Math.max(...shown.map(({ weight }) => textWidth(formatNumber(weight, 3), 11)));
  const step = Math.min(26, height / shown.length);
  const most = shown[0].weight;
  return shown
    .map(({ name, weight }, k) => {
      const y = k * step;
      const length = Math.max(1, (weight / most) * (width - left - numbers));
      return (
        label(left - 8, y + 0.5 * step + 4, fitted(name, 12, left - 10), { anchor: 'end' }) +
        `<rect x="${px(left)}" y="${px(y + 0.14 * step)}" width="${px(length)}" height="${px(0.72 * step)}" fill="${palette.blue}"/>` +
        label(left + length + 5, y + 0.5 * step + 4, formatNumber(weight, 3), { size: 11, fill: palette.quiet })
      );
    })
    .join('');
}
