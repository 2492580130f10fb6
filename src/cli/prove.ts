import { existsSync } from 'node:fs';
import { RelucentError, requireThat } from '../base/index.js';
import {
  type Certificate,
  checkModelProof,
  type Model,
  type ModelProof,
  type ProofCheck,
  type ProofFile,
  provableReason,
  proveModel,
  readProof,
  type Table,
  writeProof,
} from '../index.js';
import { formatBound } from '../report/index.js';
import { inputName, Output, readBytes } from './files.js';
import { gapOf, type Line, type Proved, proofLine, proofLines } from './proof-words.js';
import type { Session } from './session.js';

export interface ProveFlags {
  readonly prove?: boolean;
  /** Relative gap at which the proof ends. */
  readonly proveGap?: number;
}

/** Seconds for a proof where no limit is given. */
const usualLimit = 600;
const usualGap = 0.05;
/** Seconds between two writings of the proof, but for the last. */
const writeEvery = 2;

/** The proof's file beside that of its network: `model.json` and `model.proof.json`. */
export const proofPath = (model: string): string => `${model.replace(/\.(json|onnx)$/i, '')}.proof.json`;

/** Refuses, before any work, what cannot be proved or kept. */
export function requireProvable(
  options: ProveFlags & { readonly output?: string; readonly activation?: string },
): void {
  requireThat(options.prove || options.proveGap === undefined, '--prove-gap: is for --prove; give both.');
  if (!options.prove) return;
  requireThat(options.output !== '-', '--prove: keeps a file beside the model; name one with -o, not -.');
  requireThat(options.activation !== 'gated', '--prove: is for ReLU networks, not for --activation gated.');
}

/** What --json says of a proof: bound and gap are those of the certificate where it proves more than the file. */
export type ProofSummary = Pick<ModelProof, 'bound' | 'gap' | 'status'> & { readonly file: string | null };

/** Objective and bound of a network as far as they were derived from its weights. */
export type Known = Pick<Certificate, 'primal' | 'bound'>;

/** What an accepted certificate proves: never more than could be derived again. */
export const knownFrom = (claimed: Known, recomputed: Known | null): Known => ({
  primal: recomputed?.primal ?? claimed.primal,
  bound: Math.min(claimed.bound, recomputed?.bound ?? 0),
});

export interface ProveStep extends ProveFlags {
  /** The network's file, and the table's, as the user wrote them. */
  readonly network: string;
  readonly data: string;
  readonly timeLimit?: number;
  readonly threads?: 'auto' | number;
  /** Default: the model's certificate, for one that was made just now. */
  readonly known?: Known;
}

/**
 * Proves a bound for a model, goes on from the proof beside it where that is about the same rows and problem, and keeps
 * every better one there: a file is always whole and always verifies.
 */
export async function proveStep(
  session: Session,
  model: Model,
  table: Table,
  step: ProveStep,
): Promise<ProofSummary | null> {
  const reason = provableReason(model);
  if (reason !== null) {
    session.warn(`--prove: nothing proved: ${reason}.`);
    return null;
  }
  const path = proofPath(step.network);
  const gap = step.proveGap ?? usualGap;
  const { primal, bound: known } = step.known ?? model.certificate;
  const byCertificate = { bound: known, primal, gap: gapOf(primal, known) };
  if (byCertificate.gap <= gap) return showCertified(session, model, byCertificate);
  const kept = await keptProof(session, path, model, table);
  const keeper = new Keeper(await Output.prepare(path, [step.network, step.data]));
  const proof = await proveModel(model, table, {
    gap,
    timeLimit: step.timeLimit ?? usualLimit,
    threads: step.threads,
    signal: session.signal,
    onProgress: session.progress.update,
    ...(kept && { resume: kept }),
    onProof: (file) => keeper.keep(file),
  });
  await keeper.flush();
  session.progress.clear();
  showProof(session, path, proof, proofLines(proof, model.objective, gap, known));
  return summaryOf(proof, known, path);
}

