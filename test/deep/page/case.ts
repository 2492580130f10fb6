import { createRandom } from '../../../src/base/index.js';
import { architecture, type Backend, type Examples, encodeState, oneHot, trainDeep } from '../../../src/deep/index.js';

export interface Answer {
  readonly status: string;
  readonly losses: readonly number[];
  readonly active: number;
  readonly steps: number;
  /** The bytes of the last state, as text. */
  readonly state: string;
}

function blobs(count: number, input: readonly number[]): Examples {
  const random = createRandom(8);
  const size = input.reduce((a, b) => a * b);
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const x = Float32Array.from({ length: size * count }, (_, k) => {
    return (labels[Math.floor(k / size)] === k % 3 ? 1.5 : 0) + 0.5 * random.normal();
  });
  return { count, input, outputs: 3, x, target: oneHot(labels, 3) };
}

/** A short PathProx run: an MLP, or a small CNN. */
export async function train(
  kind: 'mlp' | 'cnn',
  backend: Backend,
  steps: number,
  signal?: AbortSignal,
): Promise<Answer> {
  const input = kind === 'mlp' ? [6] : [1, 8, 8];
  const network = architecture(kind === 'mlp' ? 'mlp-3-32-factorised' : 'cnn-small', input, 3);
  const result = await trainDeep(network, blobs(60, input), {
    ...{ backend, steps, signal, method: 'pathprox', lambda: 0.01, rate: kind === 'mlp' ? 0.1 : 0.02, batch: 20 },
    ...{ measureEvery: 10, seed: 3 },
  });
  const bytes = encodeState(result.state);
  let state = '';
  for (const byte of bytes) state += byte.toString(16).padStart(2, '0');
  const losses = result.log.map(({ loss }) => loss);
  return { status: result.status, losses, active: result.log.at(-1)?.active ?? 0, steps: result.state.steps, state };
}
