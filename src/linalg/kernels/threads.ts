/**
 * Workers that run `serve` of a module of ours (assembly/threads.ts): worker_threads in Node, Web Workers in a page
 * that is cross-origin isolated. They never keep a process alive.
 */
export interface Team {
  /** Workers that answered; the caller is one thread more. */
  readonly size: number;
  /** Ends the workers. */
  end(): void;
}

interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

interface Member {
  /** Resolves to whether the worker runs. */
  readonly ready: Promise<boolean>;
  end(): void;
}

/** Longest wait for a worker to start, in milliseconds; without it the caller works alone. */
const PATIENCE = 10_000;

const serve = `({ module, memory, thread }, ready) => {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  ready();
  instance.exports.serve(thread);
}`;

/** As many of `size` workers as can be had: none without shared memory between threads or without workers. */
export async function createTeam(size: number, module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Team> {
  const create = memberFactory();
  if (size < 1 || !create) return { size: 0, end() {} };
  const members = Array.from({ length: size }, (_, i) => create({ module, memory, thread: i + 1 }));
  const running = await Promise.all(members.map(({ ready }) => ready));
  const end = () => {
    for (const member of members) member.end();
  };
  if (running.every(Boolean)) return { size, end };
  end();
  return { size: 0, end() {} };
}

function memberFactory(): ((start: Start) => Member) | null {
  const threads = nodeThreads();
  if (threads) return (start) => nodeMember(threads, start);
  if (typeof Worker === 'function' && globalThis.crossOriginIsolated) return pageMember;
  return null;
}

interface NodeWorker {
  once(event: 'message' | 'error' | 'exit', listener: () => void): void;
  unref(): void;
  terminate(): unknown;
}

interface NodeThreads {
  Worker: new (source: string, options: object) => NodeWorker;
}

/** `node:worker_threads`, without an import that a page could not resolve. */
function nodeThreads(): NodeThreads | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
}

function nodeMember({ Worker }: NodeThreads, start: Start): Member {
  const source = `const { parentPort, workerData } = require('node:worker_threads');
    (${serve})(workerData, () => parentPort.postMessage(0));`;
  const worker = new Worker(source, { eval: true, workerData: start, execArgv: [], env: {} });
  const ready = settles((settle) => {
    worker.once('message', () => settle(true));
    worker.once('error', () => settle(false));
    worker.once('exit', () => settle(false));
  });
  return {
    ready: ready.then((running) => {
      worker.unref();
      return running;
    }),
    end: () => void worker.terminate(),
  };
}

function pageMember(start: Start): Member {
  const source = `onmessage = ({ data }) => (${serve})(data, () => postMessage(0));`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const ready = settles((settle) => {
    worker.onmessage = () => settle(true);
    worker.onerror = () => settle(false);
  });
  worker.postMessage(start);
  return {
    ready: ready.finally(() => URL.revokeObjectURL(url)),
    end: () => worker.terminate(),
  };
}

/** The first answer, or false when none came in time. */
function settles(listen: (settle: (running: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE);
    listen((running) => {
      clearTimeout(timer);
      resolve(running);
    });
  });
}
