import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BenchError, peersFolder, pythonPath } from './processes.js';

const threadVariables = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMBA_NUM_THREADS'];

/** bench/peers/serve.py with its number of threads: one request at a time, each in a process forked for it. */
export class PythonServer {
  readonly #child: ChildProcess;
  readonly #replies: AsyncIterator<string>;

  constructor(threads: number) {
    const count = Object.fromEntries(threadVariables.map((name) => [name, `${threads}`]));
    this.#child = spawn(pythonPath(), ['serve.py'], {
      cwd: peersFolder,
      env: { ...process.env, ...count },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#replies = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ask<T>(request: object): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await this.#replies.next();
    if (done) throw new BenchError('bench:speed: bench/peers/serve.py ended; run it by hand to see why.');
    const reply = JSON.parse(value);
    if (reply.error) throw new BenchError(`bench:speed: serve.py: ${reply.error}`);
    return reply;
  }

  close(): void {
    this.#child.stdin!.end();
  }
}

/** One server for each number of threads, started when it is first needed. */
export class PythonServers {
  readonly #servers = new Map<number, PythonServer>();

  with(threads: number): PythonServer {
    const known = this.#servers.get(threads) ?? new PythonServer(threads);
    this.#servers.set(threads, known);
    return known;
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
  }
}
