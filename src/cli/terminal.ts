import { stripVTControlCharacters } from 'node:util';
import { wrapped } from '../report/index.js';

type Style = 'bold' | 'quiet' | 'good' | 'warn' | 'accent';

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  quiet: [2, 22],
  good: [32, 39],
  warn: [33, 39],
  accent: [36, 39],
};

/** Where text goes: a stream, its width, and colours where the stream is a terminal and NO_COLOR is not set. */
export class Terminal {
  readonly isTTY: boolean;
  readonly #colour: boolean;

  constructor(
    readonly stream: NodeJS.WriteStream,
    readonly silent = false,
  ) {
    this.isTTY = stream.isTTY === true;
    this.#colour = this.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  }

  /** Columns of the terminal, at most 100: longer lines are hard to read; 80 where there is none. */
  get width(): number {
    return Math.min(100, Math.max(40, this.isTTY ? this.stream.columns || 80 : 80));
  }

  paint(style: Style, text: string): string {
    const [on, off] = codes[style];
    return this.#colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  line(text = ''): void {
    if (!this.silent) this.stream.write(`${text}\n`);
  }

  /** A name on the left, lines of text beside it; `lines` are wrapped, a string with line breaks (a table) is not. */
  section(name: string, lines: readonly string[]): void {
    const indent = ' '.repeat(labelWidth);
    const body = lines
      .map((text) =>
        text.includes('\n') ? text.replace(/^(?=.)/gm, indent) : wrapped(text, this.width, indent, shownLength),
      )
      .join('\n');
    this.line(this.paint('accent', name.padEnd(labelWidth)) + body.slice(labelWidth));
  }
}

const labelWidth = 13;

/** Characters that take room; colours take none. */
const shownLength = (text: string): number => [...stripVTControlCharacters(text)].length;
