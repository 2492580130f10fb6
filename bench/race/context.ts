import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import type { Machine } from '../speed/machine.js';
import { root } from '../speed/processes.js';

import type { PythonServers } from '../speed/python-server.js';
import { type Keyed, RowFile } from './store.js';

/** What the sections share. */
export interface Context {
  readonly quick: boolean;
  readonly threads: readonly number[];
  readonly lambdas: readonly number[];
  /** Only these problems; empty for all that a section plans. */
  readonly problems: readonly string[];
  /** CPU seconds after which a peer's run is stopped. */
  readonly capCpu: number;
  readonly fresh: boolean;
  readonly machine: Machine;
  readonly servers: PythonServers;
}

export const folder = resolve(root, 'docs/benchmarks/peers');

export const rowsOf = <R extends Keyed>(context: Context, section: string): RowFile<R> =>
  new RowFile<R>(resolve(folder, `${section}.json`), {
    machine: context.machine.description,
    fresh: false,
  });

/** The row's commit and the load it meets. */
export const now = ({ machine }: Context): { commit: string; load: number } => ({
  commit: machine.commit,
  load: Number(loadavg()[0].toFixed(2)),
});

/** A part of the comparison: measures what is missing, and says what there is. */
export interface Section {
  readonly name: string;
  measure(context: Context): Promise<void>;
  /** Its chapter of peers.md, from what has been measured; null when nothing has. Writes its figures beside. */
  chapter(context: Context): string | null;
}

export const say = (text: string): void => console.log(`${new Date().toTimeString().slice(0, 8)}  ${text}`);
