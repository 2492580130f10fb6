import type { PeerAnswer } from '../speed/measure.js';
import type { NetworkClaim } from '../speed/ours.js';
import type { PythonServer } from '../speed/python-server.js';
import { median } from '../speed/summary.js';

/** A method of bench/peers/methods on one problem. */
export interface PeerQuestion {
  readonly problem: string;
  readonly lambda: number;
  readonly method: string;
  readonly threads: number;
  readonly cap: number;
  readonly target?: number;
  readonly calls?: number;
  /** What the method wants to know besides. */
  readonly more?: object;
}

export interface PeerReply extends PeerAnswer {
  /** (CPU seconds, objective, violation) on the way. */
  readonly trace?: readonly (readonly [number, number, number])[];
  readonly solver_seconds?: number | null;
}

/** Asks bench/peers/serve.py, which answers from a process of its own. */
export function askPeer<T extends PeerReply>(server: PythonServer, question: PeerQuestion): Promise<T> {
  const { problem, lambda, method, threads, cap, target, calls = 1, more } = question;
  const row = { problem, lambda, method, threads, repeat: 0, cap_cpu: cap, batch: null, calls, target: target ?? null };
  return server.ask<T>({ row: { ...row, ...more }, limit: 10 * cap + 60 });
}

/**
 * Seconds of an answer: CPU on one thread, wall on several; the lesser of the first call and the middle of further ones. null
 * where nothing came back.
 */
export function secondsOfAnswer(answer: PeerAnswer, threads: number): number | null {
  const [first, further] =
    threads === 1 ? [answer.seconds_cpu, answer.further_cpu] : [answer.seconds_wall, answer.further_wall];
  return first === null ? null : Math.min(first, median(further ?? []) ?? first);
}

export interface Judged {
  readonly objective: number;
  readonly violation: number;
  readonly neurons: number;
  /** Proved from the residual; absent where none was given, null where proving takes too long. */
  readonly lower?: number | null;
}

/** The judge's word on a network of ours. */
export function judgeOurs(
  server: PythonServer,
  of: { readonly problem: string; readonly lambda: number; readonly program: 'relu' | 'gated' | 'network' },
  network: NetworkClaim,
  withBound: boolean,
): Promise<Judged> {
  const residual = withBound ? network.residual : null;
  const { problem, lambda, program } = of;
  return server.ask<Judged>({ judge: { problem, lambda, program, ...network, residual }, limit: 300 });
}
