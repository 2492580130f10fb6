import { stripVTControlCharacters } from 'node:util';
import { RelucentError } from '../base/index.js';
import { parseTableStream, type Table } from '../index.js';
import { Interrupted } from './errors.js';
import { inputName, readChunks, sizeOf } from './files.js';
import { Interrupt } from './interrupt.js';
import { Progress } from './progress.js';
import { Terminal } from './terminal.js';

export interface SessionOptions {
  /** Nothing but errors and warnings. */
  readonly quiet?: boolean;
  /** What is meant to be read goes to stderr, because stdout carries data. */
  readonly textOnStderr?: boolean;
}

/** What one command talks through: text for people, its progress line, warnings, and Ctrl-C. */
export class Session {
  readonly text: Terminal;
  readonly progress: Progress;
  readonly interrupt: Interrupt;

  constructor({ quiet = false, textOnStderr = false }: SessionOptions = {}) {
    this.text = new Terminal(textOnStderr ? process.stderr : process.stdout, quiet);
    this.progress = new Progress(new Terminal(process.stderr, quiet));
    this.interrupt = new Interrupt((line) => this.warn(line));
  }

  get signal(): AbortSignal {
    return this.interrupt.signal;
  }

  /** A line on stderr, also when quiet. */
  warn(line: string): void {
    this.progress.clear();
    process.stderr.write(`relucent: ${stripVTControlCharacters(line)}\n`);
  }

  /** Reads a table; Ctrl-C ends it. */
  async readTable(path: string): Promise<Table> {
    const name = inputName(path);
    const slow = setTimeout(() => this.progress.update({ phase: `reading ${name}` }), 200);
    try {
      return await parseTableStream(readChunks(path, this.signal), {
        name,
        size: await sizeOf(path),
        signal: this.signal,
      });
    } catch (error) {
      if (this.signal.aborted && !(error instanceof RelucentError))
        throw new Interrupted('nothing was read', { cause: error });
      throw error;
    } finally {
      clearTimeout(slow);
      this.progress.clear();
    }
  }

  /** Runs a command to its exit code: that of the interruption, if there was one. */
  static async run(options: SessionOptions, work: (session: Session) => Promise<number | undefined>): Promise<number> {
    const session = new Session(options);
    try {
      const code = await work(session);
      return session.interrupt.exitCode || (code ?? 0);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      session.warn(`interrupted: ${error.message}.`);
      return session.interrupt.exitCode;
    } finally {
      session.progress.clear();
      session.interrupt.dispose();
    }
  }
}
