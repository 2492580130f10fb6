/**
 * Test scores on real tables beside what a user would pick instead, all tuned and judged on the same folds. Writes
 * docs/benchmarks/tabular.json, tabular.md and tabular.svg; the peers' Python comes from bench/peers/setup.sh.
 *
 *   npx tsx bench/tabular.ts --data FOLDER [--sets a,b] [--methods relucent,forest] [--threads 1] [--resume]
 *
 * FOLDER holds <set>.csv with the target last. A run is one method on one outer fold of one set; each is kept as soon as it is
 * there, and --resume measures only those that are missing. Sets and methods not asked for keep what they have.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Table } from '../src/data/index.js';
import { BenchError, peersFolder, pythonPath, root } from './speed/processes.js';
import { type Arguments, readArguments } from './tabular/arguments.js';
import { agree, type Encoding, encodingOf } from './tabular/encode.js';
import { tabularFigure } from './tabular/figure.js';
import { LineServer } from './tabular/line-server.js';
import { tabularText } from './tabular/markdown.js';
import { oursSettings } from './tabular/ours.js';
import { factsOf, type PlannedSet, planSet, protocol, readTable } from './tabular/plan.js';
import {
  appendLine,
  type Head,
  type Row,
  type RowKey,
  Rows,
  readLines,
  readResults,
  type SetFacts,
  writeResults,
} from './tabular/rows.js';
import { dataSets } from './tabular/sets.js';

const planFile = resolve(peersFolder, 'results/tabular-plan.json');
/** Every run, as soon as it is done. */
const linesFile = resolve(peersFolder, 'results/tabular.jsonl');

class Bench {
  readonly #rows = new Rows();
  readonly #started = performance.now();
  readonly #todo: RowKey[];
  readonly #count: number;
  readonly failures: string[] = [];

  constructor(
    readonly options: Arguments,
    readonly sets: readonly SetFacts[],
  ) {
    for (const row of readResults(this.#file('json'), protocol)) this.#rows.put(row);
    for (const row of readLines(linesFile)) this.#rows.put(row);
    this.#todo = this.#asked().filter((key) => !options.resume || !this.#rows.has(key));
    this.#count = this.#todo.length;
  }

  #file(kind: string): string {
    return resolve(root, this.options.out, `tabular.${kind}`);
  }

  #asked(): RowKey[] {
    const folds = Array.from({ length: protocol.outer }, (_, fold) => fold);
    return this.options.sets.flatMap((set) =>
      folds.flatMap((fold) => this.options.methods.map((method) => ({ set, method, fold }))),
    );
  }

  /** Runs what is to do, so many at a time. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.threads }, () => this.#lane()));
  }

  /** One run after the other, ours and the peers' each in a process that stays. */
  async #lane(): Promise<void> {
    const servers = new Map<'ours' | 'peers', LineServer>();
    try {
      for (let key = this.#todo.shift(); key; key = this.#todo.shift()) {
        const kind = key.method === 'relucent' ? 'ours' : 'peers';
        const server = servers.get(kind) ?? serverOf(kind, this.options.data);
        servers.set(kind, server);
        await this.#measure(key, server);
      }
    } finally {
      for (const server of servers.values()) server.close();
    }
  }

  async #measure(key: RowKey, server: LineServer): Promise<void> {
    try {
      const row = await server.ask<Row>(key);
      this.#rows.put(row);
      appendLine(linesFile, row);
      this.#say(row);
    } catch (error) {
      if (!(error instanceof BenchError) || server.ended) throw error;
      this.failures.push(error.message);
      console.error(error.message);
    }
  }

  #say({ set, method, fold, scores, tuneSeconds, refitSeconds }: Row): void {
    const minutes = ((performance.now() - this.#started) / 60_000).toFixed(1);
    const values = Object.entries(scores).map(([name, value]) => `${name} ${value?.toFixed(3) ?? '–'}`);
    const spent = (tuneSeconds + refitSeconds).toFixed(1);
    const place = `[${this.#count - this.#todo.length}/${this.#count}] ${minutes} min`;
    console.log(`${place}  ${set} ${method} fold ${fold}: ${values.join(', ')}  ${spent} CPU s`);
  }

  write(head: Head): void {
    const known = this.sets.map(({ name }) => name);
    const rows = this.#rows.all.filter(({ set }) => known.includes(set));
    const results = { head, sets: this.sets, rows };
    writeResults(this.#file('json'), results);
    writeFileSync(this.#file('md'), tabularText(results));
    writeFileSync(this.#file('svg'), tabularFigure(results));
  }
}

function serverOf(kind: 'ours' | 'peers', data: string): LineServer {
  const args = ['--plan', planFile, '--data', resolve(data)];
  if (kind === 'ours') {
    return new LineServer(process.execPath, ['--import', 'tsx', resolve(root, 'bench/tabular/serve.ts'), ...args]);
  }
  return new LineServer(pythonPath(), [resolve(peersFolder, 'tabular.py'), ...args]);
}

interface Planned {
  readonly table: Table;
  readonly planned: PlannedSet;
  readonly facts: SetFacts;
}

/** Plans every set, so that the documents name them all; writes the plan for both sides. */
async function plan(data: string): Promise<Planned[]> {
  const all: Planned[] = [];
  for (const set of dataSets) {
    const table = await readTable(resolve(data), set.name);
    const planned = planSet(table, set);
    all.push({ table, planned, facts: factsOf(table, set, planned) });
  }
  const sets = all.map(({ planned }) => planned);
  mkdirSync(resolve(peersFolder, 'results'), { recursive: true });
  writeFileSync(planFile, JSON.stringify({ protocol, sets }));
  return all;
}

/** Versions for the head; throws when the peers' columns are not ours. */
async function consultPeers(data: string, sets: readonly Planned[]): Promise<Head> {
  const server = serverOf('peers', data);
  try {
    for (const { table, planned } of sets) {
      const theirs = await server.ask<Encoding>({ encoding: { set: planned.name, fold: 0 } });
      const ours = encodingOf(table, planned, 0);
      if (agree(ours, theirs)) continue;
      throw new BenchError(
        `bench/tabular: ${planned.name} is encoded differently by the peers: expected ${JSON.stringify(ours)}, got ${JSON.stringify(theirs)}.`,
      );
    }
    const versions = await server.ask<Record<string, string>>({ versions: {} });
    const memory = Math.round(totalmem() / 2 ** 30);
    const machine = `${availableParallelism()}-core ${process.arch} cloud machine (${memory} GiB)`;
    return { machine, packages: { node: process.versions.node, ...versions }, protocol, settings: oursSettings };
  } finally {
    server.close();
  }
}

async function main(): Promise<void> {
  const options = readArguments(process.argv);
  const sets = await plan(options.data);
  const head = await consultPeers(options.data, sets);
  const bench = new Bench(
    options,
    sets.map(({ facts }) => facts),
  );
  try {
    await bench.run();
  } finally {
    bench.write(head);
  }
  console.log(`written: ${resolve(root, options.out)}/tabular.json, .md and .svg`);
  if (bench.failures.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