export function summaryOf({ bound, primal, status, file }: ModelProof, known: number, path: string): ProofSummary {
  const most = Math.max(bound, known);
  return { bound: most, gap: gapOf(primal, most), status, file: file && path };
}

/** Where the certificate of the network closes the gap already, no other proof is needed. */
function showCertified({ text }: Session, { objective }: Model, proved: Proved): ProofSummary {
  const { style, words } = proofLine(proved, objective);
  text.section('Proof', [text.paint(style, words), 'by the certificate; no file of multipliers is needed']);
  text.line();
  return { bound: proved.bound, gap: proved.gap, status: 'solved', file: null };
}

/** What is beside the model and can be gone on from; one line where it is not. */
async function keptProof(session: Session, path: string, model: Model, table: Table): Promise<ProofFile | null> {
  if (!existsSync(path)) return null;
  try {
    const file = await readProof(new TextDecoder().decode(await readBytes(path)), inputName(path));
    const check = await checkModelProof(model, table, file);
    if (check.accepted) {
      session.text.section('Proof', [`goes on from ${path}, which proves ${formatBound(check.bound, 4)}`]);
      return file;
    }
    session.warn(`${path}: begun anew: ${check.reasons[0]}`);
  } catch (error) {
    if (!(error instanceof RelucentError)) throw error;
    session.warn(`begun anew: ${error.message}`);
  }
  return null;
}

/** Writes proofs as they come, not more often than is worth it. */
class Keeper {
  #latest: ProofFile | null = null;
  #written = Number.NEGATIVE_INFINITY;

  constructor(private readonly output: Output) {}

  async keep(file: ProofFile): Promise<void> {
    this.#latest = file;
    if (performance.now() - this.#written >= 1000 * writeEvery) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#latest === null) return;
    await this.output.write(await writeProof(this.#latest));
    this.#latest = null;
    this.#written = performance.now();
  }
}

function showProof({ text }: Session, path: string, { file }: ModelProof, lines: readonly Line[]): void {
  const [first, ...others] = lines;
  text.section('Proof', [
    text.paint(first.style, first.words),
    ...others.map(({ words }) => words),
    ...(file ? [`kept in ${path}, for relucent verify --prove`] : []),
  ]);
  text.line();
}

/**
 * `relucent verify --prove` of a model file that has a proof beside it: whether the file proves its bound on these data, in
 * one computation. Throws `verification` when it does not.
 */
export async function verifyProofFile(session: Session, path: string, model: Model, table: Table): Promise<ProofCheck> {
  const file = await readProof(new TextDecoder().decode(await readBytes(path, session.signal)), inputName(path));
  const check = await checkModelProof(model, table, file);
  if (!check.accepted) {
    session.text.section('Proof', [
      session.text.paint('warn', `✗ rejected: ${path} proves nothing about this network and ${table.source}:`),
      ...check.reasons.map((reason) => `– ${reason}`),
    ]);
    throw new RelucentError('verification', `${path}: proof rejected: ${check.reasons[0]}`);
  }
  const { style, words } = proofLine(check, model.objective);
  session.text.section('Proof', [
    session.text.paint(style, words),
    `derived again from ${path} and ${table.source} by code that shares with the solver only the form of the problem, the losses and the bounds on rounding`,
  ]);
  session.text.line();
  return check;
}

/** `relucent verify --prove`: checks the proof beside the network; makes one where there is none, or goes on with `--resume`. */
export async function proveBeside(
  session: Session,
  network: string,
  model: Model,
  table: Table,
  options: Omit<ProveStep, 'network' | 'data'> & { readonly resume?: boolean },
): Promise<void> {
  const path = proofPath(network);
  if (existsSync(path) && !options.resume) await verifyProofFile(session, path, model, table);
  else await proveStep(session, model, table, { ...options, network, data: table.source });
}
