/** Solves small problems by the public interface and puts every answer before the verifier, true and forged. */
import { fitTable, parseTable, RelucentError, readModel, verifyModel, writeModel } from '../../src/index.js';
import {
  type Answer,
  type ForgeryName,
  fitSmall,
  forgeries,
  forgeryNames,
  verdictOn,
} from '../../test/property/forgeries.js';
import { type SmallProblem, smallProblem } from '../../test/property/small-problems.js';

/** What came of one problem. */
export interface Row {
  readonly problem: SmallProblem;
  readonly answer: Answer;
  /** Statuses, scopes and gaps that are not what was asked for, one sentence each. */
  readonly faults: readonly string[];
  /** |primal of `auto` − primal of `exact`| relative to it. */
  readonly autoDifference: number;
  readonly relativeGap: number;
  /** A forgery that would be true is not made. */
  readonly forged: Partial<Record<ForgeryName, boolean>>;
  readonly cpuSeconds: number;
}

const tolerance = 1e-6;

export async function solveProblem(index: number): Promise<Row> {
  const begun = process.cpuUsage();
  const problem = smallProblem(index);
  const exact = await fitSmall(problem, { patterns: 'exact' });
  const auto = await fitSmall(problem);
  const faults: string[] = [];
  for (const [name, { status, certificate }] of Object.entries({ exact, auto })) {
    const { scope, relativeGap } = certificate;
    if (status !== 'solved' || scope !== 'exact' || relativeGap > tolerance)
      faults.push(`${name}: ${status}, scope ${scope}, gap ${relativeGap}`);
  }
  const autoDifference = Math.abs(auto.certificate.primal / exact.certificate.primal - 1);
  if (autoDifference > tolerance)
    faults.push(`auto ends at ${auto.certificate.primal}, exact at ${exact.certificate.primal}`);
  const answer = { problem, weights: exact.weights, certificate: exact.certificate };
  for (const { weights, certificate } of [exact, auto]) {
    const { accepted, reasons } = await verdictOn({ problem, weights, certificate });
    if (!accepted) faults.push(`rejected: ${reasons[0]}`);
  }
  const forged = await forgedVerdicts(answer);
  for (const name of forgeryNames) if (forged[name] === false) faults.push(`accepted: ${name}`);
  const { user, system } = process.cpuUsage(begun);
  const { relativeGap } = exact.certificate;
  return { problem, answer, faults, autoDifference, relativeGap, forged, cpuSeconds: (user + system) / 1e6 };
}

/** For each forgery that is false whether it was rejected. */
async function forgedVerdicts(answer: Answer): Promise<Partial<Record<ForgeryName, boolean>>> {
  const out: Partial<Record<ForgeryName, boolean>> = {};
  for (const name of forgeryNames) {
    const statement = await forgeries[name](answer);
    if (statement !== null) out[name] = !(await verdictOn(statement)).accepted;
  }
  return out;
}

/**
 * The same problem as a table through `fitTable`, the model file and `verifyModel`; then with a changed cell, a scaled weight,
 * another λ and a raised bound in the file. Null where the table cannot be learnt from (constant columns or targets).
 */
export async function tableFaults({
  X,
  y,
  loss,
  lambda,
  outputBias,
  hiddenBias,
}: SmallProblem): Promise<string[] | null> {
  const header = [...X[0].map((_, k) => `x${k}`), 'y'].join();
  const text = (targets: readonly number[]): Uint8Array =>
    new TextEncoder().encode([header, ...X.map((x, i) => [...x, targets[i]].join())].join('\n'));
  const read = (targets: readonly number[]) => parseTable(text(targets), { name: 'table.csv' });
  const task = loss === 'squared' ? 'regression' : 'classification';
  const table = await read(y);
  const fitted = await fitTable(table, {
    target: 'y',
    task,
    loss,
    lambda,
    outputBias,
    hiddenBias,
    standardize: false,
    testFraction: 0,
    threads: 1,
  }).catch((error: unknown) => {
    if (error instanceof RelucentError && error.kind === 'data') return null;
    throw error;
  });
  if (fitted === null) return null;
  const model = readModel(writeModel(fitted.model));
  const { weights, certificate } = model;
  const faults: string[] = [];
  const judge = async (name: string, wanted: boolean, changed: typeof model, rows = table): Promise<void> => {
    const { accepted, reasons } = await verifyModel(changed, rows);
    if (accepted !== wanted) faults.push(`model file, ${name}: ${accepted ? 'accepted' : reasons[0]}`);
  };
  await judge('as written', true, model);
  await judge('a raised bound', false, {
    ...model,
    certificate: { ...certificate, bound: certificate.primal * 1.01 + 1 },
  });
  if (y.some((v) => v !== y[0]))
    await judge('other targets', false, model, await read([...y.slice(1), y[0]].map((v, i) => (i === 0 ? -v : v))));
  if (weights.hidden.rows > 0) {
    await judge('a scaled weight', false, {
      ...model,
      weights: { ...weights, output: { ...weights.output, data: weights.output.data.map((a) => 1.1 * a) } },
    });
    await judge('another lambda', false, { ...model, objective: { ...model.objective, lambda: 1.01 * lambda } });
  }
  return faults;
}
