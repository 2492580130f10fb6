import { escaped, type Fragment, type Size } from './canvas.js';
import type { FormulaData } from './data.js';
import { formulaLines } from './formula.js';
import { legendMark, type Panel } from './panel.js';
import { shortened } from './text.js';

/** HTML that is safe to put into a page; text becomes this through `escaped` alone. */
export type Html = string;

export const paragraph = (text: string, kind = ''): Html =>
  text === '' ? '' : `<p${kind === '' ? '' : ` class="${kind}"`}>${escaped(text.replace(/(\d) %/g, '$1\u00a0%'))}</p>`;

/** A part of the page with its heading; nothing when it has no content. */
export const section = (title: string, id: string, ...content: Html[]): Html =>
  content.every((part) => part === '')
    ? ''
    : `<section id="${id}"><h2>${escaped(title)}</h2>${content.join('')}</section>`;

export const list = (entries: readonly string[]): Html =>
  entries.length === 0 ? '' : `<ul class="notes">${entries.map((entry) => `<li>${escaped(entry)}</li>`).join('')}</ul>`;

export const folded = (summary: string, content: Html): Html =>
  content === '' ? '' : `<details><summary>${escaped(summary)}</summary>${content}</details>`;

export interface TableColumn {
  readonly title: string;
  /** `number` stands to the right, `name` may wrap. */
  readonly kind: 'number' | 'name' | 'text';
}

/** A table in a box of its own that scrolls sideways where the page is too narrow. */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  marked: (row: number) => boolean = () => false,
): Html {
  const cell = (tag: 'th' | 'td', text: string, k: number): Html =>
    `<${tag}${columns[k].kind === 'text' ? '' : ` class="${columns[k].kind}"`}>${escaped(text)}</${tag}>`;
  const head = columns.map(({ title }, k) => cell('th', title, k)).join('');
  const body = rows.map(
    (row, i) => `<tr${marked(i) ? ' class="chosen"' : ''}>${row.map((text, k) => cell('td', text, k)).join('')}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

export interface Sizes {
  readonly wide: Size;
  /** For phones; default: the wide one, scaled. */
  readonly narrow?: Size;
}

/** Drawings over the width of the page, and drawn anew for phones, where scaling would leave letters too small. */
export const fullWidth = (height: number, narrowHeight = height): Sizes => ({
  wide: { width: 780, height },
  narrow: { width: 350, height: narrowHeight },
});

/** Two beside each other; alone on a phone. */
export const half: Sizes = { wide: { width: 376, height: 330 } };

/**
 * A panel with title, remark and legend as text of the page. `paper`: the drawing keeps its light colours on a dark page,
 * because its ground is coloured.
 */
export function figure(
  { title, remark, legend, draw }: Panel,
  { wide, narrow }: Sizes,
  ground: 'plain' | 'paper' = 'plain',
): Html {
  const entries = legend.map((entry) => `<li>${legendMark(entry)}${escaped(shortened(entry.name, 40))}</li>`).join('');
  const drawings =
    narrow === undefined
      ? inline(wide, title, draw(wide), '')
      : inline(wide, title, draw(wide), 'wide') + inline(narrow, title, draw(narrow), 'narrow');
  return (
    `<figure class="${ground}"><figcaption><b>${escaped(title)}</b>${remark === '' ? '' : `<span>${escaped(remark)}</span>`}</figcaption>` +
    `${entries === '' ? '' : `<ul class="legend">${entries}</ul>`}${drawings}</figure>`
  );
}

/** An SVG that takes the page's font and colours. In HTML it needs no namespace. */
function inline({ width, height }: Size, title: string, fragment: Fragment, kind: string): Html {
  const open = `<svg${kind === '' ? '' : ` class="${kind}"`} viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`;
  return `${open}${fragment.replace(/ xmlns(:\w+)?="[^"]*"/g, '')}</svg>`;
}

export const pair = (...figures: Html[]): Html =>
  figures.every((one) => one === '') ? '' : `<div class="pair">${figures.join('')}</div>`;

/** The network as a sum, a line per neuron. */
export function formula(data: FormulaData): Html {
  const lines = formulaLines(data).map((tokens) =>
    tokens.map(({ kind, text }) => (kind === 'name' ? `<var>${escaped(text)}</var>` : escaped(text))).join(''),
  );
  return `<div class="formula">${lines.map((line) => `<div>${line}</div>`).join('')}</div>`;
}
