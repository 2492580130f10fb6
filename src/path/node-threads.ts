/** The part of `node:worker_threads` that is used here. */
export interface NodeThreads {
  readonly Worker: new (url: URL, options: object) => NodeWorker;
  readonly parentPort: NodePort | null;
}

export interface NodePort {
  on(event: 'message', listener: (message: unknown) => void): void;
  postMessage(message: unknown): void;
}

export interface NodeWorker {
  on(event: 'message', listener: (message: unknown) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/** `node:worker_threads`, without an import that a page could not resolve; undefined where there is none. */
export function nodeThreads(): NodeThreads | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
}
