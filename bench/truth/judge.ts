/** The independent judge in Python: exact patterns, Clarabel, and the plain network from many starts. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer } from '../../test/property/forgeries.js';

const peers = fileURLToPath(new URL('../peers/', import.meta.url));
const python = join(peers, '.venv/bin/python');

/** One row of the judge's verdict. */
export interface Judged {
  readonly name: string;
  /** Certified bracket of the optimum. */
  readonly upper: number;
  readonly lower: number;
  readonly patterns: number;
  readonly primalDifference: number;
  readonly dualDifference: number;
  readonly networkDifference: number;
  readonly restartsLeast?: number;
  readonly restartsExcess?: number;
  readonly failures: readonly string[];
}

export const judgeExists = (): boolean => existsSync(python);

/** Runs the judge over the answers; its lines go to the terminal. */
export function judgeAnswers(answers: readonly Answer[], restarts: number): Judged[] {
  const folder = mkdtempSync(join(tmpdir(), 'relucent-truth-'));
  try {
    const [claims, verdict] = [join(folder, 'claims.json'), join(folder, 'verdict.json')];
    writeFileSync(claims, JSON.stringify(answers.map(claimOf)));
    const options = ['judge_truth.py', claims, '--restarts', String(restarts), '--out', verdict];
    const { status, error } = spawnSync(python, options, { cwd: peers, stdio: 'inherit' });
    if (error) throw error;
    if (!existsSync(verdict)) throw new Error(`judge_truth.py ended with status ${status} and no verdict`);
    return JSON.parse(readFileSync(verdict, 'utf8')).rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function claimOf({ problem, weights, certificate }: Answer) {
  const { hidden, hiddenBias, output, outputBias } = weights;
  const rows = Array.from({ length: hidden.rows }, (_, j) =>
    Array.from(hidden.data.subarray(j * hidden.cols, (j + 1) * hidden.cols)),
  );
  return {
    ...problem,
    primal: certificate.primal,
    dual: certificate.dual,
    network: { hidden: rows, hiddenBias: [...hiddenBias], output: [...output.data], outputBias: outputBias[0] },
  };
}
