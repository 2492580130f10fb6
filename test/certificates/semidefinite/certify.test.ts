import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { certify, trainingProblem } from '../../../src/certificates/index.js';
import { checkProof } from '../../../src/certificates/proof/index.js';
import { fit } from '../../../src/index.js';
import { gaussian, normals } from '../oracles.js';

const random = createRandom(17);
const X = gaussian(40, 12, random);
const y = normals(40, random);
const lambda = 0.02;

describe('certify with prove', () => {
  it('adds a bound that the proof itself gives again, above the others in many dimensions', async () => {
    const { weights } = await fit(X, y, { lambda, loss: 'squared', threads: 1, timeLimit: 10 });
    const quick = { starts: 0, nodeLimit: 0, tolerance: 0.1 };
    const { primal, bound, relaxation } = await certify(weights, X, y, lambda, { ...quick, prove: true });
    expect(relaxation!.value).toBeGreaterThan(bound);
    expect(relaxation!.value).toBeLessThanOrEqual(primal);
    expect(checkProof(trainingProblem(X, y, lambda), relaxation!.kept!.proof)).toEqual({
      accepted: true,
      value: relaxation!.value,
    });
    const plain = await certify(weights, X, y, lambda, quick);
    expect(plain.relaxation).toBeUndefined();
    expect(plain.bound).toBe(bound);
  });

  it('has none where the relaxation does not apply', async () => {
    const targets = normals(80, random);
    const { weights } = await fit(X, { rows: 40, cols: 2, data: targets }, { lambda, threads: 1, timeLimit: 5 });
    const certificate = await certify(weights, X, targets, lambda, { starts: 0, nodeLimit: 0, prove: true });
    expect(certificate.relaxation).toBeUndefined();
  });

  it('refuses a prove that is no switch', async () => {
    const { weights } = await fit(X, y, { lambda, loss: 'squared', threads: 1, timeLimit: 5 });
    await expect(certify(weights, X, y, lambda, { prove: 'yes' as never })).rejects.toThrow('prove');
  });
});
