import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { RelucentError } from '../base/index.js';
import { codeOf } from './errors.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface Site {
  readonly url: string;
  /** Resolves when the server has let go of its port. */
  close(): Promise<void>;
}

/**
 * Serves a folder, and single files under names of their own, to this machine alone. Port 0 takes a free one.
 * Throws `usage` for a port that is taken or not allowed.
 */
export async function serveSite(folder: string, files: Readonly<Record<string, string>>, port: number): Promise<Site> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
    const path = pathOf(request.url);
    const file = path === null ? null : (files[path] ?? join(folder, path === '/' ? 'index.html' : path));
    void send(file, request.method === 'HEAD', response);
  });
  await listening(server, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}/`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** The path of an address, decoded, `..` taken out; null for one that cannot be. */
function pathOf(url = '/'): string | null {
  try {
    return normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)).replaceAll('\\', '/');
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError) return null;
    throw error;
  }
}

async function send(file: string | null, headOnly: boolean, response: ServerResponse): Promise<void> {
  const found = file === null ? null : await stat(file).catch(() => null);
  if (file === null || !found?.isFile()) return void response.writeHead(404).end();
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Length': found.size,
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
  });
  if (headOnly) return void response.end();
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error) =>
      fail(
        codeOf(error) === 'EADDRINUSE' || codeOf(error) === 'EACCES'
          ? new RelucentError('usage', `--port: ${port} is taken or not allowed; choose another, or 0 for a free one.`)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => done());
  });
}
