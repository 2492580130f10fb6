import { stripVTControlCharacters } from 'node:util';
import { type ErrorKind, RelucentError } from '../base/index.js';

/** Exit code of each kind of error (see `RelucentError`). */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  usage: 2,
  data: 3,
  io: 4,
  model: 5,
  resource: 6,
  verification: 7,
};

/** What operating systems say, in words. */
const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'is a folder; expected a file',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the system allows',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  EBUSY: 'the file is in use',
  EIO: 'the disk reports an error',
  ERR_FS_FILE_TOO_LARGE: 'the file is too large to be read at once',
};

/** An error of reading or writing `path`, as one line; other errors as they are. */
export function fileError(path: string, error: unknown): unknown {
  const words = systemErrors[codeOf(error) ?? ''];
  return words === undefined ? error : new RelucentError('io', `${path}: ${words}.`, { cause: error });
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;

/** What the engine throws about an argument (`groups: expected …`), as about the option that it came from. */
export function naming<T>(option: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RelucentError)) throw error;
    throw new RelucentError(error.kind, error.message.replace(/^\w+:/, `${option}:`), { cause: error });
  }
}

/** Any thrown value as the project's error; what nobody foresaw is a defect of ours. */
export function asRelucentError(thrown: unknown): RelucentError {
  if (thrown instanceof RelucentError) return thrown;
  if (isOutOfMemory(thrown))
    return new RelucentError('resource', 'the memory does not suffice; take fewer rows or columns.', { cause: thrown });
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const words = systemErrors[codeOf(thrown) ?? ''];
  if (words !== undefined) return new RelucentError('io', `${message} (${words}).`, { cause: thrown });
  return new RelucentError('internal', message, { cause: thrown });
}

const isOutOfMemory = (thrown: unknown): boolean =>
  thrown instanceof RangeError &&
  /allocation|array length|array buffer|out of memory|string length/i.test(thrown.message);

/** Names in messages come from files: they must neither break the line nor steer the terminal. */
const oneLine = (text: string): string => stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ');

/** The one line on stderr; RELUCENT_DEBUG=1 adds the stack. */
export function errorText(error: RelucentError, debug: boolean): string {
  const advice =
    error.kind === 'internal' ? ' (a defect of relucent: please report it with the output under RELUCENT_DEBUG=1)' : '';
  const line = `relucent: ${oneLine(error.message)}${advice}\n`;
  return debug
    ? `${line}${error.stack ?? ''}\n${error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : ''}`
    : line;
}

/** Ctrl-C came before there was anything to keep. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
