import { patternsOf } from '../arrangements/index.js';
import { type Matrix, matrix, patternBytes, patternKey } from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';

/** A neuron in convex variables: z = u|α| (its hidden bias last), sign and output. */
interface LiftedNeuron {
  readonly z: Float64Array;
  readonly sign: number;
  readonly output: number;
  readonly source: number;
}

/**
 * The network between two of a path, share 0 giving `a` and 1 giving `b`: the convex variables z = u|α| are interpolated,
 * neurons of one activation pattern on X added up. On the rows of X its outputs are the interpolated ones, and its penalty is
 * at most the interpolated one, so the objective is at most that of the chord: neither holds when weights are blended.
 *
 * Both networks must have the same inputs and outputs and one output a neuron; gated ones share their gates by value.
 *
 * @param X n×d, the training data; without it no neurons are added up, and the outputs are the interpolated ones everywhere.
 */
export function blendNetworks(a: NetworkWeights, b: NetworkWeights, share: number, X?: Matrix): NetworkWeights {
  if (share <= 0) return a;
  if (share >= 1) return b;
  const joined = new Map<string, LiftedNeuron & { readonly from: NetworkWeights }>();
  for (const [from, factor] of [
    [a, 1 - share],
    [b, share],
  ] as const) {
    const keys = X ? cellKeys(from, X) : null;
    liftedNeurons(from).forEach((neuron, j) => {
      const own = keys ? keys[j] : `${from === a ? 'a' : 'b'}${j}`;
      const key = `${own}|${neuron.sign}|${neuron.output}`;
      const other = joined.get(key);
      const z = neuron.z.map((x, k) => factor * x + (other ? other.z[k] : 0));
      joined.set(key, other ? { ...other, z } : { ...neuron, z, from });
    });
  }
  return balanced(a, b, share, [...joined.values()]);
}

/** What makes two neurons add up: the pattern on X, or the gate. */
function cellKeys(network: NetworkWeights, X: Matrix): string[] {
  const { gates, gateBias, hidden, hiddenBias } = network;
  if (gates && gateBias) {
    return Array.from({ length: gates.rows }, (_, j) =>
      [...gates.data.subarray(j * gates.cols, (j + 1) * gates.cols), gateBias[j]].join(),
    );
  }
  const patterns = patternsOf(
    withColumn(X, () => 1),
    withColumn(hidden, (j) => hiddenBias[j]),
  );
  return Array.from({ length: hidden.rows }, (_, j) => patternKey(patternBytes(patterns, j)));
}

function withColumn(m: Matrix, entry: (row: number) => number): Matrix {
  const out = matrix(m.rows, m.cols + 1);
  for (let i = 0; i < m.rows; i++) {
    out.data.set(m.data.subarray(i * m.cols, (i + 1) * m.cols), i * out.cols);
    out.data[i * out.cols + m.cols] = entry(i);
  }
  return out;
}

function liftedNeurons({ hidden, hiddenBias, output }: NetworkWeights): LiftedNeuron[] {
  const { cols: d } = hidden;
  const { cols: c } = output;
  return Array.from({ length: hidden.rows }, (_, source) => {
    const row = output.data.subarray(source * c, (source + 1) * c);
    const at = Math.max(
      0,
      row.findIndex((alpha) => alpha !== 0),
    );
    const size = Math.abs(row[at]);
    const u = hidden.data.subarray(source * d, (source + 1) * d);
    const z = Float64Array.from({ length: d + 1 }, (_, k) => size * (k < d ? u[k] : hiddenBias[source]));
    return { z, sign: row[at] < 0 ? -1 : 1, output: at, source };
  });
}

function balanced(
  a: NetworkWeights,
  b: NetworkWeights,
  share: number,
  neurons: readonly (LiftedNeuron & { readonly from: NetworkWeights })[],
): NetworkWeights {
  const d = a.hidden.cols;
  const hidden = matrix(neurons.length, d);
  const hiddenBias = new Float64Array(neurons.length);
  const output = matrix(neurons.length, a.output.cols);
  neurons.forEach(({ z, sign, output: at }, j) => {
    const root = Math.sqrt(Math.sqrt(z.reduce((sum, x) => sum + x * x, 0)));
    for (let k = 0; k < d; k++) hidden.data[j * d + k] = root > 0 ? z[k] / root : 0;
    hiddenBias[j] = root > 0 ? z[d] / root : 0;
    output.data[j * output.cols + at] = sign * root;
  });
  const outputBias = a.outputBias.map((bias, k) => (1 - share) * bias + share * b.outputBias[k]);
  const base = { activation: a.activation, hidden, hiddenBias, output, outputBias };
  return a.activation === 'gated' ? { ...base, ...gatesOf(neurons, d) } : base;
}

function gatesOf(
  neurons: readonly { readonly from: NetworkWeights; readonly source: number }[],
  d: number,
): { gates: Matrix; gateBias: Float64Array } {
  const gates = matrix(neurons.length, d);
  const gateBias = new Float64Array(neurons.length);
  neurons.forEach(({ from, source }, j) => {
    if (!from.gates || !from.gateBias) return;
    gates.data.set(from.gates.data.subarray(source * d, (source + 1) * d), j * d);
    gateBias[j] = from.gateBias[source];
  });
  return { gates, gateBias };
}
