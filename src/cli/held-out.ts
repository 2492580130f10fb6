import { existsSync } from 'node:fs';
import { RelucentError } from '../base/index.js';
import {
  type CrossValidation,
  type CrossValidationOptions,
  type CrossValidationState,
  crossValidate,
  type Table,
} from '../index.js';
import { Interrupted } from './errors.js';
import { inputName, readBytes } from './files.js';
import { readHeldOutState } from './held-out-file.js';
import type { Session } from './session.js';

/** What a cross-validation came to. */
export interface HeldOutRun {
  /** null when no λ was done in every fold. */
  readonly curve: CrossValidation | null;
  /** What goes on from here; undefined when it is finished. */
  readonly state?: CrossValidationState;
  readonly seconds: number;
}

/** Cross-validates with the progress line on. After a stop the folds' state comes back, also where there is no curve yet. */
export async function crossValidated(
  { signal, progress }: Session,
  table: Table,
  options: CrossValidationOptions,
): Promise<HeldOutRun> {
  const started = performance.now();
  let state: CrossValidationState | undefined;
  const onStop = (stopped: CrossValidationState): void => {
    state = stopped;
  };
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    const curve = await crossValidate(table, { ...options, signal, onProgress: progress.update, onStop });
    return { curve, state, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof RelucentError) || error.kind !== 'resource') throw error;
    if (state !== undefined) return { curve: null, state, seconds: seconds() };
    if (signal.aborted) throw new Interrupted('nothing was written', { cause: error });
    throw error;
  } finally {
    progress.clear();
  }
}

/** Throws what `crossValidated` would throw of folds and measure, without solving anything: not after an hour of other work. */
export async function requireFolds(table: Table, options: CrossValidationOptions): Promise<void> {
  await crossValidate(table, { ...options, signal: AbortSignal.abort() }).catch((error: unknown) => {
    if (!(error instanceof RelucentError) || error.kind !== 'resource') throw error;
  });
}

/** What an earlier call left in the file, to go on from. */
export async function begunFolds(path: string): Promise<CrossValidationState> {
  if (!existsSync(path)) {
    throw new RelucentError(
      'io',
      `${path}: there is no cross-validation to go on with; leave out --resume to begin one.`,
    );
  }
  return readHeldOutState(new TextDecoder().decode(await readBytes(path)), inputName(path));
}
