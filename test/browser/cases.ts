import {
  createKernels,
  fitTable,
  parseTable,
  spiral,
  type Table,
  type TableFitOptions,
  tableFrom,
  writeModel,
} from '../../src/index.js';

/** One fit whose model file must be the same everywhere. */
export interface Case {
  readonly name: string;
  /** A file of data/, or the toy set. */
  readonly data: string;
  readonly options: Omit<TableFitOptions, 'target'>;
}

/** Small, so that all engines are through in seconds; between them every loss, source of patterns and kernel. */
export const cases: readonly Case[] = [
  {
    name: 'squared loss, two features',
    data: 'demo/yacht.csv',
    options: {
      lambda: 0.01,
      drop: ['longitudinal_position', 'prismatic_coefficient', 'length_displacement_ratio', 'beam_draught_ratio'],
    },
  },
  { name: 'gated', data: 'demo/yacht.csv', options: { lambda: 0.01, activation: 'gated', patterns: 50 } },
  { name: 'Huber loss', data: 'demo/yacht.csv', options: { lambda: 0.3, loss: 'huber' } },
  { name: 'random patterns', data: 'demo/breast-cancer-wisc-diag.csv', options: { lambda: 0.02, patterns: 40 } },
  { name: 'softmax', data: 'iris.csv', options: { lambda: 0.2 } },
  { name: 'softmax, random patterns', data: 'iris.csv', options: { lambda: 0.05, patterns: 20 } },
  { name: 'hidden bias', data: 'haberman-survival.csv', options: { lambda: 0.01, hiddenBias: true } },
  { name: 'squared hinge', data: 'spiral', options: { lambda: 0.01, loss: 'squared-hinge', task: 'classification' } },
  { name: 'toy', data: 'spiral', options: { lambda: 0.005, hiddenBias: true } },
];

/** What an engine made of the cases. */
export interface Answer {
  readonly backend: string;
  readonly threads: number;
  /** The model file of each case. */
  readonly models: readonly string[];
}

/** Fits the cases; `read` gives a file of data/. */
export async function answer(read: (file: string) => Promise<Uint8Array>, threads: number): Promise<Answer> {
  const kernels = await createKernels({ threads });
  kernels.dispose();
  const models: string[] = [];
  for (const { data, options } of cases) {
    const table = data === 'spiral' ? toyTable() : await parseTable(await read(data), { name: data });
    const { model } = await fitTable(table, { ...options, target: 'target', seed: 1, threads });
    models.push(writeModel(model));
  }
  return { backend: kernels.backend, threads: kernels.threads, models };
}

function toyTable(): Table {
  const { X, y } = spiral({ n: 120, noise: 0.02, seed: 2 });
  const column = (j: number): number[] => Array.from({ length: X.rows }, (_, i) => X.data[i * X.cols + j]);
  return tableFrom({ x1: column(0), x2: column(1), target: y }, 'spiral');
}

/** Reads a file of data/ from the server of the page. */
export const fetched = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(`/data/${file}`)).arrayBuffer());
