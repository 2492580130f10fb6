import type { Choices } from './choices.js';
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
