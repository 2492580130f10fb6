import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type FitOptions, fit } from '../../src/estimators/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { hiddenNorms, type NetworkWeights } from '../../src/networks/index.js';
import { type OptimalSet, optimalSet, type Sensitivity, sensitivity } from '../../src/optimal-set/index.js';
import { largestDifference, setOf } from './helpers.js';
import { dependentProblem } from './problems.js';

interface Case {
  readonly X: Matrix;
  readonly y: Matrix;
  readonly lambda: number;
  readonly options: FitOptions & { readonly loss: 'squared' | 'logistic' };
}

function caseOf(activation: 'relu' | 'gated', loss: 'squared' | 'logistic', seed: number): Case {
  const random = createRandom(seed, 3);
  const [n, d, outputs] = [14, 3, seed % 3 === 1 && loss === 'squared' ? 2 : 1];
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
  const y = Float64Array.from({ length: n * outputs }, (_, i) =>
    loss === 'squared' ? random.normal() : i % 2 ? 1 : -1,
  );
  const biases = { outputBias: seed % 2 === 0, hiddenBias: seed % 4 === 3 };
  const options = { activation, loss, patterns: 12, gap: 1e-13, seed: 5, threads: 1, ...biases };
  return { X, y: matrix(n, outputs, y), lambda: 0.03, options };
}

const fitted = ({ X, y, options }: Case, lambda: number, targets = y.data) =>
  fit(X, matrix(y.rows, y.cols, targets), { ...options, lambda });

async function solved(c: Case): Promise<{ set: OptimalSet; weights: NetworkWeights }> {
  const { weights } = await fitted(c, c.lambda);
  const { loss, outputBias, hiddenBias } = c.options;
  return { weights, set: await optimalSet(weights, c.X, c.y.data, c.lambda, { loss, outputBias, hiddenBias }) };
}

async function derivativesOf(c: Case): Promise<{ set: OptimalSet; s: Sensitivity }> {
  const { set } = await solved(c);
  const s = sensitivity(set);
  if (!s.differentiable) throw new Error(s.reasons.join(' '));
  return { set, s };
}

const cases = (losses: readonly ('squared' | 'logistic')[]): Case[] =>
  losses.flatMap((loss) =>
    (['relu', 'gated'] as const).flatMap((activation) => [1, 2, 3, 4].map((seed) => caseOf(activation, loss, seed))),
  );

