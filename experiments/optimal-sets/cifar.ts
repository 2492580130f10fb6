import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'fflate';
import { RelucentError } from '../../src/index.js';

/** Images as bytes, three planes of 32 × 32 (red, green, blue) each, and their classes. */
export interface CifarImages {
  readonly labels: Uint8Array;
  /** count × 3072. */
  readonly pixels: Uint8Array;
  /** Files they come from. */
  readonly files: readonly string[];
}

export interface Cifar {
  readonly train: CifarImages;
  readonly test: CifarImages;
}

const PIXELS = 3072;
const RECORD = PIXELS + 1;

/**
 * CIFAR-10 from the official archive (`cifar-10-binary.tar.gz`) or from a folder of files in its layout: all `data_batch*.bin`
 * are for training, `test_batch*.bin` for testing. A record is a label byte and 3,072 pixels.
 * @throws `io` for what is not there, `data` for files of another layout.
 */
export function loadCifar(path: string): Cifar {
  if (!existsSync(path)) throw new RelucentError('io', `${path}: there is no such file or folder.`);
  const files = statSync(path).isDirectory() ? filesOf(path) : archived(path);
  const part = (start: string): CifarImages => {
    const names = [...files.keys()].filter((name) => name.startsWith(start)).sort();
    if (names.length === 0) throw new RelucentError('data', `${path}: expected files ${start}*.bin, found none.`);
    return joined(names.map((name) => ({ name, bytes: files.get(name) as Uint8Array })));
  };
  return { train: part('data_batch'), test: part('test_batch') };
}

const filesOf = (folder: string): Map<string, Uint8Array> =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.bin'))
      .map((name) => [name, readFileSync(join(folder, name))]),
  );

/** The .bin files of a tar.gz, without their folders. */
function archived(path: string): Map<string, Uint8Array> {
  const bytes = readFileSync(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b)
    throw new RelucentError('data', `${path}: expected cifar-10-binary.tar.gz or a folder, got another kind of file.`);
  const tar = gunzipSync(bytes);
  const files = new Map<string, Uint8Array>();
  // Blocks of 512 bytes: a header with name (100 bytes) and size (octal, at 124), then the file, filled up
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = basename(textOf(tar.subarray(at, at + 100)));
    const size = Number.parseInt(textOf(tar.subarray(at + 124, at + 136)), 8);
    if (!(size >= 0 && at + 512 + size <= tar.length))
      throw new RelucentError('data', `${path}: the archive breaks off in ${name}; fetch it again.`);
    if (name.endsWith('.bin')) files.set(name, tar.subarray(at + 512, at + 512 + size));
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return files;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).split('\0')[0].trim();

function joined(files: readonly { name: string; bytes: Uint8Array }[]): CifarImages {
  const count = files.reduce((sum, { name, bytes }) => sum + recordsOf(name, bytes), 0);
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * PIXELS);
  let row = 0;
  for (const { name, bytes } of files) {
    for (let at = 0; at < bytes.length; at += RECORD, row++) {
      if (bytes[at] > 9)
        throw new RelucentError(
          'data',
          `${name}: image ${at / RECORD}: expected a class from 0 to 9, got ${bytes[at]}.`,
        );
      labels[row] = bytes[at];
      pixels.set(bytes.subarray(at + 1, at + RECORD), row * PIXELS);
    }
  }
  return { labels, pixels, files: files.map(({ name }) => name) };
}

function recordsOf(name: string, { length }: Uint8Array): number {
  if (length > 0 && length % RECORD === 0) return length / RECORD;
  throw new RelucentError(
    'data',
    `${name}: expected a multiple of ${RECORD} bytes (label and 3,072 pixels), got ${length}.`,
  );
}
