import type { Random } from '../../src/base/index.js';
import { networkObjective } from '../../src/certificates/index.js';
import { matrix } from '../../src/linalg/index.js';
import { lossByName } from '../../src/losses/index.js';
import { type NetworkWeights, predictScores } from '../../src/networks/index.js';
import { type Biases, randomNetwork, type Sample } from './oracles.js';

/**
 * A network trained by plain Adam on weight decay, which has the objective's minimum: an adversary of the lower bounds that
 * shares nothing with the solvers. Returns the best of the iterates looked at.
 */
export function descended(
  data: Sample,
  lambda: number,
  biases: Biases,
  steps: number,
  random: Random,
  m = 12,
): NetworkWeights {
  const { X, y, outputs } = data;
  const shape = randomNetwork(X.cols, outputs, biases, random);
  let w: NetworkWeights = {
    ...shape,
    hidden: matrix(
      m,
      X.cols,
      Float64Array.from({ length: m * X.cols }, () => 0.5 * random.normal()),
    ),
    hiddenBias: new Float64Array(m),
    output: matrix(m, outputs),
    outputBias: new Float64Array(outputs),
  };
  for (let j = 0; j < m; j++) w.output.data[j * outputs + (j % outputs)] = j % 4 < 2 ? 0.3 : -0.3;
  let best = w;
  let least = Number.POSITIVE_INFINITY;
  const state = new Map<string, [Float64Array, Float64Array]>();
  for (let step = 1; step <= steps; step++) {
    const g = gradients(w, data, lambda, biases);
    const rate = 0.05 * Math.min(1, 2 * (1 - step / (steps + 1)));
    w = {
      ...w,
      hidden: { ...w.hidden, data: moved('u', w.hidden.data, g.hidden, state, step, rate) },
      hiddenBias: moved('h', w.hiddenBias, g.hiddenBias, state, step, rate),
      output: { ...w.output, data: moved('a', w.output.data, g.output, state, step, rate) },
      outputBias: moved('b', w.outputBias, g.outputBias, state, step, rate),
    };
    if (step % 10 !== 0 && step !== steps) continue;
    const value = networkObjective(w, X, y, lambda, { loss: data.loss, ...biases });
    if (value < least) [best, least] = [w, value];
  }
  return best;
}

function gradients(w: NetworkWeights, { X, y, outputs, loss }: Sample, lambda: number, biases: Biases) {
  const n = X.rows;
  const m = w.hidden.rows;
  const r = new Float64Array(y.length);
  lossByName(loss).residual(predictScores(w, X).data, y, outputs, r);
  const hidden = w.hidden.data.map((t) => lambda * t);
  const hiddenBias = w.hiddenBias.map((t) => lambda * t);
  // one output a neuron stays one output: only entries that are not zero move
  const output = w.output.data.map((t) => lambda * t);
  const outputBias = new Float64Array(outputs);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < outputs; k++) outputBias[k] -= r[i * outputs + k] / n;
    for (let j = 0; j < m; j++) {
      let t = w.hiddenBias[j];
      for (let c = 0; c < X.cols; c++) t += w.hidden.data[j * X.cols + c] * X.data[i * X.cols + c];
      if (t <= 0) continue;
      const k = j % outputs;
      output[j * outputs + k] -= (r[i * outputs + k] * t) / n;
      const along = (r[i * outputs + k] * w.output.data[j * outputs + k]) / n;
      for (let c = 0; c < X.cols; c++) hidden[j * X.cols + c] -= along * X.data[i * X.cols + c];
      hiddenBias[j] -= along;
    }
  }
  if (!biases.hiddenBias) hiddenBias.fill(0);
  if (!biases.outputBias) outputBias.fill(0);
  return { hidden, hiddenBias, output, outputBias };
}

/** One step of Adam. */
function moved(
  name: string,
  values: Float64Array,
  gradient: Float64Array,
  state: Map<string, [Float64Array, Float64Array]>,
  step: number,
  rate: number,
): Float64Array {
  const [first, second] = state.get(name) ?? [new Float64Array(values.length), new Float64Array(values.length)];
  state.set(name, [first, second]);
  return values.map((value, i) => {
    first[i] += 0.1 * (gradient[i] - first[i]);
    second[i] += 0.001 * (gradient[i] ** 2 - second[i]);
    const size = Math.sqrt(second[i] / (1 - 0.999 ** step)) + 1e-12;
    return value - (rate * first[i]) / (1 - 0.9 ** step) / size;
  });
}
