import { type Choices, regularizerOf } from './choices.js';
import type { Dataset } from './dataset.js';

const quoted = (text: string): string => (/^[\w./,=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The file that the command reads: what “data.csv” downloads. */
export const fileOf = ({ table }: Dataset): string => table.source.replace(/[^\w.-]+/g, '-');

/** The command line that makes the network of the screen, to the same digits. */
export function commandOf(
  dataset: Dataset,
  { network, loss, lambda }: Pick<Choices, 'network' | 'loss' | 'lambda'>,
): string {
  const { target, drop } = dataset;
  const parts = [
    `relucent fit ${quoted(fileOf(dataset))} --target ${quoted(target)}`,
    `--lambda ${lambda} --hidden-bias --test-fraction 0`,
    ...(dataset.task === 'classification' ? ['--task classification'] : ['--task regression']),
    ...(network === 'relu' ? [] : [`--activation ${network}`]),
    ...(loss === 'auto' ? [] : [`--loss ${loss}`]),
    ...(drop.length > 0 ? [`--drop ${quoted(drop.map((name) => name.replaceAll(',', '\\,')).join(','))}`] : []),
  ];
  return parts.join(' \\\n  ');
}

/** The same in TypeScript. */
export function scriptOf(
  dataset: Dataset,
  { network, loss, lambda }: Pick<Choices, 'network' | 'loss' | 'lambda'>,
): string {
  const { target, drop, task } = dataset;
  const regularizer = regularizerOf(network);
  if (regularizer !== null) return parallelScript(dataset, { loss, lambda }, regularizer);
  const options = [
    `target: ${JSON.stringify(target)}`,
    `task: '${task}'`,
    `lambda: ${lambda}`,
    'hiddenBias: true',
    'testFraction: 0',
    ...(network === 'relu' ? [] : [`activation: '${network}'`]),
    ...(loss === 'auto' ? [] : [`loss: '${loss}'`]),
    ...(drop.length > 0 ? [`drop: ${JSON.stringify(drop)}`] : []),
  ];
  return `import { readFile } from 'node:fs/promises';
import { certificateInWords, fitTable, parseTable } from 'relucent';

const table = await parseTable(await readFile(${JSON.stringify(fileOf(dataset))}), { name: ${JSON.stringify(fileOf(dataset))} });
const { model } = await fitTable(table, {
  ${options.join(',\n  ')},
});
console.log(certificateInWords(model.certificate, model.objective, model.weights.activation));
`;
}

function parallelScript(
  dataset: Dataset,
  { loss, lambda }: Pick<Choices, 'loss' | 'lambda'>,
  regularizer: string,
): string {
  const { target, drop, task } = dataset;
  const name =
    loss !== 'auto' ? loss : task === 'regression' ? 'squared' : dataset.classes.length > 2 ? 'softmax' : 'logistic';
  const kind = name === 'softmax' ? 'one-hot' : task === 'regression' ? 'number' : 'label';
  const file = JSON.stringify(fileOf(dataset));
  return `import { readFile } from 'node:fs/promises';
import { encodeFeatures, encodeTarget, fitPreprocessing, parseTable } from 'relucent';
import { fitParallel } from 'relucent/parallel';

const table = await parseTable(await readFile(${file}), { name: ${file} });
const { preprocessing, rows } = fitPreprocessing(table, { target: ${JSON.stringify(target)}, task: '${task}'${drop.length > 0 ? `, drop: ${JSON.stringify(drop)}` : ''} });
const { X } = encodeFeatures(table, preprocessing, rows);
const { y${kind === 'one-hot' ? ', outputs' : ''} } = encodeTarget(table, preprocessing, '${kind}', rows);
const { certificate } = await fitParallel(X, ${kind === 'one-hot' ? '{ rows: X.rows, cols: outputs, data: y }' : 'y'}, {
  layers: 3,
  width: 2,
  regularizer: '${regularizer}',
  lambda: ${lambda},
  loss: '${name}',
  hiddenBias: true,
  gap: 1e-3,
});
console.log(certificate.words);
`;
}
