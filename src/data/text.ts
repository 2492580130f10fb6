import { RelucentError } from '../base/index.js';

const lineFeed = 10;
/** A line of more bytes than this is no table: without a bound a file without line ends would fill the memory. */
const longestLine = 1 << 25;

/**
 * Bytes of a UTF-8 file to text, cut after line feeds: no character and no line end is ever split, and a byte that is
 * not UTF-8 can be named by its line. Line ends become `\n`.
 */
export class Utf8Lines {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #rest: Uint8Array[] = [];
  #restLength = 0;
  #lines = 0;

  constructor(readonly source: string) {}

  /** The lines that these bytes complete (empty while the first line is not complete). */
  push(chunk: Uint8Array): string {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end === 0) {
      this.#keep(chunk);
      return '';
    }
    const bytes = joinBytes([...this.#rest, chunk.subarray(0, end)]);
    this.#rest = [];
    this.#restLength = 0;
    this.#keep(chunk.slice(end));
    return this.#decode(bytes);
  }

  #keep(chunk: Uint8Array): void {
    this.#restLength += chunk.length;
    if (chunk.length > 0) this.#rest.push(chunk);
    if (this.#restLength > longestLine)
      throw this.#refused(
        `line ${this.#lines + 1} has no end within ${longestLine >> 20} million bytes; expected a text table with one record a line`,
      );
  }

  /** What is left after the last line feed. */
  end(): string {
    const bytes = joinBytes(this.#rest);
    this.#rest = [];
    return this.#decode(bytes);
  }

  #decode(bytes: Uint8Array): string {
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch (cause) {
      throw this.#refused(`line ${this.#badLine(bytes)} is not UTF-8; save the file as UTF-8`, cause);
    }
    const nul = text.indexOf('\0');
    if (nul >= 0)
      throw this.#refused(
        `line ${this.#lines + breaksIn(text.slice(0, nul)) + 1} holds NUL characters; expected a text table in UTF-8 (not UTF-16)`,
      );
    const plain = plainBreaks(text);
    this.#lines += breaksIn(plain);
    return plain;
  }

  #refused(what: string, cause?: unknown): RelucentError {
    return new RelucentError('data', `${this.source}: ${what}.`, { cause });
  }

  /** Line (1-based) of the first byte that is not UTF-8, known to be in these bytes. */
  #badLine(bytes: Uint8Array): number {
    const probe = new TextDecoder('utf-8', { ignoreBOM: true });
    for (let start = 0, line = this.#lines + 1; ; line++) {
      const feed = bytes.indexOf(lineFeed, start);
      const piece = bytes.subarray(start, feed < 0 ? bytes.length : feed);
      if (feed < 0 || !isUtf8(piece, probe)) return line;
      start = feed + 1;
    }
  }
}

/** Whether the text of these bytes gives the same bytes again. */
function isUtf8(bytes: Uint8Array, decoder: TextDecoder): boolean {
  const again = new TextEncoder().encode(decoder.decode(bytes));
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]);
}

/** Line ends of every kind as `\n`. */
export const plainBreaks = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

/** How many `\n` a text holds. */
export function breaksIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** The pieces as one array (the piece itself when there is one). */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
