import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

export interface Bundle {
  /** What a page loads before the first call: the entry and all it imports statically. */
  readonly first: readonly Rolldown.OutputChunk[];
  /** What it loads when it comes to it. */
  readonly later: readonly Rolldown.OutputChunk[];
}

/** A browser bundle of one module, not written. */
export async function bundle(root: string, entry: string): Promise<Bundle> {
  const result = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = result.output.filter((file) => file.type === 'chunk');
  const names = new Set<string>();
  const visit = (chunk: Rolldown.OutputChunk): void => {
    if (names.has(chunk.fileName)) return;
    names.add(chunk.fileName);
    for (const other of chunks) if (chunk.imports.includes(other.fileName)) visit(other);
  };
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk);
  return {
    first: chunks.filter((chunk) => names.has(chunk.fileName)),
    later: chunks.filter((chunk) => !names.has(chunk.fileName)),
  };
}

/** Bytes that go over the wire, each file compressed by itself. */
export const gzippedSize = (chunks: readonly Rolldown.OutputChunk[]): number =>
  chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);

/** Bytes before compression that each package, or folder of relucent, puts into the chunks; most first. */
export function weights(chunks: readonly Rolldown.OutputChunk[]): Array<[owner: string, bytes: number]> {
  const sums = new Map<string, number>();
  for (const { modules } of chunks) {
    for (const [path, { renderedLength }] of Object.entries(modules)) {
      const owner = ownerOf(path);
      sums.set(owner, (sums.get(owner) ?? 0) + renderedLength);
    }
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

function ownerOf(path: string): string {
  const inside = path.split('node_modules/').at(-1)!;
  const parts = inside.split('/');
  if (inside.startsWith('relucent/dist/')) return `relucent/${parts.length > 3 ? parts[2] : ''}`;
  return parts.slice(0, inside.startsWith('@') ? 2 : 1).join('/');
}
