import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { type Search, table } from './search.js';

const subset = { data: 'mnist', perClass: 100, every: 25 };

/** Task 1 of the paper with 200 units instead of 400, 1500 steps instead of 100,000, four rates and three λ of its grid. */
export function subsetSearch({ small, data }: ExperimentOptions): Search {
  const shared = { name: 'task-1', methods: ['weight-decay', 'pathprox'] as const, seeds: 4 };
  return small
    ? {
        ...{ ...shared, rates: [0.1, 0.3], lambdas: [1e-3], seeds: 2 },
        common: {
          ...subset,
          folder: data.mnist,
          perClass: 20,
          network: 'mlp-3-20-factorised',
          steps: 60,
          every: 10,
          scoredOn: 500,
        },
      }
    : {
        ...{ ...shared, rates: [0.03, 0.1, 0.3, 0.5], lambdas: [3e-4, 1e-3, 3e-3] },
        common: { ...subset, folder: data.mnist, network: 'mlp-3-200-factorised', steps: 1500 },
      };
}

/** Task 2 with 200 units instead of 400: all images but 5000 for validation, 6 epochs of 275 steps, each scored. */
function fullSearch({ small, data }: ExperimentOptions): Search {
  const shared = { name: 'task-2', methods: ['weight-decay', 'pathprox'] as const };
  const common = { data: 'mnist', folder: data.mnist, measured: 5000, scored: 'always' } as const;
  return small
    ? {
        ...{ ...shared, rates: [0.1], lambdas: [1e-3], seeds: 2 },
        common: { ...common, network: 'mlp-6-20', perClass: 20, measured: 100, steps: 20, every: 10, scoredOn: 500 },
      }
    : {
        ...{ ...shared, rates: [0.1, 0.3], lambdas: [1e-4, 1e-3], seeds: 4 },
        common: { ...common, network: 'mlp-6-200', steps: 1650, every: 275 },
      };
}

/** Tables 2 and 3: what weight decay gains from unit norms, what PathProx loses without balance; a network of 100 units a layer. */
function ablationSearch({ small, data }: ExperimentOptions): Search {
  const methods = ['weight-decay', 'weight-normalization', 'pathprox', 'pathprox-unbalanced'] as const;
  const shared = { name: 'ablation', methods, lambdas: [1e-3] };
  const common = { ...subset, folder: data.mnist };
  return small
    ? {
        ...{ ...shared, rates: [0.1], seeds: 2 },
        common: { ...common, perClass: 20, network: 'mlp-3-20-factorised', steps: 40, every: 10, scoredOn: 500 },
      }
    : {
        ...{ ...shared, rates: [0.1, 0.3], seeds: 4 },
        common: { ...common, network: 'mlp-3-100-factorised', steps: 1500 },
      };
}

/** Tables by the paper's protocol: rate and λ at best validation accuracy, then four seeds. */
export const tables: readonly Experiment[] = [
  {
    name: 'table-1-subset',
    title: 'Table 1, task 1: MNIST subset, MLP-3-200 factorised, rate and λ by validation',
    run: (options) => table('table-1-subset', subsetSearch(options), options),
  },
  {
    name: 'table-1-mnist',
    title: 'Table 1, task 2: MNIST, MLP-6-200, rate and λ by validation',
    run: (options) => table('table-1-mnist', fullSearch(options), options),
  },
  {
    name: 'tables-2-3',
    title: 'Tables 2 and 3 on a small network: weight normalisation, no layer balance',
    run: (options) => table('tables-2-3', ablationSearch(options), options),
  },
];
