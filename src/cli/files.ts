import { closeSync, createReadStream, existsSync, openSync, unlinkSync } from 'node:fs';
import { access, constants, type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RelucentError, requireThat } from '../base/index.js';
import { codeOf, fileError, Interrupted } from './errors.js';

/** What to call an input in messages. */
export const inputName = (path: string): string => (path === '-' ? 'stdin' : basename(path));

/** The bytes of a file, or of stdin for `-`, chunk by chunk. Throws `io` for what cannot be read, `Interrupted` on abort. */
export async function* readChunks(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  requireThat(path !== '', 'expected the path of a file, got an empty one.');
  if (path !== '-') await requireFile(path);
  const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
  const stop = (): void => void stream.destroy(new Interrupted('nothing was read'));
  signal?.addEventListener('abort', stop);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw fileError(path === '-' ? 'stdin' : path, error);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Bytes of a file; undefined for stdin, pipes, devices and what cannot be read. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = path === '-' ? null : await stat(path).catch(() => null);
  return found?.isFile() ? found.size : undefined;
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  requireThat(!found.isDirectory(), `${path}: is a folder; expected a file.`, 'io');
}

/** All bytes of a file, or of stdin for `-`. */
export async function readBytes(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(path, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A model file starts with a brace (after a byte order mark and spaces); an ONNX file never does. */
export const looksLikeJson = (bytes: Uint8Array): boolean =>
  /^\uFEFF?\s*[{[]/.test(new TextDecoder().decode(bytes.subarray(0, 64))) || bytes.length === 0;

/** Refuses two inputs from the one stdin. */
export function requireOneStdin(...paths: readonly string[]): void {
  requireThat(
    paths.filter((path) => path === '-').length <= 1,
    "only one input can be '-' (stdin); name a file for the other.",
  );
}

/** Temporary files that are being written now; a signal that ends the process takes them with it. */
const temporaries = new Set<string>();
/** Whether the command itself ends at the next signal, and these writes with it: then only a signal after that is ours. */
let heardByCommand = false;

function onSignal(signal: NodeJS.Signals): void {
  if (heardByCommand) {
    heardByCommand = false;
    return;
  }
  for (const path of temporaries) if (existsSync(path)) unlinkSync(path);
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

/** Runs `work` on a temporary file: it is gone when the work fails and when a signal ends the process meanwhile. */
async function withTemporary(path: string, work: () => Promise<void>): Promise<void> {
  if (temporaries.size === 0) {
    heardByCommand = process.listenerCount('SIGINT') > 0;
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  }
  temporaries.add(path);
  try {
    await work();
  } catch (error) {
    await unlink(path).catch(ignoreMissing);
    throw error;
  } finally {
    temporaries.delete(path);
    if (temporaries.size === 0) {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    }
  }
}

let counter = 0;

/**
 * A file to write, checked before the work starts: its folder takes files, it is no folder and no input. `write` makes
 * a temporary file beside it and renames that, so that the file is whole or as it was before.
 */
export class Output {
  private constructor(
    /** As the user wrote it. */
    readonly path: string,
    /** Behind symbolic links. */
    readonly target: string,
    /** Devices and pipes are written to directly: a rename would put a file in their place. */
    private readonly direct: boolean,
    /** Permissions of the file that is replaced. */
    private readonly mode?: number,
  ) {}

  /** Throws `usage` when the path is one of the inputs, `io` when nothing can be written there. `-` is stdout. */
  static async prepare(path: string, inputs: readonly string[] = []): Promise<Output> {
    requireThat(path !== '', 'expected the path of a file to write, got an empty one.');
    if (path === '-') return new Output('stdout', path, true);
    const found = await stat(path).catch((error: unknown) => absent(path, error));
    if (found === null) await requireFolder(dirname(path), path);
    const target = await realpath(path).catch(async () => join(await realpath(dirname(path)), basename(path)));
    requireThat(!found?.isDirectory(), `${path}: is a folder; name a file in it.`, 'io');
    await refuseInput(path, found, inputs);
    const output = new Output(path, target, found !== null && !found.isFile(), found?.mode);
    await output.#probe(found !== null);
    return output;
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (this.target === '-') return writeStdout(data);
    if (this.direct) return this.#put(this.target, data);
    const temporary = this.#temporary();
    return withTemporary(temporary, async () => {
      await this.#put(temporary, data);
      await rename(temporary, this.target).catch((error: unknown) => {
        throw fileError(this.path, error);
      });
    });
  }

  /** Finds out now, not after an hour of training, that nothing can be written. */
  async #probe(exists: boolean): Promise<void> {
    try {
      if (exists) await access(this.target, constants.W_OK);
      if (this.direct) return;
      const temporary = this.#temporary();
      createEmpty(temporary);
      unlinkSync(temporary);
    } catch (error) {
      throw fileError(this.path, error);
    }
  }

  async #put(path: string, data: Uint8Array | string): Promise<void> {
    let file: FileHandle | undefined;
    try {
      if (!this.direct) createEmpty(path);
      file = await open(path, this.direct ? 'w' : 'r+');
      await file.writeFile(data);
      if (this.direct) return;
      if (this.mode !== undefined) await file.chmod(this.mode);
      await file.sync();
    } catch (error) {
      throw fileError(this.path, error);
    } finally {
      await file?.close();
    }
  }

  #temporary(): string {
    return join(dirname(this.target), `.relucent-${process.pid}-${counter++}.tmp`);
  }
}

/** At once: a file that another thread is about to make is not there yet when a signal looks for it. */
function createEmpty(path: string): void {
  closeSync(openSync(path, 'wx'));
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** null where nothing is there yet; a wrong folder in between is looked at later. */
function absent(path: string, error: unknown): null {
  if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return null;
  throw fileError(path, error);
}

async function requireFolder(folder: string, path: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw fileError(path, error);
    throw new RelucentError('io', `${path}: the folder ${folder} does not exist; make it first.`, { cause: error });
  });
  requireThat(found.isDirectory(), `${path}: ${folder} is a file, not a folder.`, 'io');
}

/** By device and file number, so that links and other spellings of a path are seen through. */
async function refuseInput(
  path: string,
  found: { dev: number; ino: number } | null,
  inputs: readonly string[],
): Promise<void> {
  if (found === null) return;
  for (const input of inputs) {
    const other = input === '-' ? null : await stat(input).catch(() => null);
    requireThat(
      other === null || other.dev !== found.dev || other.ino !== found.ino,
      `${path}: is the input ${input}; name another file to write.`,
    );
  }
}

/** Refuses two outputs that are one file, however it is spelt. */
export function requireDistinct(outputs: readonly Output[]): void {
  for (const [i, output] of outputs.entries()) {
    requireThat(
      !outputs.slice(0, i).some((other) => other.target === output.target),
      `${output.path}: is written twice; name two files.`,
    );
  }
}

function writeStdout(data: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) =>
      // A reader that has seen enough is content
      error && codeOf(error) !== 'EPIPE' ? reject(fileError('stdout', error)) : resolve(),
    );
  });
}
