import {
  fitTable,
  type Model,
  parseTable,
  RelucentError,
  readModel,
  type Scores,
  type Table,
  verifyModel,
  writeModel,
} from '../../src/index.js';
import type { SmallProblem } from './small-problems.js';

/** The problem as CSV, with other targets if given. */
export const csvOf = ({ X, y }: SmallProblem, targets: readonly number[] = y): string =>
  [[...X[0].map((_, k) => `x${k}`), 'y'].join(), ...X.map((x, i) => [...x, targets[i]].join())].join('\n');

const tableOf = (problem: SmallProblem, targets?: readonly number[]): Promise<Table> =>
  parseTable(new TextEncoder().encode(csvOf(problem, targets)), { name: 'table.csv' });

/** A model of the problem as a table, read back from its file; null where the table cannot be learnt from. */
export async function modelOf(problem: SmallProblem): Promise<Model | null> {
  const { loss, lambda, outputBias, hiddenBias } = problem;
  const task = loss === 'squared' ? 'regression' : 'classification';
  const options = { target: 'y', task, loss, lambda, outputBias, hiddenBias, standardize: false } as const;
  try {
    const { model } = await fitTable(await tableOf(problem), { ...options, testFraction: 0, threads: 1 });
    return readModel(writeModel(model));
  } catch (error) {
    if (error instanceof RelucentError && error.kind === 'data') return null;
    throw error;
  }
}

/** Model files that say something untrue about their table. */
export function forgedModels({ lambda }: SmallProblem, model: Model): Record<string, Model> {
  const { weights, certificate, objective } = model;
  const { output } = weights;
  const changed: Record<string, Model> = {
    'a raised bound': { ...model, certificate: { ...certificate, bound: 1.01 * certificate.primal + 1 } },
    'a better score': { ...model, scores: { ...model.scores, train: improved(model.scores.train) } },
  };
  if (output.rows === 0) return changed;
  const scaled = { ...weights, output: { ...output, data: output.data.map((a) => 1.1 * a) } };
  changed['a scaled weight'] = { ...model, weights: scaled };
  changed['another lambda'] = { ...model, objective: { ...objective, lambda: 1.01 * lambda } };
  return changed;
}

const improved = (scores: Scores): Scores => {
  const [name] = Object.keys(scores);
  return { ...scores, [name]: scores[name] + 1e-3 };
};

/**
 * The problem through `fitTable`, the model file and `verifyModel`: as written, forged, and with other targets. One sentence
 * for every wrong verdict; null where the table cannot be learnt from (constant columns or targets).
 */
export async function tableFaults(problem: SmallProblem): Promise<string[] | null> {
  const model = await modelOf(problem);
  if (model === null) return null;
  const faults: string[] = [];
  const judge = async (name: string, wanted: boolean, claim: Model, table: Table): Promise<void> => {
    const { accepted, reasons } = await verifyModel(claim, table);
    if (accepted !== wanted) faults.push(`model file, ${name}: ${accepted ? 'accepted' : reasons[0]}`);
  };
  const table = await tableOf(problem);
  await judge('as written', true, model, table);
  for (const [name, forged] of Object.entries(forgedModels(problem, model))) await judge(name, false, forged, table);
  const moved = [...problem.y.slice(1), problem.y[0]];
  const same = moved.every((v, i) => v === problem.y[i]);
  if (!same) await judge('other targets', false, model, await tableOf(problem, moved));
  return faults;
}
