/**
 * Compiles src/linalg/kernels/assembly to WebAssembly and writes it, compressed and as base64, to wasm.generated.ts: the kernels of
 * everything to src/linalg/kernels, those of proofs alone, which are loaded when a proof is wanted, to src/linalg/spectral.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { main } from 'assemblyscript/asc';

const root = resolve(import.meta.dirname, '..');

/** The control block lies below 2048 (assembly/arguments.ts); the memory is the loader's, up to 4 GiB. */
const common = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--memoryBase', '2048'];
const shared = ['--enable', 'simd,threads', '--sharedMemory', '--maximumMemory', '65536'];

async function compile(entry: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main(
    [`src/linalg/kernels/assembly/${entry}.ts`, '--baseDir', root, '--outFile', 'kernels.wasm', ...common, ...shared],
    {
      writeFile(_name, contents) {
        if (typeof contents !== 'string') wasm = contents;
      },
    },
  );
  process.stderr.write(stderr.toString());
  if (error || !wasm) throw error ?? new Error('build-kernels: the compiler wrote nothing.');
  return wasm;
}

async function write(entry: string, room: string): Promise<void> {
  const wasm = await compile(entry);
  const target = resolve(root, `src/linalg/${room}/wasm.generated.ts`);
  const lines = gzipSync(wasm, { level: 9 })
    .toString('base64')
    .match(/.{1,110}/g)!
    .map((line) => `  '${line}',`);
  const text = `// Written by scripts/build-kernels.ts.\nexport const wasmGzipBase64 = [\n${lines.join('\n')}\n].join('');\n`;
  writeFileSync(`${target}.new`, text);
  renameSync(`${target}.new`, target);
  console.log(`${room}: ${wasm.length} bytes of WebAssembly`);
}

await write('index', 'kernels');
await write('spectral', 'spectral');
