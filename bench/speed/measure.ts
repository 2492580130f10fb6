import type { NetworkClaim, OursAnswer, OursTask } from './ours.js';
import { cachedPeer, keepPeer, type PeerTask } from './peer-cache.js';
import { lastLine, runScript } from './processes.js';
import type { PythonServer } from './python-server.js';
import type { Case, Reference, Row, RowKey } from './row.js';

interface Judged {
  readonly objective: number;
  readonly violation: number;
  readonly neurons: number;
  readonly lower?: number;
}

/** What serve.py answers to a row. */
export interface PeerAnswer {
  readonly seconds_cpu: number | null;
  readonly seconds_wall: number | null;
  readonly further_cpu?: number[];
  readonly further_wall?: number[];
  readonly objective: number | null;
  readonly violation: number | null;
  readonly neurons: number | null;
  readonly note: string;
  readonly cpu_to_target?: number | null;
}

/** Our gap, as users get it, and the one behind reference values. */
const ourGap = 1e-6;
const referenceGap = 1e-9;
const calls = 4;
/** Priced calls are short and many functions long: engines compile for five of them and more. */
const pricedCalls = 12;
const callsOf = (program: Case['program']): number => (program === 'priced' ? pricedCalls : calls);
/** How near R-FISTA's run to a target must come. */
const targetExcess = 1e-6;
/** Rows a step of Adam on data sets with more rows than this. */
const adamBatch = { above: 2000, rows: 256 };

const judgeSeconds = 300;

function judged(one: Case, network: NetworkClaim, server: PythonServer, withBound: boolean): Promise<Judged> {
  const program = one.program === 'priced' ? 'network' : one.program;
  const residual = withBound ? network.residual : null;
  const claim = { problem: one.problem, lambda: one.lambda, program, ...network, residual };
  return server.ask<Judged>({ judge: claim, limit: judgeSeconds });
}

export interface OursOptions {
  readonly capCpu: number;
  /** Priced: fresh starts of the oracle and, at λ = 1e-3, one `fit`, after the measured calls. */
  readonly extras: boolean;
}

export interface OursMeasured {
  readonly row: Row;
  /** Only when it was asked for. */
  readonly reference: Reference | null;
}

/**
 * One process of ours, added to what earlier ones measured; only the first of them makes further calls. Asked for the
 * reference it goes on with a solve to 1e-9, whose lower bound the judge proves.
 */
export async function measureOurs(
  key: RowKey,
  earlier: Row | undefined,
  withReference: boolean,
  options: OursOptions,
  server: PythonServer,
): Promise<OursMeasured> {
  const { program, problem, lambda, threads } = key;
  const fresh = options.extras && program === 'priced' && earlier === undefined && threads === 1;
  const fit = fresh && lambda === 1e-3;
  const task: OursTask = {
    ...{ program, problem, lambda, threads, gap: ourGap, timeLimit: options.capCpu, fresh, fit },
    calls: earlier === undefined ? callsOf(program) : 1,
    ...(withReference ? { referenceGap } : {}),
  };
  const out = await runScript('ours.ts', [JSON.stringify(task)], { limit: options.capCpu * 8 + 120 });
  const answer = lastLine<OursAnswer>(out);
  const verdict = await judged(key, answer.network, server, false);
  const { freshViolation, fitCpu, fitScope } = fresh ? answer : (earlier ?? {});
  const row: Row = {
    ...key,
    firstCpu: [...(earlier?.firstCpu ?? []), answer.cpu[0]],
    firstWall: [...(earlier?.firstWall ?? []), answer.wall[0]],
    furtherCpu: [...(earlier?.furtherCpu ?? []), ...answer.cpu.slice(1)],
    furtherWall: [...(earlier?.furtherWall ?? []), ...answer.wall.slice(1)],
    objective: verdict.objective,
    violation: verdict.violation,
    neurons: verdict.neurons,
    note: answer.status === 'solved' ? '' : answer.status,
    ...(freshViolation === undefined ? {} : { freshViolation, fitCpu, fitScope }),
  };
  return { row, reference: answer.reference && (await referenceOf(key, answer.reference, server)) };
}

