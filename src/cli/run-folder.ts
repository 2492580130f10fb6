import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { access, appendFile, constants, mkdir, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RelucentError, requireThat } from '../base/index.js';
import {
  type Architecture,
  type DeepLoss,
  decodeState,
  type Examples,
  encodeState,
  type Grouping,
  type Measurement,
  type Method,
  type Optimiser,
  type Precision,
  parametersOf,
  type Schedule,
  type StepState,
} from '../deep/index.js';
import { codeOf, fileError } from './errors.js';
import { Output } from './files.js';
import { requireRow, requireRunConfig } from './run-schema.js';

/** Which data a run learns from, so that it can be read again. */
export interface RunData {
  /** Name of an image set, or path of a table. */
  readonly source: string;
  readonly folder?: string;
  readonly perClass?: number;
  readonly validation: number;
  readonly augment?: boolean;
  readonly table?: {
    readonly target: string;
    readonly task: 'auto' | 'regression' | 'classification';
    readonly standardize: boolean;
    readonly drop?: readonly string[];
    readonly categorical?: readonly string[];
    readonly testFraction: number;
  };
}

/** Everything that decides the bytes of a run. */
export interface RunConfig {
  readonly format: 'relucent-run';
  readonly version: string;
  readonly data: RunData;
  /** Digest of the training examples: a run goes on with the same ones only. */
  readonly digest: string;
  readonly architecture: Architecture;
  readonly grouping: Grouping;
  readonly method: Method;
  readonly loss: DeepLoss;
  readonly optimiser: Optimiser;
  readonly batch: number;
  readonly steps: number;
  readonly rate: number;
  readonly schedule: Schedule;
  readonly lambda: number;
  readonly regularizeBias: boolean;
  readonly pruneFrom?: number;
  readonly seed: number;
  readonly precision: Precision;
  readonly measureEvery: number;
  readonly keepEvery: number;
}

const files = {
  config: 'config.json',
  log: 'log.jsonl',
  state: 'checkpoint.bin',
  start: 'start.bin',
  network: 'network.onnx',
  report: 'report.html',
} as const;

/** One training run on disk: `config.json`, `log.jsonl`, `checkpoint.bin`; when done `network.onnx` and `report.html`. */
export class RunFolder {
  private constructor(readonly path: string) {}

  /** A folder for a new run, not made yet. Throws `usage` where a run is there already, `io` where none can be made. */
  static async create(path: string): Promise<RunFolder> {
    await requireFolderToMake(path);
    const folder = new RunFolder(path);
    if (existsSync(folder.at('config'))) {
      throw new RelucentError(
        'usage',
        `${path}: holds a run already; go on with it by relucent resume ${path}, or name another folder.`,
      );
    }
    return folder;
  }

