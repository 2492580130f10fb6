import { type Architecture, type Method, type Optimiser, trainDeep } from '../../src/deep/index.js';
import { fit, plantedTeacher } from '../../src/index.js';

/** A two-layer network trained by a method for deep ones, beside the certified optimum of the same problem. */
export interface TwoLayerJob {
  readonly n: number;
  readonly d: number;
  readonly noise: number;
  readonly lambda: number;
  readonly width: number;
  readonly method: Method;
  readonly optimiser: Optimiser;
  readonly rate: number;
  readonly steps: number;
  readonly every: number;
  readonly seed: number;
}

export interface TwoLayerOutcome {
  readonly status: string;
  /** What nobody can be below: the dual value of the certificate, over all patterns; and the certified network's own. */
  readonly bound: number;
  readonly optimum: number;
  readonly scope: string;
  readonly optimalNeurons: number;
  readonly rows: readonly { readonly step: number; readonly objective: number; readonly active: number }[];
}

/** Mean of ½(f − y)² + λ Σ ‖w_k‖|v_k| with a free output bias: what `fit` minimises, and PathProx on one group. */
export async function runJob(job: TwoLayerJob): Promise<TwoLayerOutcome> {
  const { n, d, noise, lambda, width, method, optimiser, rate, steps, every, seed } = job;
  const { X, y } = plantedTeacher({ n, d, noise, neurons: 3, seed: 1 });
  const best = await fit(X, y, { lambda, loss: 'squared', patterns: 'exact', threads: 1 });
  const network: Architecture = {
    ...{ name: 'two-layer', input: [d], start: 'uniform' },
    layers: [
      { kind: 'linear', inputs: d, outputs: width, bias: false },
      { kind: 'relu' },
      { kind: 'linear', inputs: width, outputs: 1 },
    ],
  };
  const examples = { count: n, input: [d], outputs: 1, x: X.data, target: y };
  const result = await trainDeep(network, examples, {
    ...{ method, optimiser, rate, lambda, steps, seed, batch: n, measureEvery: every },
    ...{ loss: 'squared', precision: 'float64' },
  });
  const { primal, dual, scope } = best.certificate;
  return {
    status: result.status,
    ...{ bound: dual, optimum: primal, scope, optimalNeurons: best.neurons },
    rows: result.log.map(({ step, objective, active }) => ({ step, objective, active })),
  };
}
