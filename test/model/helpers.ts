import type { Certificate } from '../../src/certificates/index.js';
import type { Preprocessing } from '../../src/data/index.js';
import type { LossName } from '../../src/losses/index.js';
import type { Model } from '../../src/model/index.js';
import { mixedFeatures, mixedPreprocessing, randomNetwork, targets } from '../networks/helpers.js';

export const certificate: Certificate = {
  primal: 0.12345678901234566,
  dual: 0.12345678,
  gap: 9.01234567e-9,
  relativeGap: 7.3e-8,
  scope: 'exact',
  bound: 0.12345678,
  boundMethod: 'enumeration',
  dualNorm: 1.0000001,
  patterns: { count: 37, digest: '9f86d081884c7d65' },
  feasibility: 0,
  tolerance: 1e-6,
};

interface Options {
  readonly kind?: Preprocessing['target']['kind'];
  readonly activation?: 'relu' | 'gated';
  readonly loss?: LossName;
  readonly outputs?: number;
}

/** A model of every part that a file can hold. */
export function mixedModel({ kind = 'number', activation = 'relu', loss, outputs }: Options = {}): Model {
  const usual = { number: 'squared', binary: 'logistic', classes: 'softmax' } as const;
  return {
    preprocessing: mixedPreprocessing(targets[kind]),
    weights: randomNetwork({
      inputs: mixedFeatures,
      neurons: 5,
      outputs: outputs ?? (kind === 'classes' ? 3 : 1),
      activation,
    }),
    objective: { loss: loss ?? usual[kind], lambda: 1e-3, outputBias: true, hiddenBias: true },
    certificate,
    patternSource: { kind: 'gaussian', seed: 4, count: 100 },
    rows: { total: 130, train: 100, test: 25, testFraction: 0.2, seed: 4, withoutTarget: 5 },
    seed: 4,
    scores: { train: { r2: 0.9, rmse: 0.1 + 0.2 }, test: { r2: Number.NaN, rmse: 1e-7 } },
    dataDigest: 'a3c5',
    version: '0.1.0',
  };
}
