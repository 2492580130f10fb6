import type { OursAnswer, OursTask } from './ours.js';
import { cachedPeer, keepPeer, type PeerTask } from './peer-cache.js';
import { lastLine, runPython, runScript } from './processes.js';
import type { Case, Reference, Row, RowKey } from './row.js';

interface Judged {
  readonly objective: number;
  readonly violation: number;
  readonly neurons: number;
  readonly lower?: number;
}

/** What run_peers.py --row prints. */
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
/** How near R-FISTA's run to a target must come. */
const targetExcess = 1e-6;
/** Rows a step of Adam on data sets with more rows than this. */
const adamBatch = { above: 2000, rows: 256 };

async function oursJudged(task: OursTask, withBound: boolean): Promise<{ answer: OursAnswer; judged: Judged }> {
  const limit = task.timeLimit * 8 + 120;
  const answer = lastLine<OursAnswer>(await runScript('ours.ts', [JSON.stringify(task)], { limit }));
  const { z, sign, pattern, residual } = answer;
  const program = task.program === 'priced' ? 'network' : task.program;
  const claim = { problem: task.problem, lambda: task.lambda, program, z, sign, pattern };
  const input = JSON.stringify({ ...claim, residual: withBound ? residual : null });
  return { answer, judged: lastLine<Judged>(await runPython('judge_answer.py', [], { input })) };
}

/** The value of the sampled program by a solve of ours to 1e-9, with a lower bound proved by the judge. */
export async function measureReference(one: Case, capCpu: number): Promise<Reference> {
  const task = { ...one, threads: 1, gap: referenceGap, calls: 1, timeLimit: capCpu, extras: false };
  const { judged } = await oursJudged(task, true);
  const { program, problem, lambda } = one;
  return { program, problem, lambda, value: judged.objective, lower: judged.lower ?? null };
}

/** One process of ours: a first call and some further ones, added to what earlier processes measured. */
export async function measureOurs(key: RowKey, earlier: Row | undefined, capCpu: number): Promise<Row> {
  const { program, problem, lambda, threads } = key;
  const extras = program === 'priced' && earlier === undefined && threads === 1;
  const task = { program, problem, lambda, threads, gap: ourGap, calls, timeLimit: capCpu, extras };
  const { answer, judged } = await oursJudged(task, false);
  const { freshViolation, fitCpu, fitScope } = extras ? answer : (earlier ?? {});
  return {
    ...key,
    firstCpu: [...(earlier?.firstCpu ?? []), answer.cpu[0]],
    firstWall: [...(earlier?.firstWall ?? []), answer.wall[0]],
    furtherCpu: [...(earlier?.furtherCpu ?? []), ...answer.cpu.slice(1)],
    furtherWall: [...(earlier?.furtherWall ?? []), ...answer.wall.slice(1)],
    objective: judged.objective,
    violation: judged.violation,
    neurons: judged.neurons,
    note: answer.status === 'solved' ? '' : answer.status,
    ...(freshViolation === undefined ? {} : { freshViolation, fitCpu, fitScope }),
  };
}

export interface PeerOptions {
  readonly capCpu: number;
  readonly capAdam: number;
  readonly reuse: boolean;
}

/** One row of a peer; `target` is the value that runs to a target compare themselves with. */
export async function measurePeer(key: RowKey, target: number | undefined, options: PeerOptions): Promise<Row> {
  const task = peerTask(key, target, options);
  const known = options.reuse ? cachedPeer(task) : null;
  const answer = known ?? (await runPeer(task));
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
    cap_cpu: adam ? options.capAdam : options.capCpu,
    batch: adam && large ? adamBatch.rows : null,
    calls: runsToTarget(method) ? 1 : calls,
    target: target === undefined ? null : adam ? target : target * (1 + targetExcess),
  };
}

export const runsToTarget = (method: string): boolean => method.startsWith('adam') || method.endsWith('to-target');

async function runPeer(task: PeerTask): Promise<PeerAnswer> {
  const limit = 2 * task.cap_cpu + 120;
  return lastLine<PeerAnswer>(await runPython('run_peers.py', ['--row', JSON.stringify(task)], { limit }));
}

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
