import { createRandom, type Run } from '../base/index.js';
import { blockOf } from './block.js';
import { type ParallelCertificate, parallelWords } from './certificate.js';
import { Master } from './master.js';
import type { ParallelProblem } from './options.js';
import { randomSubnet } from './pipeline.js';

/** The program over the blocks of so many Gaussian sub-networks. */
export function sampledMaster({ training, shape }: ParallelProblem, count: number, seed: number): Master {
  const master = new Master(training, shape);
  const random = createRandom(seed, 3);
  for (let k = 0; k < count; k++)
    master.add(blockOf(training.X, shape, randomSubnet(training.X.cols, shape, k % training.outputs, random)));
  return master;
}

/** A certificate over the blocks of so many Gaussian sub-networks alone: their program is solved again for its dual value. */
export async function sampledCertificate(
  certificate: ParallelCertificate,
  problem: ParallelProblem,
  count: number,
  seed: number,
  run: Run,
): Promise<ParallelCertificate> {
  const { outputs, loss, X, y } = problem.training;
  let dual = 0;
  const parts = loss.separable ? outputs : 1;
  for (let k = 0; k < parts; k++) {
    const own = parts === 1 ? y : Float64Array.from({ length: X.rows }, (_, i) => y[i * outputs + k]);
    const training = { ...problem.training, y: own, outputs: outputs / parts };
    dual += (await sampledMaster({ ...problem, training }, count, seed).solve(1e-9, run, true)).dual;
  }
  const value = Math.max(dual, certificate.bound);
  const gap = Math.max(0, certificate.primal - value);
  const relativeGap = gap / Math.max(Math.abs(certificate.primal), Number.MIN_VALUE);
  const { search, ...plain } = certificate;
  const sampled = { ...plain, scope: 'sampled' as const, dual: value, gap, relativeGap, sample: { count, seed } };
  return { ...sampled, words: parallelWords(sampled) };
}
