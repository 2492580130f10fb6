/** Median, lower and upper quartile over five splits. */
export type Published = readonly [median: number, lower: number, upper: number];

export interface PublishedRow {
  readonly min_l2: Published;
  readonly max_l1: Published;
  readonly valid_mse: Published;
  readonly test_mse: Published;
  readonly range: number;
}

/** Table 2 of the paper as its repository has it (tables/table_2.csv); Table 1 is the medians of ten of the sets. */
export const published: Readonly<Record<string, PublishedRow>> = {
  blood: {
    min_l2: [0.72, 0.72, 0.74],
    max_l1: [0.72, 0.72, 0.74],
    valid_mse: [0.62, 0.61, 0.62],
    test_mse: [0.7, 0.68, 0.71],
    range: 0.1,
  },
  'breast-cancer': {
    min_l2: [0.64, 0.61, 0.65],
    max_l1: [0.64, 0.61, 0.65],
    valid_mse: [0.61, 0.6, 0.64],
    test_mse: [0.71, 0.66, 0.71],
    range: 0.1,
  },
  fertility: {
    min_l2: [0.66, 0.62, 0.7],
    max_l1: [0.69, 0.62, 0.69],
    valid_mse: [0.65, 0.64, 0.7],
    test_mse: [0.64, 0.57, 0.64],
    range: 0.05,
  },
  'heart-hungarian': {
    min_l2: [0.75, 0.7, 0.77],
    max_l1: [0.75, 0.7, 0.77],
    valid_mse: [0.71, 0.56, 0.72],
    test_mse: [0.85, 0.82, 0.86],
    range: 0.14,
  },
  hepatitis: {
    min_l2: [0.75, 0.74, 0.78],
    max_l1: [0.75, 0.74, 0.78],
    valid_mse: [0.73, 0.69, 0.75],
    test_mse: [0.77, 0.77, 0.9],
    range: 0.05,
  },
  'hill-valley': {
    min_l2: [0.64, 0.64, 0.65],
    max_l1: [0.65, 0.64, 0.65],
    valid_mse: [0.64, 0.64, 0.67],
    test_mse: [0.64, 0.64, 0.65],
    range: 0,
  },
  mammographic: {
    min_l2: [0.77, 0.77, 0.77],
    max_l1: [0.77, 0.77, 0.77],
    valid_mse: [0.57, 0.56, 0.62],
    test_mse: [0.78, 0.78, 0.8],
    range: 0.21,
  },
  'monks-1': {
    min_l2: [0.67, 0.64, 0.71],
    max_l1: [0.66, 0.64, 0.71],
    valid_mse: [0.49, 0.48, 0.51],
    test_mse: [0.57, 0.51, 0.61],
    range: 0.17,
  },
  planning: {
    min_l2: [0.53, 0.51, 0.61],
    max_l1: [0.52, 0.51, 0.61],
    valid_mse: [0.53, 0.52, 0.53],
    test_mse: [0.7, 0.68, 0.74],
    range: 0.17,
  },
  spectf: {
    min_l2: [0.64, 0.62, 0.7],
    max_l1: [0.64, 0.62, 0.7],
    valid_mse: [0.56, 0.53, 0.56],
    test_mse: [0.58, 0.56, 0.66],
    range: 0.08,
  },
  'horse-colic': {
    min_l2: [0.75, 0.75, 0.76],
    max_l1: [0.59, 0.57, 0.61],
    valid_mse: [0.74, 0.73, 0.75],
    test_mse: [0.85, 0.85, 0.85],
    range: 0.26,
  },
  'ilpd-indian-liver': {
    min_l2: [0.59, 0.57, 0.6],
    max_l1: [0.59, 0.57, 0.6],
    valid_mse: [0.53, 0.53, 0.57],
    test_mse: [0.72, 0.7, 0.73],
    range: 0.19,
  },
  parkinsons: {
    min_l2: [0.74, 0.72, 0.74],
    max_l1: [0.74, 0.72, 0.74],
    valid_mse: [0.65, 0.65, 0.74],
    test_mse: [0.88, 0.86, 0.9],
    range: 0.23,
  },
  pima: {
    min_l2: [0.68, 0.66, 0.68],
    max_l1: [0.68, 0.66, 0.68],
    valid_mse: [0.68, 0.64, 0.7],
    test_mse: [0.87, 0.86, 0.88],
    range: 0.2,
  },
  'tic-tac-toe': {
    min_l2: [0.98, 0.98, 0.98],
    max_l1: [0.76, 0.69, 0.8],
    valid_mse: [0.98, 0.98, 0.99],
    test_mse: [1, 1, 1],
    range: 0.24,
  },
  'statlog-heart': {
    min_l2: [0.71, 0.7, 0.73],
    max_l1: [0.71, 0.7, 0.73],
    valid_mse: [0.7, 0.67, 0.73],
    test_mse: [0.84, 0.83, 0.86],
    range: 0.14,
  },
  ionosphere: {
    min_l2: [0.85, 0.83, 0.86],
    max_l1: [0.76, 0.73, 0.76],
    valid_mse: [0.84, 0.84, 0.84],
    test_mse: [0.88, 0.88, 0.89],
    range: 0.12,
  },
};
