import {
  createRandom,
  type FitOptions,
  type FitResult,
  fit,
  type LossName,
  type Matrix,
  matrix,
  networkObjective,
} from '../../src/index.js';

/** When a trial's call is to stop. */
export type Stop =
  | { readonly kind: 'events'; readonly count: number }
  | { readonly kind: 'milliseconds'; readonly after: number }
  | { readonly kind: 'time limit'; readonly seconds: number };

/** A problem and options as callers pass them. */
export interface Trial {
  readonly name: string;
  readonly X: Matrix;
  /** n×c: numbers, labels, or one-hot rows. */
  readonly y: Matrix;
  readonly options: FitOptions & { readonly loss: LossName; readonly lambda: number; readonly gap: number };
  readonly stop: Stop;
}

const losses = ['squared', 'logistic', 'softmax', 'huber', 'squared-hinge'] as const;
type Random = ReturnType<typeof createRandom>;

const integer = (random: Random, low: number, high: number): number =>
  low + Math.min(high - low, Math.floor((high - low + 1) * random.uniform()));

/** Trial number `index`; losses take turns. `exact` comes with few columns, others with up to eight. */
export function abortTrial(index: number, kind: Stop['kind']): Trial {
  const random = createRandom(index, 99);
  const loss = losses[index % losses.length];
  const activation = random.uniform() < 0.75 ? 'relu' : 'gated';
  const patterns = (['auto', 'exact', integer(random, 5, 60)] as const)[integer(random, 0, 2)];
  const [n, d] = [integer(random, 8, 60), integer(random, 1, patterns === 'exact' ? 2 : 8)];
  const outputs = loss === 'softmax' ? 3 : integer(random, 1, 3);
  const X = normals(n, d, random);
  const options = {
    // a third column would make thousands of patterns
    hiddenBias: patterns !== 'exact' && random.uniform() < 0.3,
    loss,
    activation,
    patterns,
    lambda: 10 ** (-5 + 4 * random.uniform()),
    gap: 10 ** -integer(random, 3, 7),
    outputBias: random.uniform() < 0.6,
    seed: index,
    threads: 1,
  } as const;
  const name = `${index} ${loss}, ${activation}, patterns ${patterns}, ${n}×${d}, ${outputs} outputs`;
  return { name, X, y: targetsOf(loss, X, outputs, random), options, stop: stopOf(kind, random) };
}

function stopOf(kind: Stop['kind'], random: Random): Stop {
  const u = random.uniform();
  if (kind === 'events') return { kind, count: Math.floor(30 * u * u) };
  if (kind === 'milliseconds') return { kind, after: Math.floor(400 * u * u) };
  return { kind, seconds: 1e-4 + 0.4 * u * u };
}

const normals = (rows: number, cols: number, random: Random): Matrix =>
  matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, () => random.normal()),
  );

function targetsOf(loss: LossName, X: Matrix, outputs: number, random: Random): Matrix {
  const raw = normals(X.rows, outputs, random);
  for (let at = 0; at < raw.data.length; at++) {
    const i = Math.floor(at / outputs);
    raw.data[at] =
      Math.abs(X.data[i * X.cols]) + 0.5 * (at % outputs) * X.data[(i + 1) * X.cols - 1] + 0.3 * raw.data[at];
  }
  if (loss === 'squared' || loss === 'huber') return raw;
  return { ...raw, data: loss === 'softmax' ? hottest(raw) : raw.data.map((v, at) => sign(v - 0.8, at, outputs)) };
}

/** Labels with both classes in every column. */
const sign = (v: number, at: number, outputs: number): number =>
  at < outputs ? 1 : at < 2 * outputs ? -1 : v > 0 ? 1 : -1;

function hottest({ rows, cols, data }: Matrix): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * cols, (i + 1) * cols);
    out[i * cols + (i < cols ? i : row.indexOf(Math.max(...row)))] = 1;
  }
  return out;
}

/** The call, stopped as the trial says. */
export async function stopped({ X, y, options, stop }: Trial): Promise<FitResult> {
  const controller = new AbortController();
  let events = 0;
  const onProgress = (): void => {
    if (stop.kind === 'events' && events++ >= stop.count) controller.abort();
  };
  const timer = stop.kind === 'milliseconds' ? setTimeout(() => controller.abort(), stop.after) : undefined;
  const timeLimit = stop.kind === 'time limit' ? stop.seconds : undefined;
  try {
    return await fit(X, y, { ...options, signal: controller.signal, onProgress, timeLimit });
  } finally {
    clearTimeout(timer);
  }
}

/** What a stopped result says that is not so, one sentence each. */
export function untruths({ X, y, options, stop }: Trial, result: FitResult): string[] {
  const { certificate: c, status, weights } = result;
  const found: string[] = [];
  const demand = (holds: boolean, sentence: string): void => void (holds || found.push(sentence));
  const slack = 1e-12 * Math.abs(c.primal);
  const recomputed = networkObjective(weights, X, y.data, options.lambda, result.objective);
  demand(Math.abs(recomputed - c.primal) <= slack, `the weights give ${recomputed}, not ${c.primal}`);
  demand(c.dual <= c.primal + slack, `the dual value ${c.dual} is above the primal ${c.primal}`);
  demand(options.activation === 'gated' || c.bound <= c.primal + slack, `the bound ${c.bound} is above ${c.primal}`);
  const reached = c.scope !== 'bound' && c.relativeGap <= options.gap * (1 + 1e-9);
  demand(status !== 'solved' || reached, `solved, with scope ${c.scope} and gap ${c.relativeGap} > ${options.gap}`);
  const expected = stop.kind === 'time limit' ? ['solved', 'time-limit'] : ['solved', 'aborted'];
  demand(expected.includes(status), `the status is ${status}`);
  const scores = result.predict(X);
  demand(scores.rows === X.rows && scores.cols === y.cols, 'the predictions have another shape');
  demand(scores.data.every(Number.isFinite), 'a prediction is not finite');
  return found;
}

/** What a stopped result claims against the optimum that the same call finds when left alone. */
export function contradictions(trial: Trial, result: FitResult, full: FitResult): string[] {
  const found: string[] = [];
  const [c, best] = [result.certificate, full.certificate];
  const same = c.patterns.digest === best.patterns.digest || best.scope === 'exact';
  const level = (v: number): number => v + 1e-9 * Math.abs(best.primal);
  if (same && level(c.primal) < best.dual) found.push(`primal ${c.primal} is below the optimum's bound ${best.dual}`);
  if (level(best.primal) < c.bound) found.push(`bound ${c.bound} is above the objective ${best.primal} of a network`);
  if (same && level(best.primal) < c.dual) found.push(`dual ${c.dual} is above the optimum ${best.primal}`);
  return found.map((sentence) => `${trial.name}: ${sentence}`);
}
