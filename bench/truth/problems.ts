/** Solves small problems by the public interface and puts every answer before the verifier, true and forged. */
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
