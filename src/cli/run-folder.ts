import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, mkdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { RelucentError } from '../base/index.js';
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
  type Schedule,
  type StepState,
} from '../deep/index.js';
import { fileError } from './errors.js';
import { Output } from './files.js';

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

  /** A folder for a new run, not made yet. Throws `usage` where a run is there already. */
  static create(path: string): RunFolder {
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
    const found = await stat(path).catch((error: unknown) => {
      throw fileError(path, error);
    });
    const folder = new RunFolder(path);
    if (!found.isDirectory() || !existsSync(folder.at('config'))) {
      throw new RelucentError('io', `${path}: expected the folder of a run, but it holds no config.json.`);
    }
    return folder;
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
    const text = await readFile(this.at('config'), 'utf8');
    const fail = (got: string, cause?: unknown): never => {
      throw new RelucentError('model', `${this.at('config')}: expected the settings of a run, got ${got}.`, { cause });
    };
    try {
      const config = JSON.parse(text) as RunConfig;
      return config?.format === 'relucent-run' ? config : fail('another kind of file');
    } catch (error) {
      if (error instanceof RelucentError) throw error;
      return fail('damaged JSON', error);
    }
  }

  writeConfig(config: RunConfig): Promise<void> {
    return this.write('config', `${JSON.stringify(config, null, 1)}\n`);
  }

  /** The last state that was kept, or that before the first step, or null. */
  async state(file: 'state' | 'start' = 'state'): Promise<StepState | null> {
    return this.has(file) ? decodeState(await readFile(this.at(file)), this.at(file)) : null;
  }

  keep(state: StepState, file: 'state' | 'start' = 'state'): Promise<void> {
    return this.write(file, encodeState(state));
  }

  async log(): Promise<Measurement[]> {
    if (!this.has('log')) return [];
    // A process that is killed can leave half a line.
    const lines = (await readFile(this.at('log'), 'utf8')).split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Measurement);
  }

  append(row: Measurement): Promise<void> {
    return appendFile(this.at('log'), `${JSON.stringify(row)}\n`);
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

/** A digest of inputs and targets as the training takes them. */
export function digestOf({ x, target, count }: Examples): string {
  const hash = createHash('sha256').update(String(count));
  for (const values of [x, target]) hash.update(new Uint8Array(Float32Array.from(values).buffer));
  return hash.digest('hex').slice(0, 16);
}
