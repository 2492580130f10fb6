import { plantedTeacher } from '../../src/data/index.js';
import { squared } from '../../src/losses/index.js';
import { fitParallel, parallelObjective, trainParallelByAdam } from '../../src/parallel/index.js';
import { trainBySgd } from './sgd.js';

/** One training of one problem: convex, or one run of SGD or Adam. */
export interface TrainingJob {
  readonly n: number;
  readonly d: number;
  readonly width: number;
  readonly lambda: number;
  readonly method: 'convex' | 'sgd' | 'adam';
  readonly rate: number;
  readonly steps: number;
  readonly seed: number;
  readonly gap: number;
}

export interface TrainingOutcome {
  /** Processor seconds and the objective there, in time. */
  readonly curve: readonly (readonly [number, number])[];
  readonly objective: number;
  readonly seconds: number;
  /** Of the convex training. */
  readonly certificate: { readonly scope: string; readonly relativeGap: number; readonly bound: number } | null;
}

/** Sub-networks of the runs that are not convex; points of a curve. */
const count = 50;
const points = 40;

/** Planted data, squared loss, weight decay, no hidden biases. Penalties are the least over rescalings of units. */
export async function runJob(job: TrainingJob): Promise<TrainingOutcome> {
  const { n, d, width, lambda, method, rate, steps, seed, gap } = job;
  const { X, y } = plantedTeacher({ n, d, neurons: 4, noise: 0.3, seed: 1 });
  const from = process.cpuUsage().user;
  const seconds = (): number => (process.cpuUsage().user - from) / 1e6;
  const curve: [number, number][] = [];
  const seen = (objective: number): number => curve.push([seconds(), objective]);
  const problem = { layers: 3, regularizer: 'weight-decay', width, lambda } as const;
  if (method === 'convex') {
    // The first report is that of the first program
    const onProgress = ({ primal }: { readonly primal?: number }): void => {
      if (primal !== undefined) seen(primal);
    };
    const { objective, certificate } = await fitParallel(X, y, { ...problem, gap, threads: 1, onProgress });
    seen(objective);
    const { scope, relativeGap, bound } = certificate;
    return { curve, objective, seconds: seconds(), certificate: { scope, relativeGap, bound } };
  }
  const every = Math.max(1, Math.floor(steps / points));
  const objectiveOf = (network: Parameters<typeof parallelObjective>[0]): number =>
    parallelObjective(network, X, y, { loss: squared, lambda, regularizer: 'weight-decay' });
  const common = { steps, rate, seed, every };
  const network =
    method === 'adam'
      ? (
          await trainParallelByAdam(X, y, {
            ...problem,
            ...common,
            subnetworks: count,
            onStep: (_, objective) => void seen(objective),
          })
        ).network
      : trainBySgd(
          { X, y },
          {
            ...common,
            ...{ count, width, lambda, batch: Math.min(n, 20), momentum: 0.9 },
            onStep: (_, now) => void seen(objectiveOf(now)),
          },
        );
  return { curve, objective: objectiveOf(network), seconds: seconds(), certificate: null };
}