/** How near the optimum Adam is asked to come. */
export const nearShare = 1e-3;

/**
 * One process of ours on a training problem that is to come within `nearShare` of the value: `ours-near` stops when it reports
 * such an objective, `ours-loose` is asked for a gap of that size and brings the evidence. What they return is judged like any answer.
 */
export async function measureNear(key: RowKey, value: number, capCpu: number, server: PythonServer): Promise<Row> {
  const { program, problem, lambda, threads, method } = key;
  const near = method === 'ours-near' ? { gap: ourGap, stopAt: (1 + nearShare) * value } : { gap: nearShare };
  const task: OursTask = {
    ...{ program, problem, lambda, threads, timeLimit: capCpu, fresh: false, fit: false, calls: callsOf(program) },
    ...near,
  };
  const out = await runScript('ours.ts', [JSON.stringify(task)], { limit: capCpu * 8 + 120 });
  const { cpu, wall, network } = lastLine<OursAnswer>(out);
  const { objective, violation, neurons } = await judged(key, network, server, false);
  return {
    ...key,
    firstCpu: cpu.slice(0, 1),
    firstWall: wall.slice(0, 1),
    furtherCpu: cpu.slice(1),
    furtherWall: wall.slice(1),
    ...{ objective, violation, neurons },
    note: objective <= (1 + nearShare) * value ? '' : 'not within',
  };
}

async function referenceOf(one: Case, network: NetworkClaim, server: PythonServer): Promise<Reference> {
  const { program, problem, lambda } = one;
  const { objective, lower } = await judged(one, network, server, true);
  return { program, problem, lambda, value: objective, lower: lower ?? null };
}

export interface PeerOptions {
  readonly capCpu: number;
  readonly capTarget: number;
  readonly reuse: boolean;
}

/** One row of a peer; `target` is the value that runs to a target compare themselves with. */
export async function measurePeer(
  key: RowKey,
  target: number | undefined,
  options: PeerOptions,
  server: PythonServer,
): Promise<Row> {
  const task = peerTask(key, target, options);
  const known = options.reuse ? cachedPeer(task) : null;
  const answer = known ?? (await server.ask<PeerAnswer>({ row: task, limit: 2 * task.cap_cpu + 120 }));
  if (options.reuse && !known) keepPeer(task, answer);
  return { ...peerRow(key, answer), ...(known ? { reused: true } : {}) };
}

function peerTask(
  { problem, lambda, threads, method }: RowKey,
  target: number | undefined,
  options: PeerOptions,
): PeerTask {
  const adam = method.startsWith('adam');
  const large = Number(/^syn(\d+)x/.exec(problem)?.[1] ?? 0) > adamBatch.above;
  return {
    problem,
    lambda,
    method,
    threads,
    repeat: 0,
    cap_cpu: runsToTarget(method) ? Math.min(options.capCpu, options.capTarget) : options.capCpu,
    batch: adam && large ? adamBatch.rows : null,
    calls: runsToTarget(method) ? 1 : calls,
    target: target === undefined ? null : adam ? target : target * (1 + targetExcess),
  };
}

export const runsToTarget = (method: string): boolean => method.startsWith('adam') || method.endsWith('to-target');

function peerRow(key: RowKey, answer: PeerAnswer): Row {
  return {
    ...key,
    firstCpu: present(answer.seconds_cpu),
    firstWall: present(answer.seconds_wall),
    furtherCpu: answer.further_cpu ?? [],
    furtherWall: answer.further_wall ?? [],
    objective: answer.objective,
    violation: answer.violation,
    neurons: answer.neurons,
    note: answer.note,
    ...(runsToTarget(key.method) ? { cpuToTarget: answer.cpu_to_target ?? null } : {}),
  };
}

const present = (value: number | null): number[] => (value === null ? [] : [value]);
