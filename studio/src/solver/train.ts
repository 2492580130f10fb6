import {
  encodeFeatures,
  encodeTarget,
  fitPath,
  fitTable,
  lossByName,
  type Matrix,
  parseTable,
  splitTable,
} from 'relucent';
import type { Calls, Encoded, Fitted } from './protocol.js';

/** The site is served by hosts that cannot isolate it, so one thread is what there is everywhere. */
export const common = { hiddenBias: true, threads: 1 } as const;

export const parse = ({ name, data }: Calls['parse']['ask']): Promise<Calls['parse']['answer']> =>
  parseTable(data, { name });

/** What `relucent fit … --hidden-bias --test-fraction 0` does. */
export async function fitProblem(
  { problem, lambda }: Calls['fit']['ask'],
  tell: (value: Calls['fit']['tell']) => void,
  signal: AbortSignal,
): Promise<Fitted> {
  const { table, ...options } = problem;
  const { model, notes, fit } = await fitTable(table, {
    ...options,
    ...common,
    lambda,
    testFraction: 0,
    signal,
    onProgress: ({ phase, relativeGap }) => tell({ phase, gap: relativeGap }),
  });
  const { loss } = model.objective;
  const rows = splitTable(model, table).train;
  const { X } = encodeFeatures(table, model.preprocessing, rows);
  const { y, outputs } = encodeTarget(table, model.preprocessing, lossByName(loss).targets, rows);
  return { model, notes, rows, data: { X, y, outputs, loss }, seconds: fit.seconds };
}

const targetsOf = ({ X, y, outputs }: Encoded): Float64Array | Matrix =>
  outputs === 1 ? y : { rows: X.rows, cols: outputs, data: y };

/** The warm path over fixed λ; each network is told as soon as it is there. */
export async function followLambdas(
  { data, activation, lambdas }: Calls['path']['ask'],
  tell: (value: Calls['path']['tell']) => void,
  signal: AbortSignal,
): Promise<Calls['path']['answer']> {
  const { end, lambdaMax, seconds } = await fitPath(data.X, targetsOf(data), {
    ...common,
    loss: data.loss,
    activation,
    lambdas,
    signal,
    onPoint: ({ lambda, weights, certificate }) => tell({ lambda, weights, certificate }),
  });
  return { end, lambdaMax, seconds };
}
