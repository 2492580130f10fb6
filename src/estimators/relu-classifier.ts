import { RelucentError, type RunOptions, requireThat, shown } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import type { LossName } from '../losses/index.js';
import { type ClassPredictions, type Model, predictTable } from '../model/index.js';
import type { MatrixLike } from './inputs.js';
import { commonDefaults, levelsOf, ReluEstimator, type ReluParams, requireLength } from './relu-estimator.js';

export interface ReluClassifierParams extends ReluParams {
  /** Default `auto`: logistic for two classes, softmax for more. */
  loss: 'auto' | LossName;
  /** What cross-validation compares λ by. Default `auto`: deviance where the loss gives probabilities, else accuracy. */
  measure: 'auto' | 'deviance' | 'accuracy' | 'auc';
}

/** What a class may be called. */
export type ClassLabel = number | string | boolean;

/**
 * A ReLU network for classes, in scikit-learn's manners. Training is that of `fitTable` on all rows: columns are standardised, λ is
 * chosen by cross-validation unless it is given, the network is solved to a certified gap.
 *
 *     const model = await new ReluClassifier().fit(X, ['cat', 'dog', …]);
 *     model.predictProba(X2);
 */
export class ReluClassifier extends ReluEstimator<ReluClassifierParams> {
  #classes: readonly ClassLabel[] = [];

  /** @throws `usage` for an unknown parameter and a wrong value. */
  constructor(params: Partial<ReluClassifierParams> = {}) {
    super('ReluClassifier', 'classification', { ...commonDefaults, loss: 'auto', measure: 'auto' }, params);
  }

  /** An unfitted estimator of the same parameters. */
  clone(): ReluClassifier {
    return new ReluClassifier(this.getParams());
  }

  /**
   * @param X n×d, a Matrix or an array of rows; NaN is a missing value, filled with the column's mean and marked.
   * @param y n classes: numbers, texts or booleans.
   * @param run signal, onProgress, timeLimit (seconds); after a stop the best answer so far is kept (see `status`).
   * @throws `usage` and `data`, one line that names what is wrong; `resource` when a stop came before cross-validation had any λ.
   */
  async fit(X: MatrixLike, y: ArrayLike<ClassLabel>, run: RunOptions = {}): Promise<this> {
    const labels = labelsByLevel(y);
    const model = await this.train(X, y, run);
    this.#classes = classesOf(model).map((level) => labels.get(level) as ClassLabel);
    return this;
  }

  /** The classes in the order of `predictProba`: numbers by value, then texts. */
  get classes(): readonly ClassLabel[] {
    this.toModel();
    return this.#classes;
  }

  /** n classes. @throws `usage` before a fit, `data` for other columns than it had. */
  predict(X: MatrixLike): ClassLabel[] {
    const label = new Map(classesOf(this.toModel()).map((level, k) => [level, this.#classes[k]]));
    return this.#predictions(X).labels.map((level) => label.get(level) as ClassLabel);
  }

  /** n × classes. @throws `usage` where the loss gives none (all but logistic for two classes and softmax). */
  predictProba(X: MatrixLike): Matrix {
    const { probabilities } = this.#predictions(X);
    if (probabilities !== null) return probabilities;
    const { loss } = this.toModel().objective;
    throw new RelucentError(
      'usage',
      `ReluClassifier: the ${loss} loss gives no probabilities for these classes; fit with loss 'auto', or use decisionFunction.`,
    );
  }

  /** The network's outputs: n×1 for two classes, positive for the second (softmax: n×2); else n × classes, the largest wins. */
  decisionFunction(X: MatrixLike): Matrix {
    return this.#predictions(X).scores;
  }

  /** Share of rows whose class is predicted. A class that training never saw counts as wrong. */
  score(X: MatrixLike, y: ArrayLike<ClassLabel>): number {
    const { labels } = this.#predictions(X);
    requireLength(y, labels.length, this.name);
    const levels = levelsOf(y, this.name);
    return labels.filter((label, i) => label === levels[i]).length / labels.length;
  }

  /**
   * The estimator of a fitted model (`toModel`, `readModel`), columns in the order of its table. A file keeps the spelling of
   * classes: where all are numbers they come back as numbers, true and false as booleans. @throws `model` for one of numbers.
   */
  static fromModel(model: Model): ReluClassifier {
    const estimator = new ReluClassifier();
    estimator.adopt(model);
    estimator.#classes = labelsOf(classesOf(model));
    return estimator;
  }

  #predictions(X: MatrixLike): ClassPredictions {
    return predictTable(this.toModel(), this.rowsOf(X)) as ClassPredictions;
  }
}

const classesOf = ({ preprocessing: { target } }: Model): readonly string[] =>
  target.kind === 'number' ? [] : target.classes;

/** What the caller calls each class, by its spelling in the table. */
function labelsByLevel(y: ArrayLike<ClassLabel>): Map<string, ClassLabel> {
  requireLength(y, y?.length, 'ReluClassifier');
  const labels = new Map<string, ClassLabel>();
  levelsOf(Array.from(y, checkedLabel), 'ReluClassifier').forEach((level, i) => {
    requireThat(
      level !== null,
      `ReluClassifier: y[${i}] is ${shown(y[i])}, a missing value; leave the row out.`,
      'data',
    );
    const known = labels.get(level) ?? y[i];
    requireThat(
      known === y[i],
      `ReluClassifier: y holds ${shown(known)} and ${shown(y[i])}, which are spelt alike in a model; rename one.`,
      'data',
    );
    labels.set(level, known);
  });
  return labels;
}

function checkedLabel(label: unknown, i: number): unknown {
  const fine = typeof label === 'string' || typeof label === 'boolean' || typeof label === 'number';
  requireThat(fine, `ReluClassifier: y[${i}] is ${shown(label)}; a class is a number, a text or a boolean.`, 'data');
  return label;
}

function labelsOf(levels: readonly string[]): readonly ClassLabel[] {
  if (levels.every((level) => level !== '' && String(Number(level)) === level)) return levels.map(Number);
  return levels.join() === 'false,true' ? [false, true] : levels;
}
