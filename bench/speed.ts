/**
 * Relucent beside its peers, in one run: times, and the objective of every answer by one judge. Writes speed.json after
 * each measurement and speed.md. `npm run bench:speed -- --help`; the peers' Python comes from bench/peers/setup.sh.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Arguments, readArguments } from './speed/arguments.js';
import { describeMachine } from './speed/machine.js';
import { report } from './speed/markdown.js';
import { measureNear, measureOurs, measurePeer, type OursOptions } from './speed/measure.js';
import { type PlannedCase, planned } from './speed/plan.js';
import { BenchError, pythonPath, root, run } from './speed/processes.js';
import { PythonServers } from './speed/python-server.js';
import type { Row, RowKey } from './speed/row.js';
import { Store } from './speed/store.js';
import { bestValue, excessOf, secondsOf } from './speed/summary.js';

/** Processes of ours on one case, spread between the peers'. */
const rounds = { relu: 2, gated: 2, priced: 1 } as const;

class Bench {
  readonly #started = performance.now();
  readonly #oursOptions: OursOptions;

  constructor(
    readonly options: Arguments,
    readonly store: Store,
    readonly servers: PythonServers,
    readonly notes: readonly string[],
  ) {
    this.#oursOptions = { capCpu: options.capCpu, extras: !options.quick };
  }

  async run(cases: readonly PlannedCase[]): Promise<void> {
    for (const [at, one] of cases.entries()) {
      console.log(`[${at + 1}/${cases.length}] ${one.program} ${one.problem} λ ${one.lambda} threads ${one.threads}`);
      await this.#alternate(one);
      writeFileSync(resolve(this.store.folder, 'speed.md'), report(this.store, this.notes));
    }
  }

  /** Ours, half of the peers, ours, the other half: so that other load on the machine hits both. */
  async #alternate({ program, problem, lambda, threads, peers }: PlannedCase): Promise<void> {
    const key = (method: string): RowKey => ({ program, problem, lambda, threads, method });
    const middle = Math.ceil(peers.length / 2);
    await this.#ours(key('ours'), 1);
    if (program === 'priced') for (const method of ['ours-near', 'ours-loose']) await this.#near(key(method));
    for (const method of peers.slice(0, middle)) await this.#peer(key(method));
    await this.#ours(key('ours'), 2);
    for (const method of peers.slice(middle)) await this.#peer(key(method));
  }

  /** The given process of ours, unless it has been measured already or the program has fewer. */
  async #ours(key: RowKey, round: number): Promise<void> {
    const earlier = this.store.row(key);
    if ((earlier?.firstCpu.length ?? 0) >= Math.min(round, rounds[key.program])) return;
    const withReference = key.program !== 'priced' && !this.store.reference(key);
    const judge = this.servers.with(1);
    const { row, reference } = await measureOurs(key, earlier, withReference, this.#oursOptions, judge);
    if (reference) this.store.addReference(reference);
    this.#keep(row);
  }

  /** Ours as near as Adam is asked to come. */
  async #near(key: RowKey): Promise<void> {
    const value = this.store.row({ ...key, method: 'ours' })?.objective;
    if (this.store.row(key) || typeof value !== 'number') return;
    this.#keep(await measureNear(key, value, this.options.capCpu, this.servers.with(1)));
  }

  async #peer(key: RowKey): Promise<void> {
    if (this.store.row(key)) return;
    const target =
      key.program === 'priced'
        ? (this.store.row({ ...key, method: 'ours' })?.objective ?? undefined)
        : this.store.reference(key)?.value;
    this.#keep(await measurePeer(key, target, this.options, this.servers.with(key.threads)));
  }

  #keep(row: Row): void {
    this.store.put(row);
    const { first, further } = secondsOf(row);
    const best = bestValue(row, this.store.references, this.store.rows);
    const elapsed = ((performance.now() - this.#started) / 1000).toFixed(0);
    const parts = [
      `${elapsed.padStart(6)} s`,
      row.method.padEnd(26),
      `first ${form(first)} s`,
      `further ${form(further)} s`,
    ];
    const judged = [
      `excess ${excessOf(row, best)?.toExponential(1) ?? '–'}`,
      `neurons ${row.neurons ?? '–'}`,
      row.note,
    ];
    console.log([...parts, ...judged].join('  '));
  }
}

const form = (value: number | null): string => (value === null ? '–' : value.toPrecision(3));

/** The command without what only says how to go on. */
const commandOf = (argv: readonly string[]): string =>
  ['npm run bench:speed', ...(argv.length > 0 ? ['--', ...argv] : [])].filter((word) => word !== '--resume').join(' ');

async function main(): Promise<void> {
  const options = readArguments(process.argv);
  const skipped = new Map<string, number>();
  const cases = planned(options, (_, reason) => skipped.set(reason, (skipped.get(reason) ?? 0) + 1));
  const notes = [...skipped].map(([reason, count]) => `${reason} (${count} rows)`);
  process.stdout.write(await run(pythonPath(), [resolve(root, 'bench/peers/problems.py'), ...options.problems]));
  const servers = new PythonServers();
  try {
    const head = { commands: [commandOf(process.argv.slice(2))], machine: await describeMachine(servers.with(1)) };
    const store = new Store(resolve(root, options.out), head, options.resume);
    await new Bench(options, store, servers, notes).run(cases);
  } finally {
    servers.close();
  }
  console.log(`written: ${resolve(options.out, 'speed.json')} and speed.md`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
