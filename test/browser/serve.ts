import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface Server {
  readonly url: string;
  close(): void;
}

/**
 * Serves folders on a free port: each key of `folders` is a path that starts and ends with a slash. `isolated` sends the
 * two headers that let a page share memory with its workers.
 */
export async function serve(folders: Readonly<Record<string, string>>, isolated: boolean): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const mount = Object.keys(folders).filter((start) => path.startsWith(start));
    const folder = mount.sort((a, b) => b.length - a.length)[0];
    const rest = path.slice(folder?.length ?? 0) || 'index.html';
    const body = folder === undefined ? null : await readFile(join(folders[folder], rest)).catch(() => null);
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    response.setHeader('Content-Type', types[extname(rest)] ?? 'application/octet-stream');
    response.writeHead(body === null ? 404 : 200).end(body ?? '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}
