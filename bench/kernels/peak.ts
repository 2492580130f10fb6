import { main } from 'assemblyscript/asc';
import { cpuMilliseconds, rate } from './cases.js';

/** Terms of one stretch: both panels stay in the first-level cache. */
const depth = 256;
const rounds = 400;

/** Sixteen sums of products over two packed panels, over and over: nothing but loads, multiplications and additions of pairs. */
const source = `
export function peak(depth: i32, rounds: i32): f64 {
  let total = f64x2.splat(0);
  for (let round = 0; round < rounds; round++) {
    let a: usize = 4096;
    let b: usize = 65536;
    const end = b + ((<usize>depth) << 5);
    let ${[0, 1, 2, 3, 4, 5, 6, 7].map((k) => `c${k} = f64x2.splat(0)`).join(', ')};
    while (b < end) {
      const u = v128.load(b);
      const v = v128.load(b, 16);
      ${[0, 1, 2, 3]
        .map(
          (row) => `const s${row} = v128.load(a, ${16 * row});
      c${2 * row} = f64x2.add(c${2 * row}, f64x2.mul(s${row}, u));
      c${2 * row + 1} = f64x2.add(c${2 * row + 1}, f64x2.mul(s${row}, v));`,
        )
        .join('\n      ')}
      a += 64;
      b += 32;
    }
    ${[0, 1, 2, 3, 4, 5, 6, 7].map((k) => `total = f64x2.add(total, c${k});`).join(' ')}
  }
  return f64x2.extract_lane(total, 0);
}
`;

async function compiled(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main(
    ['peak.ts', '--outFile', 'peak.wasm', '-O3', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '2'],
    {
      readFile: (name) => (name === 'peak.ts' ? source : null),
      writeFile(_name, contents) {
        if (typeof contents !== 'string') wasm = contents;
      },
    },
  );
  if (error || !wasm) throw error ?? new Error(`bench/kernels/peak.ts: ${stderr.toString()}`);
  return wasm;
}

/** 10⁹ operations a second (of CPU time) that WebAssembly reaches on pairs of doubles, without fused multiplications. */
export async function wasmPeak(): Promise<number> {
  const { instance } = await WebAssembly.instantiate((await compiled()) as BufferSource, { env: { abort() {} } });
  const run = instance.exports.peak as (depth: number, rounds: number) => number;
  return rate({ work: 32 * depth * rounds, run: () => run(depth, rounds) }, 1000, cpuMilliseconds);
}
