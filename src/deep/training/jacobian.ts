import type { Examples } from '../data/examples.js';
import { selectExamples } from '../data/examples.js';
import { differentiate } from '../ir/gradient.js';
import { Graph } from '../ir/graph.js';
import { sizeOf } from '../ir/shape.js';
import type { DeepNetwork } from '../model/compact.js';
import { applyLayers, parametersOf } from '../network/layers.js';
import { GraphSession, newNumbers, type SessionOptions } from '../onnx/index.js';
import { weightName } from '../step/step-graph.js';

const BATCH = 100;

/** The gradient of Σ_i seed_i · f(x_i) in x. */
function gradientGraph({ architecture }: DeepNetwork) {
  const graph = new Graph();
  const weights = Object.fromEntries(
    parametersOf(architecture.layers).map(({ name, shape }) => [name, graph.input(weightName(name), shape)]),
  );
  const x = graph.input('x', [BATCH, ...architecture.input]);
  const scores = applyLayers(graph, architecture.layers, x, weights);
  const [gradient] = differentiate(graph, scores, [x], graph.input('seed', scores.shape));
  return { gradient };
}

/** Largest eigenvalue of a small symmetric matrix with entries ≥ 0 on its diagonal, by powers. */
function largestEigenvalue(matrix: Float64Array, size: number): number {
  let vector = new Float64Array(size).fill(1).map((_, i) => 1 + i / (7 * size));
  let value = 0;
  for (let round = 0; round < 300; round++) {
    const next = new Float64Array(size);
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) next[i] += matrix[i * size + j] * vector[j];
    const norm = Math.sqrt(next.reduce((sum, entry) => sum + entry * entry, 0));
    if (norm === 0) return 0;
    vector = next.map((entry) => entry / norm);
    if (Math.abs(norm - value) <= 1e-9 * norm) return norm;
    value = norm;
  }
  return value;
}

/** ‖J‖ from the rows of J, one per output, at `at` in each. */
function spectralNorm(rows: readonly ArrayLike<number>[], at: number, width: number): number {
  const size = rows.length;
  const gram = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++) {
      let sum = 0;
      for (let k = at; k < at + width; k++) sum += rows[i][k] * rows[j][k];
      gram[i * size + j] = sum;
      gram[j * size + i] = sum;
    }
  return Math.sqrt(largestEigenvalue(gram, size));
}

/**
 * The spectral norm of the Jacobian of the scores in the input, at each example (as the examples are: of normalised
 * inputs, per unit of those). Powers until the change is below 1e-9, at most 300.
 */
export async function jacobianNorms(
  network: DeepNetwork,
  examples: Examples,
  run: SessionOptions = {},
): Promise<Float64Array> {
  const session = await GraphSession.create(gradientGraph(network), 'float32', run);
  const named = Object.entries(network.weights).map(([name, values]) => [weightName(name), Float32Array.from(values)]);
  const [width, outputs] = [sizeOf(examples.input), examples.outputs];
  const norms = new Float64Array(examples.count);
  try {
    for (let first = 0; first < examples.count; first += BATCH) {
      const rows = Math.min(BATCH, examples.count - first);
      const part = selectExamples(
        examples,
        Array.from({ length: rows }, (_, i) => first + i),
      );
      const x = newNumbers('float32', BATCH * width);
      x.set(part.x as Float32Array);
      const jacobian: ArrayLike<number>[] = [];
      for (let k = 0; k < outputs; k++) {
        const seed = newNumbers('float32', BATCH * outputs).map((_, i) => (i % outputs === k ? 1 : 0));
        jacobian.push((await session.run({ ...Object.fromEntries(named), x, seed })).gradient);
      }
      for (let i = 0; i < rows; i++) norms[first + i] = spectralNorm(jacobian, i * width, width);
    }
    return norms;
  } finally {
    await session.release();
  }
}