describe('sensitivity', () => {
  it('∂f̂/∂y agrees with differences of refitted networks to 1e-5', async () => {
    for (const c of cases(['squared'])) {
      const { s } = await derivativesOf(c);
      const h = 1e-4;
      for (const j of [0, 5, c.y.data.length - 1]) {
        const fitAt = async (step: number): Promise<Float64Array> => {
          const targets = c.y.data.slice();
          targets[j] += step;
          return (await fitted(c, c.lambda, targets)).predict(c.X).data;
        };
        const [up, down] = [await fitAt(h), await fitAt(-h)];
        const column = up.map((_, i) => s.response.data[i * s.response.cols + j]);
        expect(
          largestDifference(
            up.map((v, i) => (v - down[i]) / (2 * h)),
            column,
          ),
        ).toBeLessThan(1e-5);
        expect(Math.max(...column.map(Math.abs))).toBeGreaterThan(1e-2);
      }
    }
  });

  it('∂f̂/∂λ, ∂w/∂λ and ∂b/∂λ agree with differences to 1e-5 of their size', async () => {
    for (const c of cases(['squared', 'logistic'])) {
      const { set, s } = await derivativesOf(c);
      const h = 1e-4 * c.lambda;
      const [up, down] = [await fitted(c, c.lambda + h), await fitted(c, c.lambda - h)];
      const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => (v - b[i]) / (2 * h));
      const size = Math.max(...s.fitByLambda.map(Math.abs));
      expect(largestDifference(difference(up.predict(c.X).data, down.predict(c.X).data), s.fitByLambda)).toBeLessThan(
        1e-5 * size,
      );
      expect(
        largestDifference(difference(up.weights.outputBias, down.weights.outputBias), s.biasByLambda),
      ).toBeLessThan(1e-5 * size);
      expect(up.weights.hidden.rows).toBe(set.candidates.length);
      const [a, b] = [blocks(up.weights, set), blocks(down.weights, set)];
      expect(largestDifference(difference(a, b), s.weightsByLambda.data)).toBeLessThan(1e-5 * size);
    }
  });

  it('logistic: the response is that of rows counted more and less often', async () => {
    const c = caseOf('gated', 'logistic', 2);
    const { set, s } = await derivativesOf(c);
    const copies = 60;
    const row = 3;
    const fitWith = async (extra: number): Promise<Float64Array> => {
      const rows = Array.from({ length: c.X.rows }, (_, i) =>
        Array<number>(copies + (i === row ? extra : 0)).fill(i),
      ).flat();
      const X = matrix(
        rows.length,
        c.X.cols,
        Float64Array.from(rows.flatMap((i) => [...c.X.data.subarray(i * c.X.cols, (i + 1) * c.X.cols)])),
      );
      const lambda = (c.lambda * c.X.rows * copies) / rows.length;
      const result = await fit(
        X,
        Float64Array.from(rows, (i) => c.y.data[i]),
        { ...c.options, lambda },
      );
      return result.predict(c.X).data;
    };
    const [up, down] = [await fitWith(1), await fitWith(-1)];
    up.forEach((v, i) => {
      const expected = s.response.data[i * s.response.cols + row] * set.set.residual[row];
      expect(Math.abs(((v - down[i]) * copies) / 2 - expected)).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)));
    });
  });

  it('leave-one-out is near to the prediction without the row', async () => {
    for (const c of [caseOf('gated', 'squared', 2), caseOf('relu', 'squared', 5)]) {
      const { set, s } = await derivativesOf(c);
      let [near, far] = [0, 0];
      for (let t = 0; t < c.X.rows; t++) {
        // with its left-out prediction as its target a row pulls nowhere: the fit is that without it
        const y = c.y.data.slice();
        y[t] = s.leaveOneOut[t];
        const refit = (await fitted(c, c.lambda, y)).predict(c.X).data[t];
        near += Math.abs(refit - s.leaveOneOut[t]);
        far += Math.abs(c.y.data[t] - set.set.residual[t] - s.leaveOneOut[t]);
      }
      expect(near).toBeLessThan(0.25 * far);
    }
  });

  it('says why there is no derivative', async () => {
    const p = dependentProblem(1, 0);
    const many = sensitivity(await setOf(p));
    expect(many.differentiable).toBe(false);
    expect(many.differentiable || many.reasons.join()).toMatch(/set of dimension 1/);
    const idle = sensitivity(await setOf(dependentProblem(5, 1)));
    expect(idle.differentiable || idle.reasons.join()).toMatch(/1 neuron of size zero is on the verge/);
    const c = caseOf('gated', 'squared', 2);
    const { weights } = await solved(c);
    const early = await optimalSet(
      weights,
      c.X,
      c.y.data,
      2 * c.lambda,
      c.options.outputBias ? {} : { outputBias: false },
    );
    const wrong = sensitivity(early);
    expect(wrong.differentiable || wrong.reasons.join()).toMatch(/not optimal/);
  });
});

/** w_i of a network, in the order of the set's candidates: the candidate nearest in direction. */
function blocks(weights: NetworkWeights, set: OptimalSet): Float64Array {
  const d = weights.hidden.cols;
  const D = set.problem.augmented.cols;
  const outputs = weights.output.cols;
  const norms = hiddenNorms(weights);
  const out = new Float64Array(set.candidates.length * D);
  set.candidates.forEach((candidate, i) => {
    let best = -1;
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = 0; j < weights.hidden.rows; j++) {
      const alpha = weights.output.data[j * outputs + candidate.output];
      if (alpha === 0 || (!candidate.gate && Math.sign(alpha) !== candidate.sign)) continue;
      const vector = [...weights.hidden.data.subarray(j * d, (j + 1) * d), ...(D > d ? [weights.hiddenBias[j]] : [])];
      const factor = candidate.gate ? alpha : Math.abs(alpha);
      const gap = vector.reduce(
        (sum, v, k) => sum + ((v * Math.sign(factor)) / norms[j] - candidate.direction[k]) ** 2,
        0,
      );
      if (gap < nearest) {
        nearest = gap;
        best = j;
        out.set(
          vector.map((v) => v * factor),
          i * D,
        );
      }
    }
    expect(best).toBeGreaterThanOrEqual(0);
  });
  return out;
}
