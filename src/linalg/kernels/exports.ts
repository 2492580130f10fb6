import { compile } from './wasm.js';

/**
 * What a packed WebAssembly module of ours exports, over the given imports; null where the engine cannot run it. Names no type of
 * WebAssembly, which not every project of a user's knows.
 */
export async function wasmExports(packed: string, imports: () => object): Promise<object | null> {
  const module = await compile(packed);
  return module && (await WebAssembly.instantiate(module, imports() as WebAssembly.Imports)).exports;
}
