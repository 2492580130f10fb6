import type { Task } from './types.js';

const planted = { data: 'planted', loss: 'squared', gap: 1e-3, threads: 1 } as const;

/** The middle of the grid; each size is varied with the other two there. */
export const middle = { n: 4000, d: 40, patterns: 400 } as const;

export function gridTasks(quick: boolean): Task[] {
  const factors = quick ? [0.5, 1, 2] : [0.25, 0.5, 1, 2, 4];
  const sizes = factors.flatMap((factor) =>
    factor === 1
      ? [middle]
      : (['n', 'd', 'patterns'] as const).map((key) => ({ ...middle, [key]: middle[key] * factor })),
  );
  return sizes.map((size) => ({ ...planted, ...size, ratio: 0.05, timePass: true }));
}

export function largeTasks(): Task[] {
  const size = { n: 20_000, d: 100, patterns: 2000, timePass: false };
  const one = [1e-2, 1e-3].map((lambda) => ({ ...planted, ...size, lambda }));
  return [...one, { ...planted, ...size, lambda: 1e-2, threads: 2 }];
}

export function mnistTasks(folder: string): Task[] {
  const size = { data: 'mnist38', n: 0, d: 0, patterns: 1000, gap: 1e-3, timePass: false, folder } as const;
  const one = (['squared', 'logistic'] as const).flatMap((loss) =>
    [1e-2, 1e-3].map((lambda) => ({ ...size, loss, lambda, threads: 1 })),
  );
  return [...one, { ...size, loss: 'squared', lambda: 1e-3, threads: 2 }];
}
