import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import type { ConeProblem } from './coneCases.js';

type TypedArray = Float64Array | Int32Array | Uint8Array;

interface ConeExports {
  coneScratchBytes(n: number, d: number): number;
  coneProximalRange(...values: (number | boolean)[]): number;
  screenBytes(n: number, d: number): number;
  screenRowsOf(n: number, d: number, x: number, inverseNorms: number, screen: number): void;
  nullBasisScratchBytes(d: number, count: number): number;
  nullBasis(d: number, x: number, rows: number, count: number, basis: number, scratch: number): number;
  complementScratchBytes(d: number, count: number): number;
  complementBasis(d: number, count: number, q: number, basis: number, scratch: number): void;
}

/** The SIMD cone kernels by themselves, compiled for the test, over one memory that is filled from the bottom. */
export class ConeModule {
  #top = 1024;
  private constructor(
    readonly exports: ConeExports,
    readonly memory: WebAssembly.Memory,
  ) {}

  static async compile(): Promise<ConeModule> {
    let binary: Uint8Array | undefined;
    const folder = new URL('../../../src/linalg/kernels/assembly/', import.meta.url);
    const flags = [
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--importMemory',
      '--initialMemory',
      '1',
      '-O3',
      '--noAssert',
    ];
    const { error, stderr } = await asc.main(['cones.ts', '-o', 'cones.wasm', ...flags], {
      readFile: (name) => (name.endsWith('.ts') && !name.startsWith('~') ? read(new URL(name, folder)) : null),
      writeFile: (_, contents) => {
        binary = contents as Uint8Array;
      },
      listFiles: () => [],
    });
    if (error || !binary) throw new Error(`cones.ts does not compile: ${error?.message} ${stderr.toString()}`);
    const memory = new WebAssembly.Memory({ initial: 1024 });
    const { instance } = await WebAssembly.instantiate(binary as Uint8Array<ArrayBuffer>, { env: { memory } });
    return new ConeModule(instance.exports as unknown as ConeExports, memory);
  }

  reset(): void {
    this.#top = 1024;
  }

  take(bytes: number): number {
    const at = this.#top;
    this.#top = (at + bytes + 15) & ~15;
    return at;
  }

  put<T extends TypedArray>(values: T): T {
    const Kind = values.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => T;
    const copy = new Kind(this.memory.buffer, this.take(values.byteLength), values.length);
    copy.set(values);
    return copy;
  }

  /** The problem with all its arrays in this module's memory. */
  copyOf<T extends object>(p: T): T {
    const entries = Object.entries(p).map(([key, value]) => [
      key,
      key === 'factors'
        ? value && this.copyOf(value)
        : ArrayBuffer.isView(value)
          ? this.put(value as TypedArray)
          : value,
    ]);
    return Object.fromEntries(entries) as T;
  }

  /** The problem (of this module's memory) with a screen. */
  screened(p: ConeProblem): ConeProblem {
    const screen = this.put(new Uint8Array(this.exports.screenBytes(p.n, p.d)).fill(0xa5));
    this.exports.screenRowsOf(p.n, p.d, p.x.byteOffset, p.inverseNorms.byteOffset, screen.byteOffset);
    return { ...p, screen };
  }

  coneProximal(p: ConeProblem, from = 0, to = p.blocks): number {
    const top = this.#top;
    const scratch = this.take(this.exports.coneScratchBytes(p.n, p.d));
    // Scratch memory holds anything: what a call leaves there must not matter to the next.
    new Uint8Array(this.memory.buffer, scratch, this.#top - scratch).fill(0xa5);
    const at = (a: TypedArray) => a.byteOffset;
    const shape = [p.n, p.d, at(p.x), at(p.inverseNorms), at(p.bytes), p.stride, at(p.pattern), at(p.sign)];
    const step = [at(p.z), at(p.g), p.sigma, p.threshold, p.cones, p.exact];
    const results = [at(p.tight), at(p.tightCount), at(p.multiplier), at(p.norm), at(p.out)];
    const kept = p.factors ? [at(p.factors.place), at(p.factors.state), at(p.factors.numbers)] : [0, 0, 0];
    const optional = [p.idle ? at(p.idle) : 0, p.screen ? at(p.screen) : 0];
    const active = this.exports.coneProximalRange(
      ...shape,
      ...step,
      ...results,
      from,
      to,
      scratch,
      ...kept,
      ...optional,
    );
    this.#top = top;
    return active;
  }

  complementBasis(d: number, count: number, q: Float64Array, basis: Float64Array): void {
    const scratch = this.take(this.exports.complementScratchBytes(d, count));
    new Uint8Array(this.memory.buffer, scratch, this.#top - scratch).fill(0xa5);
    this.exports.complementBasis(d, count, q.byteOffset, basis.byteOffset, scratch);
  }

  nullBasis(d: number, x: Float64Array, rows: Int32Array, basis: Float64Array): number {
    const scratch = this.take(this.exports.nullBasisScratchBytes(d, rows.length));
    const at = (a: TypedArray) => a.byteOffset;
    return this.exports.nullBasis(d, at(x), at(rows), rows.length, at(basis), scratch);
  }
}

function read(url: URL): string | null {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    // The compiler probes several names for each import.
    return null;
  }
}
