import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OursAnswer, OursTask } from '../speed/ours.js';
import { lastLine, peersFolder, pythonPath, run, runScript } from '../speed/processes.js';
import { gaps, type Point } from './arrival.js';
import { type Context, now, rowsOf, type Section, say } from './context.js';
import { askPeer, judgeOurs, type PeerReply, secondsOfAnswer } from './peer-run.js';
import type { RowFile } from './store.js';
import { twoLayerChapter } from './two-layer-page.js';
import {
  type Family,
  families,
  keyOf,
  leftOut,
  planned,
  type TwoLayerCase,
  type TwoLayerRow,
} from './two-layer-plan.js';

const ourGap = 1e-6;
const referenceGap = 1e-9;
/** A history goes on until it is this near. */
const historyGap = 1e-8;

async function measureOurs(context: Context, one: TwoLayerCase): Promise<TwoLayerRow> {
  const task: OursTask = {
    ...{ ...one, gap: ourGap, timeLimit: context.capCpu, fresh: false, fit: false, calls: 1 },
    // twice: code that has run once is still being compiled
    ...{ ladder: [...gaps, ...gaps], referenceGap },
  };
  const began = now(context);
  const out = await runScript('ours.ts', [JSON.stringify(task)], { limit: context.capCpu * 8 + 120 });
  const { network, cpu, wall, reference, ladder = [], status } = lastLine<OursAnswer>(out);
  const judge = context.servers.with(1);
  const seconds = (call: { cpu: number; wall: number }): number => (one.threads === 1 ? call.cpu : call.wall);
  const answers = [{ cpu: cpu[0], wall: wall[0], network }, ...ladder];
  const points: Point[] = [];
  for (const answer of answers) {
    const { objective, violation } = await judgeOurs(judge, one, answer.network, false);
    points.push([seconds(answer), objective, violation]);
  }
  const { objective, lower } = await judgeOurs(judge, one, reference ?? network, true);
  const note = status === 'solved' ? '' : status;
  const values = { best: Math.min(objective, ...points.map((p) => p[1])), lower: lower ?? null };
  return {
    key: keyOf(one, 'ours'),
    ...one,
    name: 'ours',
    kind: 'ladder',
    points,
    note,
    cap: context.capCpu,
    ...values,
    ...began,
  };
}

async function measureFamily(context: Context, one: TwoLayerCase, family: Family, best: number): Promise<TwoLayerRow> {
  const began = now(context);
  const server = context.servers.with(one.threads);
  const points: Point[] = [];
  const notes: string[] = [];
  for (const method of family.methods) {
    const { problem, lambda, threads } = one;
    const target = method.endsWith('to-target') ? best * (1 + historyGap) : undefined;
    const calls = family.kind === 'ladder' ? 3 : 1;
    const answer = await askPeer(server, { problem, lambda, method, threads, cap: context.capCpu, target, calls });
    points.push(...pointsOf(answer, threads));
    if (answer.note) notes.push(family.methods.length > 1 ? `${method}: ${answer.note}` : answer.note);
    if (answer.objective === null && !/lambdas|max iterations/.test(answer.note)) break; // a tighter run takes no less
  }
  const { name, kind } = family;
  return { key: keyOf(one, name), ...one, name, kind, points, note: notes.join('; '), cap: context.capCpu, ...began };
}

/** The history and the end; times of a history on several threads are scaled from CPU to wall seconds by the whole run's share. */
function pointsOf(answer: PeerReply, threads: number): Point[] {
  const seconds = secondsOfAnswer(answer, threads);
  if (seconds === null || answer.objective === null) return [];
  const share = threads === 1 ? 1 : (answer.seconds_wall ?? 1) / (answer.seconds_cpu ?? 1);
  const history = (answer.trace ?? []).map(([at, objective, violation]): Point => [at * share, objective, violation]);
  return [...history, [seconds, answer.objective, answer.violation ?? 0]];
}

async function measureCase(context: Context, rows: RowFile<TwoLayerRow>, one: TwoLayerCase): Promise<void> {
  if (!rows.has(keyOf(one, 'ours'))) rows.put(await measureOurs(context, one));
  const best = rows.get(keyOf(one, 'ours'))?.best as number;
  for (const family of families) {
    if (family.program !== one.program || leftOut(family, one, context.quick) !== null) continue;
    if (!rows.has(keyOf(one, family.name))) rows.put(await measureFamily(context, one, family, best));
  }
}

export const twoLayer: Section = {
  name: 'two-layer',

  async measure(context) {
    const rows = rowsOf<TwoLayerRow>(context, 'two-layer');
    const cases = planned(context);
    const wanted = [...new Set(cases.map(({ problem }) => problem))];
    const missing = wanted.filter((name) => !existsSync(resolve(peersFolder, `problems/${name}.json`)));
    if (missing.length > 0) await run(pythonPath(), [resolve(peersFolder, 'problems.py'), ...missing]);
    for (const [at, one] of cases.entries()) {
      say(`two-layer ${at + 1}/${cases.length}: ${one.program} ${one.problem} λ ${one.lambda}, threads ${one.threads}`);
      await measureCase(context, rows, one);
    }
  },

  chapter: (context) => twoLayerChapter(rowsOf<TwoLayerRow>(context, 'two-layer').rows),
};
