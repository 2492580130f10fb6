/**
 * A network beside its compacted one: bytes, CPU milliseconds a batch of 200 rows on one thread (median of 41 turns each),
 * largest difference of their scores and of their class probabilities on 1000 test rows of MNIST.
 *
 * `npx tsx bench/compact.ts run/network.onnx small.onnx`
 */
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadImages } from '../src/cli/data-sets.js';

const [before, after] = process.argv.slice(2);
const { test } = await loadImages('mnist');
const x = Float32Array.from(test.x).subarray(0, 784 * 1000);

async function open(path: string) {
  const options = { intraOpNumThreads: 1, extra: { session: { intra_op: { allow_spinning: '0' } } } };
  const session = await InferenceSession.create(path, options);
  const run = async (rows: number): Promise<Float32Array> => {
    const tensor = new Tensor('float32', x.subarray(0, 784 * rows), [rows, 1, 28, 28]);
    return (await session.run({ x: tensor })).scores.data as Float32Array;
  };
  return { bytes: readFileSync(path).length, run, times: [] as number[] };
}

const networks = [await open(before), await open(after)];
const [a, b] = [await networks[0].run(1000), await networks[1].run(1000)];
for (let turn = 0; turn < 41; turn++)
  for (const { run, times } of networks) {
    const used = process.cpuUsage();
    await run(200);
    const { user, system } = process.cpuUsage(used);
    times.push((user + system) / 1000);
  }
const median = (times: number[]): number => [...times].sort((p, q) => p - q)[times.length >> 1];
const [slow, fast] = networks.map(({ times }) => median(times));
console.log(`bytes ${networks[0].bytes} → ${networks[1].bytes}`);
console.log(
  `ms of CPU a batch of 200: ${slow.toFixed(2)} → ${fast.toFixed(2)} (${(slow / fast).toFixed(2)} times faster)`,
);
/** Softmax of the rows of ten scores. */
function probabilities(scores: Float32Array): Float64Array {
  const out = new Float64Array(scores.length);
  for (let at = 0; at < scores.length; at += 10) {
    const row = scores.subarray(at, at + 10);
    const top = row.reduce((m, v) => Math.max(m, v));
    const sum = row.reduce((total, v) => total + Math.exp(v - top), 0);
    row.forEach((v, k) => {
      out[at + k] = Math.exp(v - top) / sum;
    });
  }
  return out;
}
const largest = (p: Float32Array | Float64Array, q?: typeof p): number =>
  Array.from(p).reduce((m, v, i) => Math.max(m, Math.abs(v - (q?.[i] ?? 0))), 0);
console.log(`largest score ${largest(a).toFixed(2)}, largest difference ${largest(a, b).toExponential(1)}`);
console.log(`largest difference of a probability ${largest(probabilities(a), probabilities(b)).toExponential(1)}`);
