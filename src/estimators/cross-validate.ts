import { pickOptions, Run, requireOptions, requireThat } from '../base/index.js';
import { augment } from '../certificates/index.js';
import type { Table } from '../data/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import { lossByName } from '../losses/index.js';
import type { CrossValidation } from '../model/index.js';
import { createFoldPool, type FoldProgress, heldOutErrors, lambdaGrid } from '../path/index.js';
import { Training } from '../solvers/index.js';
import { type CrossValidationState, requireSameFolds } from './cross-validation-state.js';
import { Folding } from './folding.js';
import { type CheckedOptions, checkOptions } from './inputs.js';
import { foldGap, type MeasureName } from './measures.js';
import { crossValidationRules, fitRules } from './option-rules.js';
import type { TableFitOptions } from './options.js';
import { splitRowsOf } from './prepared-rows.js';

/** How λ is cross-validated. */
export interface FoldChoices {
  /** Default 10, or as many as there are rows. */
  readonly folds?: number;
  /** Repetitions with other folds. Default 1. */
  readonly repeats?: number;
  /** Column whose equal values are held out together; no feature. */
  readonly groups?: string;
  /** Column with the fold of each row (whole numbers from 0 or 1); no feature. */
  readonly foldColumn?: string;
  /** Whether each fold gets its share of every class. Default true for classes. */
  readonly stratify?: boolean;
  /** Default `auto`: mse for numbers; deviance, or accuracy, for classes. */
  readonly measure?: 'auto' | MeasureName;
  /** How many λ, or the λ themselves. Default 30. */
  readonly lambdas?: number | readonly number[];
  /** The last λ over λ_max. Default 1e-3. */
  readonly minRatio?: number;
  /**
   * Ends the path when the least error is this many λ back. Default: the whole path.
   */
  readonly patience?: number;
}

/** Options of `crossValidate`. */
export interface CrossValidationOptions extends Omit<TableFitOptions, 'lambda'>, FoldChoices {
  /** Where an earlier call over the same table and options was stopped, to go on from: the result is that of one that never was. */
  readonly resume?: CrossValidationState;
  /** Called when the call is stopped before its end, with what `resume` takes. */
  readonly onStop?: (state: CrossValidationState) => void;
}

const defaultLambdas = 30;

/**
 * Cross-validated error over a path of λ, all preprocessing learnt again in every fold. The λ are the same in all folds, from λ_max
 * of all rows down.
 *
 * @throws `usage` and `data` errors that name option, file, row and column.
 */
export async function crossValidate(table: Table, options: CrossValidationOptions): Promise<CrossValidation> {
  requireOptions(options, crossValidationRules, 'crossValidate');
  requireThat(
    typeof options.target === 'string',
    'crossValidate: target must be the name of a column, and is missing.',
  );
  const checked = checkOptions({ gap: foldGap, ...pickOptions(options, fitRules) }, 'crossValidate');
  const { train } = splitRowsOf(table, { ...options, testFraction: options.testFraction ?? 0 }, checked.seed);
  const { curve } = await crossValidateRows(table, train, options, checked, new Run(options));
  requireThat(
    curve !== null,
    'cross-validation: stopped before any λ was done in every fold; give it more time or fewer folds.',
    'resource',
  );
  return curve;
}

export interface HeldOutCurve {
  /** null when the run was stopped before any λ was done in every fold. */
  readonly curve: CrossValidation | null;
  /** Of all rows, as far as the stop let it be found. */
  readonly lambdaMax: number;
  /** What a later call goes on from; null where a stop came before the λ were known. */
  readonly state: CrossValidationState | null;
}

/** As `crossValidate`, over some rows that all have a target. */
export async function crossValidateRows(
  table: Table,
  rows: Int32Array,
  options: CrossValidationOptions,
  checked: CheckedOptions,
  run: Run,
): Promise<HeldOutCurve> {
  const { resume, onStop, patience } = options;
  const task = new Folding(table, rows, options, checked.seed);
  const pool = await createFoldPool(Math.min(checked.threads, task.folds.length));
  try {
    const lambdaMax = await lambdaMaxOf(task, checked, run);
    // a λ_max that a stop cut short gives no grid to go on with
    const early = run.stop !== null;
    const grid = early && resume ? { lambdas: resume.lambdas } : { lambdas: defaultLambdas, ...picked(options) };
    const lambdas = lambdaGrid(lambdaMax, grid);
    const stateAt = (folds: readonly FoldProgress[]): CrossValidationState => ({
      options: decisive(task, checked),
      digest: task.digest,
      lambdas: Array.from(lambdas),
      folds,
    });
    if (resume) requireSameFolds(resume, stateAt(resume.folds), table.source);
    const held = await heldOutErrors(
      {
        folds: task.folds.map(({ train, held: { X } }) => ({ ...train, heldX: X })),
        settings: { ...checked, loss: task.loss },
        lambdas,
        error: (fold, outputs) => task.error(fold, outputs),
        trainError: (fold, outputs) => task.trainError(fold, outputs),
        begun: resume?.folds,
        patience,
      },
      pool,
      run,
    );
    const cut = run.stop !== null && !held.risen && held.lambdas.length < lambdas.length;
    const state = early && !resume ? null : stateAt(held.progress);
    if (cut && state) onStop?.(state);
    return { curve: held.lambdas.length > 0 ? task.result(held, lambdas, run) : null, lambdaMax, state };
  } finally {
    pool.close();
  }
}

/** What decides the numbers beside rows, folds and λ. */
const decisive = ({ loss, measure }: Folding, checked: CheckedOptions): CrossValidationState['options'] => {
  const { activation, patterns, gap, seed, outputBias, hiddenBias } = checked;
  return { loss, measure, activation, patterns, gap, seed, outputBias, hiddenBias };
};

const picked = ({ lambdas, minRatio }: FoldChoices) => ({
  ...(lambdas === undefined ? {} : { lambdas }),
  ...(minRatio === undefined ? {} : { minRatio }),
});

/** λ_max of all rows. */
async function lambdaMaxOf({ whole, loss }: Folding, checked: CheckedOptions, run: Run): Promise<number> {
  const kernels = await createKernels({ threads: checked.threads });
  try {
    const { X, y, outputs } = whole;
    const data = { ...checked, X: checked.hiddenBias ? augment(X) : X, y, outputs, loss: lossByName(loss) };
    return await new Training(kernels, data, checked).lambdaMax(run);
  } finally {
    kernels.dispose();
  }
}
