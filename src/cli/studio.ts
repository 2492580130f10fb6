import { existsSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { requireThat } from '../base/index.js';
import { fileError } from './errors.js';
import { inputName } from './files.js';
import { serveSite } from './site.js';
import { Terminal } from './terminal.js';

export interface StudioCommand {
  readonly port: number;
}

/** Where `npm run build` puts the page. */
const folder = join(import.meta.dirname, '../studio');

/** `relucent studio`: serves the page to this machine until Ctrl-C; a table goes with it and is open at the start. */
export async function studioCommand(data: string | undefined, { port }: StudioCommand): Promise<number> {
  if (data !== undefined) await requireTable(data);
  requireThat(
    existsSync(join(folder, 'index.html')),
    'studio: this build of relucent has no page; run npm run build.',
    'io',
  );
  const stopped = signalled();
  const address = data === undefined ? null : `data/${encodeURIComponent(inputName(data))}`;
  const files = data === undefined ? {} : { [`/data/${inputName(data)}`]: resolve(data) };
  const site = await serveSite(folder, files, port);
  const text = new Terminal(process.stdout);
  text.line(address === null ? site.url : `${site.url}#file=${address}`);
  text.line(text.paint('quiet', 'All computation stays in the browser. Ctrl-C stops the server.'));
  await stopped;
  await site.close();
  return 0;
}

async function requireTable(path: string): Promise<void> {
  requireThat(path !== '', 'studio: expected the path of a file, got an empty one.');
  requireThat(path !== '-', 'studio: expected the path of a file, got - (stdin); save the table first.');
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  requireThat(found.isFile(), `${path}: expected a file with a table, got a folder or device.`, 'io');
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw fileError(path, error);
  });
}

/** Ctrl-C or SIGTERM. */
function signalled(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
}
