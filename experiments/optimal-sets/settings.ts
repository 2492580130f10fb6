/** The settings of Mishkin and Pilanci (2023), from their paper and code. */
export const group = 'optimal-sets';

export const repeats = 5;

/** Figures 2, 4 and 5: ten UCI sets, half the rows test. */
export const pruning = {
  gates: 25,
  lambda: 0.01,
  figure2: ['breast-cancer', 'fertility', 'hill-valley', 'monks-1', 'spectf'],
  figure5: ['blood', 'heart-hungarian', 'hepatitis', 'mammographic', 'planning'],
} as const;

/** Figures 3, 6 and 7: pairs of classes; the first is −1. */
export const pairs = {
  gates: 50,
  cifar10: {
    lambda: 0.05,
    names: ['Cats and dogs', 'Planes and birds', 'Cars and ships'],
    classes: [
      [3, 5],
      [0, 2],
      [1, 8],
    ],
  },
  mnist: {
    lambda: 0.01,
    names: ['2 and 6', '1 and 7', '5 and 9'],
    classes: [
      [2, 6],
      [1, 7],
      [5, 9],
    ],
  },
  /** The paper trains on all images of a class (5,000 to 6,700); here so many. */
  perClass: 150,
} as const;

/** Tables 1 and 2: 15 % training, 5 % validation, 80 % test. */
export const tuning = {
  gates: 500,
  lambda: 1e-3,
  table1: [
    'fertility',
    'heart-hungarian',
    'mammographic',
    'monks-1',
    'planning',
    'spectf',
    'horse-colic',
    'ilpd-indian-liver',
    'parkinsons',
    'pima',
  ],
  others: ['blood', 'breast-cancer', 'hepatitis', 'hill-valley', 'tic-tac-toe', 'statlog-heart', 'ionosphere'],
} as const;
