import type { Matrix } from '../../src/linalg/index.js';
import { squared } from '../../src/losses/index.js';
import {
  fitParallel,
  minimalParallel,
  type ParallelJson,
  type ParallelNetwork,
  parallelScores,
  parallelToJson,
  pathNorm,
  type Regularizer,
  weightDecayNorm,
} from '../../src/parallel/index.js';
import { dot } from '../optimal-sets/numbers.js';
import { dataOf, type Source } from './data.js';

/** One network, trained to the stated relative gap (squared loss, free output bias). */
export interface FitJob {
  readonly source: Source;
  readonly layers: 2 | 3;
  readonly regularizer: Regularizer;
  readonly width: number;
  readonly lambda: number;
  readonly hiddenBias: boolean;
  readonly gap: number;
}

export interface FitOutcome {
  readonly status: string;
  readonly scope: string;
  readonly objective: number;
  readonly relativeGap: number;
  /** Mean loss without the penalty. */
  readonly loss: number;
  /** Share of the rows on the right side of 0. */
  readonly accuracy: number;
  /** Sub-networks that are not zero, and those that remain when dependent ones are removed. */
  readonly subnetworks: number;
  readonly minimal: number;
  readonly pathNorm: number;
  readonly decayNorm: number;
  readonly network: ParallelJson;
}

/** Share of ‖y‖ that a sub-network must reach on the rows to count as not zero: what a solver leaves behind does not. */
const TRACE = 1e-6;

function withoutTraces(network: ParallelNetwork, X: Matrix, y: Float64Array): ParallelNetwork {
  const least = TRACE * Math.sqrt(dot(y, y));
  const subnetworks = network.subnetworks.filter((one) => {
    const alone = { ...network, subnetworks: [one], skip: null, outputBias: new Float64Array(1) };
    const values = parallelScores(alone, X).data;
    return Math.sqrt(dot(values, values)) > least;
  });
  return { ...network, subnetworks };
}

export async function runJob({ source, gap, ...problem }: FitJob): Promise<FitOutcome> {
  const { X, y } = await dataOf(source);
  const fitted = await fitParallel(X, y, { ...problem, gap, threads: 1 });
  const { certificate, status } = fitted;
  const network = withoutTraces(fitted.network, X, y);
  const scores = parallelScores(network, X).data;
  return {
    status,
    ...{ scope: certificate.scope, objective: certificate.primal, relativeGap: certificate.relativeGap },
    loss: squared.value(scores, y, 1) / y.length,
    accuracy: y.filter((label, i) => label * scores[i] > 0).length / y.length,
    ...{
      subnetworks: network.subnetworks.length,
      minimal: minimalParallel(network, X, problem.regularizer).subnetworks.length,
    },
    ...{ pathNorm: pathNorm(network), decayNorm: weightDecayNorm(network) },
    network: parallelToJson(network),
  };
}
