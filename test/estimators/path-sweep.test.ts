import { describe, expect, it } from 'vitest';
import { residualOf, trainingProblem } from '../../src/certificates/index.js';
import { fitPath } from '../../src/estimators/index.js';
import { dualBesides, pricedBeside, restated, withViolators } from '../../src/estimators/path-sweep.js';
import { networkObjective } from '../../src/index.js';
import { type NetworkWeights, neuronNorms, selectNeurons } from '../../src/networks/index.js';
import { normals, ramp } from './data.js';

const X = normals(60, 3, 31);
const y = Float64Array.from(ramp(X));
const options = { threads: 1, lambdas: 5, minRatio: 0.02, gap: 1e-5 } as const;

/** Without its largest neuron. */
function poorer(weights: NetworkWeights): NetworkWeights {
  const norms = neuronNorms(weights);
  const largest = norms.indexOf(Math.max(...norms));
  return selectNeurons(
    weights,
    Array.from(norms.keys()).filter((j) => j !== largest),
  );
}

describe('the end of a path', () => {
  it('tells what the dual of a network is worth once a neuron is known', async () => {
    const { points } = await fitPath(X, y, options);
    const { lambda, weights, certificate } = points[4];
    const problem = trainingProblem(X, y, lambda);
    const own = dualBesides([weights], weights, problem);
    expect(own.dual).toBeGreaterThan(certificate.primal * (1 - 1e-4));
    const missing = poorer(weights);
    const r = residualOf(missing, problem);
    let worst = X.rows * lambda;
    for (let j = 0; j < weights.hidden.rows; j++) {
      const u = weights.hidden.data.subarray(j * X.cols, (j + 1) * X.cols);
      let value = 0;
      for (let i = 0; i < X.rows; i++) {
        const t = u.reduce((sum, entry, k) => sum + entry * X.data[i * X.cols + k], 0);
        if (t > 0) value += r[i] * t;
      }
      worst = Math.max(worst, Math.abs(value) / Math.sqrt(u.reduce((sum, entry) => sum + entry * entry, 0)));
    }
    expect(worst).toBeGreaterThan(1.01 * X.rows * lambda);
    // squared loss: −(1/n)Σℓ*(−s r_i) = (1/n)Σ(s r_i y_i − s² r_i²/2), s at most nλ/worst
    const [ry, rr] = [r.reduce((sum, t, i) => sum + t * y[i], 0), r.reduce((sum, t) => sum + t * t, 0)];
    const s = Math.min((X.rows * lambda) / worst, ry / rr);
    const found = dualBesides([missing, weights], missing, problem);
    expect(found.dual).toBeCloseTo((s * ry - (s * s * rr) / 2) / X.rows, 10);
    expect(found.norm).toBeCloseTo(worst / (X.rows * lambda), 10);
    // what it says can only weaken a claim
    const { primal } = certificate;
    const claim = { ...certificate, primal, dual: 0.5 * found.dual, gap: primal - 0.5 * found.dual };
    expect(restated(claim, found)).toBe(claim);
    const weaker = restated({ ...claim, dual: primal, gap: 0, relativeGap: 0, dualNorm: 1 }, found);
    expect(weaker).toMatchObject({ primal, dual: found.dual, gap: primal - found.dual, dualNorm: found.norm });
    expect(weaker.relativeGap).toBeCloseTo(1 - found.dual / primal, 12);
    // the neuron that is missing joins as one that says next to nothing, in the violated cell
    const joined = withViolators(missing, found.violators);
    expect(joined.hidden.rows).toBe(missing.hidden.rows + found.violators.length);
    expect(networkObjective(joined, X, y, lambda)).toBeCloseTo(networkObjective(missing, X, y, lambda), 9);
  });

  it('prices a point that was solved again once more', async () => {
    const { points } = await fitPath(X, y, options);
    const [whole, problem] = [points[4], trainingProblem(X, y, points[4].lambda)];
    /** Certified by somebody who has not seen the neuron that is missing. */
    const blind = (weights: NetworkWeights) => {
      const primal = networkObjective(weights, X, y, whole.lambda);
      const dual = primal * (1 - 1e-6);
      const claim = { ...whole.certificate, primal, dual, gap: primal - dual, relativeGap: 1e-6 };
      return { ...whole, weights, certificate: claim };
    };
    const first = blind(poorer(poorer(whole.weights)));
    const second = blind(poorer(whole.weights));
    const asked: (typeof whole)[] = [];
    const chain = [first, second, whole];
    const solvedAgain = async (point: typeof whole) => {
      asked.push(point);
      return chain[chain.indexOf(point) + 1];
    };
    const ended = await pricedBeside(first, [whole.weights], problem, solvedAgain);
    expect(ended).toMatchObject({ weights: whole.weights, status: 'solved' });
    expect(asked).toEqual([first, second]);
    // Where solving again leads no further, the gap that is stated is the one that the others leave
    const stuck = await pricedBeside(first, [whole.weights], problem, async (point) =>
      point === first ? second : point,
    );
    const { dual } = dualBesides([whole.weights], second.weights, problem);
    expect(stuck.weights).toBe(second.weights);
    expect(stuck.status).toBe('stalled');
    expect(stuck.certificate).toMatchObject({ dual, gap: second.certificate.primal - dual });
    expect(stuck.certificate.relativeGap).toBeGreaterThan(1e-3);
  });

  it.each([3, 4])('solves point %i again when it lacks a neuron that its certificate has not seen', async (k) => {
    const { points } = await fitPath(X, y, options);
    const { lambda, certificate } = points[k];
    const weights = poorer(points[k].weights);
    const primal = networkObjective(weights, X, y, lambda);
    expect(primal).toBeGreaterThan(certificate.primal * (1 + 1e-3));
    const dual = primal * (1 - 1e-6);
    const blind = { ...points[k], weights, certificate: { ...certificate, primal, dual, gap: primal - dual } };
    const resume = points.map((point, j) => (j === k ? blind : point));
    const again = await fitPath(X, y, { ...options, resume });
    const own = again.points[k].certificate;
    // two optima agree within what both certify
    expect(Math.abs(own.primal - certificate.primal)).toBeLessThanOrEqual(own.gap + certificate.gap);
    expect(own.relativeGap).toBeLessThanOrEqual(options.gap);
    again.points.forEach((point, j) => {
      if (j !== k) expect(point).toBe(points[j]);
    });
    expect(again.end).toBe('complete');
  });
});