  /** Throws `io` where the folder cannot be made. */
  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true }).catch((error: unknown) => {
      throw fileError(this.path, error);
    });
  }

  /** A folder that holds a run. Throws `io` where there is none. */
  static async open(path: string): Promise<RunFolder> {
    requireThat(path !== '', 'expected the folder of a run, got an empty path.');
    const found = await stat(path).catch((error: unknown) => {
      throw fileError(path, error);
    });
    requireThat(found.isDirectory(), `${path}: is a file; expected the folder of a run.`, 'io');
    const folder = new RunFolder(path);
    const config = await stat(folder.at('config')).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw fileError(folder.at('config'), error);
      return null;
    });
    requireThat(config?.isFile() === true, `${path}: expected the folder of a run, but it holds no config.json.`, 'io');
    return folder;
  }

  /** The files that a run goes on from: no other output may take their place. */
  get own(): string[] {
    return (['config', 'log', 'state', 'start', 'network'] as const).map((file) => this.at(file));
  }

  at(file: keyof typeof files): string {
    return join(this.path, files[file]);
  }

  has(file: keyof typeof files): boolean {
    return existsSync(this.at(file));
  }

  async write(file: keyof typeof files, data: Uint8Array | string): Promise<void> {
    await (await Output.prepare(this.at(file))).write(data);
  }

  async config(): Promise<RunConfig> {
    const config = parsed(await this.#read('config'), this.at('config'), 'the settings of a run');
    requireRunConfig(config, this.at('config'));
    return config;
  }

  writeConfig(config: RunConfig): Promise<void> {
    return this.write('config', `${JSON.stringify(config, null, 1)}\n`);
  }

  /** The last state that was kept, or that before the first step, or null. Throws `model` for damaged ones. */
  async state(config: RunConfig, file: 'state' | 'start' = 'state'): Promise<StepState | null> {
    if (!this.has(file)) return null;
    const bytes = await this.#read(file);
    const name = this.at(file);
    try {
      const state = decodeState(bytes, name);
      requireWeights(state, config, name);
      return state;
    } catch (error) {
      if (error instanceof RelucentError) throw error;
      throw new RelucentError('model', `${name}: expected the state of a run, got a damaged file.`, { cause: error });
    }
  }

  keep(state: StepState, file: 'state' | 'start' = 'state'): Promise<void> {
    return this.write(file, encodeState(state));
  }

  async log(): Promise<Measurement[]> {
    if (!this.has('log')) return [];
    // A process that is killed can leave half a line.
    const lines = String(await this.#read('log'))
      .split('\n')
      .slice(0, -1);
    return lines.map((line, i) => {
      const where = `${this.at('log')}: line ${i + 1}`;
      const row = parsed(line, where, 'a measurement');
      requireRow(row, where);
      return row;
    });
  }

  async #read(file: keyof typeof files): Promise<Buffer> {
    return readFile(this.at(file)).catch((error: unknown) => {
      throw fileError(this.at(file), error);
    });
  }

  append(row: Measurement): Promise<void> {
    return appendFile(this.at('log'), `${JSON.stringify(row)}\n`).catch((error: unknown) => {
      throw fileError(this.at('log'), error);
    });
  }

  /** What a run that goes on from this step must not have seen yet goes from the log; so do halves of files. */
  async rewind(step: number): Promise<Measurement[]> {
    const rows = (await this.log()).filter((row) => row.step <= step);
    await this.write('log', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    for (const name of readdirSync(this.path)) {
      if (/^\.relucent-.*\.tmp$/.test(name)) await unlink(join(this.path, name));
    }
    return rows;
  }
}

/** Throws `model` for the state of another network. */
function requireWeights({ weights }: StepState, { architecture }: RunConfig, file: string): void {
  for (const { name, shape } of parametersOf(architecture.layers)) {
    const [expected, got] = [shape.reduce((a, b) => a * b, 1), weights[name]?.length ?? 0];
    requireThat(
      got === expected,
      `${file}: expected ${expected} numbers for ${name}, got ${got}; the file is of another run.`,
      'model',
    );
  }
}

function parsed(text: Buffer | string, where: string, expected: string): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    throw new RelucentError('model', `${where}: expected ${expected}, got damaged JSON.`, { cause: error });
  }
}

/** Throws before the work what making the folder would throw after it. */
export async function requireFolderToMake(path: string, option = '--output'): Promise<void> {
  requireThat(path !== '', `${option}: expected the path of a folder, got an empty one.`);
  requireThat(path !== '-', `${option}: expected the path of a folder, got - (stdout); many files are written.`);
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw fileError(path, error);
    return null;
  });
  requireThat(found?.isDirectory() !== false, `${path}: is a file; expected a folder, or a new name for one.`, 'io');
  let nearest = path;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  await access(nearest, constants.W_OK).catch((error: unknown) => {
    throw fileError(path, error);
  });
}

/** A digest of inputs and targets as the training takes them. */
export function digestOf({ x, target, count }: Examples): string {
  const hash = createHash('sha256').update(String(count));
  for (const values of [x, target]) hash.update(new Uint8Array(Float32Array.from(values).buffer));
  return hash.digest('hex').slice(0, 16);
}
