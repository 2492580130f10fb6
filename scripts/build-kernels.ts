/** Compiles src/linalg/kernels/assembly to WebAssembly and writes it, compressed and as base64, to wasm.generated.ts beside it. */
import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { main } from 'assemblyscript/asc';

const root = resolve(import.meta.dirname, '..');
const target = resolve(root, 'src/linalg/kernels/wasm.generated.ts');

/** The control block lies below 2048 (assembly/arguments.ts); the memory is the loader's, up to 4 GiB. */
const options = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,threads'],
  ...['--importMemory', '--sharedMemory', '--maximumMemory', '65536', '--memoryBase', '2048'],
];

async function compile(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main(
    ['src/linalg/kernels/assembly/index.ts', '--baseDir', root, '--outFile', 'kernels.wasm', ...options],
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

const wasm = await compile();
const lines = gzipSync(wasm, { level: 9 })
  .toString('base64')
  .match(/.{1,110}/g)!
  .map((line) => `  '${line}',`);
const text = `// Written by scripts/build-kernels.ts.\nexport const wasmGzipBase64 = [\n${lines.join('\n')}\n].join('');\n`;
writeFileSync(`${target}.new`, text);
renameSync(`${target}.new`, target);
console.log(`kernels: ${wasm.length} bytes of WebAssembly`);
