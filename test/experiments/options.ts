import { join } from 'node:path';
import type { ExperimentOptions } from '../../experiments/shared/experiment.js';
import type { Jobs } from '../../experiments/shared/jobs.js';

export const optionsIn = (folder: string, more: Partial<ExperimentOptions> = {}): ExperimentOptions => ({
  out: join(folder, 'out'),
  work: join(folder, 'work'),
  threads: 1,
  small: true,
  fresh: false,
  data: {},
  log: () => undefined,
  progress: () => undefined,
  ...more,
});

export interface Square {
  readonly value: number;
  readonly milliseconds: number;
}

export const squares = (count: number, milliseconds = 0, settings: unknown = 1): Jobs<Square> => ({
  name: 'squares',
  module: new URL('./square-job.ts', import.meta.url),
  jobs: Array.from({ length: count }, (_, value) => ({ value, milliseconds })),
  settings,
});
