import {
  type DeepNetwork,
  type Examples,
  groupNorms,
  jacobianNorms,
  type Measurement,
  selectExamples,
} from '../deep/index.js';
import { type DeepRun, deepReport } from '../report/index.js';
import type { RunConfig } from './run-folder.js';
import { bestRow } from './run-words.js';

/** A run as its folder holds it. */
export interface ReportedRun {
  readonly name: string;
  readonly config: RunConfig;
  readonly rows: readonly Measurement[];
  /** null where the run is not finished. */
  readonly network: DeepNetwork | null;
  readonly test: Examples | null;
}

/** Test examples whose Jacobians are taken. */
const JACOBIANS = 1000;

/** A page about one run, or several beside each other. */
export async function runReportOf(runs: readonly ReportedRun[]): Promise<string> {
  return deepReport({ runs: await Promise.all(runs.map(dataOf)) });
}

async function dataOf({ name, config, rows, network, test }: ReportedRun): Promise<DeepRun> {
  const { method, lambda, rate, batch, steps, seed, data, loss } = config;
  const best = bestRow(rows, config);
  return {
    name,
    settings: { method, lambda, rate, batch, steps, seed, data: data.source, network: config.architecture.name },
    classes: loss === 'cross-entropy',
    rows,
    ...(best?.validation && { best }),
    layers: network
      ? groupNorms(config.architecture, config.grouping, network.weights).map(({ into, outOf, input, output }) => ({
          name: `${into}–${outOf}`,
          norms: Array.from(input, (norm, k) => norm * output[k]),
        }))
      : [],
    jacobians: network && test ? Array.from(await jacobianNorms(network, firstOf(test))) : [],
  };
}

const firstOf = (examples: Examples): Examples =>
  examples.count <= JACOBIANS
    ? examples
    : selectExamples(
        examples,
        Array.from({ length: JACOBIANS }, (_, i) => i),
      );
