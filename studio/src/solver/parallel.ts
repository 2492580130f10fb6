import { encodeFeatures, encodeTarget, fitPreprocessing, type LossName, lossByName } from 'relucent';
import type { Calls, Parallel } from './protocol.js';
import { common } from './train.js';

const usual: Readonly<Record<'number' | 'binary' | 'classes', LossName>> = {
  number: 'squared',
  binary: 'logistic',
  classes: 'softmax',
};

/** Neurons of the first layer that each sub-network has. */
export const width = 2;

const gap = 1e-3;
/** Seconds for the solve and for the attempt to prove it. */
const timeLimit = 4;

/** A parallel network of three layers on the same preparation of the table; its library loads with the first. */
export async function fitThreeLayers(
  { problem, regularizer, lambda }: Calls['parallel']['ask'],
  tell: (value: Calls['parallel']['tell']) => void,
  signal: AbortSignal,
): Promise<Parallel> {
  const { table, target, task, drop } = problem;
  const { preprocessing, rows } = fitPreprocessing(table, { target, task, drop });
  const loss = problem.loss === 'auto' ? usual[preprocessing.target.kind] : problem.loss;
  const { X } = encodeFeatures(table, preprocessing, rows);
  const { y, outputs } = encodeTarget(table, preprocessing, lossByName(loss).targets, rows);
  const { certifyParallel, fitParallel, parallelToJson } = await import('relucent/parallel');
  const targets = outputs === 1 ? y : { rows: X.rows, cols: outputs, data: y };
  const fit = await fitParallel(X, targets, {
    hiddenBias: common.hiddenBias,
    layers: 3,
    width,
    regularizer,
    lambda,
    loss,
    gap,
    timeLimit,
    signal,
    onProgress: ({ phase }) => tell({ phase }),
  });
  const { network } = fit;
  // a proof that was not through in time is replaced by what a search can say at once
  const own = { layers: 3, width, regularizer, loss, hiddenBias: common.hiddenBias, tolerance: gap } as const;
  const certificate =
    fit.certificate.scope === 'exact'
      ? fit.certificate
      : await certifyParallel(network, X, y, { lambda, ...own, proof: 'never', signal });
  const json = `${JSON.stringify({ lambda, regularizer, loss, preprocessing, network: parallelToJson(network), certificate }, null, 2)}\n`;
  return { lambda, regularizer, network, certificate, preprocessing, rows, json };
}
