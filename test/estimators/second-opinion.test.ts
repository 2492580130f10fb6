import { afterAll, describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../src/base/index.js';
import { certify } from '../../src/certificates/index.js';
import { checkOptions, targets } from '../../src/estimators/inputs.js';
import { withSecondOpinion } from '../../src/estimators/second-opinion.js';
import { matrix } from '../../src/linalg/index.js';
import { createKernels } from '../../src/linalg/kernels/index.js';
import { lossByName } from '../../src/losses/index.js';
import { Training } from '../../src/solvers/index.js';

const random = createRandom(12);
const [n, d, lambda] = [60, 7, 1e-2];
const X = matrix(
  n,
  d,
  Float64Array.from({ length: n * d }, () => random.normal()),
);
const y = Float64Array.from({ length: n }, (_, i) => Math.abs(X.data[i * d]) - Math.abs(X.data[i * d + 1]));
const kernels = await createKernels();
afterAll(() => kernels.dispose());

/** A network trained without its first neuron, and a certificate that claims it is optimal. */
async function misled(asked: object = {}) {
  const options = checkOptions({ lambda, loss: 'squared', gap: 1e-5, threads: 1, ...asked }, 'fit');
  const target = targets(y, n, 'squared', 'fit');
  const data = { ...target, ...options, X, loss: lossByName('squared') };
  const run = new Run({});
  const trained = await new Training(kernels, data, options).solve(lambda, run);
  const { weights } = trained;
  const rows = weights.hidden.rows;
  const fewer = {
    ...weights,
    hidden: matrix(rows - 1, d, weights.hidden.data.slice(d)),
    hiddenBias: weights.hiddenBias.slice(1),
    output: matrix(rows - 1, 1, weights.output.data.slice(1)),
  };
  const certificate = await certify(fewer, X, y, lambda, { loss: 'squared', starts: 10, nodeLimit: 0 });
  const { primal } = certificate;
  const claimed = { ...certificate, scope: 'priced', dual: primal, gap: 0, relativeGap: 0, tolerance: 1e-5 } as const;
  const proved = { status: 'solved', certificate: claimed, patternSource: { kind: 'found' } } as const;
  const best = (await certify(weights, X, y, lambda, { loss: 'squared', starts: 10, nodeLimit: 0 })).primal;
  return { trained: { ...trained, weights: fewer }, proved, trainee: { kernels, data, X, target, options, run }, best };
}

describe('withSecondOpinion', () => {
  it('finds the neuron that a claim has missed, and trains on', async () => {
    const { trained, proved, trainee, best } = await misled();
    expect(proved.certificate.primal).toBeGreaterThan(best * 1.001);
    const [network, claim] = await withSecondOpinion(trained, proved, trainee, 60);
    expect(claim.status).toBe('solved');
    expect(claim.certificate.primal).toBeLessThan(best * (1 + 1e-5));
    expect(claim.certificate.relativeGap).toBeLessThanOrEqual(1e-5);
    expect(network.weights).not.toBe(trained.weights);
  });

  it('ends as the stop says when one comes before the further solve', async () => {
    const { trained, proved, trainee } = await misled();
    const ends = new Set<string>();
    for (let after = 1; after < 400 && !ends.has('aborted'); after += 3) {
      const control = new AbortController();
      let left = after;
      const run = new Run({ signal: control.signal, onProgress: () => void (--left === 0 && control.abort()) });
      const [network, claim] = await withSecondOpinion(trained, proved, { ...trainee, run }, 60);
      ends.add(claim.status);
      expect(claim.status).not.toBe('stalled');
      if (network.weights === trained.weights && claim.status === 'solved') expect(claim).toEqual(proved);
      if (claim.status === 'aborted') expect(claim.certificate.relativeGap).toBeGreaterThan(1e-5);
    }
    expect([...ends]).toContain('aborted');
  });

  it('is not asked without time, over given patterns, or where all is proved', async () => {
    const { trained, proved, trainee } = await misled();
    expect(await withSecondOpinion(trained, proved, trainee, 0)).toEqual([trained, proved]);
    const exact = { ...proved, certificate: { ...proved.certificate, scope: 'exact' } } as const;
    expect(await withSecondOpinion(trained, exact, trainee, 60)).toEqual([trained, exact]);
    const given = { ...trainee, options: { ...trainee.options, patterns: 20 } };
    expect(await withSecondOpinion(trained, proved, given, 60)).toEqual([trained, proved]);
  });
});
