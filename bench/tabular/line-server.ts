import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BenchError, root } from '../speed/processes.js';

/** A process that answers each line of JSON with one line of JSON, one question at a time. */
export class LineServer {
  readonly #child: ChildProcess;
  readonly #name: string;
  #errors = '';
  #ended: BenchError | null = null;
  #answer: ((line: string) => void) | null = null;
  #fail: ((error: Error) => void) | null = null;

  constructor(command: string, args: readonly string[]) {
    this.#name = args.find((arg) => /\.(py|ts)$/.test(arg)) ?? command;
    this.#child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr?.on('data', (chunk) => {
      this.#errors = (this.#errors + chunk).slice(-2000);
    });
    this.#child.on('error', (error) => this.#end(`${command}: ${error.message}`));
    this.#child.stdin?.on('error', (error) => this.#end(`${this.#name}: ${error.message}`));
    this.#child.on('close', () => this.#end(`${this.#name} ended: ${this.#lastError()}`));
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.#answer?.(line));
  }

  /** The first reason counts: for the question under way and for all later ones. */
  #end(reason: string): void {
    this.#ended ??= new BenchError(reason);
    this.#fail?.(this.#ended);
  }

  #lastError(): string {
    return this.#errors.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  }

  /** Whether no further question can be answered. */
  get ended(): boolean {
    return this.#ended !== null;
  }

  /** @throws BenchError when the process ends or answers with `error`. */
  async ask<T>(question: object): Promise<T> {
    if (this.#ended) throw this.#ended;
    const line = await new Promise<string>((done, fail) => {
      this.#answer = done;
      this.#fail = fail;
      this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    });
    this.#fail = null;
    const answer = JSON.parse(line) as T & { error?: string };
    if (answer.error !== undefined) throw new BenchError(`${this.#name}: ${answer.error}`);
    return answer;
  }

  close(): void {
    this.#fail = null;
    this.#child.kill();
  }
}
